//! Erases personal details beside the log: of one customer, or whatever is too old (AUDIT-08, AUDIT-09). Leaves and proofs
//! stay as they are; a leaf says how many were erased.

use warifu_shared::clock::Timestamp;
use warifu_shared::ids::{AccountId, EntryId, RequestId};

use crate::app::App;
use crate::audit::{self, Details, Event};
use crate::store::{Conn, StoreError, leaves};

/// Erases the details of all leaves about an account. `actor` is who asked for it. Gives how many there were.
///
/// # Errors
/// On a database failure.
pub async fn of_account(app: &App, account: &AccountId, actor: &str) -> Result<u64, StoreError> {
    let (now, actor, account) = (app.now(), actor.to_owned(), account.clone());
    let recent = EntryId::from_moment(now.plus_secs(-RECENT_SECS));
    let erased = app.store.write_again(move |c| {
        Box::pin(async move {
            let erased = leaves::erase_of(c, account.as_str(), &recent).await?;
            note(c, &actor, account.as_str(), erased, now).await?;
            Ok(erased)
        })
    });
    erased.await
}

/// Erases the details of all leaves before `before`, some thousands in each transaction. Gives how many there were; the rest,
/// if there is much, is left for the next time.
///
/// # Errors
/// On a database failure.
pub async fn older_than(app: &App, before: Timestamp, actor: &str) -> Result<u64, StoreError> {
    let (now, before) = (app.now(), EntryId::from_moment(before));
    let mut total = 0;
    for _ in 0..MOST_PORTIONS {
        let (before, actor) = (before.clone(), actor.to_owned());
        let erased = app.store.write_again(move |c| {
            Box::pin(async move {
                let erased = leaves::erase_before(c, &before, PORTION).await?;
                if erased > 0 {
                    note(c, &actor, "-", erased, now).await?;
                }
                Ok(erased)
            })
        });
        let erased = erased.await?;
        total += erased;
        if erased < PORTION.unsigned_abs() {
            break;
        }
    }
    Ok(total)
}

async fn note(
    c: &mut Conn,
    actor: &str,
    subject: &str,
    erased: u64,
    now: Timestamp,
) -> Result<(), StoreError> {
    let event = Event {
        action: "details.erased",
        actor,
        subject,
        outcome: &erased.to_string(),
        object: "-",
        request: &RequestId::random(),
        details: Details::default(),
    };
    audit::write(c, &event, now).await
}

/// Leaves of this time may have no position yet.
const RECENT_SECS: i64 = 2 * 3600;
/// Details that one transaction erases.
const PORTION: i64 = 2000;
const MOST_PORTIONS: u32 = 20;

//! Prunes entries of the audit log that are past their retention: their bytes go, their hashes stay, and a record in the log
//! says which and under which rule (AUDIT-09). The operator runs it; the server itself deletes no entry.

use warifu_shared::clock::Timestamp;
use warifu_shared::ids::{EntryId, RequestId};
use warifu_shared::log::prune::{ACTION, Prune};

use crate::audit::{self, Details, Event};
use crate::store::{Store, StoreError, leaves, prunes};

/// Prunes entries older than `days`. Gives what the new record says; none when nothing was due. What an interrupted run has left
/// is finished first.
///
/// # Errors
/// On a database failure, also when the role of the database may not delete entries.
pub async fn run(store: &Store, days: i64, now: Timestamp) -> Result<Option<Prune>, StoreError> {
    let before = EntryId::from_moment(now.plus_secs(-days * 86_400));
    let mut c = store.read().await?;
    let from = prunes::below(&mut c).await?;
    let mut below = from;
    loop {
        let more = prunes::run_of_old(&mut c, below, &before, LOOKED_AT).await?;
        below += more;
        if more < LOOKED_AT {
            break;
        }
    }
    drop(c);
    let mut said = None;
    if below > from {
        let prune = Prune {
            first: from.unsigned_abs(),
            last: (below - 1).unsigned_abs(),
            days,
        };
        let done = store.write_again(move |c| {
            Box::pin(async move {
                let leaf = audit::leaf(&event(&prune.outcome(), &RequestId::random()), now)?;
                if !prunes::allow(c, from, below, leaf.id.as_str(), now).await? {
                    return Ok(false);
                }
                leaves::insert(c, &leaf).await?;
                Ok(true)
            })
        });
        if done.await? {
            said = Some(prune);
        }
    }
    take(store).await?;
    Ok(said)
}

fn event<'a>(outcome: &'a str, request: &'a RequestId) -> Event<'a> {
    Event {
        action: ACTION,
        actor: "command line",
        subject: "-",
        outcome,
        object: "-",
        request,
        details: Details::default(),
    }
}

/// Takes away what the records allow, some hundreds in each transaction.
async fn take(store: &Store) -> Result<(), StoreError> {
    let mut c = store.read().await?;
    let below = prunes::below(&mut c).await?;
    let first = prunes::first_left(&mut c, below).await?;
    drop(c);
    let Some(mut next) = first else { return Ok(()) };
    while next < below {
        let to = below.min(next + PORTION);
        let taken = store.write_again(move |c| Box::pin(async move { prunes::take(c, next, to).await }));
        taken.await?;
        next = to;
    }
    Ok(())
}

/// Entries looked at in one read.
const LOOKED_AT: i64 = 2000;
/// Entries of one transaction.
const PORTION: i64 = 500;

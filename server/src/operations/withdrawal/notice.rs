//! The customer is told by mail how a withdrawal goes on, in the transaction of the step (TXN-04).

use warifu_shared::clock::Timestamp;
use warifu_shared::jws::withdrawal::Transaction;

use crate::app::App;
use crate::domain::withdrawal::State;
use crate::mail::{Mail, Scene, Stage};
use crate::operations::notify;
use crate::store::bulk::News;
use crate::store::money_reads::Recipient;
use crate::store::notices::Hint;
use crate::store::withdrawals::Withdrawal;
use crate::store::{Conn, StoreError};

/// Queues the mail of a stage to every proven address.
///
/// # Errors
/// On a database failure.
pub async fn send(
    c: &mut Conn,
    app: &App,
    withdrawal: &Withdrawal,
    stage: Stage,
    now: Timestamp,
) -> Result<(), StoreError> {
    match mail(withdrawal, stage) {
        Some(mail) => notify::all_addresses(c, app, &withdrawal.account, mail, now).await,
        None => Ok(()),
    }
}

/// The same, sealed, to be stored with the step by whoever read the owner already.
///
/// # Errors
/// When a stored address cannot be read.
pub fn sealed(
    app: &App,
    to: &Recipient,
    withdrawal: &Withdrawal,
    (stage, hint): (Stage, Hint),
    now: Timestamp,
) -> Result<News, StoreError> {
    match mail(withdrawal, stage) {
        Some(mail) => notify::sealed(app, to, &mail, hint, now),
        None => Ok(News::default()),
    }
}

fn mail(withdrawal: &Withdrawal, stage: Stage) -> Option<Mail> {
    let Ok(Transaction::Withdrawal(signed)) = Transaction::read(&withdrawal.txn) else {
        // Somebody changed the row. There is nothing true to tell, but its end must not fail because of it.
        tracing::error!(event = "withdrawal.untold", withdrawal = %withdrawal.id, "a stored withdrawal cannot be read");
        return None;
    };
    Some(Mail::Withdrawal {
        stage,
        withdrawal: signed,
        until: withdrawal.release_at.filter(|_| stage == Stage::Held),
        scene: Scene {
            at: withdrawal.created_at,
            place: withdrawal.place.clone(),
            browser: withdrawal.browser.clone(),
        },
    })
}

/// The stage that a state is told as; the ones that the customer made on the page are not told.
#[must_use]
pub const fn stage_of(withdrawal: &Withdrawal) -> Option<Stage> {
    match withdrawal.state {
        State::Second => Some(Stage::SecondNeeded),
        State::Held => Some(Stage::Held),
        State::Queued => Some(Stage::Approved),
        State::Paid => Some(Stage::Paid),
        State::Recalled => Some(Stage::Recalled),
        State::Refused => match withdrawal.reason {
            Some(code) => Some(Stage::Refused(code.number())),
            None => Some(Stage::Refused(0)),
        },
        State::Pending | State::Placed | State::Denied | State::Expired | State::Cancelled => None,
    }
}

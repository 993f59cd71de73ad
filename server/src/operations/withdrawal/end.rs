//! A withdrawal ends without a payment: denied, given up, recalled, or nobody decided in time.

use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::{ChallengeId, WithdrawalId};

use super::{By, notice, write_event, write_shown};
use crate::app::App;
use crate::audit::evidence_of;
use crate::domain::withdrawal::State;
use crate::operations::{Caller, Refusal};
use crate::store::withdrawals::{self, Step, Withdrawal};
use crate::store::{Conn, StoreError, challenges};

/// The owner denied a challenge about a withdrawal, the first or the second one.
///
/// # Errors
/// On a database failure.
pub async fn denied(
    c: &mut Conn,
    by: &By,
    challenge: &ChallengeId,
    reason: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(withdrawal) = withdrawals::by_challenge(c, challenge).await? else {
        return Ok(());
    };
    let step = Step::end(withdrawal.state, State::Denied, now);
    let open = matches!(withdrawal.state, State::Pending | State::Second);
    if open && withdrawals::advance(c, &withdrawal.id, step).await? {
        write_event(c, by, &withdrawal, "withdrawal.denied", reason, now).await?;
    }
    Ok(())
}

/// The number was wrong too often: what the first challenge asked for has ended. A second one can be asked for again.
///
/// # Errors
/// On a database failure.
pub async fn died(c: &mut Conn, by: &By, challenge: &ChallengeId, now: Timestamp) -> Result<(), StoreError> {
    let Some(withdrawal) = withdrawals::by_challenge(c, challenge).await? else {
        return Ok(());
    };
    let step = Step {
        reason: Some(ErrorCode::NumberTriesUsed),
        ..Step::end(State::Pending, State::Cancelled, now)
    };
    if withdrawals::advance(c, &withdrawal.id, step).await? {
        write_event(c, by, &withdrawal, "withdrawal.cancelled", "tries_used", now).await?;
    }
    Ok(())
}

/// The customer gives up on the page, before anything was approved.
///
/// # Errors
/// On a database failure.
pub async fn cancel(app: &App, caller: &Caller, id: &WithdrawalId) -> Result<(), Refusal> {
    let (now, caller, own) = (app.now(), caller.clone(), id.clone());
    let ended = app
        .store
        .write_again(move |c| {
            Box::pin(async move {
                let Some(withdrawal) = withdrawals::by_id(c, &own).await? else {
                    return Ok(None);
                };
                let step = Step::end(State::Pending, State::Cancelled, now);
                if !withdrawals::advance(c, &own, step).await? {
                    return Ok(None);
                }
                if let Some(challenge) = &withdrawal.challenge {
                    challenges::cancel(c, challenge, "page", now).await?;
                }
                let by = By::customer(&caller);
                write_event(c, &by, &withdrawal, "withdrawal.cancelled", "ok", now).await?;
                Ok(withdrawal.challenge)
            })
        })
        .await?;
    app.live.changed(id.as_str());
    if let Some(challenge) = ended {
        app.live.changed(challenge.as_str());
    }
    Ok(())
}

/// Takes back a withdrawal that is held or waits for its second approval. A protection, so it asks for nothing more.
///
/// # Errors
/// `WithdrawalEnded` when the order has left or it ended before.
pub async fn recall(app: &App, by: By, id: &WithdrawalId) -> Result<(), Refusal> {
    let (now, app_in, own) = (app.now(), app.clone(), id.clone());
    let done = app
        .store
        .write_again(move |c| Box::pin(async move { recall_in(c, &app_in, &by, &own, None, now).await }))
        .await?;
    app.mail_wake.notify_one();
    app.live.changed(id.as_str());
    if done {
        Ok(())
    } else {
        Err(ErrorCode::WithdrawalEnded.into())
    }
}

/// The same inside a transaction; false when it can no longer be taken back. `token` is what a device signed: kept, and the
/// evidence of the leaf.
///
/// # Errors
/// On a database failure.
pub async fn recall_in(
    c: &mut Conn,
    app: &App,
    by: &By,
    id: &WithdrawalId,
    token: Option<&str>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let Some(withdrawal) = withdrawals::by_id(c, id).await? else {
        return Ok(false);
    };
    let from = withdrawal.state;
    let open = withdrawal.state_at(now).can_be_recalled();
    if !open || !withdrawals::advance(c, id, Step::end(from, State::Recalled, now)).await? {
        return Ok(false);
    }
    if let Some(second) = &withdrawal.second {
        challenges::cancel(c, second, "recalled", now).await?;
    }
    let after = Withdrawal {
        state: State::Recalled,
        ..withdrawal
    };
    if let Some(token) = token {
        withdrawals::keep_recall(c, id, token).await?;
    }
    let shown = evidence_of(token.unwrap_or(&after.txn));
    write_shown(c, by, &after, ("withdrawal.recalled", "ok"), &shown, now).await?;
    if let Some(stage) = notice::stage_of(&after) {
        notice::send(c, app, &after, stage, now).await?;
    }
    Ok(true)
}

/// Nobody decided in time.
pub(super) async fn expire(
    c: &mut Conn,
    by: &By,
    withdrawal: &Withdrawal,
    now: Timestamp,
) -> Result<(), StoreError> {
    let step = Step::end(withdrawal.state, State::Expired, now);
    if withdrawals::advance(c, &withdrawal.id, step).await? {
        write_event(
            c,
            by,
            withdrawal,
            "withdrawal.expired",
            withdrawal.state.as_str(),
            now,
        )
        .await?;
    }
    Ok(())
}

//! The second approval of a large withdrawal, by another device of the customer (TXN-09). Staff can give it in its place.

use warifu_shared::error::ErrorCode;
use warifu_shared::ids::ChallengeId;
use warifu_shared::jws::challenge::Action;
use warifu_shared::jws::withdrawal::Transaction;

use super::{By, write_event};
use crate::app::App;
use crate::domain::withdrawal::State;
use crate::operations::create_challenge::{self, Asked, With};
use crate::operations::{Caller, Refusal};
use crate::store::challenges;
use crate::store::withdrawals::Withdrawal;

/// Asks every device but the one that approved first.
///
/// # Errors
/// `WithdrawalEnded` when it does not wait for a second approval, `DeviceNotActive` without another device,
/// `WithdrawalOpen` while a request waits already.
pub async fn run(
    app: &App,
    caller: &Caller,
    withdrawal: &Withdrawal,
    session_hash: &str,
) -> Result<ChallengeId, Refusal> {
    if withdrawal.state_at(app.now()) != State::Second {
        return Err(ErrorCode::WithdrawalEnded.into());
    }
    let asked = Asked {
        account: withdrawal.account.clone(),
        action: Action::Withdrawal,
        browser_hash: session_hash.to_owned(),
        known_browser: true,
        txn: Transaction::read(&withdrawal.txn).ok(),
        but: first_device(app, withdrawal).await?,
    };
    let with = With::Second(withdrawal.id.clone());
    Ok(create_challenge::run(app, caller, asked, with).await?.id)
}

/// The customer will give it later: the request ends, the withdrawal waits on.
///
/// # Errors
/// On a database failure.
pub async fn cancel(app: &App, caller: &Caller, withdrawal: &Withdrawal) -> Result<(), Refusal> {
    let Some(second) = withdrawal.second.clone() else {
        return Ok(());
    };
    let (now, caller, own, id) = (app.now(), caller.clone(), withdrawal.clone(), second.clone());
    app.store
        .write_again(move |c| {
            Box::pin(async move {
                if challenges::cancel(c, &id, "page", now).await? {
                    let by = By::customer(&caller);
                    write_event(c, &by, &own, "withdrawal.second_cancelled", "ok", now).await?;
                }
                Ok(())
            })
        })
        .await?;
    app.live.changed(second.as_str());
    Ok(())
}

async fn first_device(
    app: &App,
    withdrawal: &Withdrawal,
) -> Result<Option<warifu_shared::ids::DeviceId>, Refusal> {
    let Some(first) = &withdrawal.challenge else {
        return Ok(None);
    };
    let mut c = app.store.read().await?;
    let decided_by = challenges::by_id(&mut c, first)
        .await?
        .and_then(|found| found.decided_by);
    Ok(decided_by.and_then(|id| id.parse().ok()))
}

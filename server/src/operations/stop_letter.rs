//! A recovery letter is stopped, before it is printed or before it is used: by a session of the account, or by one person of
//! the staff. A stop gives nobody anything new (decision 41).

use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::AccountId;

use super::staff::granted::LETTER_SECS;
use super::{Caller, Refusal, notify};
use crate::app::App;
use crate::audit::{self, Event};
use crate::domain::recovery::LETTER_DAYS;
use crate::mail::{Mail, Scene};
use crate::store::staff::proposals;
use crate::store::{Conn, StoreError, accounts, recovery_codes};

/// Stops it from a session of the account.
///
/// # Errors
/// `RecoveryEnded` when there is none to stop any more.
pub async fn in_session(app: &App, caller: &Caller, account: &AccountId) -> Result<(), Refusal> {
    let now = app.now();
    let (app_in, caller, account) = (app.clone(), caller.clone(), account.clone());
    let done = app
        .store
        .write_again(move |c| {
            Box::pin(async move {
                accounts::take_turn(c, &account).await?;
                let scene = notify::scene(&caller.source, now);
                if !stop(c, &app_in, &account, scene, now).await? {
                    return Ok(false);
                }
                let event = Event {
                    action: "recovery.letter_stopped",
                    actor: "customer",
                    subject: account.as_str(),
                    outcome: "ok",
                    object: "-",
                    request: &caller.request,
                    details: caller.details(),
                };
                audit::write(c, &event, now).await?;
                Ok(true)
            })
        })
        .await?;
    app.mail_wake.notify_one();
    done.then_some(()).ok_or(ErrorCode::RecoveryEnded.into())
}

/// Stops it and tells all addresses; false when there was none.
///
/// # Errors
/// On a database failure.
pub(super) async fn stop(
    c: &mut Conn,
    app: &App,
    account: &AccountId,
    scene: Scene,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let printed = recovery_codes::void_letters(c, account, now).await?;
    let waiting = proposals::stop_letters(c, account.as_str()).await?;
    if printed + waiting == 0 {
        return Ok(false);
    }
    notify::all_addresses(c, app, account, Mail::RecoveryLetterStopped { scene }, now).await?;
    Ok(true)
}

/// Until when there is a letter that can be stopped: one on paper, or one that was approved and can still be printed.
///
/// # Errors
/// On a database failure.
pub async fn pending(
    c: &mut Conn,
    account: &AccountId,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    if let Some(until) = recovery_codes::letter_until(c, account, now).await? {
        return Ok(Some(until));
    }
    let since = now.plus_secs(-LETTER_SECS);
    let approved = proposals::unprinted_letter(c, account.as_str(), since).await?;
    // It ends this late when it is printed in the last moment.
    Ok(approved.map(|at| at.plus_secs(LETTER_SECS + LETTER_DAYS * 86_400)))
}

//! The second step of a recovery: the mailed code, another mail, giving up.

use warifu_shared::error::ErrorCode;

use super::finish::{self, At};
use crate::app::App;
use crate::audit::{self, Event};
use crate::domain::recovery::Lost;
use crate::operations::finish_login::LoggedIn;
use crate::operations::try_code::{self, Typed};
use crate::operations::{Caller, Refusal, revoke_device, send_code};
use crate::store::accounts;
use crate::store::recoveries::{self, Recovery};

/// What the right mailed code led to.
#[derive(Clone)]
pub enum Next {
    /// The new password is next.
    Password,
    /// The devices are removed, and a session of low assurance began.
    LoggedIn(LoggedIn),
}

/// Tries the mailed code.
///
/// # Errors
/// Those of a mailed code; `RecoveryEnded` when the recovery code no longer works; `NotFound` when the step is over.
pub async fn enter_code(
    app: &App,
    caller: &Caller,
    recovery: &Recovery,
    typed: &str,
    at: At,
) -> Result<Next, Refusal> {
    let (now, typed) = (app.now(), Typed::read(typed));
    let (app_in, caller, recovery) = (app.clone(), caller.clone(), recovery.clone());
    let (outcome, ended) = app
        .store
        .write_again(move |c| {
            Box::pin(async move {
                accounts::take_turn(c, &recovery.account).await?;
                let mut ended = Vec::new();
                let checked = try_code::check(c, &app_in, &caller, &(&recovery).into(), &typed, now).await?;
                let done = match (checked, recovery.lost) {
                    (Err(refusal), _) => Err(refusal),
                    (Ok(()), Lost::Password) => {
                        let (id, from, to) = (&recovery.id, recoveries::CODE, recoveries::PASSWORD);
                        let gone = recoveries::advance(c, id, from, to, now).await?;
                        gone.then_some(Next::Password).ok_or(ErrorCode::NotFound.into())
                    }
                    (Ok(()), Lost::Device) => {
                        finish::device(c, &app_in, &caller, &recovery, at, &mut ended, now)
                            .await?
                            .map(Next::LoggedIn)
                    }
                };
                let event = Event {
                    action: "recovery.code",
                    actor: "customer",
                    subject: recovery.account.as_str(),
                    outcome: try_code::said(
                        done.as_ref().err(),
                        done.as_ref().err().map_or("ok", |refusal| refusal.code.name()),
                    ),
                    object: recovery.id.as_str(),
                    request: &caller.request,
                    details: caller.details(),
                };
                audit::write(c, &event, now).await?;
                Ok((done, ended))
            })
        })
        .await?;
    revoke_device::wake(app, ended.iter());
    outcome
}

/// Mails another code.
///
/// # Errors
/// `CodeResendTooSoon`, `TooManyRequests`.
pub async fn resend(app: &App, caller: &Caller, recovery: &Recovery) -> Result<(), Refusal> {
    send_code::run(app, caller, &recovery.into()).await
}

/// Gives up; nothing was used up. Nothing happens when it was over already.
///
/// # Errors
/// On a database failure.
pub async fn cancel(app: &App, caller: &Caller, recovery: &Recovery) -> Result<(), Refusal> {
    let (now, caller, recovery) = (app.now(), caller.clone(), recovery.clone());
    app.store
        .write_again(move |c| {
            Box::pin(async move {
                let (id, to) = (&recovery.id, recoveries::ENDED);
                if !recoveries::advance(c, id, &recovery.step, to, now).await? {
                    return Ok(());
                }
                let event = Event {
                    action: "recovery.cancelled",
                    actor: "customer",
                    subject: recovery.account.as_str(),
                    outcome: "ok",
                    object: recovery.id.as_str(),
                    request: &caller.request,
                    details: caller.details(),
                };
                audit::write(c, &event, now).await
            })
        })
        .await?;
    Ok(())
}

//! The end of a suspension: by a fresh approval on another device, or by staff; never by the device itself (ENROL-14).

use warifu_shared::api::DeviceState;
use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::{AccountId, DeviceId};

use super::device_actor::{Actor, fresh_approver};
use super::{Caller, Refusal, notify};
use crate::app::App;
use crate::domain::session::Session;
use crate::mail::{DeviceNews, Mail};
use crate::store::devices::Device;
use crate::store::{Conn, StoreError, device_life, devices};

/// Who lifts it.
#[derive(Debug, Clone)]
pub enum By {
    /// The customer, in a session with a fresh approval.
    Customer(Session),
    /// Two members of staff, by the name that the log has for them.
    Staff(String),
}

/// Lifts the suspension of a device of `account`.
///
/// # Errors
/// `NotFound`; `AssuranceTooLow` without a fresh approval; `LiftNeedsOther` when it came from the device itself or from one
/// that is no longer active; `DeviceTooNew` with the time from which its approval counts; `DeviceExpired`; `NotSuspended`.
pub async fn run(
    app: &App,
    caller: &Caller,
    account: &AccountId,
    by: By,
    id: &DeviceId,
) -> Result<(), Refusal> {
    let now = app.now();
    let (app_in, caller, account, id) = (app.clone(), caller.clone(), account.clone(), id.clone());
    let lifted = app
        .store
        .write_again(move |c| {
            Box::pin(async move {
                let found = devices::by_id(c, &id).await?;
                let Some(device) = found.filter(|it| it.account == account) else {
                    return Ok(Err(ErrorCode::NotFound.into()));
                };
                let actor = match &by {
                    By::Staff(name) => Actor::named(name, &caller),
                    By::Customer(session) => {
                        if let Err(refusal) = allowed(c, &app_in, session, &device, now).await? {
                            return Ok(Err(refusal));
                        }
                        Actor::customer(&caller)
                    }
                };
                if device.life.expired(now) {
                    return Ok(Err(ErrorCode::DeviceExpired.into()));
                }
                if !device_life::lift(c, &device.id, now).await? {
                    return Ok(Err(ErrorCode::NotSuspended.into()));
                }
                let mail = Mail::DeviceNews {
                    device: device.name.clone(),
                    id: Some(device.id.clone()),
                    news: DeviceNews::Lifted,
                    scene: actor.scene(now),
                };
                notify::all_addresses(c, &app_in, &account, mail, now).await?;
                actor
                    .write(c, ("device.lifted", "ok"), &device, None, now)
                    .await?;
                Ok(Ok(()))
            })
        })
        .await?;
    app.mail_wake.notify_one();
    lifted
}

async fn allowed(
    c: &mut Conn,
    app: &App,
    session: &Session,
    device: &Device,
    now: Timestamp,
) -> Result<Result<(), Refusal>, StoreError> {
    let approver = match fresh_approver(c, app, session).await? {
        Ok(approver) => approver,
        Err(code) => return Ok(Err(code.into())),
    };
    if approver.id == device.id
        || approver.state != DeviceState::Active
        || !devices::stays_active(c, approver.id.as_str()).await?
    {
        return Ok(Err(ErrorCode::LiftNeedsOther.into()));
    }
    Ok(
        match approver
            .life
            .too_new_for(&device.life, &app.config.enrolment, now)
        {
            Some(until) => Err(Refusal::new(ErrorCode::DeviceTooNew).at(until)),
            None => Ok(()),
        },
    )
}

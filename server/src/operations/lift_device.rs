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

/// Lifts the suspension of a device in a session with a fresh approval.
///
/// # Errors
/// `NotFound`; `AssuranceTooLow` without a fresh approval; `LiftNeedsOther` when it came from the device itself or from one
/// that is no longer active; `DeviceTooNew` with the time from which its approval counts; `DeviceExpired`; `NotSuspended`.
pub async fn run(app: &App, caller: &Caller, session: &Session, id: &DeviceId) -> Result<(), Refusal> {
    let now = app.now();
    let (app_in, actor) = (app.clone(), Actor::customer(caller));
    let (session, id) = (session.clone(), id.clone());
    let lifted = app
        .store
        .write_again(move |c| {
            Box::pin(async move {
                let Some(device) = of_account(c, &session.account, &id).await? else {
                    return Ok(Err(ErrorCode::NotFound.into()));
                };
                if let Err(refusal) = allowed(c, &app_in, &session, &device, now).await? {
                    return Ok(Err(refusal));
                }
                lift(c, &app_in, &actor, &device, now).await
            })
        })
        .await?;
    app.mail_wake.notify_one();
    lifted
}

/// The device, when it is this account's.
pub(super) async fn of_account(
    c: &mut Conn,
    account: &AccountId,
    id: &DeviceId,
) -> Result<Option<Device>, StoreError> {
    let found = devices::by_id(c, id).await?;
    Ok(found.filter(|it| it.account == *account))
}

/// Lifts it inside a transaction, whoever may: the customer was asked for another device, staff are two.
///
/// # Errors
/// The inner one: `DeviceExpired`, `NotSuspended`.
pub(super) async fn lift(
    c: &mut Conn,
    app: &App,
    actor: &Actor,
    device: &Device,
    now: Timestamp,
) -> Result<Result<(), Refusal>, StoreError> {
    if device.life.expired(now) {
        return Ok(Err(ErrorCode::DeviceExpired.into()));
    }
    if !device_life::lift(c, &device.id, now).await? {
        return Ok(Err(ErrorCode::NotSuspended.into()));
    }
    let mail = Mail::DeviceNews {
        device: device.name.clone(),
        id: Some(device.id.clone()),
        news: if actor.is_staff() {
            DeviceNews::LiftedByStaff
        } else {
            DeviceNews::Lifted
        },
        scene: actor.scene(now),
    };
    notify::all_addresses(c, app, &device.account, mail, now).await?;
    actor.write(c, ("device.lifted", "ok"), device, None, now).await?;
    Ok(Ok(()))
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

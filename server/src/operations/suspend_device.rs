//! A device stands still at once: no push, no approval, no signature (ENROL-13). It still counts as a device, so that the
//! mailed code does not open by it.

use warifu_shared::api::DeviceState;
use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::{AccountId, DeviceId, SessionId};

use super::device_actor::Actor;
use super::{Caller, Refusal, notify, revoke_device};
use crate::app::App;
use crate::domain::device_life::HOLD_SECS;
use crate::domain::session::Session;
use crate::mail::{DeviceNews, Mail};
use crate::store::devices::Device;
use crate::store::{Conn, StoreError, accounts, challenges, device_life, devices, sessions, withdrawals};

/// Suspends a device from a session; whatever its assurance, one factor is enough. Newer devices on probation are suspended
/// with it unless this session was approved by a device that could veto them: nobody silences the old device and keeps the
/// new one. Gives whether anything was suspended.
///
/// # Errors
/// `NotFound` for a device that the account does not have.
pub async fn one(app: &App, caller: &Caller, session: &Session, id: &DeviceId) -> Result<bool, Refusal> {
    let now = app.now();
    let (app_in, actor) = (app.clone(), Actor::customer(caller));
    let (session, id) = (session.clone(), id.clone());
    let cancelled = app
        .store
        .write_again(move |c| {
            Box::pin(async move {
                let all = devices::of_account(c, &session.account).await?;
                let Some(target) = all.iter().find(|device| device.id == id) else {
                    return Ok(Err(Refusal::new(ErrorCode::NotFound)));
                };
                let approver = device_life::approver(c, &session.id).await?;
                let rules = &app_in.config.enrolment;
                let spared = |newer: &Device| {
                    approver
                        .as_ref()
                        .is_some_and(|it| it.life.can_veto(&newer.life, rules, now))
                };
                let newer = newer_ones(&app_in, target, &all, now).filter(|it| !spared(it));
                let which: Vec<Device> = std::iter::once(target).chain(newer).cloned().collect();
                let keep = Some(session.id.clone());
                suspend(c, &app_in, &actor, &which, keep.as_ref(), now)
                    .await
                    .map(Ok)
            })
        })
        .await??;
    revoke_device::wake(app, cancelled.iter().flatten());
    Ok(cancelled.is_some())
}

/// The devices on probation that `target` could veto.
fn newer_ones<'a>(
    app: &'a App,
    target: &'a Device,
    all: &'a [Device],
    now: Timestamp,
) -> impl Iterator<Item = &'a Device> {
    let rules = &app.config.enrolment;
    all.iter()
        .filter(move |other| target.life.can_veto(&other.life, rules, now))
}

/// The same by staff, in the transaction of their record. Nobody vouches for the newer devices, so all of them stand still:
/// whoever registered one a moment ago cannot have the old one silenced by a telephone call. Gives the ids of what was waiting
/// for an answer; nothing when the device was not active.
///
/// # Errors
/// The inner one: `NotFound` for a device that the account does not have.
pub(super) async fn by_staff(
    c: &mut Conn,
    app: &App,
    actor: &Actor,
    account: &AccountId,
    id: &DeviceId,
    now: Timestamp,
) -> Result<Result<Option<Vec<String>>, Refusal>, StoreError> {
    let all = devices::of_account(c, account).await?;
    let Some(target) = all.iter().find(|device| device.id == *id) else {
        return Ok(Err(Refusal::new(ErrorCode::NotFound)));
    };
    if target.state != DeviceState::Active {
        return Ok(Ok(None));
    }
    let newer = newer_ones(app, target, &all, now);
    let which: Vec<Device> = std::iter::once(target).chain(newer).cloned().collect();
    suspend(c, app, actor, &which, None, now).await.map(Ok)
}

/// Suspends every device of an account, for somebody who proved one factor and has no session; the sessions that they
/// approved end.
///
/// # Errors
/// On a failure of the database only.
pub async fn all(app: &App, caller: &Caller, account: &AccountId) -> Result<(), Refusal> {
    let now = app.now();
    let (app_in, actor, account) = (app.clone(), Actor::customer(caller), account.clone());
    let cancelled = app
        .store
        .write_again(move |c| {
            Box::pin(async move {
                let which = devices::of_account(c, &account).await?;
                suspend(c, &app_in, &actor, &which, None, now).await
            })
        })
        .await?;
    revoke_device::wake(app, cancelled.iter().flatten());
    Ok(())
}

/// Suspends those of `which` that are active; `None` when there was none. What they approved and has not left is held for a
/// day, so that the owner can look at it.
pub(super) async fn suspend(
    c: &mut Conn,
    app: &App,
    actor: &Actor,
    which: &[Device],
    keep: Option<&SessionId>,
    now: Timestamp,
) -> Result<Option<Vec<String>>, StoreError> {
    let Some(first) = which.first() else {
        return Ok(None);
    };
    accounts::take_turn(c, &first.account).await?;
    let (mut names, mut cancelled) = (Vec::new(), Vec::new());
    for device in which.iter().filter(|it| it.state != DeviceState::Pending) {
        if !device_life::suspend(c, &device.id, actor.name(), now).await? {
            continue;
        }
        sessions::end_approved_by(c, &device.id, keep, now).await?;
        actor
            .write(c, ("device.suspended", "ok"), device, None, now)
            .await?;
        names.push(device.name.as_str());
    }
    if names.is_empty() {
        return Ok(None);
    }
    for device in which {
        cancelled.extend(challenges::cancel_orphans(c, &device.id, now).await?);
    }
    withdrawals::hold_longer(c, &first.account, now.plus_secs(HOLD_SECS)).await?;
    let mail = Mail::DeviceNews {
        device: names.join(", "),
        id: None,
        news: if actor.is_staff() {
            DeviceNews::SuspendedByStaff
        } else {
            DeviceNews::Suspended
        },
        scene: actor.scene(now),
    };
    notify::all_addresses(c, app, &first.account, mail, now).await?;
    Ok(Some(cancelled))
}

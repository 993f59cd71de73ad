//! The owner's no: to a device that somebody else may have registered (ENROL-09), and to an announced removal (ENROL-14).

use std::collections::VecDeque;

use warifu_shared::api::DeviceState;
use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::{AccountId, DeviceId};

use super::decide::Nonce;
use super::device_actor::Actor;
use super::revoke_device::{self, Manner};
use super::{Caller, Refusal, notify};
use crate::app::App;
use crate::domain::device_life::Why;
use crate::domain::session::Session;
use crate::mail::{DeviceNews, Mail, Remover};
use crate::store::devices::Device;
use crate::store::{Conn, StoreError, device_life, devices};

/// Who says no.
#[derive(Debug, Clone)]
pub enum By {
    /// Somebody on a page of the account.
    Session(Session),
    /// A device, by a signed request.
    Device {
        /// The device.
        device: DeviceId,
        /// Its request; used up with the effect.
        nonce: Nonce,
        /// What it signed: the evidence of the entry.
        token: String,
    },
}

/// Stops a new device: it is revoked at once with its sessions, what it approved and has not left is taken back, and so is
/// every device that was registered from one of its sessions. The same no again is no error.
///
/// # Errors
/// `NotFound` for a device that the account does not have, `VetoTooLate` when its first day is over or it is not newer than
/// the one that says no; `AssuranceTooLow` for a session that no device approved; `SignatureReplayed`, `DeviceNotActive`.
pub async fn run(
    app: &App,
    caller: &Caller,
    account: &AccountId,
    by: By,
    target: &DeviceId,
) -> Result<(), Refusal> {
    let now = app.now();
    let (app_in, caller, account, target) = (app.clone(), caller.clone(), account.clone(), target.clone());
    let cancelled = app
        .store
        .write_again(move |c| {
            Box::pin(async move {
                let voice = match voice(c, &caller, &by, now).await? {
                    Ok(voice) => voice,
                    Err(refusal) => return Ok(Err(refusal)),
                };
                stop(c, &app_in, &voice, &account, &target, now).await
            })
        })
        .await??;
    revoke_device::wake(app, cancelled.iter());
    Ok(())
}

/// Stops an announced removal: any session of the account and any active device can, until the moment that was announced.
///
/// # Errors
/// `NotFound`; `RemovalNotWaiting` when none was announced, it was stopped before (to a device that is no error), or its time has come;
/// `SignatureReplayed`, `DeviceNotActive`.
pub async fn keep(
    app: &App,
    caller: &Caller,
    account: &AccountId,
    by: By,
    target: &DeviceId,
) -> Result<(), Refusal> {
    let now = app.now();
    let (app_in, caller, account, target) = (app.clone(), caller.clone(), account.clone(), target.clone());
    let kept = app
        .store
        .write_again(move |c| {
            Box::pin(async move {
                let voice = match voice(c, &caller, &by, now).await? {
                    Ok(voice) => voice,
                    Err(refusal) => return Ok(Err(refusal)),
                };
                let Some(device) = own(c, &account, &target).await? else {
                    return Ok(Err(ErrorCode::NotFound.into()));
                };
                if !device_life::keep(c, &target, now).await? {
                    // What a device says again, because the answer got lost, has its answer: the device stays.
                    let said_before = voice.token.is_some() && stays(c, &target).await?;
                    return Ok(said_before
                        .then_some(())
                        .ok_or_else(|| ErrorCode::RemovalNotWaiting.into()));
                }
                let mail = Mail::DeviceNews {
                    device: device.name.clone(),
                    id: Some(device.id.clone()),
                    news: DeviceNews::Kept,
                    scene: voice.actor.scene(now),
                };
                notify::all_addresses(c, &app_in, &account, mail, now).await?;
                let (done, token) = (("device.kept", "ok"), voice.token.as_deref());
                voice.actor.write(c, done, &device, token, now).await?;
                Ok(Ok(()))
            })
        })
        .await?;
    app.mail_wake.notify_one();
    kept
}

/// Who speaks, and what was signed.
struct Voice {
    actor: Actor,
    /// The device itself, or the one that approved the session.
    device: Option<Device>,
    token: Option<String>,
}

async fn voice(
    c: &mut Conn,
    caller: &Caller,
    by: &By,
    now: Timestamp,
) -> Result<Result<Voice, Refusal>, StoreError> {
    match by {
        By::Session(session) => Ok(Ok(Voice {
            actor: Actor::customer(caller),
            device: device_life::approver(c, &session.id).await?,
            token: None,
        })),
        By::Device { device, nonce, token } => {
            if !devices::use_nonce(c, &nonce.kid, &nonce.value, now).await? {
                return Ok(Err(ErrorCode::SignatureReplayed.into()));
            }
            if !devices::stays_active(c, device.as_str()).await? {
                return Ok(Err(ErrorCode::DeviceNotActive.into()));
            }
            Ok(Ok(Voice {
                actor: Actor::device(device, caller),
                device: devices::by_id(c, device).await?,
                token: Some(token.clone()),
            }))
        }
    }
}

/// Whether the device is there and no removal of it is announced.
async fn stays(c: &mut Conn, id: &DeviceId) -> Result<bool, StoreError> {
    let there = |it: &Device| matches!(it.state, DeviceState::Active | DeviceState::Suspended);
    let found = devices::by_id(c, id).await?;
    Ok(found.is_some_and(|it| there(&it) && it.life.leaves_at.is_none()))
}

async fn own(c: &mut Conn, account: &AccountId, id: &DeviceId) -> Result<Option<Device>, StoreError> {
    let found = devices::by_id(c, id).await?;
    Ok(found.filter(|device| device.account == *account))
}

async fn stop(
    c: &mut Conn,
    app: &App,
    voice: &Voice,
    account: &AccountId,
    target: &DeviceId,
    now: Timestamp,
) -> Result<Result<Vec<String>, Refusal>, StoreError> {
    let rules = &app.config.enrolment;
    let Some(newer) = own(c, account, target).await? else {
        return Ok(Err(ErrorCode::NotFound.into()));
    };
    if newer.state == DeviceState::Revoked {
        return Ok(Ok(Vec::new()));
    }
    let older = voice.device.as_ref();
    let Some(older) = older.filter(|it| it.account == *account && it.state != DeviceState::Revoked) else {
        return Ok(Err(ErrorCode::AssuranceTooLow.into()));
    };
    if !older.life.can_veto(&newer.life, rules, now) {
        return Ok(Err(ErrorCode::VetoTooLate.into()));
    }
    let manner = Manner {
        by: Remover::Customer,
        why: Why::Stolen,
        sessions: true,
        keep: None,
        own_mail: true,
    };
    let (mut cancelled, mut waiting) = (Vec::new(), VecDeque::from([newer]));
    while let Some(device) = waiting.pop_front() {
        // What it let in goes with it: a thief's device may have registered another one meanwhile.
        for id in device_life::registered_from(c, &device.id).await? {
            let next = devices::by_id(c, &id).await?;
            waiting.extend(next.filter(|it| it.state != DeviceState::Revoked));
        }
        let ended = revoke_device::end_in(c, app, &voice.actor, &device, &manner, now).await?;
        let Some(ended) = ended else { continue };
        cancelled.extend(ended);
        let mail = Mail::DeviceNews {
            device: device.name.clone(),
            id: Some(device.id.clone()),
            news: DeviceNews::Vetoed,
            scene: voice.actor.scene(now),
        };
        notify::all_addresses(c, app, account, mail, now).await?;
        let (done, token) = (("device.vetoed", "ok"), voice.token.as_deref());
        voice.actor.write(c, done, &device, token, now).await?;
    }
    Ok(Ok(cancelled))
}

//! The customer removes a device on a page. The last one leaves only after a day's notice, which can be stopped (ENROL-14).

use warifu_shared::api::DeviceState;
use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::DeviceId;

use super::device_actor::{Actor, fresh_approver};
use super::revoke_device::{self, Manner};
use super::{Caller, Refusal, notify};
use crate::app::App;
use crate::domain::device_life::{NOTICE_SECS, Why};
use crate::domain::session::Session;
use crate::mail::{DeviceNews, Mail, Remover};
use crate::store::devices::Device;
use crate::store::{Conn, StoreError, accounts, device_life, devices};

/// What the customer chose.
#[derive(Debug, Clone, Copy)]
pub struct Choice {
    /// Why it goes.
    pub why: Why,
    /// Whether the sessions that it approved end; the one that asks goes on.
    pub sessions: bool,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Removed {
    /// It is gone; these challenges ended with it.
    Now(Vec<String>),
    /// It leaves at this time, unless somebody stops it.
    At(Timestamp),
}

/// Removes a device, or announces it when it is the last one that counts.
///
/// # Errors
/// `NotFound`, `AssuranceTooLow` without an approval of the last five minutes, `DeviceTooNew` when that came from a device on
/// probation and this one is older.
pub async fn run(
    app: &App,
    caller: &Caller,
    session: &Session,
    id: &DeviceId,
    choice: Choice,
) -> Result<Removed, Refusal> {
    let now = app.now();
    let (app_in, actor) = (app.clone(), Actor::customer(caller));
    let (session, id) = (session.clone(), id.clone());
    let removed: Result<Removed, Refusal> = app
        .store
        .write_again(move |c| {
            Box::pin(async move { remove(c, &app_in, &actor, &session, &id, choice, now).await })
        })
        .await?;
    let removed = removed?;
    match &removed {
        Removed::Now(cancelled) => revoke_device::wake(app, cancelled.iter()),
        Removed::At(_) => app.mail_wake.notify_one(),
    }
    Ok(removed)
}

async fn remove(
    c: &mut Conn,
    app: &App,
    actor: &Actor,
    session: &Session,
    id: &DeviceId,
    choice: Choice,
    now: Timestamp,
) -> Result<Result<Removed, Refusal>, StoreError> {
    // First, so that two removals at once do not each take the other device for the one that stays.
    accounts::take_turn(c, &session.account).await?;
    let all = devices::of_account(c, &session.account).await?;
    let Some(device) = all.iter().find(|device| device.id == *id) else {
        return Ok(Err(ErrorCode::NotFound.into()));
    };
    let approver = match fresh_approver(c, app, session).await? {
        Ok(approver) => approver,
        Err(code) => return Ok(Err(code.into())),
    };
    if let Some(until) = approver
        .life
        .too_new_for(&device.life, &app.config.enrolment, now)
    {
        return Ok(Err(Refusal::new(ErrorCode::DeviceTooNew).at(until)));
    }
    if device.state != DeviceState::Pending && is_last(&all, id) {
        return announce(c, app, actor, device, choice.why, now).await.map(Ok);
    }
    let manner = Manner {
        by: Remover::Customer,
        why: choice.why,
        sessions: choice.sessions,
        keep: Some(session.id.clone()),
        own_mail: false,
    };
    let ended = revoke_device::end_in(c, app, actor, device, &manner, now).await?;
    Ok(Ok(Removed::Now(ended.unwrap_or_default())))
}

/// Whether no other device of the list counts as registered. One that leaves soon itself is none to rely on.
#[must_use]
pub fn is_last(all: &[Device], id: &DeviceId) -> bool {
    let counts =
        |it: &Device| it.id != *id && it.state != DeviceState::Pending && it.life.leaves_at.is_none();
    !all.iter().any(counts)
}

async fn announce(
    c: &mut Conn,
    app: &App,
    actor: &Actor,
    device: &Device,
    why: Why,
    now: Timestamp,
) -> Result<Removed, StoreError> {
    let due = now.plus_secs(NOTICE_SECS);
    if !device_life::announce(c, &device.id, due, why.as_str()).await? {
        return Ok(Removed::At(device.life.leaves_at.unwrap_or(due)));
    }
    let mail = Mail::DeviceNews {
        device: device.name.clone(),
        id: Some(device.id.clone()),
        news: DeviceNews::Leaving(due),
        scene: actor.scene(now),
    };
    notify::all_addresses(c, app, &device.account, mail, now).await?;
    actor
        .write(c, ("device.leaving", why.as_str()), device, None, now)
        .await?;
    Ok(Removed::At(due))
}

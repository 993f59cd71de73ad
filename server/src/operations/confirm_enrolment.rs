//! The customer compared the fingerprint: the device becomes active, or is refused (ENROL-06, ENROL-07, ENROL-09).

use warifu_shared::api::DeviceState;
use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::DeviceId;

use super::{Caller, Refusal, notify};
use crate::app::App;
use crate::audit::{self, Event};
use crate::mail::{Mail, Scene};
use crate::store::accounts::{self, Holds};
use crate::store::enrolments::{self, StoredEnrolment};
use crate::store::{Conn, StoreError, devices};

/// What the customer said on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The six digits are the same.
    Same,
    /// They differ, or the customer stopped.
    Stop,
}

/// Confirms or stops the enrolment of a customer's own session.
///
/// # Errors
/// `EnrolmentCodeExpired` when the time is over, it was decided before, or the device left meanwhile.
pub async fn run(
    app: &App,
    caller: &Caller,
    enrolment: &StoredEnrolment,
    verdict: Verdict,
) -> Result<(), Refusal> {
    let now = app.now();
    let (app_in, caller, stored) = (app.clone(), caller.clone(), enrolment.clone());
    let done = app
        .store
        .write(move |c| {
            Box::pin(async move {
                let by = By {
                    actor: "customer",
                    caller: &caller,
                    scene: notify::scene(&caller.source, now),
                };
                decide(c, &app_in, &by, &stored, verdict, now).await
            })
        })
        .await?;
    wake(app, enrolment);
    if done {
        Ok(())
    } else {
        Err(ErrorCode::EnrolmentCodeExpired.into())
    }
}

/// Who compared.
pub(super) struct By<'a> {
    /// As the log names them.
    pub actor: &'a str,
    /// The request.
    pub caller: &'a Caller,
    /// Where, as the customer is told.
    pub scene: Scene,
}

/// The pages that wait look again.
pub(super) fn wake(app: &App, enrolment: &StoredEnrolment) {
    app.live.changed(enrolment.id.as_str());
    app.mail_wake.notify_one();
}

/// Confirms or stops it; false when the time is over, it was decided before, or the device left meanwhile.
///
/// # Errors
/// On a database failure.
pub(super) async fn decide(
    c: &mut Conn,
    app: &App,
    by: &By<'_>,
    stored: &StoredEnrolment,
    verdict: Verdict,
    now: Timestamp,
) -> Result<bool, StoreError> {
    match (&stored.device, verdict) {
        (Some(device), Verdict::Same) => confirm(c, app, by, stored, device, now).await,
        (device, _) => stop(c, by, stored, device.as_ref(), now).await,
    }
}

async fn confirm(
    c: &mut Conn,
    app: &App,
    by: &By<'_>,
    stored: &StoredEnrolment,
    device: &DeviceId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    if !enrolments::advance(c, &stored.id, "claimed", "confirmed", now).await? {
        return Ok(false);
    }
    let (from, to) = (DeviceState::Pending, DeviceState::Active);
    if !devices::change_state(c, device, from, to, by.actor, now).await? {
        // It left by itself. In the same transaction: nobody sees this enrolment confirmed.
        enrolments::advance(c, &stored.id, "confirmed", "rejected", now).await?;
        write_event(c, by, stored, "enrolment.stopped", stored.id.as_str(), now).await?;
        return Ok(false);
    }
    // No device of the customer's approved this one.
    if matches!(stored.method.as_str(), "code" | COUNTER) {
        let hours = app.config.enrolment.cool_off_hours;
        let holds = Holds {
            cool_off_until: Some(now.plus_secs(hours * 3600)),
            ..Holds::default()
        };
        accounts::hold(c, &stored.account, holds).await?;
    }
    let name = devices::by_id(c, device)
        .await?
        .map(|d| d.name)
        .unwrap_or_default();
    let veto = now.plus_secs(app.config.enrolment.cool_off_hours * 3600);
    let mail = Mail::DeviceRegistered {
        device: name,
        id: Some(device.clone()),
        until: Some(veto).filter(|veto| *veto > now),
        counter: stored.method == COUNTER,
        scene: by.scene.clone(),
    };
    notify::all_addresses(c, app, &stored.account, mail, now).await?;
    write_event(c, by, stored, "device.confirmed", device.as_str(), now).await?;
    Ok(true)
}

async fn stop(
    c: &mut Conn,
    by: &By<'_>,
    stored: &StoredEnrolment,
    device: Option<&DeviceId>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let (from, to) = if device.is_some() {
        ("claimed", "rejected")
    } else {
        ("issued", "cancelled")
    };
    if !enrolments::advance(c, &stored.id, from, to, now).await? {
        return Ok(false);
    }
    if let Some(device) = device {
        let (from, to) = (DeviceState::Pending, DeviceState::Revoked);
        devices::change_state(c, device, from, to, by.actor, now).await?;
    }
    write_event(c, by, stored, "enrolment.stopped", stored.id.as_str(), now).await?;
    Ok(true)
}

async fn write_event(
    c: &mut Conn,
    by: &By<'_>,
    stored: &StoredEnrolment,
    action: &str,
    object: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let event = Event {
        action,
        actor: by.actor,
        subject: stored.account.as_str(),
        outcome: "ok",
        object,
        request: &by.caller.request,
        details: by.caller.details(),
    };
    audit::write(c, &event, now).await
}

/// The method of a device that two of the firm's people registered with the customer before them (decision 40).
pub const COUNTER: &str = "counter";

//! The customer compared the fingerprint: the device becomes active, or is refused (ENROL-06, ENROL-07, ENROL-09).

use warifu_shared::api::DeviceState;
use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::DeviceId;

use super::{Caller, Refusal, notify};
use crate::app::App;
use crate::audit::{self, Event};
use crate::domain::session::Session;
use crate::mail::Mail;
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

/// Confirms or stops the enrolment of this session.
///
/// # Errors
/// `EnrolmentCodeExpired` when the time is over, it was decided before, or the device left meanwhile.
pub async fn run(
    app: &App,
    caller: &Caller,
    session: &Session,
    enrolment: &StoredEnrolment,
    verdict: Verdict,
) -> Result<(), Refusal> {
    let now = app.now();
    let (app_in, caller, session, stored) = (app.clone(), caller.clone(), session.clone(), enrolment.clone());
    let done = app
        .store
        .write(move |c| {
            Box::pin(async move {
                match (&stored.device, verdict) {
                    (Some(device), Verdict::Same) => {
                        confirm(c, &app_in, &caller, &session, &stored, device, now).await
                    }
                    (device, _) => stop(c, &caller, &session, &stored, device.as_ref(), now).await,
                }
            })
        })
        .await?;
    app.live.changed(enrolment.id.as_str());
    app.mail_wake.notify_one();
    if done {
        Ok(())
    } else {
        Err(ErrorCode::EnrolmentCodeExpired.into())
    }
}

async fn confirm(
    c: &mut Conn,
    app: &App,
    caller: &Caller,
    session: &Session,
    stored: &StoredEnrolment,
    device: &DeviceId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    if !enrolments::advance(c, &stored.id, "claimed", "confirmed", now).await? {
        return Ok(false);
    }
    let (from, to) = (DeviceState::Pending, DeviceState::Active);
    if !devices::change_state(c, device, from, to, "customer", now).await? {
        // It left by itself. In the same transaction: nobody sees this enrolment confirmed.
        enrolments::advance(c, &stored.id, "confirmed", "rejected", now).await?;
        write_event(c, caller, session, "enrolment.stopped", stored.id.as_str(), now).await?;
        return Ok(false);
    }
    if stored.method == "code" {
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
        scene: notify::scene(&caller.source, now),
    };
    notify::all_addresses(c, app, &stored.account, mail, now).await?;
    write_event(c, caller, session, "device.confirmed", device.as_str(), now).await?;
    Ok(true)
}

async fn stop(
    c: &mut Conn,
    caller: &Caller,
    session: &Session,
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
        devices::change_state(
            c,
            device,
            DeviceState::Pending,
            DeviceState::Revoked,
            "customer",
            now,
        )
        .await?;
    }
    write_event(c, caller, session, "enrolment.stopped", stored.id.as_str(), now).await?;
    Ok(true)
}

async fn write_event(
    c: &mut Conn,
    caller: &Caller,
    session: &Session,
    action: &str,
    object: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let event = Event {
        action,
        actor: "customer",
        subject: session.account.as_str(),
        outcome: "ok",
        object,
        request: &caller.request,
        details: caller.details(),
    };
    audit::write(c, &event, now).await
}

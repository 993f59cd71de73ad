//! What is under way on a customer's account, in sentences: changes that wait, that can be stopped, that came a moment ago.

use warifu_shared::api::DeviceState;
use warifu_shared::clock::Timestamp;

use super::gate::At;
use super::views::{PendingLine, ProposalLine};
use crate::app::App;
use crate::domain::account::Account;
use crate::domain::staff::Act;
use crate::operations::Refusal;
use crate::operations::staff::plan::Plan;
use crate::pages::layout::Frame;
use crate::store::devices::Device;
use crate::store::staff::{pending, proposals};
use crate::store::{Conn, address_changes};

/// Everything that is under way, the customer's own changes first.
pub(super) async fn lines(
    c: &mut Conn,
    app: &App,
    at: &At,
    frame: &Frame,
    (account, devices): (&Account, &[Device]),
) -> Result<Vec<PendingLine>, Refusal> {
    let (now, id) = (app.now(), &account.id);
    let until = |key: &str, time: Timestamp| PendingLine::of(frame.t1(key, "time", frame.date_time(&time)));
    let mut lines = Vec::new();
    if let Some(change) = address_changes::open_of(c, id).await?
        && now < change.expires_at
    {
        let key = if change.state == address_changes::PROVING {
            "st_pending.address_proving"
        } else {
            "st_pending.address_asked"
        };
        lines.push(until(key, change.expires_at));
    }
    lines.extend(of_devices(app, frame, devices, now));
    if let Some(time) = pending::recovery(c, id, now).await? {
        lines.push(until("st_pending.recovery", time));
    }
    let lately = now.plus_secs(-LATELY_SECS);
    match pending::payout(c, id, lately).await? {
        Some((time, true)) => lines.push(until("st_pending.payout_changed", time)),
        // A request that nobody answered is over with its challenge.
        Some((asked, false)) if now < asked.plus_secs(app.config.challenge.lifetime) => {
            lines.push(until("st_pending.payout_asked", asked));
        }
        _ => {}
    }
    if let Some(time) = pending::withdrawal_password(c, id).await?
        && lately < time
    {
        lines.push(until("st_pending.password_set", time));
    }
    if at.member().roles.may(Act::SeeProposals) {
        for p in proposals::open_about(c, id.as_str(), now, MOST_PROPOSALS).await? {
            let line = ProposalLine::of(&p, &Plan::of(&p)?, None, &at.member().id);
            lines.push(PendingLine {
                words: frame.t1("st_pending.proposal", "what", line.words(frame)),
                url: Some(line.url),
            });
        }
    }
    Ok(lines)
}

/// Devices that wait for their confirmation, can still be stopped by older ones, or are announced to leave.
fn of_devices(app: &App, frame: &Frame, devices: &[Device], now: Timestamp) -> Vec<PendingLine> {
    let mut lines = Vec::new();
    for device in devices {
        let say = |key: &str, time: Option<Timestamp>| {
            let words = frame.t1(key, "name", &device.name);
            let time = time.map(|time| frame.date_time(&time)).unwrap_or_default();
            PendingLine::of(words.replace("{time}", &time))
        };
        if device.state == DeviceState::Pending {
            lines.push(say("st_pending.device_waits", None));
        } else if let Some(leaves) = device.life.leaves_at {
            lines.push(say("st_pending.device_leaves", Some(leaves)));
        } else if let Some(until) = device.life.on_probation(&app.config.enrolment, now) {
            lines.push(say("st_pending.device_new", Some(until)));
        }
    }
    lines
}

/// A change of this time is worth a line, in seconds.
const LATELY_SECS: i64 = 7 * 86_400;
const MOST_PROPOSALS: i64 = 10;

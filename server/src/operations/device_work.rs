//! What happens to devices by itself: announced removals, keys that end, reminders before that (ENROL-14, ENROL-15).

use warifu_shared::api::DeviceState;
use warifu_shared::clock::Timestamp;

use super::device_actor::Actor;
use super::revoke_device::{self, Manner};
use super::{notify, suspend_device};
use crate::app::App;
use crate::domain::device_life::{REMINDER_DAYS, Why};
use crate::mail::{DeviceNews, Mail, Remover};
use crate::store::devices::Device;
use crate::store::{Conn, StoreError, accounts, device_life, devices};

/// One step of all three. Several processes may do it at once: each change is one conditional update.
///
/// # Errors
/// On a database failure.
pub async fn step(app: &App) -> Result<(), StoreError> {
    let (now, app_in) = (app.now(), app.clone());
    let cancelled = app
        .store
        .write_again(move |c| {
            Box::pin(async move {
                let mut cancelled = removals(c, &app_in, now).await?;
                cancelled.extend(expiries(c, &app_in, now).await?);
                reminders(c, &app_in, now).await?;
                Ok(cancelled)
            })
        })
        .await?;
    revoke_device::wake(app, cancelled.iter());
    Ok(())
}

/// The announced removals whose time has come.
async fn removals(c: &mut Conn, app: &App, now: Timestamp) -> Result<Vec<String>, StoreError> {
    let (actor, mut cancelled) = (Actor::server(), Vec::new());
    for (id, reason) in device_life::leaving(c, now, AT_ONCE).await? {
        let Some(device) = devices::by_id(c, &id).await? else {
            continue;
        };
        accounts::take_turn(c, &device.account).await?;
        if !device_life::leave(c, &id, now).await? {
            continue;
        }
        let manner = Manner {
            by: Remover::Notice,
            why: Why::read(&reason).unwrap_or(Why::Replaced),
            sessions: true,
            keep: None,
            own_mail: false,
        };
        cancelled.extend(revoke_device::aftermath(c, app, &actor, &device, &manner, now).await?);
    }
    Ok(cancelled)
}

/// Devices whose keys have ended stand still; they count as devices until they are removed.
async fn expiries(c: &mut Conn, app: &App, now: Timestamp) -> Result<Vec<String>, StoreError> {
    let (actor, mut cancelled) = (Actor::server(), Vec::new());
    for id in device_life::ended(c, now, AT_ONCE).await? {
        let Some(device) = devices::by_id(c, &id).await? else {
            continue;
        };
        let stopped = suspend_device::suspend(c, app, &actor, &[device], None, now).await?;
        cancelled.extend(stopped.unwrap_or_default());
    }
    Ok(cancelled)
}

/// A mail 30 days and one 7 days before the keys end, each once. Who missed the first gets the second only.
async fn reminders(c: &mut Conn, app: &App, now: Timestamp) -> Result<(), StoreError> {
    let mut count = i64::try_from(REMINDER_DAYS.len()).unwrap_or(0);
    for days in REMINDER_DAYS.iter().rev() {
        let until = now.plus_secs(days * 86_400);
        for id in device_life::to_remind(c, now, until, count, AT_ONCE).await? {
            if let Some(device) = devices::by_id(c, &id).await?
                && device_life::reminded(c, &id, count).await?
            {
                remind(c, app, &device, now).await?;
            }
        }
        count -= 1;
    }
    Ok(())
}

async fn remind(c: &mut Conn, app: &App, device: &Device, now: Timestamp) -> Result<(), StoreError> {
    if device.state != DeviceState::Active {
        return Ok(());
    }
    let actor = Actor::server();
    let mail = Mail::DeviceNews {
        device: device.name.clone(),
        id: Some(device.id.clone()),
        news: DeviceNews::Expires(device.life.expires_at),
        scene: actor.scene(now),
    };
    notify::all_addresses(c, app, &device.account, mail, now).await?;
    actor.write(c, ("device.reminded", "ok"), device, None, now).await
}

/// How many devices one step looks at for each of the three.
const AT_ONCE: i64 = 100;

//! The end of a device: its signatures, waiting challenges, subscription and sessions go at once (ENROL-12, ENROL-14).

use warifu_shared::api::DeviceState;
use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::SessionId;

use super::decide::Nonce;
use super::device_actor::Actor;
use super::withdrawal::{By, end};
use super::{Caller, Refusal, notify};
use crate::app::App;
use crate::domain::device_life::{HOLD_SECS, Why};
use crate::mail::{Mail, Remover};
use crate::store::accounts::{self, Holds};
use crate::store::devices::Device;
use crate::store::{Conn, StoreError, challenges, device_life, devices, sessions, withdrawals};

/// Revokes a device and ends the sessions it approved; the nonce of the request that asks is used up with it. When it was
/// the account's last one, mailed codes open again only after the cool-off (CODE-10). The customer's way on the pages is
/// `remove_device`. Gives whether it was not revoked before.
///
/// # Errors
/// On a failure of the database only.
pub async fn run(
    app: &App,
    caller: &Caller,
    device: &Device,
    by: Remover,
    asked: Asked,
) -> Result<bool, Refusal> {
    let now = app.now();
    let (app_in, device) = (app.clone(), device.clone());
    let actor = Actor::named(name(by), caller);
    let cancelled: Option<Vec<String>> = app
        .store
        .write_again(move |c| {
            Box::pin(async move {
                if let Some(nonce) = asked.nonce
                    && !devices::use_nonce(c, &nonce.kid, &nonce.value, now).await?
                {
                    return Ok(Err(Refusal::new(ErrorCode::SignatureReplayed)));
                }
                let manner = Manner {
                    by,
                    why: Why::Replaced,
                    sessions: true,
                    keep: asked.keep,
                    own_mail: false,
                };
                end_in(c, &app_in, &actor, &device, &manner, now).await.map(Ok)
            })
        })
        .await??;
    wake(app, cancelled.iter().flatten());
    Ok(cancelled.is_some())
}

/// Wakes who waits for a challenge that ended with a device, and the mail.
pub(super) fn wake<'a>(app: &App, cancelled: impl Iterator<Item = &'a String>) {
    app.mail_wake.notify_one();
    app.orders_wake.notify_one();
    for id in cancelled {
        app.live.changed(id);
    }
}

/// How the removal was asked for.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// By a signed request: its nonce is used up in the same transaction.
    pub nonce: Option<Nonce>,
    /// By a page: this session goes on even if the device approved it; the others it approved end.
    pub keep: Option<SessionId>,
}

/// How a device ends.
#[derive(Debug, Clone)]
pub struct Manner {
    /// Who ends it, as the mail says it.
    pub by: Remover,
    /// Why: decides what becomes of withdrawals that it approved and that have not left.
    pub why: Why,
    /// Whether the sessions that it approved end.
    pub sessions: bool,
    /// But for this one.
    pub keep: Option<SessionId>,
    /// Whether the caller tells the customer itself, in words that say more than *was removed*.
    pub own_mail: bool,
}

/// Ends a device inside a transaction; gives the challenges that ended with it, or nothing when it was revoked before.
///
/// # Errors
/// On a database failure.
pub(super) async fn end_in(
    c: &mut Conn,
    app: &App,
    actor: &Actor,
    device: &Device,
    manner: &Manner,
    now: Timestamp,
) -> Result<Option<Vec<String>>, StoreError> {
    // Removals of one account follow each other, so that two of them cannot both take the other device for the last one.
    accounts::take_turn(c, &device.account).await?;
    for from in [DeviceState::Active, DeviceState::Suspended, DeviceState::Pending] {
        if devices::change_state(c, &device.id, from, DeviceState::Revoked, name(manner.by), now).await? {
            let ended = Device {
                state: from,
                ..device.clone()
            };
            return aftermath(c, app, actor, &ended, manner, now).await.map(Some);
        }
    }
    Ok(None)
}

/// What follows the end of a device; `device.state` is the one that it had.
pub(super) async fn aftermath(
    c: &mut Conn,
    app: &App,
    actor: &Actor,
    device: &Device,
    manner: &Manner,
    now: Timestamp,
) -> Result<Vec<String>, StoreError> {
    devices::unsubscribe(c, &device.id).await?;
    if manner.sessions {
        sessions::end_approved_by(c, &device.id, manner.keep.as_ref(), now).await?;
    }
    of_withdrawals(c, app, actor, device, manner.why, now).await?;
    let cancelled = challenges::cancel_orphans(c, &device.id, now).await?;
    let left = devices::of_account(c, &device.account).await?;
    let counted = device.state != DeviceState::Pending;
    // What was announced has waited already (ENROL-14); the cool-off of the next device comes on top.
    let wait = match manner.by {
        Remover::Notice => 0,
        Remover::Customer | Remover::Device | Remover::Staff => app.config.enrolment.cool_off_hours * 3600,
    };
    if counted && left.iter().all(|d| d.state == DeviceState::Pending) {
        let holds = Holds {
            fallback_opens_at: Some(now.plus_secs(wait)),
            ..Holds::default()
        };
        accounts::hold(c, &device.account, holds).await?;
    }
    if !manner.own_mail {
        let mail = Mail::DeviceRemoved {
            device: device.name.clone(),
            by: manner.by,
            scene: actor.scene(now),
        };
        notify::all_addresses(c, app, &device.account, mail, now).await?;
    }
    actor
        .write(c, ("device.revoked", manner.why.as_str()), device, None, now)
        .await?;
    Ok(cancelled)
}

/// Withdrawals that the device approved and that have not left: they go on, are held longer, or are taken back.
async fn of_withdrawals(
    c: &mut Conn,
    app: &App,
    actor: &Actor,
    device: &Device,
    why: Why,
    now: Timestamp,
) -> Result<(), StoreError> {
    if why == Why::Replaced {
        return Ok(());
    }
    withdrawals::hold_longer(c, &device.account, now.plus_secs(HOLD_SECS)).await?;
    if why == Why::Lost {
        return Ok(());
    }
    let by = actor.taking_back();
    for id in device_life::waiting_withdrawals(c, &device.id).await? {
        end::recall_in(c, app, &by, &id, None, now).await?;
    }
    Ok(())
}

impl Actor {
    fn taking_back(&self) -> By {
        self.caller()
            .map_or_else(By::server, |caller| By::named(self.name(), caller))
    }
}

const fn name(by: Remover) -> &'static str {
    match by {
        Remover::Customer => "customer",
        Remover::Device => "device",
        Remover::Staff => "staff",
        Remover::Notice => "notice",
    }
}

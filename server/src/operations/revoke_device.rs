//! The end of a device: its signatures, waiting challenges and subscription go at once (ENROL-12, ENROL-14).

use warifu_shared::api::DeviceState;
use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::SessionId;

use super::decide::Nonce;
use super::{Caller, Refusal, notify};
use crate::app::App;
use crate::audit::{self, Event};
use crate::mail::{Mail, Remover};
use crate::store::accounts::{self, Holds};
use crate::store::devices::Device;
use crate::store::{Conn, StoreError, challenges, devices, sessions};

/// Revokes a device and ends the sessions it approved; the nonce of the request that asks is used up with it. When it was the account's last one, mailed codes open again only after the cool-off (CODE-10).
/// Gives whether it was not revoked before.
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
    let (app_in, caller, device) = (app.clone(), caller.clone(), device.clone());
    let cancelled: Option<Vec<String>> = app
        .store
        .write_again(move |c| {
            Box::pin(async move {
                if let Some(nonce) = asked.nonce
                    && !devices::use_nonce(c, &nonce.kid, &nonce.value, now).await?
                {
                    return Ok(Err(Refusal::new(ErrorCode::SignatureReplayed)));
                }
                if !end(c, &device, by, now).await? {
                    return Ok(Ok(None));
                }
                sessions::end_approved_by(c, &device.id, asked.keep.as_ref(), now).await?;
                let cancelled = aftermath(c, &app_in, &caller, &device, by, now).await?;
                Ok(Ok(Some(cancelled)))
            })
        })
        .await??;
    app.mail_wake.notify_one();
    for id in cancelled.iter().flatten() {
        app.live.changed(id);
    }
    Ok(cancelled.is_some())
}

/// How the removal was asked for.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// By a signed request: its nonce is used up in the same transaction.
    pub nonce: Option<Nonce>,
    /// By a page: this session goes on even if the device approved it; the others it approved end.
    pub keep: Option<SessionId>,
}

async fn end(c: &mut Conn, device: &Device, by: Remover, now: Timestamp) -> Result<bool, StoreError> {
    for from in [DeviceState::Active, DeviceState::Suspended, DeviceState::Pending] {
        if devices::change_state(c, &device.id, from, DeviceState::Revoked, name(by), now).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn aftermath(
    c: &mut Conn,
    app: &App,
    caller: &Caller,
    device: &Device,
    by: Remover,
    now: Timestamp,
) -> Result<Vec<String>, StoreError> {
    devices::unsubscribe(c, &device.id).await?;
    let cancelled = challenges::cancel_orphans(c, &device.id, now).await?;
    let left = devices::of_account(c, &device.account).await?;
    let counted = device.state != DeviceState::Pending;
    if counted && left.iter().all(|d| d.state == DeviceState::Pending) {
        let opens = now.plus_secs(app.config.enrolment.cool_off_hours * 3600);
        accounts::hold(
            c,
            &device.account,
            Holds {
                fallback_opens_at: Some(opens),
                ..Holds::default()
            },
        )
        .await?;
    }
    let mail = Mail::DeviceRemoved {
        device: device.name.clone(),
        by,
        scene: notify::scene(&caller.source, now),
    };
    notify::all_addresses(c, app, &device.account, mail, now).await?;
    let event = Event {
        action: "device.revoked",
        actor: name(by),
        subject: device.account.as_str(),
        outcome: "ok",
        object: device.id.as_str(),
        request: &caller.request,
        details: caller.details(),
    };
    audit::write(c, &event, now).await?;
    Ok(cancelled)
}

const fn name(by: Remover) -> &'static str {
    match by {
        Remover::Customer => "customer",
        Remover::Device => "device",
        Remover::Staff => "staff",
    }
}

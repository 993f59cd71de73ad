//! A device asks for the code that stands in for a forgotten password on the page of the recovery (CHAL-13, decision 35).

use warifu_shared::api::PasswordReset;
use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::ResetId;
use warifu_shared::jws::reset::Reset;

use super::decide::Nonce;
use super::{Caller, Refusal, admit, recovery_codes as sheet};
use crate::app::App;
use crate::audit::{self, Event};
use crate::domain::paper_code::PaperCode;
use crate::store::devices::{self, Device};
use crate::store::{accounts, recovery_codes};

/// How long a code from the app works, in seconds.
const LIFETIME_SECS: i64 = 600;

/// Gives a new code; the one before, of whichever device, no longer works. It is kept as a keyed hash only.
///
/// # Errors
/// `DeviceTooNewToReset` while the device is on probation, `PasswordResetInvalid` for a token that does not verify or had its code,
/// `SignatureReplayed`, `DeviceNotActive` when the device is no longer active, `TooManyRequests`.
pub async fn run(
    app: &App,
    caller: &Caller,
    device: &Device,
    token: &str,
    nonce: Nonce,
) -> Result<PasswordReset, Refusal> {
    let now = app.now();
    admit::money(app, caller, &device.account).await?;
    let asked = verify(app, device, token, now)?;
    if device.life.on_probation(&app.config.enrolment, now).is_some() {
        return Err(ErrorCode::DeviceTooNewToReset.into());
    }
    let (code, expires_at) = (PaperCode::draw(), now.plus_secs(LIFETIME_SECS));
    let new = recovery_codes::FromDevice {
        id: asked,
        account: device.account.clone(),
        device: device.id.clone(),
        mac: sheet::mac(app, &device.account, code.reveal()),
        expires_at,
    };
    let caller = caller.clone();
    app.store
        .write_again(move |c| {
            Box::pin(async move {
                accounts::take_turn(c, &new.account).await?;
                if !devices::use_nonce(c, &nonce.kid, &nonce.value, now).await? {
                    return Ok(Err(Refusal::new(ErrorCode::SignatureReplayed)));
                }
                if !devices::stays_active(c, new.device.as_str()).await? {
                    return Ok(Err(ErrorCode::DeviceNotActive.into()));
                }
                if !recovery_codes::insert_from_device(c, &new, now).await? {
                    return Ok(Err(ErrorCode::PasswordResetInvalid.into()));
                }
                let actor = format!("device:{}", new.device);
                let event = Event {
                    action: "recovery.asked",
                    actor: &actor,
                    subject: new.account.as_str(),
                    outcome: "ok",
                    object: new.device.as_str(),
                    request: &caller.request,
                    details: caller.details(),
                };
                audit::write(c, &event, now).await?;
                Ok(Ok(()))
            })
        })
        .await??;
    Ok(PasswordReset {
        code: code.grouped().to_string(),
        expires_at,
    })
}

/// The token must be of this device's approval key, for this service, now.
fn verify(app: &App, device: &Device, token: &str, now: Timestamp) -> Result<ResetId, Refusal> {
    let aud = &app.config.service.device_origin;
    let verified = Reset::verify(token, &device.id, &device.approval_key, aud, now);
    verified.map(|reset| reset.jti).map_err(|error| {
        tracing::info!(event = "reset.invalid", %error, device = %device.id, "a request for a new password did not verify");
        Refusal::new(ErrorCode::PasswordResetInvalid)
    })
}

//! The app proves possession of both keys; the device is registered as pending (ENROL-04, ENROL-06, ENROL-10).

use warifu_shared::api::{DeviceState, EnrolmentResult, FinishEnrolment};
use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::fingerprint::{commitment, fingerprint};
use warifu_shared::ids::DeviceId;
use warifu_shared::jws::enrolment::{Enrolment, EnrolmentKeys};
use warifu_shared::jws::is_hidden;

use unicode_normalization::UnicodeNormalization;

use super::{Caller, Refusal, admit};
use crate::app::App;
use crate::audit::{self, Event};
use crate::domain::device_life::Life;
use crate::store::devices::{self, Device, NewDevice};
use crate::store::enrolments::{self, Claim, StoredEnrolment};

/// Registers the device of an enrolment.
///
/// # Errors
/// `EnrolmentTokenInvalid` for a token of another enrolment, server or code, or with other keys than were committed to;
/// `EnrolmentCodeUnknown` when the code was used meanwhile; `EnrolmentCodeExpired`; `KeyRefused` for a key that was ever bound; `BadRequest` for a bad name; `TooManyRequests`.
pub async fn run(app: &App, caller: &Caller, finish: &FinishEnrolment) -> Result<EnrolmentResult, Refusal> {
    admit::enrolment(app, caller).await?;
    let now = app.now();
    let name = clean_name(&finish.device_name).ok_or(ErrorCode::BadRequest)?;
    let mut c = app.store.read().await?;
    let stored = enrolments::by_id(&mut c, &finish.enrolment)
        .await?
        .ok_or(ErrorCode::EnrolmentCodeUnknown)?;
    drop(c);
    let keys = verify(app, &stored, &finish.token, now)?;
    let device = Device {
        id: DeviceId::random(),
        account: stored.account.clone(),
        state: DeviceState::Pending,
        name,
        model: keys.claims.model.clone(),
        protection: finish.protection,
        method: stored.method.clone(),
        life: Life::begin(app.config.enrolment.key_days, now),
        last_seen_at: now,
        request_key: keys.request,
        approval_key: keys.approval,
    };
    let result = EnrolmentResult {
        device: device.id.clone(),
        account: stored.account.to_string(),
    };
    let new = NewDevice {
        device,
        os: keys.claims.os,
        app_version: keys.claims.app,
        enrol_token: finish.token.clone(),
        source_prefix: caller.source.prefix.clone(),
    };
    let enrolment = stored.id.clone();
    let claim = Claim {
        id: stored.id.clone(),
        fingerprint: fingerprint(
            app.secrets.challenge_key.public(),
            &new.device.request_key,
            &new.device.approval_key,
            &keys.claims.nonce,
            &keys.claims.opening,
        ),
        nonce: keys.claims.nonce,
        device: new.device.id.clone(),
        confirm_until: now.plus_secs(app.config.enrolment.code_lifetime),
    };
    register(app, caller, claim, new, now >= stored.expires_at, now).await?;
    app.live.changed(enrolment.as_str());
    Ok(result)
}

fn verify(
    app: &App,
    stored: &StoredEnrolment,
    token: &str,
    now: Timestamp,
) -> Result<EnrolmentKeys, Refusal> {
    let server_key = app.secrets.challenge_key.public();
    let aud = &app.config.service.device_origin;
    let keys = Enrolment::verify(token, aud, &server_key.thumbprint(), now).map_err(|error| {
        tracing::info!(event = "enrolment.invalid", %error, enrolment = %stored.id, "an enrolment did not verify");
        Refusal::new(ErrorCode::EnrolmentTokenInvalid)
    })?;
    let same = keys.claims.jti == stored.id
        && keys.claims.code_hash == stored.code_hash
        && Some(&keys.claims.nonce) == stored.nonce.as_ref()
        && Some(commitment(&keys.request, &keys.approval, &keys.claims.opening)) == stored.commitment;
    if same {
        Ok(keys)
    } else {
        Err(ErrorCode::EnrolmentTokenInvalid.into())
    }
}

async fn register(
    app: &App,
    caller: &Caller,
    claim: Claim,
    new: NewDevice,
    expired: bool,
    now: Timestamp,
) -> Result<(), Refusal> {
    let caller = caller.clone();
    let done = app
        .store
        .write(move |c| {
            Box::pin(async move {
                if !enrolments::claim(c, &claim, now).await? {
                    return Ok(false);
                }
                devices::insert(c, &new).await?;
                let actor = format!("device:{}", new.device.id);
                let event = Event {
                    action: "enrolment.claimed",
                    actor: &actor,
                    subject: new.device.account.as_str(),
                    outcome: "ok",
                    object: claim.id.as_str(),
                    request: &caller.request,
                    details: caller.details(),
                };
                let evidence = audit::evidence_of(&new.enrol_token);
                audit::write_shown(c, &event, &evidence, now).await?;
                Ok(true)
            })
        })
        .await;
    match done {
        Ok(true) => Ok(()),
        Ok(false) if expired => Err(ErrorCode::EnrolmentCodeExpired.into()),
        Ok(false) => Err(ErrorCode::EnrolmentCodeUnknown.into()),
        Err(error) if error.is_unique_violation() => Err(ErrorCode::KeyRefused.into()),
        Err(error) => Err(error.into()),
    }
}

/// A name for lists: 1 to 40 characters after trimming and composing (NFC), none of them hidden.
#[must_use]
pub fn clean_name(text: &str) -> Option<String> {
    let name: String = text.trim().nfc().take(MOST_CHARS + 1).collect();
    let good = (1..=MOST_CHARS).contains(&name.chars().count()) && !name.chars().any(is_hidden);
    good.then_some(name)
}

/// Longest name of a device.
const MOST_CHARS: usize = 40;

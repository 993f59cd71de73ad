//! The steps of an enrolment that need nothing but their arguments: who is asked, what is signed, what is kept.

use warifu_shared::api::{DeviceState, Protection, ServiceInfo};
use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::fingerprint::fingerprint;
use warifu_shared::jws::enrolment::{Enrolment, Jwk};
use warifu_shared::keys::{PublicKey, Thumbprint};
use warifu_shared::link::{self, EnrolLink};

use super::Begun;
use super::share::Code;
use crate::error::{CoreError, LocalCode};
use crate::vault::{Kdf, NewKeys, Record};
use crate::{platform, push};

/// Seconds that the enrolment token is good for.
const TOKEN_LIFE: i64 = 300;

pub(super) fn from_link(link: EnrolLink) -> Result<(String, Option<Thumbprint>, Code), CoreError> {
    let announced: Thumbprint = link.server_key.parse().map_err(|_| LocalCode::LinkUnreadable)?;
    Ok((link.origin, Some(announced), Code::Link { code: link.code }))
}

/// A typed address, with or without `https://`.
pub(crate) fn typed_origin(text: &str) -> Result<String, CoreError> {
    let text = text.trim();
    let full = if text.contains("://") {
        text.to_owned()
    } else {
        format!("https://{text}")
    };
    link::origin_of(&full).map_err(|_| {
        let code = if full.starts_with("http://") {
            LocalCode::NotSecure
        } else {
            LocalCode::LinkUnreadable
        };
        code.into()
    })
}

/// The server must be the one that was asked, with the key that the link announced (ENROL-05).
pub(super) fn check_service(
    info: &ServiceInfo,
    origin: &str,
    announced: Option<&Thumbprint>,
) -> Result<PublicKey, CoreError> {
    if info.origin != origin {
        return Err(LocalCode::LinkOfAnotherService.into());
    }
    let key = PublicKey::from_b64(&info.challenge_key).map_err(|_| LocalCode::ServerKeyWrong)?;
    if announced.is_some_and(|announced| *announced != key.thumbprint()) {
        return Err(LocalCode::ServerKeyWrong.into());
    }
    if push::is_allowed(&info.relay_url) {
        Ok(key)
    } else {
        Err(LocalCode::NotSecure.into())
    }
}

pub(super) fn sign_token(begun: &Begun, keys: &NewKeys, now: Timestamp) -> Result<String, CoreError> {
    let iat = now.secs();
    let exp = begun.offer.expires_at.secs().min(iat + TOKEN_LIFE);
    if exp <= iat {
        return Err(ErrorCode::EnrolmentCodeExpired.into());
    }
    let claims = Enrolment {
        iss: keys.approval.public().thumbprint().as_str().to_owned(),
        aud: begun.info.origin.clone(),
        jti: begun.offer.enrolment.clone(),
        nonce: begun.offer.nonce.clone(),
        opening: begun.share.opening().to_owned(),
        code_hash: begun.offer.code_hash.clone(),
        srv: begun.server_key.thumbprint(),
        request_jwk: Jwk::of(keys.request.public()),
        approval_jwk: Jwk::of(keys.approval.public()),
        model: platform::model(),
        os: platform::os(),
        app: platform::app(),
        iat,
        nbf: iat,
        exp,
    };
    claims.sign(&keys.request, &keys.approval).map_err(|error| {
        tracing::warn!(%error, "enrolment token");
        LocalCode::AnswerUnreadable.into()
    })
}

pub(super) fn new_record(
    begun: &Begun,
    keys: &NewKeys,
    kdf: Kdf,
    device_name: String,
    protection: Protection,
    now: Timestamp,
) -> Record {
    let Begun {
        info,
        server_key,
        offer,
        share,
        typed,
    } = begun;
    Record {
        id: format!(
            "sv_{}",
            warifu_shared::b64::encode(warifu_shared::random::bytes::<16>())
        ),
        created_at: now,
        origin: info.origin.clone(),
        name: info.name.clone(),
        server_key: server_key.to_b64(),
        relay_url: info.relay_url.clone(),
        vapid_key: info.vapid_key.clone(),
        typed: *typed,
        fingerprint: fingerprint(
            server_key,
            keys.request.public(),
            keys.approval.public(),
            &offer.nonce,
            share.opening(),
        ),
        device: None,
        customer: offer.customer.clone(),
        account_hint: offer.account_hint.clone(),
        device_name,
        state: DeviceState::Pending,
        protection,
        request_public: keys.request.public().to_b64(),
        approval_public: keys.approval.public().to_b64(),
        kdf,
        approval: None,
        unlock: None,
        push: None,
        channel: platform::channel_id(),
        uploaded_for: None,
        notices: Vec::new(),
        answers: Vec::new(),
    }
}

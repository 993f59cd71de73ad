//! The extractor of signed requests: nothing behind it runs for an unsigned, altered or foreign request (APPR-05..09).

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, HeaderName, header};
use serde::de::DeserializeOwned;
use warifu_shared::api::DeviceState;
use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::http_signature::{Parsed, Received, parse};
use warifu_shared::ids::RequestId;

use super::ApiError;
use crate::app::App;
use crate::http::Client;
use crate::operations::decide::Nonce;
use crate::operations::{Caller, Refusal};
use crate::store::devices::Device;

/// A request that one of our devices signed.
pub struct SignedRequest {
    /// The device. Never revoked; the handler decides whether pending or suspended is enough.
    pub device: Arc<Device>,
    /// Who asks.
    pub caller: Caller,
    /// The body, checked against its digest before anything parsed it (APPR-06).
    pub body: Bytes,
    nonce: Nonce,
}

impl SignedRequest {
    /// The nonce, to be used up in the transaction of the effect (APPR-07).
    #[must_use]
    pub fn nonce(&self) -> Nonce {
        self.nonce.clone()
    }

    /// Reads the body.
    ///
    /// # Errors
    /// `BadRequest` when it is not exactly such an object.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        super::enrolments::read(&self.body).map_err(|code| self.refuse(code))
    }

    /// Only an active device may do this.
    ///
    /// # Errors
    /// `DeviceNotActive`, `DeviceSuspended`.
    pub fn active(&self) -> Result<(), ApiError> {
        match self.device.state {
            DeviceState::Active => Ok(()),
            DeviceState::Suspended => Err(self.refuse(ErrorCode::DeviceSuspended)),
            DeviceState::Pending | DeviceState::Revoked => Err(self.refuse(ErrorCode::DeviceNotActive)),
        }
    }

    /// A refusal of this request.
    pub fn refuse(&self, refusal: impl Into<Refusal>) -> ApiError {
        ApiError::new(refusal, &self.caller.request)
    }
}

impl FromRequest<App> for SignedRequest {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        Self::receive(request, app, Asked::Database).await
    }
}

/// Who is asked for the device of a request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// The database: the state is the present one.
    Database,
    /// Memory, if it knows the key. Then only the keys are sure.
    MemoryFirst,
}

/// A signed request of a device whose state may be out of date: the signature is right, and nothing may be done or told for
/// it before a statement has confirmed that the device is active (decision 19).
pub struct Recalled(SignedRequest);

impl Recalled {
    /// The request, for what is confirmed by the statement that does it.
    #[must_use]
    pub fn unconfirmed(&self) -> &SignedRequest {
        &self.0
    }

    /// The request with the device as it is now.
    ///
    /// # Errors
    /// As for any signed request of a device that is gone.
    pub async fn confirmed(self, app: &App) -> Result<SignedRequest, ApiError> {
        let found = read_device(app, &self.0.nonce.kid).await;
        let device = found.map_err(|refusal| self.0.refuse(refusal))?;
        Ok(SignedRequest { device, ..self.0 })
    }
}

impl FromRequest<App> for Recalled {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        SignedRequest::receive(request, app, Asked::MemoryFirst)
            .await
            .map(Self)
    }
}

impl SignedRequest {
    async fn receive(request: Request, app: &App, asked: Asked) -> Result<Self, ApiError> {
        let (mut parts, body) = request.into_parts();
        let client = Client::of(&mut parts, app);
        let caller = client.caller();
        let refuse = |refusal: Refusal| ApiError::new(refusal, &caller.request);
        let body = read_body(body, &caller.request).await?;
        let path = parts.uri.path_and_query().map_or("/", |p| p.as_str());
        let target = format!("{}{path}", app.config.service.device_origin);
        let parsed =
            parse_signature(&parts.headers, parts.method.as_str(), &target, &body, app).map_err(refuse)?;
        let device = find(app, &parsed, asked).await.map_err(refuse)?;
        let nonce = Nonce {
            kid: parsed.keyid().to_string(),
            value: parsed.nonce().to_owned(),
        };
        if parts.method.is_safe() && !app.recent_nonces.first_use(&nonce, app.now()) {
            return Err(refuse(ErrorCode::SignatureReplayed.into()));
        }
        Ok(Self {
            device,
            caller,
            body,
            nonce,
        })
    }
}

/// A request that nobody signed, because its sender has no key here yet.
pub struct OpenRequest {
    /// Who asks.
    pub caller: Caller,
    /// The body.
    pub body: Bytes,
}

impl FromRequest<App> for OpenRequest {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        let (mut parts, body) = request.into_parts();
        let caller = Client::of(&mut parts, app).caller();
        let body = read_body(body, &caller.request).await?;
        Ok(Self { caller, body })
    }
}

async fn read_body(body: Body, request: &RequestId) -> Result<Bytes, ApiError> {
    axum::body::to_bytes(body, super::MAX_BODY)
        .await
        .map_err(|_| ApiError::new(ErrorCode::TooLarge, request))
}

fn parse_signature(
    headers: &HeaderMap,
    method: &str,
    target: &str,
    body: &[u8],
    app: &App,
) -> Result<Parsed, Refusal> {
    let [digest, input, signature] =
        ["content-digest", "signature-input", "signature"].map(HeaderName::from_static);
    let content_type = lines(headers, &header::CONTENT_TYPE)?;
    let (digest, input) = (lines(headers, &digest)?, lines(headers, &input)?);
    let signature = lines(headers, &signature)?;
    let received = Received {
        method,
        target_uri: target,
        content_type: &content_type,
        content_digest: &digest,
        signature_input: &input,
        signature: &signature,
        body,
    };
    Ok(parse(&received, app.now())?)
}

/// All lines of a header; a line that is not visible ASCII was signed by none of our devices.
fn lines<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<Vec<&'h str>, Refusal> {
    headers
        .get_all(name)
        .iter()
        .map(|v| v.to_str().map_err(|_| ErrorCode::SignatureInvalid.into()))
        .collect()
}

async fn find(app: &App, parsed: &Parsed, asked: Asked) -> Result<Arc<Device>, Refusal> {
    let kid = parsed.keyid().as_str();
    if asked == Asked::MemoryFirst
        && let Some(device) = app.known_devices.get(kid)
    {
        parsed.verify(&device.request_key)?;
        usable(&device, app.now())?;
        return Ok(device);
    }
    let device = app.store.hot.device(kid).await?;
    let device = Arc::new(device.ok_or(ErrorCode::SignatureInvalid)?);
    parsed.verify(&device.request_key)?;
    usable(&device, app.now())?;
    app.known_devices.remember(kid, Arc::clone(&device));
    Ok(device)
}

/// The device whose signature was verified before, as it is now.
async fn read_device(app: &App, kid: &str) -> Result<Arc<Device>, Refusal> {
    let device = app.store.hot.device(kid).await?;
    let device = device.ok_or(ErrorCode::SignatureInvalid)?;
    usable(&device, app.now())?;
    Ok(Arc::new(device))
}

/// Removed, or its keys have ended (ENROL-12, ENROL-15): nothing it signs counts.
fn usable(device: &Device, now: Timestamp) -> Result<(), Refusal> {
    match device.state {
        DeviceState::Revoked => Err(ErrorCode::DeviceRevoked.into()),
        _ if device.life.expired(now) => Err(ErrorCode::DeviceExpired.into()),
        DeviceState::Pending | DeviceState::Active | DeviceState::Suspended => Ok(()),
    }
}

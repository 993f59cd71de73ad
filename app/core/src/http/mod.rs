//! Talking to a service: encrypted, bounded, never redirected; device requests carry RFC 9421 signatures (APPR-05).

mod certificate;
mod offset;

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, DATE};
use reqwest::{Client, Method, RequestBuilder, Response, redirect};
use serde::Serialize;
use serde::de::DeserializeOwned;
use warifu_shared::api::Problem;
use warifu_shared::clock::{SharedClock, Timestamp};
use warifu_shared::error::ErrorCode;
use warifu_shared::http_signature::{RequestToSign, sign};
use warifu_shared::keys::SigningKey;
use warifu_shared::link;

use self::offset::Offsets;
pub(crate) use self::offset::now_after_date;
use crate::error::{CoreError, LocalCode};

const JSON: &str = "application/json";
/// The largest answer that is read: a handful of challenges of 8 KiB.
const MAX_ANSWER: usize = 128 * 1024;

/// The client of all services.
pub(crate) struct Http {
    client: Client,
    offsets: Offsets,
}

/// One request of the device API.
pub(crate) struct Call {
    method: Method,
    path: String,
    body: Option<Vec<u8>>,
}

impl Call {
    /// A request without a body.
    pub(crate) fn new(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            body: None,
        }
    }

    /// A request with a JSON body.
    ///
    /// # Errors
    /// `AnswerUnreadable` never in practice: our own types are always JSON.
    pub(crate) fn json(
        method: Method,
        path: impl Into<String>,
        body: &impl Serialize,
    ) -> Result<Self, CoreError> {
        let body = serde_json::to_vec(body).map_err(|_| LocalCode::AnswerUnreadable)?;
        Ok(Self {
            method,
            path: path.into(),
            body: Some(body),
        })
    }
}

impl Http {
    /// Builds the client.
    ///
    /// # Errors
    /// `StorageFailed` when the system's certificates cannot be loaded.
    pub(crate) fn new(clock: SharedClock) -> Result<Self, CoreError> {
        // Another part of the process may have chosen already; any provider with the platform's roots will do.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .connect_timeout(Duration::from_secs(5))
            .timeout(Duration::from_secs(10))
            .tls_version_min(reqwest::tls::Version::TLS_1_2)
            .user_agent(concat!("warifu/", env!("CARGO_PKG_VERSION")))
            .build();
        let client = client.map_err(|error| {
            tracing::error!(%error, "HTTP client");
            LocalCode::StorageFailed
        })?;
        Ok(Self {
            client,
            offsets: Offsets::new(clock),
        })
    }

    /// The present time as this service has it (APPR-11). For what the device signs and for countdowns, never for trust.
    pub(crate) fn now(&self, origin: &str) -> Timestamp {
        self.offsets.now(origin)
    }

    /// An open request: before there are keys.
    ///
    /// # Errors
    /// `NotSecure`, `ServerUnreachable`, `CertificateWrong`, `AnswerUnreadable`, or what the server refuses with.
    pub(crate) async fn open<T: DeserializeOwned>(&self, origin: &str, call: Call) -> Result<T, CoreError> {
        let (request, _) = self.build(origin, &call)?;
        read(&self.answer(origin, request).await?)
    }

    /// The same for an answer whose exact bytes count.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub(crate) async fn open_bytes(&self, origin: &str, call: &Call) -> Result<Vec<u8>, CoreError> {
        let (request, _) = self.build(origin, call)?;
        self.answer(origin, request).await
    }

    /// A request signed with the request key. When only our clock was off it is signed and sent once more.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub(crate) async fn signed<T: DeserializeOwned>(
        &self,
        origin: &str,
        key: &SigningKey,
        call: &Call,
    ) -> Result<T, CoreError> {
        read(&self.signed_bytes(origin, key, call).await?)
    }

    /// The same for an answer whose exact bytes count.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub(crate) async fn signed_bytes(
        &self,
        origin: &str,
        key: &SigningKey,
        call: &Call,
    ) -> Result<Vec<u8>, CoreError> {
        match self.signed_once(origin, key, call).await {
            Err(error) if error.is(ErrorCode::SignatureExpired) => self.signed_once(origin, key, call).await,
            other => other,
        }
    }

    async fn signed_once(&self, origin: &str, key: &SigningKey, call: &Call) -> Result<Vec<u8>, CoreError> {
        let (request, target) = self.build(origin, call)?;
        let to_sign = RequestToSign {
            method: call.method.as_str(),
            target_uri: &target,
            content_type: call.body.as_ref().map(|_| JSON),
            body: call.body.as_deref(),
        };
        let headers = sign(&to_sign, key, self.now(origin));
        let mut request = request
            .header("signature-input", headers.signature_input)
            .header("signature", headers.signature);
        if let Some(digest) = headers.content_digest {
            request = request.header("content-digest", digest);
        }
        self.answer(origin, request).await
    }

    fn build(&self, origin: &str, call: &Call) -> Result<(RequestBuilder, String), CoreError> {
        let secure = link::origin_of(origin).is_ok_and(|canonical| canonical == origin);
        if !secure {
            return Err(LocalCode::NotSecure.into());
        }
        let target = format!("{origin}{}", call.path);
        let mut request = self
            .client
            .request(call.method.clone(), &target)
            .header("accept", JSON);
        if let Some(body) = &call.body {
            request = request.header(CONTENT_TYPE, JSON).body(body.clone());
        }
        Ok((request, target))
    }

    async fn answer(&self, origin: &str, request: RequestBuilder) -> Result<Vec<u8>, CoreError> {
        let response = request.send().await.map_err(unreachable)?;
        let date = response
            .headers()
            .get(DATE)
            .and_then(|date| date.to_str().ok())
            .map(str::to_owned);
        // Only what the service itself answers tells its time; a proxy in front of it may be anywhere.
        let learn = || date.iter().for_each(|date| self.offsets.learn(origin, date));
        let status = response.status();
        let body = read_bounded(response).await?;
        if status.is_success() {
            learn();
            return Ok(body);
        }
        match serde_json::from_slice::<Problem>(&body) {
            Ok(problem) => {
                learn();
                Err(CoreError::from_problem(problem))
            }
            // A proxy in front of a server that is down answers for it.
            Err(_) if status.is_server_error() => Err(LocalCode::ServerUnreachable.into()),
            Err(_) => Err(LocalCode::AnswerUnreadable.into()),
        }
    }
}

/// Reads a body; an empty one is nothing.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, CoreError> {
    let text: &[u8] = if body.is_empty() { b"null" } else { body };
    serde_json::from_slice(text).map_err(|_| LocalCode::AnswerUnreadable.into())
}

async fn read_bounded(mut response: Response) -> Result<Vec<u8>, CoreError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        if body.len() + chunk.len() > MAX_ANSWER {
            return Err(LocalCode::AnswerUnreadable.into());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn unreachable(error: reqwest::Error) -> CoreError {
    // Without the URL: a path names a challenge.
    let error = error.without_url();
    if certificate::was_refused(&error) {
        tracing::warn!(%error, "the service's certificate was refused");
        return LocalCode::CertificateWrong.into();
    }
    tracing::debug!(%error, "service");
    LocalCode::ServerUnreachable.into()
}

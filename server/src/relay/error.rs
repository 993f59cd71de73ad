//! Answers of the HTTP side: status and errno as autopush numbers them (RELAY-09, appendix A.4).

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

use crate::store::StoreError;

/// Why a push message was not taken.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// The endpoint is not one of ours.
    #[error("the endpoint is not valid")]
    BadToken,
    /// The body is larger than the relay takes.
    #[error("the body is larger than {0} bytes")]
    TooLarge(usize),
    /// The agent is unknown: it was never here, or was forgotten.
    #[error("the subscription's user agent is gone")]
    UnknownAgent,
    /// The channel was given up.
    #[error("the subscription is gone")]
    UnknownChannel,
    /// The sender is not who the subscription allows.
    #[error("VAPID: {0}")]
    Vapid(&'static str),
    /// The body's encoding is missing, unknown or incomplete.
    #[error("encryption: {0}")]
    Encryption(&'static str),
    /// `TTL` is missing or no number.
    #[error("the TTL header is missing or not a number")]
    Ttl,
    /// `Topic` is too long or of other characters.
    #[error("the Topic header is longer than 32 characters or not base64url")]
    Topic,
    /// `TTL` is negative.
    #[error("the TTL header is negative")]
    NegativeTtl,
    /// A quota is used up (RELAY-10).
    #[error("too many messages: {what}")]
    TooMany {
        /// Which quota.
        what: &'static str,
        /// Seconds until it is worth trying again.
        retry_after: i64,
    },
    /// The database is out of reach.
    #[error("storage is unavailable")]
    Storage(#[from] StoreError),
}

impl PushError {
    /// The HTTP status and autopush's error number.
    #[must_use]
    pub const fn code(&self) -> (StatusCode, u16) {
        match self {
            Self::BadToken => (StatusCode::NOT_FOUND, 102),
            Self::TooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, 104),
            Self::UnknownAgent => (StatusCode::GONE, 103),
            Self::UnknownChannel => (StatusCode::GONE, 106),
            Self::Vapid(_) => (StatusCode::UNAUTHORIZED, 109),
            Self::Encryption(_) => (StatusCode::BAD_REQUEST, 110),
            Self::Ttl => (StatusCode::BAD_REQUEST, 111),
            Self::Topic => (StatusCode::BAD_REQUEST, 113),
            Self::NegativeTtl => (StatusCode::BAD_REQUEST, 114),
            Self::TooMany { .. } => (StatusCode::TOO_MANY_REQUESTS, 201),
            Self::Storage(_) => (StatusCode::SERVICE_UNAVAILABLE, 201),
        }
    }
}

#[derive(Serialize)]
struct Body {
    code: u16,
    errno: u16,
    error: &'static str,
    message: String,
    more_info: &'static str,
}

impl IntoResponse for PushError {
    fn into_response(self) -> Response {
        let (status, errno) = self.code();
        if let Self::Storage(error) = &self {
            tracing::error!(relay.error = %error, "The relay could not reach its storage");
        }
        let body = Body {
            code: status.as_u16(),
            errno,
            error: status.canonical_reason().unwrap_or_default(),
            message: self.to_string(),
            more_info: MORE_INFO,
        };
        let mut response = (status, Json(body)).into_response();
        let headers = response.headers_mut();
        match self {
            Self::UnknownAgent | Self::UnknownChannel => {
                headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("max-age=86400"));
            }
            Self::TooMany { retry_after, .. } => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(retry_after));
            }
            Self::Storage(_) => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("120"));
            }
            Self::Vapid(_) => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("vapid"));
            }
            _ => {}
        }
        response
    }
}

const MORE_INFO: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/docs/relay.md#errors");

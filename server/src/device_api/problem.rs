//! Refusals as JSON: a stable number, a sentence in both languages, the request's name. Never an internal text (WEB-08).

use axum::Json;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use warifu_shared::api::Problem;
use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::http_signature::HttpSignatureError;
use warifu_shared::ids::RequestId;

use crate::http::retry::with_retry_after;
use crate::operations::Refusal;

/// What a handler of the device API answers when it does not do it.
#[derive(Debug)]
pub struct ApiError {
    refusal: Refusal,
    request: RequestId,
    /// For `Retry-After`.
    now: Option<Timestamp>,
}

impl ApiError {
    /// A refusal of one request.
    #[must_use]
    pub fn new(refusal: impl Into<Refusal>, request: &RequestId) -> Self {
        Self {
            refusal: refusal.into(),
            request: request.clone(),
            now: None,
        }
    }

    /// With the seconds to wait, as of `now`, when there were too many.
    #[must_use]
    pub fn as_of(self, now: Timestamp) -> Self {
        Self {
            now: Some(now),
            ..self
        }
    }
}

impl From<HttpSignatureError> for Refusal {
    fn from(error: HttpSignatureError) -> Self {
        Self::new(error.code())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let code = self.refusal.code;
        tracing::info!(event = "device_api.refused", code = code.number(), name = code.name(), request = %self.request, "refused");
        let problem = Problem {
            code: code.number(),
            name: code.name().to_owned(),
            message: code.message(),
            request_id: self.request.to_string(),
            tries_left: self.refusal.tries_left,
            retry_at: self.refusal.retry_at,
        };
        let status = StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let response = (status, Json(problem)).into_response();
        match self.now {
            Some(now) => with_retry_after(response, self.refusal, now),
            None => response,
        }
    }
}

/// The answer to a method that a path does not have (WEB-11).
pub async fn method_not_allowed() -> ApiError {
    ApiError::new(ErrorCode::MethodNotAllowed, &RequestId::random())
}

/// No answer of the device API may be kept by anybody, and none is a page.
pub async fn no_store(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    response
}

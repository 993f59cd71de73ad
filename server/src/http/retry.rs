//! `Retry-After`: when to come back after a limit (RISK-07).

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use warifu_shared::clock::Timestamp;

use crate::operations::Refusal;

/// Adds the seconds that a refusal asks to wait to its answer, when that says that there were too many.
#[must_use]
pub fn with_retry_after(mut response: Response, refusal: Refusal, now: Timestamp) -> Response {
    if response.status() == StatusCode::TOO_MANY_REQUESTS
        && let Some(at) = refusal.retry_at
    {
        let secs = at.secs_since(now).max(1);
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(secs));
    }
    response
}

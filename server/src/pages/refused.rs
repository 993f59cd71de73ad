//! What the framework refuses by itself (a body too large, a form or query that cannot be read) as a page like every
//! other refusal, without the framework's own words (WEB-08, WEB-11).

use axum::extract::{FromRequestParts, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use warifu_shared::error::ErrorCode;

use super::error::PageError;
use super::layout::PageRequest;
use crate::app::App;
use crate::http::Client;

/// Middleware for `from_fn_with_state`, inside of [`super::headers::page_headers`].
pub async fn as_page(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let Ok(page) = PageRequest::from_request_parts(&mut parts, &app).await;
    let caller = Client::of(&mut parts, &app).caller();
    let response = next.run(Request::from_parts(parts, body)).await;
    let kind = response.headers().get(header::CONTENT_TYPE);
    let is_page = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    match bare_refusal(response.status()) {
        Some(code) if !is_page => PageError::bare(&app, page, &caller, code).into_response(),
        _ => response,
    }
}

fn bare_refusal(status: StatusCode) -> Option<ErrorCode> {
    match status {
        StatusCode::NOT_FOUND => Some(ErrorCode::NotFound),
        StatusCode::METHOD_NOT_ALLOWED => Some(ErrorCode::MethodNotAllowed),
        StatusCode::PAYLOAD_TOO_LARGE => Some(ErrorCode::TooLarge),
        StatusCode::SERVICE_UNAVAILABLE => Some(ErrorCode::Unavailable),
        status if status.is_client_error() => Some(ErrorCode::BadRequest),
        status if status.is_server_error() => Some(ErrorCode::Internal),
        _ => None,
    }
}

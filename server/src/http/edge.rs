//! What every request of pages and device API passes first: plain HTTP only from loopback or a declared proxy (OPS-01),
//! and the server's own time on every answer (APPR-11).

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use chrono::DateTime;

use crate::app::App;
use crate::http::Client;
use crate::relay::ClientAddress;

/// The same for the relay's listener: tells it the client behind a declared proxy, for its quotas.
pub async fn relay_guard(State(app): State<App>, request: Request, next: Next) -> Response {
    if !may_speak_plainly(&app, &request) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let (mut parts, body) = request.into_parts();
    let address = Client::of(&mut parts, &app).caller().source.address;
    parts.extensions.insert(ClientAddress(address));
    next.run(Request::from_parts(parts, body)).await
}

/// Refuses peers that could only reach us over an open network without TLS, and dates the answer by the server's clock.
pub async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let allowed = may_speak_plainly(&app, &request);
    let mut response = if allowed {
        next.run(request).await
    } else {
        StatusCode::FORBIDDEN.into_response()
    };
    let date = DateTime::from_timestamp_millis(app.now().0)
        .map(|at| at.format("%a, %d %b %Y %H:%M:%S GMT").to_string());
    if let Some(date) = date.and_then(|text| HeaderValue::from_str(&text).ok()) {
        response.headers_mut().insert(header::DATE, date);
    }
    response
}

/// A peer on this machine, or a declared TLS-terminating proxy. In-process requests have no peer.
fn may_speak_plainly(app: &App, request: &Request) -> bool {
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map(|info| info.0.ip().to_canonical());
    peer.is_none_or(|ip| {
        ip.is_loopback() || app.config.proxy.trusted.iter().any(|prefix| prefix.contains(ip))
    })
}

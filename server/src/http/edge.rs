//! What every request of pages and device API passes first and last: the server's own time on every answer (APPR-11), and
//! that browsers insist on TLS (WEB-02). Who may speak plain HTTP is decided by connection, in `net`.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use chrono::DateTime;

use crate::app::App;
use crate::http::Client;
use crate::relay::ClientAddress;

/// What HSTS says: a year, subdomains included.
pub const INSIST_ON_TLS: &str = "max-age=31536000; includeSubDomains";

/// Whatever the relay answers is no page and holds none.
const NO_PAGE: [(HeaderName, &str); 2] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'",
    ),
];

/// Tells the relay the client behind a declared proxy, for its quotas.
pub async fn relay_guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let address = Client::of(&mut parts, &app).caller().source.address;
    parts.extensions.insert(ClientAddress(address));
    let mut response = next.run(Request::from_parts(parts, body)).await;
    for (name, value) in NO_PAGE {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    if app.config.relay.public_url.starts_with("wss:") {
        insist(response.headers_mut());
    }
    response
}

/// Dates the answer by the server's clock, also those of time limits and panics.
pub async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let date = DateTime::from_timestamp_millis(app.now().0)
        .map(|at| at.format("%a, %d %b %Y %H:%M:%S GMT").to_string());
    if let Some(date) = date.and_then(|text| HeaderValue::from_str(&text).ok()) {
        response.headers_mut().insert(header::DATE, date);
    }
    if app.config.is_public_over_tls() {
        insist(response.headers_mut());
    }
    response
}

fn insist(headers: &mut HeaderMap) {
    headers.insert(
        header::STRICT_TRANSPORT_SECURITY,
        HeaderValue::from_static(INSIST_ON_TLS),
    );
}

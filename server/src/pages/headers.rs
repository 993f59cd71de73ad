//! Security headers of every page: a content security policy with a nonce per response (WEB-01, WEB-02).

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

use crate::http::edge::INSIST_ON_TLS;

/// The nonce of one response: 128 random bits. The middleware makes it, the templates print it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nonce(String);

impl Nonce {
    /// Draws a nonce.
    #[must_use]
    pub fn random() -> Self {
        Self(warifu_shared::b64::encode(warifu_shared::random::bytes::<16>()))
    }

    /// The nonce as text, base64url.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What the headers depend on.
#[derive(Clone, Copy, Debug)]
pub struct HeaderPolicy {
    /// Whether the public origin is https: only then browsers are told to insist on it.
    pub https: bool,
}

/// Middleware for `axum::middleware::from_fn_with_state(HeaderPolicy { .. }, page_headers)`.
///
/// Puts the [`Nonce`] into the request's extensions and the headers on the answer. A `Cache-Control` that the handler
/// set itself (immutable assets) stays; everything else is `no-store`.
pub async fn page_headers(State(policy): State<HeaderPolicy>, mut request: Request, next: Next) -> Response {
    let nonce = Nonce::random();
    request.extensions_mut().insert(nonce.clone());
    let mut response = next.run(request).await;
    put(response.headers_mut(), policy, &nonce);
    response
}

/// The policy text of WEB-01.
#[must_use]
pub fn content_security_policy(nonce: &Nonce) -> String {
    let nonce = nonce.as_str();
    format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic'; style-src 'nonce-{nonce}'; img-src 'self'; \
         connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'"
    )
}

const FIXED: [(HeaderName, &str); 6] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("permissions-policy"),
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), microphone=(), midi=(), \
         payment=(), usb=()",
    ),
];

fn put(headers: &mut HeaderMap, policy: HeaderPolicy, nonce: &Nonce) {
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(value) = HeaderValue::from_str(&content_security_policy(nonce)) {
        headers.insert(CONTENT_SECURITY_POLICY, value);
    }
    if policy.https {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(INSIST_ON_TLS));
    }
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{Extension, Router, body::Body, middleware, routing::get};
    use tower::ServiceExt;

    async fn answer(https: bool) -> (String, HeaderMap) {
        let app = Router::new()
            .route(
                "/",
                get(|Extension(nonce): Extension<Nonce>| async move { nonce.as_str().to_owned() }),
            )
            .layer(middleware::from_fn_with_state(
                HeaderPolicy { https },
                page_headers,
            ));
        let response = app
            .oneshot(Request::get("/").body(Body::empty()).unwrap())
            .await
            .unwrap();
        let headers = response.headers().clone();
        let body = axum::body::to_bytes(response.into_body(), 1024).await.unwrap();
        (String::from_utf8(body.to_vec()).unwrap(), headers)
    }

    #[tokio::test]
    async fn web_01_the_policy_carries_the_nonce_of_this_response_only() {
        let (nonce, headers) = answer(false).await;
        let wanted = format!(
            "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic'; style-src 'nonce-{nonce}'; \
             img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; \
             frame-ancestors 'none'; require-trusted-types-for 'script'"
        );
        assert_eq!(headers[CONTENT_SECURITY_POLICY], wanted);
        assert_eq!(
            warifu_shared::b64::decode_array::<16>(&nonce)
                .map(|b| b.len())
                .ok(),
            Some(16)
        );
        assert_ne!(answer(false).await.0, nonce);
    }

    #[tokio::test]
    async fn web_02_fixed_headers_are_there_and_hsts_only_on_https() {
        let (_, plain) = answer(false).await;
        assert_eq!(plain["cache-control"], "no-store");
        assert_eq!(plain["x-content-type-options"], "nosniff");
        assert_eq!(plain["referrer-policy"], "no-referrer");
        assert_eq!(plain["cross-origin-opener-policy"], "same-origin");
        assert_eq!(plain["cross-origin-resource-policy"], "same-origin");
        assert!(
            plain["permissions-policy"]
                .to_str()
                .unwrap()
                .contains("camera=()")
        );
        assert!(plain.get(STRICT_TRANSPORT_SECURITY).is_none());
        let (_, https) = answer(true).await;
        assert_eq!(
            https[STRICT_TRANSPORT_SECURITY],
            "max-age=31536000; includeSubDomains"
        );
    }
}

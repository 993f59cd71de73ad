//! The writing half: signs a request with the device's request key.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{ALG, MAX_AGE_SECS, TAG, WITH_BODY, WITHOUT_BODY, digest, signature_base};
use crate::clock::Timestamp;
use crate::keys::SigningKey;

/// The label of the one signature.
const LABEL: &str = "sig1";

/// What of a request is signed.
#[derive(Debug, Clone, Copy)]
pub struct RequestToSign<'a> {
    /// The method in upper case.
    pub method: &'a str,
    /// The whole URL, as the server's configured origin and the request's path and query make it (APPR-08).
    pub target_uri: &'a str,
    /// The `Content-Type` that is sent; needed with a body, ignored without one.
    pub content_type: Option<&'a str>,
    /// The exact bytes of the body. Empty is the same as none.
    pub body: Option<&'a [u8]>,
}

/// The headers to send along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedHeaders {
    /// `Content-Digest`, with a body.
    pub content_digest: Option<String>,
    /// `Signature-Input`.
    pub signature_input: String,
    /// `Signature`.
    pub signature: String,
}

/// Signs a request at `now`, with a fresh nonce and a life of [`MAX_AGE_SECS`].
///
/// A body without a `content_type` is signed as `application/octet-stream`, which must then be sent.
#[must_use]
pub fn sign(req: &RequestToSign<'_>, key: &SigningKey, now: Timestamp) -> SignedHeaders {
    let content_digest = req.body.filter(|body| !body.is_empty()).map(digest::write);
    let mut components = vec![(WITH_BODY[0], req.method), (WITH_BODY[1], req.target_uri)];
    let mut names = WITHOUT_BODY;
    if let Some(digest) = &content_digest {
        names = WITH_BODY;
        components.push((
            WITH_BODY[2],
            req.content_type.unwrap_or("application/octet-stream"),
        ));
        components.push((WITH_BODY[3], digest));
    }
    let list = names
        .iter()
        .map(|name| format!("\"{name}\""))
        .collect::<Vec<_>>()
        .join(" ");
    let created = now.secs();
    let params = format!(
        r#"({list});created={created};expires={};nonce="{}";alg="{ALG}";keyid="{}";tag="{TAG}""#,
        created.saturating_add(MAX_AGE_SECS),
        crate::b64::encode(crate::random::bytes::<16>()),
        key.public().thumbprint(),
    );
    let signature = key.sign(signature_base(&components, &params).as_bytes());
    SignedHeaders {
        content_digest,
        signature_input: format!("{LABEL}={params}"),
        signature: format!("{LABEL}=:{}:", STANDARD.encode(signature)),
    }
}

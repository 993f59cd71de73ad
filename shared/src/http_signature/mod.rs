//! Signed device requests: RFC 9421 message signatures with an RFC 9530 digest, in one fixed profile (APPR-05..09).
//!
//! The covered components are `@method` and `@target-uri`, and with a body also `content-type` and
//! `content-digest`, in this order. An empty body is no body.

mod digest;
mod sign;
mod verify;

pub use sign::{RequestToSign, SignedHeaders, sign};
pub use verify::{Parsed, Received, parse};

use crate::error::ErrorCode;

/// The `tag` parameter of every signature.
pub const TAG: &str = "warifu-http-v1";

/// The `alg` parameter of every signature.
pub const ALG: &str = "ed25519";

/// The longest time from `created` to `expires`, and how far `created` may lie from the present, in seconds.
pub const MAX_AGE_SECS: i64 = 60;

/// The components of a request without a body, in order.
const WITHOUT_BODY: &[&str] = &["@method", "@target-uri"];

/// The components of a request with a body, in order.
const WITH_BODY: &[&str] = &["@method", "@target-uri", "content-type", "content-digest"];

/// Why a request was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HttpSignatureError {
    /// `Signature-Input` or `Signature` is not there.
    #[error("the request is not signed")]
    Missing,
    /// The signature's form, its covered components, its parameters or the signature itself is wrong; says which.
    #[error("the request's signature is not acceptable: {0}")]
    Invalid(&'static str),
    /// `created` lies too far from the present, or `expires` has come.
    #[error("the request's signature is not of this minute")]
    Expired,
    /// The nonce was used before. Found by whoever keeps the nonces (APPR-07), not by this module.
    #[error("the request was received before")]
    Replayed,
    /// `Content-Digest` does not fit the body (APPR-06).
    #[error("the request's body does not fit its digest")]
    DigestMismatch,
}

impl HttpSignatureError {
    /// The code that the device API answers.
    #[must_use]
    pub const fn code(self) -> ErrorCode {
        match self {
            Self::Missing => ErrorCode::SignatureMissing,
            Self::Invalid(_) => ErrorCode::SignatureInvalid,
            Self::Expired => ErrorCode::SignatureExpired,
            Self::Replayed => ErrorCode::SignatureReplayed,
            Self::DigestMismatch => ErrorCode::DigestMismatch,
        }
    }
}

/// The signature base of RFC 9421 section 2.5: a line a component, then the parameters as they were written.
#[must_use]
pub fn signature_base(components: &[(&str, &str)], params: &str) -> String {
    let mut base = String::with_capacity(512);
    for (name, value) in components {
        base.push('"');
        base.push_str(name);
        base.push_str("\": ");
        base.push_str(value);
        base.push('\n');
    }
    base.push_str("\"@signature-params\": ");
    base.push_str(params);
    base
}

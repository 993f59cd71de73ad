//! What the fuzz targets reach of the relay's private readers.

use http::HeaderMap;
use warifu_shared::clock::Timestamp;

use super::error::PushError;
use super::protocol::EncryptionHeaders;
use super::push::{read_encryption, read_topic, read_ttl};
use super::vapid::{Credentials, VapidCheck};

/// The headers of a posted message: TTL, topic, encryption.
///
/// # Errors
/// As a post is answered.
pub fn push_headers(
    headers: &HeaderMap,
) -> Result<(i64, Option<String>, Option<EncryptionHeaders>), PushError> {
    let (ttl, topic) = (read_ttl(headers)?, read_topic(headers)?);
    Ok((ttl, topic, read_encryption(headers).ok()))
}

/// Whether a post is let through: the `Authorization` of `headers` for an endpoint bound to the key with hash `required`.
///
/// # Errors
/// As a post is answered.
pub fn vapid(
    audience: &str,
    required: Option<[u8; 32]>,
    headers: &HeaderMap,
    now: Timestamp,
) -> Result<(), PushError> {
    let posted = Credentials::read(headers)?;
    VapidCheck::new(audience.to_owned()).check(required, posted.as_ref(), now)
}

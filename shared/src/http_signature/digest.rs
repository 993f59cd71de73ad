//! The `Content-Digest` header (RFC 9530): written with SHA-256, read with SHA-256 and SHA-512.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sfv::{BareItem, Dictionary, FieldType, ListEntry, Parser};
use sha2::{Digest, Sha256, Sha512};

use super::HttpSignatureError;

/// The header of a body.
pub(super) fn write(body: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(body)))
}

/// Recomputes every digest of the header over the received bytes. An unknown algorithm is refused: it would
/// look like protection and be none.
pub(super) fn check(header: &str, body: &[u8]) -> Result<(), HttpSignatureError> {
    let bad = HttpSignatureError::Invalid("content-digest");
    let digests: Dictionary = Parser::new(header).parse().map_err(|_| bad)?;
    if digests.is_empty() || digests.serialize().as_deref() != Some(header) {
        return Err(bad);
    }
    for (algorithm, entry) in &digests {
        let ListEntry::Item(item) = entry else {
            return Err(bad);
        };
        let BareItem::ByteSequence(given) = &item.bare_item else {
            return Err(bad);
        };
        let fits = match algorithm.as_str() {
            "sha-256" => given.as_slice() == Sha256::digest(body).as_slice(),
            "sha-512" => given.as_slice() == Sha512::digest(body).as_slice(),
            _ => return Err(bad),
        };
        if !item.params.is_empty() {
            return Err(bad);
        }
        if !fits {
            return Err(HttpSignatureError::DigestMismatch);
        }
    }
    Ok(())
}

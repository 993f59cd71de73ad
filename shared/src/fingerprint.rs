//! The fingerprint that a person compares on page and device before a device becomes active, and the commitment that keeps
//! it from being searched (ENROL-06).
//!
//! The device draws its keys and 128 random bits, the *opening*, and sends their [`commitment`] before it sees the server's
//! nonce. It reveals keys and opening only after it has the nonce. So neither end can choose its share after it has seen the
//! other's, and that holds for somebody in the middle at both ends too: of the fingerprints that device and page show, one is
//! always fixed before the last share of the other is known. Six digits then agree by chance alone, one time in a million
//! for each attempt, with no work that makes it likelier.
//!
//! Attempts cannot be made in numbers either: the server takes one commitment for each code, and the device never promises
//! a share again that it has revealed. So each attempt takes a person, who asks for a new code or types one again.

use sha2::{Digest, Sha256};

use crate::b64;
use crate::keys::PublicKey;

/// What the device promises in its `begin`: SHA-256 over both keys and the opening, base64url.
///
/// `opening` is the text of the claim: 16 random bytes, base64url. It hides the keys until they are revealed, even from
/// somebody who could recognise them.
#[must_use]
pub fn commitment(request_key: &PublicKey, approval_key: &PublicKey, opening: &str) -> String {
    b64::encode(hash(
        b"warifu-commitment-v1\0",
        &[
            request_key.thumbprint().as_str(),
            approval_key.thumbprint().as_str(),
            opening,
        ],
    ))
}

/// Six digits over the server's challenge key, both device keys, the server's nonce and the device's opening. Both ends
/// compute them from what they themselves saw.
///
/// They are worth comparing only if the [`commitment`] came before the nonce and was checked by the server, and if the
/// device took no other server key afterwards.
#[must_use]
pub fn fingerprint(
    server_key: &PublicKey,
    request_key: &PublicKey,
    approval_key: &PublicKey,
    nonce: &str,
    opening: &str,
) -> String {
    let digest = hash(
        b"warifu-fingerprint-v1\0",
        &[
            server_key.thumbprint().as_str(),
            request_key.thumbprint().as_str(),
            approval_key.thumbprint().as_str(),
            nonce,
            opening,
        ],
    );
    let mut head = [0u8; 8];
    head.copy_from_slice(&digest[..8]);
    format!("{:06}", u64::from_be_bytes(head) % 1_000_000)
}

/// Every part with its length before it, so that no two lists of parts give the same bytes.
fn hash(label: &[u8], parts: &[&str]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(label);
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().into()
}

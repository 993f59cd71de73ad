//! The fingerprint that a person compares on page and device before a device becomes active (ENROL-06).

use sha2::{Digest, Sha256};

use crate::keys::PublicKey;

/// Six digits over server key id, both device keys and the nonce.
///
/// Both ends compute it from what they themselves saw, so a man in the middle who swaps a key changes it
/// (with a chance of one in a million to hit the same digits; the nonce is the server's, so it cannot be searched).
#[must_use]
pub fn fingerprint(
    server_key: &PublicKey,
    request_key: &PublicKey,
    approval_key: &PublicKey,
    nonce: &str,
) -> String {
    let mut hash = Sha256::new();
    hash.update(b"warifu-fingerprint-v1\0");
    for part in [
        server_key.thumbprint().as_str(),
        request_key.thumbprint().as_str(),
        approval_key.thumbprint().as_str(),
        nonce,
    ] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let digest = hash.finalize();
    let mut head = [0u8; 8];
    head.copy_from_slice(&digest[..8]);
    format!("{:06}", u64::from_be_bytes(head) % 1_000_000)
}

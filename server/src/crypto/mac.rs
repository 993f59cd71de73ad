//! Keyed hashes (HMAC-SHA-256) and plain token hashes, each with its own label (KEY-12, SESS-03, CODE-06).

use ring::{digest, hmac};

/// A key for keyed hashes.
#[derive(Clone)]
pub struct MacKey(hmac::Key);

impl MacKey {
    /// A MAC key over 256 bits.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    /// The keyed hash of length-prefixed `parts` under a `label` that names its use, in base64url.
    #[must_use]
    pub fn mac(&self, label: &str, parts: &[&[u8]]) -> String {
        let mut context = hmac::Context::with_key(&self.0);
        for part in std::iter::once(label.as_bytes()).chain(parts.iter().copied()) {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        warifu_shared::b64::encode(context.sign())
    }

    /// Compares a keyed hash in constant time (KEY-16).
    #[must_use]
    pub fn verify(&self, label: &str, parts: &[&[u8]], expected: &str) -> bool {
        use subtle::ConstantTimeEq;
        bool::from(self.mac(label, parts).as_bytes().ct_eq(expected.as_bytes()))
    }
}

/// SHA-256 of a random token of at least 128 bits, in base64url: how tokens lie in the database (SESS-03).
#[must_use]
pub fn token_hash(token: &str) -> String {
    warifu_shared::b64::encode(digest::digest(&digest::SHA256, token.as_bytes()))
}

/// A new random token: 256 bits in base64url.
#[must_use]
pub fn new_token() -> String {
    warifu_shared::b64::encode(warifu_shared::random::bytes::<32>())
}

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
        warifu_shared::b64::encode(self.sign(label, parts))
    }

    fn sign(&self, label: &str, parts: &[&[u8]]) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&self.0);
        for part in std::iter::once(label.as_bytes()).chain(parts.iter().copied()) {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        context.sign()
    }

    /// The first 128 bits of the keyed hash of one part.
    #[must_use]
    pub fn short_tag(&self, label: &str, part: &[u8]) -> [u8; 16] {
        let mut tag = [0; 16];
        tag.copy_from_slice(&self.sign(label, &[part]).as_ref()[..16]);
        tag
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

/// A new random token of 128 bits with 128 bits of a keyed hash behind it, in base64url: 43 characters that only a holder
/// of the key can make, so that an invented one is known without a look into the database.
#[must_use]
pub fn new_token_of(key: &MacKey, label: &str) -> String {
    let drawn = warifu_shared::random::bytes::<16>();
    warifu_shared::b64::encode([drawn, key.short_tag(label, &drawn)].concat())
}

/// Whether [`new_token_of`] made `token` with this key and label.
#[must_use]
pub fn was_made_by(key: &MacKey, label: &str, token: &str) -> bool {
    use subtle::ConstantTimeEq;
    warifu_shared::b64::decode_array::<32>(token).is_ok_and(|bytes| {
        let (drawn, tag) = bytes.split_at(16);
        bool::from(key.short_tag(label, drawn).ct_eq(tag))
    })
}

/// A new random token: 256 bits in base64url.
#[must_use]
pub fn new_token() -> String {
    warifu_shared::b64::encode(warifu_shared::random::bytes::<32>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn risk_07_invented_tokens_are_known_as_such() {
        let (ours, other) = (MacKey::new(&[1; 32]), MacKey::new(&[2; 32]));
        let token = new_token_of(&ours, "browser");
        assert_eq!(token.len(), 43);
        assert_ne!(token, new_token_of(&ours, "browser"));
        assert!(was_made_by(&ours, "browser", &token));
        assert!(!was_made_by(&other, "browser", &token) && !was_made_by(&ours, "session", &token));
        assert!(!was_made_by(&ours, "browser", &new_token()));
        assert!(!was_made_by(&ours, "browser", "") && !was_made_by(&ours, "browser", &token[1..]));
    }
}

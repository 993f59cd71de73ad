//! Sealing of stored values: AES-256-GCM with a random nonce, bound to what the value is for (PUSH-07, CODE-17).

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroizing;

/// A key that seals values for the database.
#[derive(Clone)]
pub struct Sealer(std::sync::Arc<LessSafeKey>);

/// A sealed value that cannot be opened: other key, other context, or damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the sealed value does not open")]
pub struct BadSeal;

impl Sealer {
    /// A sealer over a 256-bit key.
    ///
    /// # Panics
    /// Never: AES-256 takes every 32-byte key.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Self {
        let key = UnboundKey::new(&AES_256_GCM, key).expect("AES-256 takes every 32-byte key");
        Self(std::sync::Arc::new(LessSafeKey::new(key)))
    }

    /// Seals `plain` for one `context` (for example `number:ch_…`): it opens under the same context only.
    ///
    /// # Panics
    /// When `plain` is longer than AES-GCM allows (64 GiB).
    #[must_use]
    pub fn seal(&self, context: &str, plain: &[u8]) -> Vec<u8> {
        let nonce = warifu_shared::random::bytes::<NONCE_LEN>();
        let mut out = plain.to_vec();
        let aad = Aad::from(context.as_bytes());
        self.0
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut out)
            .expect("the value is short");
        [nonce.as_slice(), &out].concat()
    }

    /// Opens what [`Self::seal`] sealed under the same context.
    ///
    /// # Errors
    /// [`BadSeal`] on any difference.
    pub fn open(&self, context: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, BadSeal> {
        let (nonce, rest) = sealed.split_at_checked(NONCE_LEN).ok_or(BadSeal)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| BadSeal)?;
        let mut buffer = Zeroizing::new(rest.to_vec());
        let plain = self
            .0
            .open_in_place(nonce, Aad::from(context.as_bytes()), &mut buffer)
            .map_err(|_| BadSeal)?;
        Ok(Zeroizing::new(plain.to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn push_07_a_sealed_value_opens_in_its_context_only() {
        let sealer = Sealer::new(&[1; 32]);
        let sealed = sealer.seal("endpoint:dv_a", b"https://push.example/x");
        assert_eq!(
            sealer.open("endpoint:dv_a", &sealed).unwrap().as_slice(),
            b"https://push.example/x"
        );
        assert_eq!(sealer.open("endpoint:dv_b", &sealed), Err(BadSeal));
        assert_eq!(Sealer::new(&[2; 32]).open("endpoint:dv_a", &sealed), Err(BadSeal));
        let mut bent = sealed.clone();
        *bent.last_mut().unwrap() ^= 1;
        assert_eq!(sealer.open("endpoint:dv_a", &bent), Err(BadSeal));
        assert_eq!(sealer.open("endpoint:dv_a", &sealed[..8]), Err(BadSeal));
    }
}

//! The aes128gcm body of a push message (RFC 8291, RFC 8188; PUSH-01), with ring.

use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::agreement::{ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral};
use ring::hkdf::{HKDF_SHA256, KeyType, Salt};
use ring::rand::SystemRandom;

/// The subscription's keys are unusable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the subscription's keys cannot be used")]
pub struct BadSubscriptionKeys;

impl From<ring::error::Unspecified> for BadSubscriptionKeys {
    fn from(_: ring::error::Unspecified) -> Self {
        Self
    }
}

/// Encrypts `plain` (at most 3993 bytes) for the holder of `receiver` (uncompressed P-256 point) and `auth` (16 bytes),
/// as one record of size 4096 with delimiter 0x02.
///
/// # Errors
/// [`BadSubscriptionKeys`] when `receiver` is not on the curve.
pub fn encrypt(plain: &[u8], receiver: &[u8], auth: &[u8]) -> Result<Vec<u8>, BadSubscriptionKeys> {
    let private = EphemeralPrivateKey::generate(&ECDH_P256, &SystemRandom::new())?;
    let public = private.compute_public_key()?;
    let sender = public.as_ref();
    let info = [b"WebPush: info\0", receiver, sender].concat();
    let peer = UnparsedPublicKey::new(&ECDH_P256, receiver);
    let mut ikm = [0u8; 32];
    agree_ephemeral(private, &peer, |secret| fill(auth, secret, &info, &mut ikm))??;

    let salt = warifu_shared::random::bytes::<16>();
    let (mut key, mut nonce) = ([0u8; 16], [0u8; 12]);
    fill(&salt, &ikm, b"Content-Encoding: aes128gcm\0", &mut key)?;
    fill(&salt, &ikm, b"Content-Encoding: nonce\0", &mut nonce)?;

    let mut record = [plain, &[LAST_RECORD]].concat();
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key)?);
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut record)?;
    let id_len = u8::try_from(sender.len()).map_err(|_| BadSubscriptionKeys)?;
    Ok([&salt[..], &RECORD_SIZE.to_be_bytes(), &[id_len], sender, &record].concat())
}

fn fill(salt: &[u8], ikm: &[u8], info: &[u8], out: &mut [u8]) -> Result<(), ring::error::Unspecified> {
    struct Len(usize);
    impl KeyType for Len {
        fn len(&self) -> usize {
            self.0
        }
    }
    let info = [info];
    Salt::new(HKDF_SHA256, salt)
        .extract(ikm)
        .expand(&info, Len(out.len()))?
        .fill(out)
}

const RECORD_SIZE: u32 = 4096;
const LAST_RECORD: u8 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn push_01_another_implementation_reads_it() {
        let (keys, auth) = ece::generate_keypair_and_auth_secret().unwrap();
        let parts = keys.raw_components().unwrap();
        let body = encrypt(&[7; 256], parts.public_key(), &auth).unwrap();
        assert_eq!(ece::decrypt(&parts, &auth, &body).unwrap(), [7; 256]);
        assert_eq!(&body[16..21], &[0, 0, 16, 0, 65], "rs 4096, key id of 65 bytes");
        assert_ne!(
            body,
            encrypt(&[7; 256], parts.public_key(), &auth).unwrap(),
            "fresh key and salt"
        );
    }

    #[test]
    fn push_09_points_off_the_curve_are_refused() {
        assert_eq!(encrypt(b"x", &[4; 65], &[0; 16]), Err(BadSubscriptionKeys));
        assert_eq!(encrypt(b"x", &[], &[0; 16]), Err(BadSubscriptionKeys));
    }
}

//! Decrypting Web Push messages (RFC 8291 over RFC 8188 `aes128gcm`), and the keys of a subscription (PUSH-09).

use aes_gcm::Aes128Gcm;
use aes_gcm::aead::{Aead, KeyInit};
use hkdf::Hkdf;
use p256::elliptic_curve::sec1::ToSec1Point;
use p256::{PublicKey, SecretKey};
use sha2::Sha256;
use warifu_shared::b64;
use zeroize::Zeroizing;

use crate::vault::PushSecret;

/// A message that is not for these keys, or damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the push message does not decrypt")]
pub(crate) struct BadMessage;

/// Header: salt (16), record size (4), key id length (1), key id (65: the sender's P-256 key).
const SALT: usize = 16;
const KEY_LEN: usize = 65;
const HEADER: usize = SALT + 4 + 1 + KEY_LEN;
const TAG: usize = 16;
/// The delimiter of a last record (RFC 8188 section 2).
const LAST: u8 = 2;

/// Key and nonce of a record.
type ContentKeys = (Zeroizing<[u8; 16]>, Zeroizing<[u8; 12]>);

impl PushSecret {
    /// Draws the keys of a new subscription.
    pub(crate) fn generate() -> Self {
        loop {
            let bytes = Zeroizing::new(warifu_shared::random::bytes::<32>());
            // A draw outside the group's order (once in 2^32) is drawn again.
            if SecretKey::from_slice(&*bytes).is_ok() {
                let auth = Zeroizing::new(warifu_shared::random::bytes::<16>());
                return Self {
                    private: b64::encode(*bytes),
                    auth: b64::encode(*auth),
                };
            }
        }
    }

    /// The public key as the subscription carries it: uncompressed point, base64url.
    ///
    /// # Errors
    /// [`BadMessage`] when the stored key is damaged.
    pub(crate) fn p256dh(&self) -> Result<String, BadMessage> {
        Ok(b64::encode(point_of(&self.secret()?.public_key())))
    }

    /// Decrypts one message of a single record.
    ///
    /// # Errors
    /// [`BadMessage`].
    pub(crate) fn decrypt(&self, body: &[u8]) -> Result<Vec<u8>, BadMessage> {
        let (header, sealed) = body.split_at_checked(HEADER).ok_or(BadMessage)?;
        let record_size = u32::from_be_bytes(header[SALT..SALT + 4].try_into().map_err(|_| BadMessage)?);
        let single = u32::try_from(sealed.len()).is_ok_and(|len| len <= record_size);
        if usize::from(header[SALT + 4]) != KEY_LEN || sealed.len() <= TAG || !single {
            return Err(BadMessage);
        }
        let sender = PublicKey::from_sec1_bytes(&header[SALT + 5..]).map_err(|_| BadMessage)?;
        let (key, nonce) = self.content_keys(&sender, &header[..SALT])?;
        let cipher = Aes128Gcm::new((&*key).into());
        let mut plain = cipher.decrypt((&*nonce).into(), sealed).map_err(|_| BadMessage)?;
        let end = plain.iter().rposition(|byte| *byte != 0).ok_or(BadMessage)?;
        if plain[end] != LAST {
            return Err(BadMessage);
        }
        plain.truncate(end);
        Ok(plain)
    }

    /// Key and nonce of the one record (RFC 8291 section 3.4).
    fn content_keys(&self, sender: &PublicKey, salt: &[u8]) -> Result<ContentKeys, BadMessage> {
        let secret = self.secret()?;
        let auth = Zeroizing::new(b64::decode_array::<16>(&self.auth).map_err(|_| BadMessage)?);
        let shared = p256::ecdh::diffie_hellman(secret.to_nonzero_scalar(), sender.as_affine());
        let mut info = b"WebPush: info\0".to_vec();
        info.extend(point_of(&secret.public_key()));
        info.extend(point_of(sender));
        let mut ikm = Zeroizing::new([0u8; 32]);
        expand(&auth[..], shared.raw_secret_bytes(), &info, &mut ikm[..])?;
        let (mut key, mut nonce) = (Zeroizing::new([0u8; 16]), Zeroizing::new([0u8; 12]));
        expand(salt, &ikm[..], b"Content-Encoding: aes128gcm\0", &mut key[..])?;
        expand(salt, &ikm[..], b"Content-Encoding: nonce\0", &mut nonce[..])?;
        Ok((key, nonce))
    }

    fn secret(&self) -> Result<SecretKey, BadMessage> {
        let bytes = Zeroizing::new(b64::decode_array::<32>(&self.private).map_err(|_| BadMessage)?);
        SecretKey::from_slice(&*bytes).map_err(|_| BadMessage)
    }
}

fn point_of(key: &PublicKey) -> Vec<u8> {
    key.to_sec1_point(false).as_bytes().to_vec()
}

fn expand(salt: &[u8], input: &[u8], info: &[u8], out: &mut [u8]) -> Result<(), BadMessage> {
    Hkdf::<Sha256>::new(Some(salt), input)
        .expand(info, out)
        .map_err(|_| BadMessage)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PLAIN: &[u8] = b"When I grow up, I want to be a watermelon";
    const PUBLIC: &str =
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
    const BODY: &str = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";

    fn vector() -> PushSecret {
        PushSecret {
            private: "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94".into(),
            auth: "BTBZMqHH6r4Tts7J_aSIgg".into(),
        }
    }

    #[test]
    fn push_01_the_vector_of_rfc_8291_section_5() {
        assert_eq!(vector().p256dh().unwrap(), PUBLIC);
        assert_eq!(vector().decrypt(&b64::decode(BODY).unwrap()).unwrap(), PLAIN);
    }

    #[test]
    fn push_01_decrypts_what_a_second_implementation_encrypts() {
        let keys = PushSecret::generate();
        let public = b64::decode(&keys.p256dh().unwrap()).unwrap();
        let auth = b64::decode(&keys.auth).unwrap();
        for len in [1, 256, 3000] {
            let plain = vec![7u8; len];
            let body = ece::encrypt(&public, &auth, &plain).unwrap();
            assert_eq!(keys.decrypt(&body).unwrap(), plain, "{len}");
        }
    }

    #[test]
    fn push_09_keys_are_what_a_second_implementation_takes() {
        let (pair, auth) = ece::generate_keypair_and_auth_secret().unwrap();
        let raw = pair.raw_components().unwrap();
        let keys = PushSecret {
            private: b64::encode(raw.private_key()),
            auth: b64::encode(auth),
        };
        assert_eq!(keys.p256dh().unwrap(), b64::encode(raw.public_key()));
        let ours = PushSecret::generate();
        assert_eq!(b64::decode(&ours.p256dh().unwrap()).unwrap().len(), 65);
        assert_eq!(b64::decode(&ours.auth).unwrap().len(), 16);
        assert_ne!(ours, PushSecret::generate());
    }

    proptest! {
        #[test]
        fn push_01_damaged_or_foreign_messages_never_decrypt(at in 0usize..144, bit in 0u8..8) {
            let mut body = b64::decode(BODY).unwrap();
            let at = at % body.len();
            // The record size is a bound and not covered by the tag: any value that still holds the record will do.
            prop_assume!(!(SALT..SALT + 4).contains(&at));
            body[at] ^= 1 << bit;
            prop_assert_eq!(vector().decrypt(&body), Err(BadMessage));
        }

        #[test]
        fn push_01_arbitrary_bytes_never_panic(body: Vec<u8>) {
            prop_assert_eq!(vector().decrypt(&body), Err(BadMessage));
        }
    }

    #[test]
    fn push_01_cut_messages_and_other_subscriptions_are_refused() {
        let body = b64::decode(BODY).unwrap();
        for len in 0..body.len() {
            assert_eq!(vector().decrypt(&body[..len]), Err(BadMessage), "{len}");
        }
        assert_eq!(PushSecret::generate().decrypt(&body), Err(BadMessage));
    }
}

//! Sealing: AES-256-GCM under keys from HKDF, and the key that needs PIN and keystore (KEY-02).

use aes_gcm::Aes256Gcm;
use aes_gcm::aead::{Aead, KeyInit, Payload};
use argon2::{Algorithm, Argon2, Params, Version};
use hkdf::Hkdf;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use warifu_shared::{b64, random};
use zeroize::Zeroizing;

use super::pin::Pin;
use crate::options::KdfProfile;

/// A 256-bit key that wipes itself.
pub(crate) type Key = Zeroizing<[u8; 32]>;

/// Bytes that do not open: another key, or changed since they were sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("does not open with this key")]
pub(crate) struct DoesNotOpen;

/// Sealed bytes with their nonce, base64url.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sealed {
    nonce: String,
    data: String,
}

/// How the PIN is stretched; kept beside what it seals, so that old files open after the default has changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Kdf {
    /// Memory in KiB.
    m_kib: u32,
    /// Passes.
    t: u32,
    /// 16 random bytes, base64url.
    salt: String,
}

/// Seals `plain` so that it opens only with `key` and the same `context`.
///
/// # Errors
/// [`DoesNotOpen`] never in practice: AES-GCM refuses only messages of many gigabytes.
pub(crate) fn seal(key: &Key, context: &[u8], plain: &[u8]) -> Result<Sealed, DoesNotOpen> {
    let nonce = random::bytes::<12>();
    let payload = Payload {
        msg: plain,
        aad: context,
    };
    let data = cipher(key)
        .encrypt(&nonce.into(), payload)
        .map_err(|_| DoesNotOpen)?;
    Ok(Sealed {
        nonce: b64::encode(nonce),
        data: b64::encode(data),
    })
}

/// Opens what [`seal`] sealed.
///
/// # Errors
/// [`DoesNotOpen`] with another key or context, or when a bit has changed.
pub(crate) fn open(key: &Key, context: &[u8], sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>, DoesNotOpen> {
    let nonce: [u8; 12] = b64::decode_array(&sealed.nonce).map_err(|_| DoesNotOpen)?;
    let data = b64::decode(&sealed.data).map_err(|_| DoesNotOpen)?;
    let payload = Payload {
        msg: &data,
        aad: context,
    };
    cipher(key)
        .decrypt(&nonce.into(), payload)
        .map(Zeroizing::new)
        .map_err(|_| DoesNotOpen)
}

impl Kdf {
    /// Parameters of the profile with a fresh salt.
    pub(crate) fn fresh(profile: KdfProfile) -> Self {
        let (m_kib, t) = profile.cost();
        Self {
            m_kib,
            t,
            salt: b64::encode(random::bytes::<16>()),
        }
    }

    /// Argon2id over the PIN: about a tenth of a second and 64 MiB, so never on an async thread.
    ///
    /// # Errors
    /// [`DoesNotOpen`] when the stored parameters are below the floor or absurd (a changed file).
    pub(crate) fn stretch(&self, pin: &Pin) -> Result<Key, DoesNotOpen> {
        let (floor_m, floor_t) = KdfProfile::Floor.cost();
        if self.m_kib < floor_m || self.t < floor_t || self.m_kib > MAX_M_KIB || self.t > MAX_T {
            return Err(DoesNotOpen);
        }
        let salt: [u8; 16] = b64::decode_array(&self.salt).map_err(|_| DoesNotOpen)?;
        let params = Params::new(self.m_kib, self.t, 1, Some(32)).map_err(|_| DoesNotOpen)?;
        let mut out = Key::default();
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(pin.bytes(), &salt, &mut *out)
            .map_err(|_| DoesNotOpen)?;
        Ok(out)
    }
}

/// One key for one purpose: HKDF-SHA-256 with `salt`, separated by `purpose`.
pub(crate) fn derive(salt: Option<&[u8]>, input: &[u8], purpose: &str) -> Key {
    let mut out = Key::default();
    Hkdf::<Sha256>::new(salt, input)
        .expand(purpose.as_bytes(), &mut *out)
        .expect("32 bytes are within the limit of HKDF-SHA-256");
    out
}

fn cipher(key: &Key) -> Aes256Gcm {
    Aes256Gcm::new((&**key).into())
}

/// More memory than any profile asks for: a changed file must not exhaust the machine.
const MAX_M_KIB: u32 = 1024 * 1024;
const MAX_T: u32 = 16;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn key_02_opens_with_its_key_and_context_only(key: [u8; 32], other: [u8; 32], plain: Vec<u8>, context: Vec<u8>) {
            prop_assume!(key != other);
            let (key, other) = (Key::new(key), Key::new(other));
            let sealed = seal(&key, &context, &plain).unwrap();
            prop_assert_eq!(open(&key, &context, &sealed).unwrap().to_vec(), plain);
            prop_assert_eq!(open(&other, &context, &sealed), Err(DoesNotOpen));
            let mut elsewhere = context.clone();
            elsewhere.push(0);
            prop_assert_eq!(open(&key, &elsewhere, &sealed), Err(DoesNotOpen));
        }

        #[test]
        fn key_02_any_changed_bit_is_noticed(plain: [u8; 32], at in 0usize..48, bit in 0u8..8) {
            let key = Key::new([7; 32]);
            let mut sealed = seal(&key, b"context", &plain).unwrap();
            let mut data = b64::decode(&sealed.data).unwrap();
            data[at] ^= 1 << bit;
            sealed.data = b64::encode(data);
            prop_assert_eq!(open(&key, b"context", &sealed), Err(DoesNotOpen));
        }
    }

    #[test]
    fn key_02_weakened_or_absurd_parameters_in_a_file_are_refused() {
        let pin = Pin::read("804926").unwrap();
        let kdf = Kdf::fresh(KdfProfile::Floor);
        assert!(kdf.stretch(&pin).is_ok());
        for (m_kib, t) in [(1024, 2), (19 * 1024, 1), (u32::MAX, 2), (19 * 1024, 1_000_000)] {
            assert_eq!(
                Kdf {
                    m_kib,
                    t,
                    ..kdf.clone()
                }
                .stretch(&pin),
                Err(DoesNotOpen),
                "{m_kib} {t}"
            );
        }
    }

    #[test]
    fn key_02_the_pin_and_the_salt_both_count() {
        let (kdf, pin) = (Kdf::fresh(KdfProfile::Floor), Pin::read("804926").unwrap());
        let key = kdf.stretch(&pin).unwrap();
        assert_eq!(kdf.stretch(&pin).unwrap(), key);
        assert_ne!(kdf.stretch(&Pin::read("804927").unwrap()).unwrap(), key);
        assert_ne!(Kdf::fresh(KdfProfile::Floor).stretch(&pin).unwrap(), key);
    }
}

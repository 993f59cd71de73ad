//! Ed25519 keys (RFC 8032) and their RFC 7638 thumbprints. Everything that is not strict is refused (KEY-08).

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use ed25519_dalek::{Signature, Signer, VerifyingKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// Bytes that are no acceptable Ed25519 public key: not 32 bytes, not a canonical point, or of small order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an acceptable Ed25519 public key")]
pub struct BadKey;

/// A signature that does not verify under the strict rules of KEY-08.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not verify")]
pub struct BadSignature;

/// Text that is not an RFC 7638 SHA-256 thumbprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a key thumbprint")]
pub struct BadThumbprint;

/// An Ed25519 public key in canonical encoding and of large order (KEY-08).
#[derive(Clone)]
pub struct PublicKey {
    point: VerifyingKey,
    thumbprint: Thumbprint,
}

impl PublicKey {
    /// Reads a raw public key.
    ///
    /// # Errors
    /// [`BadKey`] for a non-canonical encoding (which the library itself accepts, after ZIP 215), for bytes
    /// that are no point, and for the points of small order.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, BadKey> {
        if !is_canonical(bytes) {
            return Err(BadKey);
        }
        let point = VerifyingKey::from_bytes(bytes).map_err(|_| BadKey)?;
        if point.is_weak() {
            Err(BadKey)
        } else {
            Ok(Self::of_point(point))
        }
    }

    /// Reads a raw public key in base64url, as the `x` of a JWK carries it (RFC 8037).
    ///
    /// # Errors
    /// [`BadKey`] as in [`Self::from_bytes`], or when the text is not strict base64url of 32 bytes.
    pub fn from_b64(text: &str) -> Result<Self, BadKey> {
        Self::from_bytes(&crate::b64::decode_array(text).map_err(|_| BadKey)?)
    }

    /// The raw key in base64url.
    #[must_use]
    pub fn to_b64(&self) -> String {
        crate::b64::encode(self.point.as_bytes())
    }

    /// The raw key.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.point.as_bytes()
    }

    /// The RFC 7638 thumbprint: the `kid` of every token and the `keyid` of every request (KEY-09).
    #[must_use]
    pub fn thumbprint(&self) -> Thumbprint {
        self.thumbprint.clone()
    }

    /// Verifies strictly: `S` reduced, `R` canonical and not of small order (RFC 8032 section 5.1.7).
    ///
    /// # Errors
    /// [`BadSignature`] when anything is off; it does not say what.
    pub fn verify(&self, msg: &[u8], sig: &[u8; 64]) -> Result<(), BadSignature> {
        self.point
            .verify_strict(msg, &Signature::from_bytes(sig))
            .map_err(|_| BadSignature)
    }

    pub(crate) fn is(&self, thumbprint: &Thumbprint) -> bool {
        self.thumbprint == *thumbprint
    }

    fn of_point(point: VerifyingKey) -> Self {
        let thumbprint = Thumbprint::of(point.as_bytes());
        Self { point, thumbprint }
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for PublicKey {}

impl Hash for PublicKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.thumbprint)
    }
}

/// The SHA-256 thumbprint of a key after RFC 7638 and RFC 8037 section 2: 43 characters of base64url.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Thumbprint(String);

impl Thumbprint {
    /// The thumbprint as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn of(key: &[u8; 32]) -> Self {
        // RFC 7638 section 3: the required members only, in lexicographic order, without white space.
        let jwk = format!(
            r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#,
            crate::b64::encode(key)
        );
        Self(crate::b64::encode(Sha256::digest(jwk.as_bytes())))
    }
}

impl FromStr for Thumbprint {
    type Err = BadThumbprint;

    fn from_str(text: &str) -> Result<Self, BadThumbprint> {
        Self::try_from(text.to_owned())
    }
}

impl TryFrom<String> for Thumbprint {
    type Error = BadThumbprint;

    fn try_from(text: String) -> Result<Self, BadThumbprint> {
        crate::b64::decode_array::<32>(&text).map_err(|_| BadThumbprint)?;
        Ok(Self(text))
    }
}

impl From<Thumbprint> for String {
    fn from(thumbprint: Thumbprint) -> Self {
        thumbprint.0
    }
}

impl fmt::Display for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An Ed25519 private key. It is wiped when dropped; `Debug` shows the public thumbprint only (KEY-01).
pub struct SigningKey {
    secret: ed25519_dalek::SigningKey,
    public: PublicKey,
}

impl SigningKey {
    /// Draws a new key from the operating system's randomness (KEY-15).
    #[must_use]
    pub fn generate() -> Self {
        Self::from_seed(&Zeroizing::new(crate::random::bytes()))
    }

    /// The key of a 32-byte seed (RFC 8032 section 5.1.5).
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        let secret = ed25519_dalek::SigningKey::from_bytes(seed);
        let public = PublicKey::of_point(secret.verifying_key());
        Self { secret, public }
    }

    /// The seed, for sealing at rest only.
    #[must_use]
    pub fn seed(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.secret.to_bytes())
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Signs a message.
    #[must_use]
    pub fn sign(&self, msg: &[u8]) -> [u8; 64] {
        self.secret.sign(msg).to_bytes()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.public.thumbprint)
    }
}

/// Whether the encoded `y` is below p = 2^255 - 19 (RFC 8032 section 5.1.3). The sign bit of `x = 0`, the other
/// non-canonical form, only occurs at points of small order, which are refused anyway.
fn is_canonical(bytes: &[u8; 32]) -> bool {
    bytes[0] < 0xed || bytes[1..31].iter().any(|b| *b != 0xff) || bytes[31] & 0x7f != 0x7f
}

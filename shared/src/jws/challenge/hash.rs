//! The hash that ties an approval to the exact bytes of its challenge.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::b64::{self, BadBase64};

/// The SHA-256 of the ASCII bytes of a compact challenge (APPR-01).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ChallengeHash([u8; 32]);

impl ChallengeHash {
    /// The hash of a challenge's exact bytes.
    #[must_use]
    pub fn of(jws: &str) -> Self {
        Self(Sha256::digest(jws.as_bytes()).into())
    }

    /// The hash itself.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl TryFrom<String> for ChallengeHash {
    type Error = BadBase64;

    fn try_from(text: String) -> Result<Self, BadBase64> {
        text.parse()
    }
}

impl std::str::FromStr for ChallengeHash {
    type Err = BadBase64;

    fn from_str(text: &str) -> Result<Self, BadBase64> {
        b64::decode_array(text).map(Self)
    }
}

impl From<ChallengeHash> for String {
    fn from(hash: ChallengeHash) -> Self {
        hash.to_string()
    }
}

impl std::fmt::Display for ChallengeHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&b64::encode(self.0))
    }
}

impl std::fmt::Debug for ChallengeHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ChallengeHash({self})")
    }
}

//! An entry of the log: one line of JSON with members in a fixed order (AUDIT-02). Its bytes are what is hashed.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::tree::{Hash, leaf_hash};
use crate::b64;
use crate::clock::Timestamp;

/// The longest entry that is read, in bytes.
pub const MAX_ENTRY_LEN: usize = 4 * 1024;
/// The version of the encoding.
const VERSION: u8 = 1;
/// What stands for nothing.
pub const NOTHING: &str = "-";

/// The members, in the order of the encoding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    v: u8,
    /// Its id.
    pub id: String,
    /// When it happened, by the server's clock.
    pub at: Timestamp,
    /// Who did it: `customer`, `device:<id>`, `server`.
    pub actor: String,
    /// Whom it concerns: an account, or `-`.
    pub subject: String,
    /// What happened, e.g. `challenge.approve`.
    pub action: String,
    /// `ok`, how, or why not.
    pub outcome: String,
    /// The thing it is about, or `-`.
    pub object: String,
    /// The request it came with.
    pub request: String,
    /// Salted SHA-256 of personal details that are kept elsewhere and may be erased.
    pub details: String,
    /// SHA-256 of the signed token that shows it, or `-`.
    pub evidence: String,
}

/// What an entry says, without its version and the hashes of what lies elsewhere.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// Who did it.
    pub actor: &'a str,
    /// Whom it concerns.
    pub subject: &'a str,
    /// What happened.
    pub action: &'a str,
    /// How it went.
    pub outcome: &'a str,
    /// What it is about.
    pub object: &'a str,
    /// The request it came with.
    pub request: &'a str,
}

/// Bytes that are no entry in its one encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an entry of the log")]
pub struct BadEntry;

impl Entry {
    /// An entry.
    #[must_use]
    pub fn new(id: &str, at: Timestamp, words: Words<'_>, details: &str, evidence: &str) -> Self {
        Self {
            v: VERSION,
            id: id.to_owned(),
            at,
            actor: words.actor.to_owned(),
            subject: words.subject.to_owned(),
            action: words.action.to_owned(),
            outcome: words.outcome.to_owned(),
            object: words.object.to_owned(),
            request: words.request.to_owned(),
            details: details.to_owned(),
            evidence: evidence.to_owned(),
        }
    }

    /// The bytes of the entry.
    ///
    /// # Errors
    /// [`BadEntry`] never in practice: text and numbers are always JSON.
    pub fn encode(&self) -> Result<Vec<u8>, BadEntry> {
        serde_json::to_vec(self).map_err(|_| BadEntry)
    }

    /// Reads an entry. There is one way to write it: anything else, white space and members in another order too, is refused.
    ///
    /// # Errors
    /// [`BadEntry`].
    pub fn read(bytes: &[u8]) -> Result<Self, BadEntry> {
        if bytes.len() > MAX_ENTRY_LEN {
            return Err(BadEntry);
        }
        let entry: Self = serde_json::from_slice(bytes).map_err(|_| BadEntry)?;
        if entry.v == VERSION && entry.encode()? == bytes {
            Ok(entry)
        } else {
            Err(BadEntry)
        }
    }

    /// The hash of the entry as a leaf of the tree.
    ///
    /// # Errors
    /// As [`Self::encode`].
    pub fn leaf_hash(&self) -> Result<Hash, BadEntry> {
        Ok(leaf_hash(&self.encode()?))
    }
}

/// What stands as `evidence` for a signed token or another text.
#[must_use]
pub fn evidence_of(text: &str) -> String {
    b64::encode(Sha256::digest(text.as_bytes()))
}

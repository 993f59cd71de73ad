//! The receipt of a decision: everything that shows who decided what, to be checked without the server (TXN-08).
//!
//! `warifu-receipt-v1` is one JSON object in one form, without white space: what was signed, and where the log has it.

mod verify;

use serde::{Deserialize, Serialize};

pub use verify::{EntryFault, EntryReport, Fault, Report, SignedDecision, follows, verify};

use crate::b64;
use crate::ids::DeviceId;
use crate::jws::json;
use crate::log::Hash;

/// The longest receipt, in bytes.
pub const MAX_RECEIPT_LEN: usize = 64 * 1024;
/// The `format` of a receipt.
pub const FORMAT: &str = "warifu-receipt-v1";
/// Most entries of a receipt.
pub const MOST_ENTRIES: usize = 16;

/// Bytes that are no receipt in its one form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a receipt")]
pub struct BadReceipt;

/// A receipt as it is written. Nothing in it is to be believed before [`verify()`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// Always [`FORMAT`].
    pub format: String,
    /// The origin of the service.
    pub service: String,
    /// The challenge as it was signed for the device that decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenge: Option<String>,
    /// The decision of that device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<String>,
    /// That device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<ReceiptDevice>,
    /// What was decided by a mailed code, where no device signed: its hash is the evidence of the first entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub txn: Option<String>,
    /// The entry of the decision, then what followed from it.
    pub entries: Vec<Logged>,
}

/// The device that decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiptDevice {
    /// The device, as challenge and decision name it.
    pub id: DeviceId,
    /// The name that its owner gave it. Nobody signed that.
    pub name: String,
    /// The model that it told when it was registered.
    pub model: String,
    /// Its enrolment token, signed by both of its keys.
    pub enrolment: String,
}

/// An entry of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Logged {
    /// Its bytes, base64url.
    pub entry: String,
    /// Where the log has it.
    pub log: Place,
}

/// Where the log has an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Place {
    /// Nowhere yet.
    Pending(Pending),
    /// At a position, with the proof.
    Included(Included),
}

/// The word for an entry that has no position yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pending {
    /// The word.
    #[serde(rename = "pending")]
    Pending,
}

/// The proof that an entry is in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Included {
    /// Its position.
    pub position: u64,
    /// The hashes of the proof, base64url.
    pub inclusion: Vec<String>,
    /// The signed checkpoint that it leads to.
    pub checkpoint: String,
}

impl Logged {
    /// An entry that has no position yet.
    #[must_use]
    pub fn pending(entry: &[u8]) -> Self {
        Self {
            entry: b64::encode(entry),
            log: Place::Pending(Pending::Pending),
        }
    }

    /// An entry with its proof.
    #[must_use]
    pub fn included(entry: &[u8], position: u64, proof: &[Hash], checkpoint: &str) -> Self {
        let included = Included {
            position,
            inclusion: proof.iter().map(b64::encode).collect(),
            checkpoint: checkpoint.to_owned(),
        };
        Self {
            entry: b64::encode(entry),
            log: Place::Included(included),
        }
    }
}

impl Receipt {
    /// Writes the receipt.
    ///
    /// # Errors
    /// [`BadReceipt`] when it is longer than a reader takes.
    pub fn write(&self) -> Result<String, BadReceipt> {
        let text = serde_json::to_string(self).map_err(|_| BadReceipt)?;
        if text.len() > MAX_RECEIPT_LEN {
            return Err(BadReceipt);
        }
        Ok(text)
    }

    /// Reads a receipt without verifying it. There is one way to write it.
    ///
    /// # Errors
    /// [`BadReceipt`].
    pub fn read(bytes: &[u8]) -> Result<Self, BadReceipt> {
        if bytes.len() > MAX_RECEIPT_LEN {
            return Err(BadReceipt);
        }
        let receipt: Self = json::read(bytes).map_err(|_| BadReceipt)?;
        let entries = (1..=MOST_ENTRIES).contains(&receipt.entries.len());
        if entries && receipt.format == FORMAT && receipt.write()?.as_bytes() == bytes {
            Ok(receipt)
        } else {
            Err(BadReceipt)
        }
    }
}

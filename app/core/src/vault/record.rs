//! What a service's file holds.

use serde::{Deserialize, Serialize};
use warifu_shared::api::{Bilingual, DeviceState, Protection};
use warifu_shared::clock::Timestamp;
use warifu_shared::ids::DeviceId;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::answers::KeptAnswer;
use crate::notices::KeptNotice;

use super::seal::{Kdf, Sealed};

/// The file: a few words in the clear, so that a service can be named when it cannot be opened, and the body.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ServiceFile {
    pub(crate) version: u32,
    pub(crate) id: String,
    pub(crate) name: Bilingual,
    pub(crate) origin: String,
    pub(crate) created_at: Timestamp,
    pub(crate) protection: Protection,
    /// Wrong PINs in a row, counted before each check (KEY-04).
    pub(crate) failed_pins: u32,
    pub(crate) body: Body,
}

/// The record itself: sealed under the keystore's secret, or in the clear with its secrets sealed under the PIN.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Body {
    Sealed(Sealed),
    Plain(Box<Record>),
}

/// Everything about one registered service but the request key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Record {
    /// The service's handle on this device.
    pub(crate) id: String,
    pub(crate) created_at: Timestamp,
    pub(crate) origin: String,
    pub(crate) name: Bilingual,
    /// The pinned challenge key of the server.
    pub(crate) server_key: String,
    pub(crate) relay_url: String,
    pub(crate) vapid_key: String,
    /// Typed codes pin nothing by themselves (ENROL-05).
    pub(crate) typed: bool,
    /// The six digits to compare while the device is pending (ENROL-06).
    pub(crate) fingerprint: String,
    /// `None` while it is not known whether the server took the enrolment.
    pub(crate) device: Option<DeviceId>,
    pub(crate) customer: String,
    pub(crate) account_hint: String,
    pub(crate) device_name: String,
    pub(crate) state: DeviceState,
    pub(crate) protection: Protection,
    pub(crate) request_public: String,
    pub(crate) approval_public: String,
    pub(crate) kdf: Kdf,
    /// The approval key; gone for good after too many wrong PINs (KEY-04).
    pub(crate) approval: Option<Sealed>,
    /// Without a keystore: request key and push keys, under the PIN.
    pub(crate) unlock: Option<Sealed>,
    /// With a keystore: the push keys (the whole record is sealed).
    pub(crate) push: Option<PushSecret>,
    /// The channel at the relay: one per account (appendix A.3b).
    pub(crate) channel: String,
    /// The relay's name for this app when the subscription was last uploaded.
    pub(crate) uploaded_for: Option<String>,
    /// What happened to the account, as the server told it, oldest first.
    #[serde(default)]
    pub(crate) notices: Vec<KeptNotice>,
    /// What was answered here, oldest first (APP-10).
    #[serde(default)]
    pub(crate) answers: Vec<KeptAnswer>,
}

/// The device's half of a Web Push subscription (RFC 8291): P-256 private key and authentication secret, base64url.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
pub(crate) struct PushSecret {
    pub(crate) private: String,
    pub(crate) auth: String,
}

/// What is sealed under the PIN when there is no keystore, and opened once at start.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
pub(crate) struct Unlock {
    pub(crate) request: String,
    pub(crate) push: PushSecret,
}

impl Record {
    /// The bytes that everything sealed under the PIN is bound to: a file whose server, key or owner was changed does
    /// not open. Length-prefixed, so that no two records give the same bytes.
    pub(crate) fn context(&self) -> Vec<u8> {
        let mut out = b"warifu-vault-v1\0".to_vec();
        for part in [
            &self.id,
            &self.origin,
            &self.server_key,
            &self.request_public,
            &self.approval_public,
        ] {
            out.extend((part.len() as u64).to_be_bytes());
            out.extend(part.as_bytes());
        }
        out
    }
}

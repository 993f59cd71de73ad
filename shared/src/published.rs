//! The keys that a service publishes, so that receipts and logs can be checked without it (KEY-12): `/.well-known/warifu-keys`.

use serde::{Deserialize, Serialize};

use crate::jws::json;
use crate::keys::{PublicKey, Thumbprint};
use crate::link;
use crate::log::LogKey;

/// The longest file of keys, in bytes.
pub const MAX_KEYS_LEN: usize = 16 * 1024;
/// Most challenge keys: the present one and those before it.
const MOST_KEYS: usize = 32;

/// The file as it is published. Members that a reader does not know are left alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeysFile {
    /// The origin of the device API, `iss` of challenges.
    pub service: String,
    /// Every key that signs or has signed challenges.
    pub challenge_keys: Vec<ChallengeKey>,
    /// The key of the audit log as signed notes write it: `NAME+KEYID+BASE64`.
    pub log: String,
}

/// A challenge key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChallengeKey {
    /// Its thumbprint.
    pub kid: Thumbprint,
    /// The raw key, base64url.
    pub x: String,
}

/// The keys of a service, read and checked.
#[derive(Debug, Clone)]
pub struct PublishedKeys {
    /// The origin of the device API.
    pub service: String,
    /// Its challenge keys.
    pub challenge_keys: Vec<PublicKey>,
    /// The key of its log.
    pub log: LogKey,
}

/// Bytes that are no such file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a file of published keys: {0}")]
pub struct BadKeys(&'static str);

/// The name that the log of a service has unless it is given another: host and port of its origin, and `/audit`.
#[must_use]
pub fn log_name(service: &str) -> String {
    let host = service.split_once("://").map_or(service, |(_, host)| host);
    format!("{host}/audit")
}

impl KeysFile {
    /// The file of a service.
    #[must_use]
    pub fn of(service: &str, challenge_keys: &[&PublicKey], log: &LogKey) -> Self {
        let challenge_keys = challenge_keys.iter().map(|key| ChallengeKey {
            kid: key.thumbprint(),
            x: key.to_b64(),
        });
        Self {
            service: service.to_owned(),
            challenge_keys: challenge_keys.collect(),
            log: log.to_string(),
        }
    }
}

impl PublishedKeys {
    /// Reads a file of keys.
    ///
    /// # Errors
    /// [`BadKeys`] for anything that is not such a file with good keys that bear their own thumbprints.
    pub fn read(bytes: &[u8]) -> Result<Self, BadKeys> {
        if bytes.len() > MAX_KEYS_LEN {
            return Err(BadKeys("too long"));
        }
        let file: KeysFile = json::read(bytes).map_err(|_| BadKeys("not JSON of this form"))?;
        if link::origin_of(&file.service).as_deref() != Ok(file.service.as_str()) {
            return Err(BadKeys("service"));
        }
        let log: LogKey = file.log.parse().map_err(|_| BadKeys("log"))?;
        if !(1..=MOST_KEYS).contains(&file.challenge_keys.len()) {
            return Err(BadKeys("challenge_keys"));
        }
        let keys = file.challenge_keys.iter().map(|key| {
            let read = PublicKey::from_b64(&key.x).ok();
            read.filter(|read| read.thumbprint() == key.kid)
                .ok_or(BadKeys("challenge_keys"))
        });
        Ok(Self {
            challenge_keys: keys.collect::<Result<_, _>>()?,
            service: file.service,
            log,
        })
    }

    /// The challenge key with this thumbprint.
    #[must_use]
    pub fn challenge_key(&self, kid: &Thumbprint) -> Option<&PublicKey> {
        self.challenge_keys.iter().find(|key| key.is(kid))
    }
}

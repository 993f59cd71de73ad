//! What the caller decides: where data lie, which keystore, and what people type in.

use std::path::PathBuf;

use warifu_shared::clock::SharedClock;

/// How a [`crate::DeviceCore`] is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// The folder of the vault; created with mode 0700 when it is missing.
    pub data_dir: PathBuf,
    /// Where the keystore half of the secrets lies.
    pub keystore: KeystoreChoice,
    /// Where the time comes from.
    pub clock: SharedClock,
    /// Whether [`crate::DeviceCore::start`] connects to the push relay.
    pub push: bool,
    /// The cost of one PIN check.
    pub kdf: KdfProfile,
}

/// Which keystore holds the request key and the second half of the approval key's secret (KEY-02, APP-06).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeystoreChoice {
    /// The operating system's (Secret Service on Linux). Without one, new services fall back to the PIN alone, and say so.
    Os,
    /// A file of mode 0600. No protection against whoever can read files of this user: for tests and machines without
    /// a desktop, only when asked for.
    File(PathBuf),
    /// None: everything is sealed under the PIN alone.
    None,
}

/// The cost of Argon2id for the PIN (KEY-02).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KdfProfile {
    /// 64 MiB, three passes.
    #[default]
    Standard,
    /// 19 MiB, two passes: the least that is allowed, for small machines.
    Floor,
}

impl KdfProfile {
    /// Memory in KiB and number of passes.
    pub(crate) const fn cost(self) -> (u32, u32) {
        match self {
            Self::Standard => (64 * 1024, 3),
            Self::Floor => (19 * 1024, 2),
        }
    }
}

/// How the customer brings the enrolment code (ENROL-01).
#[derive(Clone)]
pub enum EnrolInput {
    /// A scanned QR code, a pasted or an opened `warifu://enrol` link: all carry the same text.
    Link {
        /// The link.
        text: String,
    },
    /// Typed by hand. It pins nothing: the fingerprint must be compared (ENROL-05).
    Typed {
        /// The service's address as the page shows it, with or without `https://`.
        server: String,
        /// The account number.
        account_number: String,
        /// The short code.
        code: String,
    },
}

/// How the number came into the app (APPR-12).
#[derive(Clone)]
pub enum NumberInput {
    /// Typed from the page.
    Typed(String),
    /// Scanned from the page: the text of its QR code, a `warifu://challenge` link.
    Scanned(String),
    /// Filled in by a link that was opened on this device.
    Link,
}

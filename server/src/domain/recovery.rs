//! What a customer lost, and how long the way back stays open (ENROL-11).

use serde::{Deserialize, Serialize};

/// What was lost. A recovery code and a mailed code stand in for it, together with what is still there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lost {
    /// The login password; a new one is set.
    Password,
    /// The devices; the login password is known, and they are removed.
    Device,
}

impl Lost {
    /// The name in the database and in the log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Device => "device",
        }
    }

    /// Reads the name.
    #[must_use]
    pub fn read(name: &str) -> Option<Self> {
        [Self::Password, Self::Device]
            .into_iter()
            .find(|lost| lost.as_str() == name)
    }

    /// What its mailed code confirms, as it is bound (CODE-03).
    #[must_use]
    pub const fn action(self) -> &'static str {
        match self {
            Self::Password => "recover-password",
            Self::Device => "recover-device",
        }
    }
}

/// Seconds from the first page to the end: time to read a mail and to think of a password.
pub const LIFETIME_SECS: i64 = 900;
/// Days that the code of a recovery letter works: the most that SP 800-63B-4 §4.2.1.2 allows a code that is posted.
pub const LETTER_DAYS: i64 = 21;
/// Codes left from which on the pages and mails urge a new sheet most.
pub const FEW: i64 = 3;

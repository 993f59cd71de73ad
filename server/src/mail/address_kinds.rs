//! What mails about mail addresses carry.

use std::fmt;

use serde::{Deserialize, Serialize};
use warifu_shared::clock::Timestamp;
use zeroize::Zeroize;

/// What happened to a mail address of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressNews {
    /// The authentication address is another one now.
    Changed {
        /// Until when that can be stopped, and withdrawals are limited.
        until: Option<Timestamp>,
        /// What stops it: in the mail to the old address only.
        stop: Option<StopText>,
    },
    /// The firm's staff put in another authentication address (CODE-12).
    ByStaff {
        /// Until when that can be stopped, and withdrawals are limited.
        until: Option<Timestamp>,
        /// What stops it: in the mail to the old address only.
        stop: Option<StopText>,
    },
    /// The same, to the address itself: it is proven by the next login.
    Given,
    /// A notification address was added.
    Added,
    /// The notification address was removed.
    Removed,
    /// A change of the authentication address was stopped: the old one is back.
    Stopped,
}

impl AddressNews {
    /// The template's name.
    pub(super) const fn template(&self) -> &'static str {
        match self {
            Self::Changed { stop: None, .. } => "address_changed",
            Self::Changed { .. } => "address_changed_old",
            Self::ByStaff { stop: None, .. } => "address_by_staff",
            Self::ByStaff { .. } => "address_by_staff_old",
            Self::Given => "address_given",
            Self::Added => "address_added",
            Self::Removed => "address_removed",
            Self::Stopped => "address_stopped",
        }
    }
}

/// The characters that stop a change. `Debug` hides them; they are wiped from memory when dropped.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StopText(String);

impl StopText {
    /// The code in groups, as it is read from the mail.
    #[must_use]
    pub fn new(grouped: &str) -> Self {
        Self(grouped.to_owned())
    }

    /// The characters, for the mail's text only.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for StopText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StopText(hidden)")
    }
}

impl Drop for StopText {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

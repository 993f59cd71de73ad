//! How a withdrawal goes on, as its mails tell it.

use serde::{Deserialize, Serialize};
use warifu_shared::error::ErrorCode;

/// How a withdrawal goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Somebody asked for it.
    Requested,
    /// Approved, and held for a while.
    Held,
    /// Approved, and waits for a second approval.
    SecondNeeded,
    /// Approved and on its way.
    Approved,
    /// The money has left.
    Paid,
    /// It did not happen; the number of the reason ([`ErrorCode`]).
    Refused(u16),
    /// Taken back.
    Recalled,
}

impl Stage {
    /// The reason of a refusal in words.
    #[must_use]
    pub fn reason(self) -> Option<ErrorCode> {
        match self {
            Self::Refused(number) => ErrorCode::from_number(number),
            _ => None,
        }
    }
}

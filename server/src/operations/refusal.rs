//! A refusal: a stable code, and what the person may want to know. Everything else is logged and answered as 1006.

use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;

use crate::crypto::password::HashError;
use crate::domain::withdrawal::Limit;
use crate::domain::yen::Yen;
use crate::store::StoreError;

/// Why an operation did not happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// The stable code.
    pub code: ErrorCode,
    /// Tries left, where they are counted.
    pub tries_left: Option<u32>,
    /// When to try again.
    pub retry_at: Option<Timestamp>,
    /// What amount would be possible.
    pub possible: Option<Yen>,
}

impl Refusal {
    /// A refusal without further detail.
    #[must_use]
    pub const fn new(code: ErrorCode) -> Self {
        Self {
            code,
            tries_left: None,
            retry_at: None,
            possible: None,
        }
    }

    /// With the number of tries left.
    #[must_use]
    pub fn tries(self, left: i64) -> Self {
        Self {
            tries_left: Some(u32::try_from(left).unwrap_or(0)),
            ..self
        }
    }

    /// With the time of the next try.
    #[must_use]
    pub const fn at(self, when: Timestamp) -> Self {
        Self {
            retry_at: Some(when),
            ..self
        }
    }
}

impl From<Limit> for Refusal {
    fn from(limit: Limit) -> Self {
        Self {
            retry_at: limit.until,
            possible: limit.possible,
            ..Self::new(limit.code)
        }
    }
}

impl From<ErrorCode> for Refusal {
    fn from(code: ErrorCode) -> Self {
        Self::new(code)
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        tracing::error!(event = "store.failed", %error, "the database failed");
        Self::new(match error {
            StoreError::Closed | StoreError::Commit(_) => ErrorCode::Unavailable,
            error if error.is_deadlock() => ErrorCode::Unavailable,
            _ => ErrorCode::Internal,
        })
    }
}

impl From<HashError> for Refusal {
    fn from(error: HashError) -> Self {
        tracing::error!(event = "password.failed", %error, "password hashing failed");
        Self::new(ErrorCode::Internal)
    }
}

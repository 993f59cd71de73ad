//! The times of a token: `iat`, `nbf` and `exp`, in seconds since the epoch (KEY-11, CHAL-01).

use super::JwsError;
use crate::clock::Timestamp;

/// How far `iat` and `nbf` may lie ahead of the reader's clock, in seconds. `exp` has no such allowance (APPR-11).
pub const CLOCK_SKEW_SECS: i64 = 60;

/// The longest time from `iat` to `exp`, in seconds (CHAL-01).
pub const MAX_LIFETIME_SECS: i64 = 600;

/// The three claims.
pub(super) struct Times {
    pub iat: i64,
    pub nbf: i64,
    pub exp: i64,
}

impl Times {
    /// Checks the order and the length of the life, with `slack` seconds where two clocks wrote the times.
    pub(super) fn check_shape(&self, slack: i64) -> Result<(), JwsError> {
        let in_order = 0 <= self.iat && self.iat <= self.nbf && self.nbf < self.exp;
        let short = self.exp.saturating_sub(self.iat) <= MAX_LIFETIME_SECS + slack;
        if in_order && short {
            Ok(())
        } else {
            Err(JwsError::BadClaims("times"))
        }
    }

    /// Checks that `now` lies in the token's life: from `nbf` (less the skew) to just before `exp`.
    pub(super) fn check_now(&self, now: Timestamp) -> Result<(), JwsError> {
        let now = now.secs();
        if now >= self.exp {
            return Err(JwsError::Expired);
        }
        // `iat` never lies behind `nbf` in a well-shaped token, so one comparison covers both.
        if self.nbf > now.saturating_add(CLOCK_SKEW_SECS) {
            return Err(JwsError::NotYetValid);
        }
        Ok(())
    }
}

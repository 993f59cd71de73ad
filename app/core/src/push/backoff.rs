//! How long to wait before the next connection: 5 s doubled each time, jittered, at most 30 minutes (appendix A.3b).

use std::time::Duration;

use warifu_shared::random;

const FIRST_MS: u32 = 5_000;
const MAX_MS: u32 = 30 * 60 * 1_000;

/// Counts failed connections in a row.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The wait after one more failure: between half of and the whole step, so that clients spread after an outage.
    pub(crate) fn next(&mut self) -> Duration {
        let step = FIRST_MS
            .saturating_mul(1u32.checked_shl(self.failures).unwrap_or(u32::MAX))
            .min(MAX_MS);
        self.failures = self.failures.saturating_add(1);
        let half = step / 2;
        Duration::from_millis(u64::from(half + random::below(step - half + 1)))
    }

    /// A connection held.
    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn push_waits_double_from_five_seconds_to_half_an_hour() {
        let mut backoff = Backoff::default();
        for step in [5u64, 10, 20, 40, 80, 160, 320, 640, 1280, 1800, 1800, 1800] {
            let wait = backoff.next();
            assert!(
                wait >= Duration::from_millis(step * 500) && wait <= Duration::from_secs(step),
                "{wait:?} of {step}"
            );
        }
        for _ in 0..100 {
            assert!(backoff.next() <= Duration::from_secs(1800));
        }
        backoff.reset();
        assert!(backoff.next() <= Duration::from_secs(5));
    }
}

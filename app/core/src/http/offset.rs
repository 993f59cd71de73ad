//! How far this device's clock is from each service's (APPR-11).

use std::collections::HashMap;
use std::sync::Mutex;

use chrono::DateTime;
use warifu_shared::clock::{SharedClock, Timestamp};

/// `Date` has whole seconds and the answer took a moment: smaller differences say nothing.
const NOISE_MS: i64 = 2_000;

/// Offsets in milliseconds by origin.
pub(super) struct Offsets {
    clock: SharedClock,
    by_origin: Mutex<HashMap<String, i64>>,
}

impl Offsets {
    pub(super) fn new(clock: SharedClock) -> Self {
        Self {
            clock,
            by_origin: Mutex::default(),
        }
    }

    pub(super) fn now(&self, origin: &str) -> Timestamp {
        let offset = self.map().get(origin).copied().unwrap_or(0);
        Timestamp(self.clock.now().0.saturating_add(offset))
    }

    /// Takes a `Date` header in. Anything that is no date is ignored.
    pub(super) fn learn(&self, origin: &str, date: &str) {
        let Ok(date) = DateTime::parse_from_rfc2822(date) else {
            return;
        };
        let middle = date.timestamp_millis().saturating_add(500);
        let offset = middle.saturating_sub(self.clock.now().0);
        let offset = if offset.abs() < NOISE_MS { 0 } else { offset };
        self.map().insert(origin.to_owned(), offset);
    }

    fn map(&self) -> std::sync::MutexGuard<'_, HashMap<String, i64>> {
        self.by_origin
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// The server's time as a device takes it after one `Date` header, for the fuzz target.
pub(crate) fn now_after_date(clock: SharedClock, date: &str) -> Timestamp {
    let offsets = Offsets::new(clock);
    offsets.learn("https://a.example", date);
    offsets.now("https://a.example")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use warifu_shared::clock::ManualClock;

    use super::*;

    #[test]
    fn appr_11_the_servers_date_corrects_a_wrong_clock_and_noise_does_not() {
        let clock = ManualClock::new(Timestamp::from_secs(1_767_225_600));
        let offsets = Offsets::new(Arc::new(clock));
        offsets.learn("https://a.example", "Thu, 01 Jan 2026 00:10:00 GMT");
        assert_eq!(offsets.now("https://a.example").secs(), 1_767_226_200);
        assert_eq!(offsets.now("https://b.example").secs(), 1_767_225_600);
        offsets.learn("https://a.example", "Thu, 01 Jan 2026 00:00:01 GMT");
        offsets.learn("https://a.example", "not a date");
        assert_eq!(
            offsets.now("https://a.example"),
            Timestamp::from_secs(1_767_225_600)
        );
    }
}

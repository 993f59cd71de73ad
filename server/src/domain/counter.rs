//! Mistakes in a row and the lock that follows (CHAL-05, CHAL-06). A new challenge or code never resets them.

use warifu_shared::clock::Timestamp;

/// When mistakes lock, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct LockRule {
    /// Mistakes until the first lock.
    pub failures: i64,
    /// Seconds of the first lock.
    pub first_lock: i64,
    /// Seconds of the longest lock.
    pub longest_lock: i64,
    /// Mistakes until nothing helps but a new registration.
    pub hard_stop: i64,
}

/// A counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counter {
    /// Mistakes in a row.
    pub failures: i64,
    /// Locks in a row.
    pub locks: i64,
    /// Locked until then; zero when never.
    pub locked_until: Timestamp,
}

impl Counter {
    /// No mistake yet.
    pub const ZERO: Self = Self {
        failures: 0,
        locks: 0,
        locked_until: Timestamp(0),
    };

    /// Whether it is locked at `now`.
    #[must_use]
    pub fn locked_at(&self, now: Timestamp) -> bool {
        now < self.locked_until
    }

    /// Whether it has reached the hard stop.
    #[must_use]
    pub fn stopped(&self, rule: &LockRule) -> bool {
        self.failures >= rule.hard_stop
    }

    /// Mistakes left before the next lock, at least one when not locked.
    #[must_use]
    pub fn tries_left(&self, rule: &LockRule) -> i64 {
        rule.failures - self.failures.rem_euclid(rule.failures)
    }

    /// The counter after one more mistake at `now`. Every `failures` mistakes bring a lock, each twice as long.
    #[must_use]
    pub fn after_mistake(self, rule: &LockRule, now: Timestamp) -> Self {
        let failures = self.failures + 1;
        if failures % rule.failures != 0 {
            return Self { failures, ..self };
        }
        let doubled = rule.first_lock.saturating_mul(1 << self.locks.clamp(0, 20));
        let seconds = doubled.min(rule.longest_lock);
        Self {
            failures,
            locks: self.locks + 1,
            locked_until: now.plus_secs(seconds),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: LockRule = LockRule {
        failures: 5,
        first_lock: 900,
        longest_lock: 3600,
        hard_stop: 100,
    };

    #[test]
    fn chal_06_five_mistakes_lock_for_fifteen_minutes_then_longer() {
        let now = Timestamp::from_secs(1_000_000);
        let mut counter = Counter::ZERO;
        for left in [4, 3, 2, 1] {
            counter = counter.after_mistake(&RULE, now);
            assert!(!counter.locked_at(now));
            assert_eq!(counter.tries_left(&RULE), left);
        }
        let mut locks = Vec::new();
        for _ in 0..20 {
            let before = counter.locks;
            counter = counter.after_mistake(&RULE, now);
            if counter.locks > before {
                locks.push(counter.locked_until.secs_since(now));
            }
        }
        assert_eq!(locks, [900, 1800, 3600, 3600]);
        let end = counter.locked_until;
        assert!(counter.locked_at(Timestamp(end.0 - 1)) && !counter.locked_at(end));
        for _ in 0..76 {
            counter = counter.after_mistake(&RULE, now);
        }
        assert!(counter.stopped(&RULE));
    }
}

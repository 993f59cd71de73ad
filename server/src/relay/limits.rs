//! A quota that lives in memory: how much comes in a minute (RELAY-10). Connections are counted by `net::places`.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use warifu_shared::clock::Timestamp;

/// Counts events a key and minute.
#[derive(Debug)]
pub(super) struct PerMinute<K>(Mutex<HashMap<K, (i64, u32)>>);

impl<K: Eq + Hash> PerMinute<K> {
    /// Nothing counted yet.
    pub(super) fn new() -> Self {
        Self(Mutex::new(HashMap::new()))
    }

    /// Counts one event. Past `limit` it is not counted, and the answer is the seconds until the next minute begins.
    pub(super) fn count(&self, key: K, limit: u32, now: Timestamp) -> Result<(), i64> {
        let minute = now.secs().div_euclid(60);
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = counts.entry(key).or_insert((minute, 0));
        if entry.0 != minute {
            *entry = (minute, 0);
        }
        if entry.1 >= limit {
            return Err((minute + 1) * 60 - now.secs());
        }
        entry.1 += 1;
        Ok(())
    }

    /// Forgets the minutes that are over.
    pub(super) fn sweep(&self, now: Timestamp) {
        let minute = now.secs().div_euclid(60);
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|_, (at, _)| *at == minute);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relay_10_a_minute_has_its_limit_and_the_next_begins_anew() {
        let counts = PerMinute::new();
        let now = Timestamp::from_secs(6_010);
        assert_eq!(counts.count("a", 2, now), Ok(()));
        assert_eq!(counts.count("a", 2, now), Ok(()));
        assert_eq!(counts.count("a", 2, now), Err(50));
        assert_eq!(counts.count("b", 2, now), Ok(()));
        assert_eq!(counts.count("a", 2, now.plus_secs(50)), Ok(()));
    }
}

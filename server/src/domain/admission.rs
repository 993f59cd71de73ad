//! Who may try now: limits by address, network, account and for everyone, in fixed windows (RISK-07, RISK-08).
//!
//! Each process counts for itself first, which costs nothing, and sends on only what it would admit. What all processes
//! counted together decides, and is remembered here, so that a flood is shed without asking the database again.

use std::collections::{HashMap, HashSet};

use warifu_shared::clock::Timestamp;

/// One limit that a request counts against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// The limit's name, for example `login.address`.
    pub limit: &'static str,
    /// Whose count: a keyed hash, so that neither table nor log tells addresses or account numbers.
    pub key: String,
    /// How many a window.
    pub most: i64,
}

/// The window that `now` falls in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Its first second.
    pub start: i64,
    /// The second after its last.
    pub end: i64,
}

impl Window {
    /// The window of `secs` seconds around `now`.
    #[must_use]
    pub fn at(now: Timestamp, secs: i64) -> Self {
        let start = now.secs() - now.secs().rem_euclid(secs);
        Self {
            start,
            end: start + secs,
        }
    }

    /// Whole seconds until it ends, at least one.
    #[must_use]
    pub fn left(&self, now: Timestamp) -> i64 {
        (self.end - now.secs()).max(1)
    }
}

/// What this process knows of the present window.
///
/// Only what is admitted gets an entry, so a limit for everyone among the uses also limits how many there are.
#[derive(Debug, Default)]
pub struct Counts {
    start: i64,
    used: HashMap<String, i64>,
    told: HashSet<String>,
}

impl Counts {
    /// Counts a request in all its limits, or in none when one of them is used up: that one is the answer.
    ///
    /// # Errors
    /// The first limit that is used up.
    pub fn admit<'u>(&mut self, window: Window, uses: &'u [Use]) -> Result<(), &'u Use> {
        // A request that began just before the window changed counts in the new one.
        if self.start != window.start && self.start != window.end {
            *self = Self {
                start: window.start,
                ..Self::default()
            };
        }
        if let Some(over) = uses.iter().find(|one| self.of(&one.key) >= one.most) {
            return Err(over);
        }
        for one in uses {
            *self.used.entry(one.key.clone()).or_default() += 1;
        }
        Ok(())
    }

    /// Takes over what all processes counted together, and gives the first limit that is exceeded.
    ///
    /// # Errors
    /// The first limit that is exceeded.
    pub fn learn<'u>(&mut self, window: Window, uses: &'u [Use], shared: &[i64]) -> Result<(), &'u Use> {
        if self.start == window.start {
            for (one, shared) in uses.iter().zip(shared) {
                let own = self.used.entry(one.key.clone()).or_default();
                *own = (*own).max(*shared);
            }
        }
        let mut counted = uses.iter().zip(shared);
        counted
            .find(|(one, shared)| **shared > one.most)
            .map_or(Ok(()), |(one, _)| Err(one))
    }

    /// Whether this is the first refusal for `key` in its window, which is the one to write down (AUDIT-01).
    pub fn first_refusal(&mut self, key: &str) -> bool {
        self.told.insert(key.to_owned())
    }

    fn of(&self, key: &str) -> i64 {
        self.used.get(key).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::from_secs(43_200);

    fn uses(address: &str, account: &str) -> [Use; 3] {
        let one = |limit, key: &str, most| Use {
            limit,
            key: key.to_owned(),
            most,
        };
        [
            one("address", address, 2),
            one("account", account, 3),
            one("everyone", "everyone", 5),
        ]
    }

    #[test]
    fn risk_07_the_narrowest_limit_answers_and_a_refused_try_uses_up_nothing_else() {
        let (mut counts, window) = (Counts::default(), Window::at(NOON, 60));
        let same = uses("a", "x");
        assert!(counts.admit(window, &same).is_ok() && counts.admit(window, &same).is_ok());
        for _ in 0..100 {
            assert_eq!(counts.admit(window, &same).unwrap_err().limit, "address");
        }
        assert!(
            counts.admit(window, &uses("b", "x")).is_ok(),
            "the account has one left"
        );
        assert_eq!(
            counts.admit(window, &uses("b", "x")).unwrap_err().limit,
            "account"
        );
        assert!(counts.admit(window, &uses("c", "y")).is_ok());
        assert!(counts.admit(window, &uses("d", "z")).is_ok());
        assert_eq!(
            counts.admit(window, &uses("e", "q")).unwrap_err().limit,
            "everyone"
        );
        assert!(counts.used.len() <= 3 * 5, "what is refused takes no memory");
        let next = Window::at(NOON.plus_secs(60), 60);
        assert!(counts.admit(next, &same).is_ok(), "a new window");
        assert!(counts.admit(window, &same).is_ok(), "a straggler of the old one");
        assert_eq!(
            counts.admit(next, &same).unwrap_err().limit,
            "address",
            "both counted in the new one"
        );
        let long_ago = Window::at(NOON.plus_secs(-86_400), 60);
        assert!(counts.admit(long_ago, &same).is_ok(), "a clock that was set back");
    }

    #[test]
    fn risk_07_what_other_processes_counted_is_remembered() {
        let (mut counts, window) = (Counts::default(), Window::at(NOON, 60));
        let mine = uses("a", "x");
        counts.admit(window, &mine).unwrap();
        assert!(counts.learn(window, &mine, &[2, 3, 5]).is_ok(), "the last ones");
        assert_eq!(counts.admit(window, &mine).unwrap_err().limit, "address");
        assert_eq!(
            counts.learn(window, &mine, &[1, 4, 6]).unwrap_err().limit,
            "account"
        );
        assert!(counts.first_refusal("x") && !counts.first_refusal("x") && counts.first_refusal("y"));
    }

    #[test]
    fn windows_are_the_same_in_all_processes() {
        let window = Window::at(NOON.plus_secs(59), 60);
        assert_eq!((window.start, window.left(NOON.plus_secs(59))), (43_200, 1));
        assert_eq!(Window::at(NOON.plus_secs(60), 60).start, 43_260);
    }
}

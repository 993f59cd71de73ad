//! The record of entries that were pruned (AUDIT-09): an entry of the log, so that the next checkpoint signs it. It says which
//! positions and under which rule; their hashes stay, and the log verifies as before.

use super::entry::Entry;

/// The action of a record.
pub const ACTION: &str = "log.pruned";

/// What a record says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prune {
    /// The first position.
    pub first: u64,
    /// The last one.
    pub last: u64,
    /// The rule: entries are kept for so many days.
    pub days: i64,
}

impl Prune {
    /// The outcome of the entry: `0-4095 entries_days=3653`.
    #[must_use]
    pub fn outcome(&self) -> String {
        format!("{}-{} entries_days={}", self.first, self.last, self.days)
    }

    /// Reads a record; none when the entry is something else. There is one way to write it.
    #[must_use]
    pub fn read(entry: &Entry) -> Option<Self> {
        if entry.action != ACTION {
            return None;
        }
        let (range, rule) = entry.outcome.split_once(" entries_days=")?;
        let (first, last) = range.split_once('-')?;
        let read = Self {
            first: first.parse().ok()?,
            last: last.parse().ok()?,
            days: rule.parse().ok()?,
        };
        (read.first <= read.last && read.outcome() == entry.outcome).then_some(read)
    }
}

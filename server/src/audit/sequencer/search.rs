//! Finding leaves without a position, so that none is ever passed over: ids begin with the moment, but a leaf becomes visible
//! only when its transaction ends, which may be after the leaves of later moments.
//!
//! Each round looks at the last seconds; every ten seconds at the last minutes; every hour at the last day and an hour; and
//! a process begins with everything there is. The long looks go through the table in slices, one a round.

use std::collections::BTreeMap;

use warifu_shared::clock::Timestamp;
use warifu_shared::ids::EntryId;

use crate::store::log::{self, Leaf};
use crate::store::{Conn, StoreError};

/// Where the looks have got to.
pub(super) struct Search {
    /// Leaves before this moment were looked at.
    seen_until: Option<Timestamp>,
    /// Where the long look goes on; none between long looks.
    slice: Option<String>,
    /// When the next looks over the last minutes and over the last day begin.
    next_short: Timestamp,
    next_long: Timestamp,
}

/// What a round found.
pub(super) struct Found {
    /// The leaves, in order of their ids.
    pub(super) leaves: Vec<Leaf>,
    /// Whether there may be more.
    pub(super) more: bool,
    seen_until: Option<Timestamp>,
    slice: Option<String>,
}

impl Default for Search {
    fn default() -> Self {
        Self {
            seen_until: None,
            slice: Some(String::new()),
            next_short: Timestamp(0),
            next_long: Timestamp(0),
        }
    }
}

impl Search {
    pub(super) async fn look(&self, c: &mut Conn, now: Timestamp) -> Result<Found, StoreError> {
        let from = self.seen_until.unwrap_or(now);
        let behind = if now >= self.next_short {
            SHORT_SECS
        } else {
            LATE_SECS
        };
        let from = EntryId::from_moment(from.plus_secs(-behind));
        let fresh = log::unsequenced(c, &from, log::END, MOST).await?;
        let full = fresh.len() as i64 == MOST;
        // What comes behind the last of a full round is looked at in the next.
        let seen_until = if full {
            fresh.last().map(|leaf| leaf.at)
        } else {
            Some(now)
        };
        let mut leaves: BTreeMap<String, Leaf> =
            fresh.into_iter().map(|leaf| (leaf.id.clone(), leaf)).collect();
        let mut slice = self.slice.clone();
        if !full && let Some(from) = slice.take() {
            let end = log::id_behind(c, &from, SLICE).await?;
            let to = end.as_deref().unwrap_or(log::END);
            let old = log::unsequenced(c, &from, to, MOST).await?;
            slice = match old.last() {
                Some(last) if old.len() as i64 == MOST => Some(last.id.clone()),
                _ => end,
            };
            leaves.extend(old.into_iter().map(|leaf| (leaf.id.clone(), leaf)));
        }
        Ok(Found {
            more: full || slice.is_some(),
            leaves: leaves.into_values().collect(),
            seen_until,
            slice,
        })
    }

    /// What was found has its positions now.
    pub(super) fn took(&mut self, found: Found, now: Timestamp) {
        // A full round did not get to the end of its look.
        let whole = found.seen_until == Some(now);
        self.seen_until = found.seen_until;
        self.slice = found.slice;
        if whole && now >= self.next_short {
            self.next_short = now.plus_secs(SHORT_EVERY_SECS);
        }
        if self.slice.is_none() && now >= self.next_long {
            if self.next_long.0 > 0 {
                self.slice = Some(EntryId::from_moment(now.plus_secs(-LONG_SECS)));
            }
            self.next_long = now.plus_secs(LONG_EVERY_SECS);
        }
    }
}

/// Most leaves of one look.
const MOST: i64 = 512;
/// Leaves that a long look passes in one round.
const SLICE: i64 = 20_000;
/// How late a leaf may become visible to be found by the next round.
const LATE_SECS: i64 = 3;
const SHORT_SECS: i64 = 120;
const SHORT_EVERY_SECS: i64 = 10;
const LONG_SECS: i64 = 25 * 3600;
const LONG_EVERY_SECS: i64 = 3600;

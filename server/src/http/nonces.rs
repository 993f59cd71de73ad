//! Nonces of signed requests without an effect: remembered by this process only (APPR-07).

use std::collections::{HashSet, VecDeque};
use std::sync::Mutex;

use warifu_shared::clock::Timestamp;

use crate::operations::decide::Nonce;

/// Nonces seen within the life of a signature.
#[derive(Default)]
pub struct RecentNonces(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    known: HashSet<String>,
    order: VecDeque<(Timestamp, String)>,
}

impl RecentNonces {
    /// Notes a nonce; false when it was used before.
    pub fn first_use(&self, nonce: &Nonce, now: Timestamp) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        while seen
            .order
            .front()
            .is_some_and(|(at, _)| now.secs_since(*at) > KEEP_SECS)
        {
            if let Some((_, old)) = seen.order.pop_front() {
                seen.known.remove(&old);
            }
        }
        let key = format!("{}\n{}", nonce.kid, nonce.value);
        if !seen.known.insert(key.clone()) {
            return false;
        }
        seen.order.push_back((now, key));
        true
    }
}

/// Longer than any signature is accepted.
const KEEP_SECS: i64 = 180;

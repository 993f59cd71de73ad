//! A firm's clock that runs like the system's and can be behind it, for what needs days between two steps of a test.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use warifu_shared::clock::{Clock, SystemClock, Timestamp};

/// The system's clock, moved by so many seconds. Clones share one hand.
#[derive(Debug, Clone, Default)]
pub struct RunningClock(Arc<AtomicI64>);

impl RunningClock {
    /// A clock that is `secs` seconds behind.
    #[must_use]
    pub fn behind_secs(secs: i64) -> Self {
        Self(Arc::new(AtomicI64::new(-secs)))
    }

    /// From now on it shows the system's time.
    pub fn catch_up(&self) {
        self.0.store(0, Ordering::SeqCst);
    }
}

impl Clock for RunningClock {
    fn now(&self) -> Timestamp {
        SystemClock.now().plus_secs(self.0.load(Ordering::SeqCst))
    }
}

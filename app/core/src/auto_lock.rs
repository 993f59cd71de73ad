//! After a minute out of sight the core locks by itself (APP-10).

use crate::facade::{DeviceCore, Inner};

/// How long the window may be away, in seconds.
const LOCK_AFTER_SECS: i64 = 60;

impl DeviceCore {
    /// Whether the window is out of sight. Once it was for a minute without a break, the core locks as by [`Self::lock`].
    pub fn window_is_away(&self, away: bool) {
        let now = self.inner.options.clock.now();
        self.inner.state().away_since = away.then_some(now);
    }

    /// Locks when it is time; asked each second.
    pub(crate) fn lock_when_away(&self) {
        if self.inner.was_away_long() {
            self.lock();
        }
    }
}

impl Inner {
    /// Says so once for each time away. A clock that went back meanwhile counts as long: locking too early harms nobody.
    fn was_away_long(&self) -> bool {
        let (now, mut state) = (self.options.clock.now(), self.state());
        let Some(since) = state.away_since else {
            return false;
        };
        let long = !(0..LOCK_AFTER_SECS).contains(&now.secs_since(since));
        if long {
            state.away_since = None;
        }
        long
    }
}

//! Wakes pages that wait for a change. Only a hint: whoever is woken reads the database, and reads it every second anyway.

pub mod postgres;

use std::sync::{Arc, OnceLock};

use tokio::sync::{broadcast, mpsc};

/// Who waits for what. Clones share the channels.
#[derive(Clone)]
pub struct Live {
    here: broadcast::Sender<String>,
    elsewhere: Arc<OnceLock<mpsc::Sender<String>>>,
}

impl Default for Live {
    fn default() -> Self {
        Self {
            here: broadcast::channel(BACKLOG).0,
            elsewhere: Arc::default(),
        }
    }
}

impl Live {
    /// Says that the thing with this id changed. Call after the commit.
    pub fn changed(&self, id: &str) {
        self.wake_here(id);
        if let Some(elsewhere) = self.elsewhere.get() {
            // A full queue loses a hint, which the other process makes up for within a second.
            drop(elsewhere.try_send(id.to_owned()));
        }
    }

    /// Wakes the waiters of this process.
    pub(crate) fn wake_here(&self, id: &str) {
        // Nobody waiting is fine.
        drop(self.here.send(id.to_owned()));
    }

    /// From now on changes are also told to other processes, through the returned queue.
    pub(crate) fn tell_elsewhere(&self) -> Option<mpsc::Receiver<String>> {
        let (sender, receiver) = mpsc::channel(BACKLOG);
        self.elsewhere.set(sender).ok().map(|()| receiver)
    }

    /// Waits from now on.
    #[must_use]
    pub fn wait(&self) -> Waiter {
        Waiter(self.here.subscribe())
    }
}

/// A page that waits.
pub struct Waiter(broadcast::Receiver<String>);

impl Waiter {
    /// Returns when `id` changed, or when so much changed that this waiter missed some of it.
    pub async fn until_changed(&mut self, id: &str) {
        loop {
            match self.0.recv().await {
                Ok(changed) if changed == id => return,
                Ok(_) => {}
                Err(broadcast::error::RecvError::Lagged(_)) => return,
                // The server is stopping: the caller's own timer ends the wait.
                Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
            }
        }
    }
}

/// Changes a slow waiter may fall behind before it just reads again.
const BACKLOG: usize = 256;

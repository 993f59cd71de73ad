//! Wakes pages that wait for a change. Only a hint: whoever is woken reads the database.

use tokio::sync::broadcast;

/// Who waits for what. Clones share the channel.
#[derive(Clone)]
pub struct Live(broadcast::Sender<String>);

impl Default for Live {
    fn default() -> Self {
        Self(broadcast::channel(BACKLOG).0)
    }
}

impl Live {
    /// Says that the thing with this id changed. Call after the commit.
    pub fn changed(&self, id: &str) {
        // Nobody waiting is fine.
        drop(self.0.send(id.to_owned()));
    }

    /// Waits from now on.
    #[must_use]
    pub fn wait(&self) -> Waiter {
        Waiter(self.0.subscribe())
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

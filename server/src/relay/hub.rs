//! Who is connected to this node, and the mailboxes through which posts reach their connections.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

use super::agent::AgentHash;
use crate::store::relay::Waiting;

/// The connected agents of this node.
#[derive(Debug, Default)]
pub(super) struct Hub {
    agents: Mutex<HashMap<AgentHash, Arc<Mailbox>>>,
}

/// What waits for one connection. Empty it costs no heap beyond itself.
#[derive(Debug, Default)]
pub(super) struct Mailbox {
    news: Mutex<News>,
    wake: Notify,
}

/// What came for a connection since it last looked.
#[derive(Debug, Default)]
pub(super) struct News {
    /// Messages that are already stored (or have TTL 0): no need to read them back.
    pub(super) fresh: Vec<Waiting>,
    /// Something may wait in the database.
    pub(super) rescan: bool,
    /// A newer connection of the same agent took over.
    pub(super) replaced: bool,
}

impl Hub {
    /// Registers a connection and tells the one before it to end (RELAY-06).
    pub(super) fn join(&self, agent: AgentHash) -> Arc<Mailbox> {
        let mailbox = Arc::<Mailbox>::default();
        let before = self.lock().insert(agent, Arc::clone(&mailbox));
        if let Some(before) = before {
            before.put(|news| news.replaced = true);
        }
        mailbox
    }

    /// Takes the connection out, unless a newer one stands in its place.
    pub(super) fn leave(&self, agent: &AgentHash, mailbox: &Arc<Mailbox>) {
        let mut agents = self.lock();
        if agents
            .get(agent)
            .is_some_and(|current| Arc::ptr_eq(current, mailbox))
        {
            agents.remove(agent);
        }
    }

    /// Hands a message to the agent's connection. A full mailbox looks into the database instead.
    pub(super) fn hand_over(&self, agent: &AgentHash, message: Waiting) {
        let mailbox = self.lock().get(agent).map(Arc::clone);
        if let Some(mailbox) = mailbox {
            mailbox.put(|news| {
                if news.fresh.len() < MAILBOX {
                    news.fresh.push(message);
                } else {
                    news.rescan = true;
                }
            });
        }
    }

    /// Makes the agent's connection look into the database.
    pub(super) fn poke(&self, agent: &AgentHash) {
        let mailbox = self.lock().get(agent).map(Arc::clone);
        if let Some(mailbox) = mailbox {
            mailbox.put(|news| news.rescan = true);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<AgentHash, Arc<Mailbox>>> {
        self.agents.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Mailbox {
    /// Waits for news and takes them. Safe to cancel: nothing is taken before the wait ends.
    pub(super) async fn news(&self) -> News {
        self.wake.notified().await;
        std::mem::take(&mut *self.news.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn put(&self, change: impl FnOnce(&mut News)) {
        change(&mut self.news.lock().unwrap_or_else(PoisonError::into_inner));
        self.wake.notify_one();
    }
}

/// Messages a mailbox holds at most.
const MAILBOX: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn message(id: usize) -> Waiting {
        Waiting {
            id: id.to_string(),
            channel: String::new(),
            headers: String::new(),
            body: Vec::new(),
        }
    }

    #[tokio::test]
    async fn relay_06_a_newer_connection_replaces_the_older_and_outlives_its_leaving() {
        let hub = Hub::default();
        let agent = AgentHash::from_bytes([1; 32]);
        let older = hub.join(agent);
        let newer = hub.join(agent);
        assert!(older.news().await.replaced);
        hub.leave(&agent, &older);
        hub.poke(&agent);
        assert!(newer.news().await.rescan);
    }

    #[tokio::test]
    async fn relay_08_a_full_mailbox_asks_the_database_instead_of_losing_messages() {
        let hub = Hub::default();
        let agent = AgentHash::from_bytes([1; 32]);
        let mailbox = hub.join(agent);
        for id in 0..=MAILBOX {
            hub.hand_over(&agent, message(id));
        }
        let news = mailbox.news().await;
        assert_eq!(news.fresh.len(), MAILBOX);
        assert!(news.rescan);
    }
}

//! What was sent on this connection and waits for its acknowledgement.

use std::collections::{HashSet, VecDeque};

use warifu_shared::b64;

use crate::relay::protocol::ServerMessage;
use crate::store::relay::Waiting;

/// At most [`Self::WINDOW`] messages are under way at once; the rest waits in the database.
#[derive(Debug, Default)]
pub(super) struct UnderWay {
    sent: HashSet<String>,
    /// Lately acknowledged: a hand-over that comes late must not send them again.
    done: VecDeque<String>,
    /// The database may hold more than was read.
    more: bool,
}

impl UnderWay {
    /// Messages under way at most.
    pub(super) const WINDOW: usize = 10;
    /// Messages to read at once: what is under way and as much again, so that it is seen whether it still waits.
    pub(super) const READ: usize = 2 * Self::WINDOW;

    /// Whether a message that was just posted may be sent without looking into the database.
    pub(super) fn has_room(&self) -> bool {
        !self.more && self.sent.len() < Self::WINDOW
    }

    /// Whether everything sent was acknowledged and more may wait.
    pub(super) fn wants_more(&self) -> bool {
        self.more && self.sent.is_empty()
    }

    /// Takes one message; `None` when it was sent or acknowledged before.
    pub(super) fn send(&mut self, message: &Waiting) -> Option<ServerMessage> {
        if self.done.contains(&message.id) || !self.sent.insert(message.id.clone()) {
            return None;
        }
        // Headers are our own JSON; a row without them is an empty push.
        let headers = serde_json::from_str(&message.headers).ok();
        Some(ServerMessage::Notification {
            channel_id: message.channel.clone(),
            version: message.id.clone(),
            data: headers.is_some().then(|| b64::encode(&message.body)),
            headers,
        })
    }

    /// Takes the oldest [`Self::READ`] waiting messages and sends up to the window. What is under way but no longer waits has expired, was
    /// withdrawn or replaced: it makes room.
    pub(super) fn send_waiting(&mut self, waiting: &[Waiting]) -> Vec<ServerMessage> {
        self.sent
            .retain(|id| waiting.iter().any(|message| message.id == *id));
        let mut out = Vec::new();
        self.more = waiting.len() >= Self::READ;
        for message in waiting {
            if self.sent.len() < Self::WINDOW {
                out.extend(self.send(message));
            } else if !self.sent.contains(&message.id) {
                self.more = true;
            }
        }
        out
    }

    /// Notes acknowledged messages.
    pub(super) fn acknowledge(&mut self, ids: &[String]) {
        for id in ids {
            if self.sent.remove(id) {
                self.done.push_back(id.clone());
            }
        }
        let surplus = self.done.len().saturating_sub(REMEMBERED);
        self.done.drain(..surplus);
    }
}

/// Acknowledged ids remembered.
const REMEMBERED: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(ids: std::ops::Range<usize>) -> Vec<Waiting> {
        ids.map(|id| Waiting {
            id: id.to_string(),
            channel: "c".into(),
            headers: String::new(),
            body: Vec::new(),
        })
        .collect()
    }

    #[test]
    fn relay_08_nothing_is_sent_twice_on_one_connection() {
        let mut under_way = UnderWay::default();
        let messages = waiting(0..2);
        assert_eq!(under_way.send_waiting(&messages).len(), 2);
        assert_eq!(under_way.send_waiting(&messages).len(), 0);
        under_way.acknowledge(&["0".into()]);
        assert!(under_way.send(&messages[0]).is_none(), "a late hand-over");
    }

    #[test]
    fn relay_08_a_full_window_waits_for_its_acknowledgements() {
        let mut under_way = UnderWay::default();
        let messages = waiting(0..UnderWay::WINDOW + 1);
        assert_eq!(under_way.send_waiting(&messages).len(), UnderWay::WINDOW);
        assert!(!under_way.has_room() && !under_way.wants_more());
        let ids: Vec<_> = messages.iter().map(|m| m.id.clone()).collect();
        under_way.acknowledge(&ids);
        assert!(under_way.wants_more());
        under_way.send_waiting(&[]);
        assert!(under_way.has_room());
    }
}

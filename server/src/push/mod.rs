//! Web Push, the application server's side: a hint with an opaque id, encrypted, sent at once (PUSH-01..09).
//!
//! A lost push never blocks anything: the app also asks when it opens.

pub mod encrypt;
pub mod endpoint;
pub mod health;
pub mod send;
pub mod vapid;

use std::sync::Mutex;

use tokio::sync::mpsc;
use warifu_shared::clock::Timestamp;
use warifu_shared::ids::DeviceId;
use warifu_shared::push_payload::Hinted;

use crate::store::devices::StoredSubscription;

/// A hint for one device.
#[derive(Debug, Clone)]
pub struct PushJob {
    /// The device.
    pub device: DeviceId,
    /// What to fetch.
    pub hinted: Hinted,
    /// Stands for account and action, so that a newer hint replaces an older one (PUSH-03).
    pub topic: String,
    /// When it is not worth sending any more.
    pub expires_at: Timestamp,
    /// Where to, as it was when the challenge was made. A later try reads it again.
    pub subscription: Option<StoredSubscription>,
    /// Somebody waits for it now (RFC 8030 section 5.3).
    pub urgent: bool,
}

/// Hints that wait to be sent.
pub struct PushQueue {
    sender: mpsc::Sender<PushJob>,
    receiver: Mutex<Option<mpsc::Receiver<PushJob>>>,
}

impl Default for PushQueue {
    fn default() -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        Self {
            sender,
            receiver: Mutex::new(Some(receiver)),
        }
    }
}

impl PushQueue {
    /// Queues a hint. When the queue is full the hint is dropped: the app asks by itself.
    pub fn send(&self, job: PushJob) {
        if self.sender.try_send(job).is_err() {
            tracing::warn!(event = "push.dropped", "push queue full, hint dropped");
        }
    }

    /// The receiving half, for the one worker.
    #[must_use]
    pub fn take(&self) -> Option<mpsc::Receiver<PushJob>> {
        self.receiver
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .take()
    }
}

const QUEUE: usize = 1024;

//! What sends a finished mail: SMTP, or a folder.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use lettre::address::Envelope;
use warifu_shared::clock::Timestamp;
use warifu_shared::ids::MailId;

use super::config::{MailConfig, TransportKind};
use super::outbox::Outbox;
use super::smtp::Smtp;

/// A mail as it goes out. `Debug` shows no content.
pub struct ReadyMail {
    /// The mail in the queue.
    pub id: MailId,
    /// Its `Date`.
    pub at: Timestamp,
    /// Envelope sender (none is the empty one) and recipient.
    pub envelope: Envelope,
    /// The message, RFC 5322, CRLF line ends.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for ReadyMail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReadyMail({})", self.id)
    }
}

/// Why a mail did not go out. The texts name step and reply code, never an address or what the server said.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Not now: try again later.
    #[error("not now: {0}")]
    Temporary(String),
    /// The server refuses this recipient for good.
    #[error("recipient refused ({0})")]
    Recipient(u16),
    /// The server refuses this message for good.
    #[error("message refused ({0})")]
    Message(u16),
}

/// Sends mails, one at a time or several at once.
#[async_trait]
pub trait MailTransport: Send + Sync {
    /// Hands `mail` over. `Ok` means that the next system has taken responsibility for it.
    async fn send(&self, mail: &ReadyMail) -> Result<(), SendError>;
}

/// A transport that cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// The outbox folder or a secret file cannot be used.
    #[error("mail: {0}: {1}")]
    File(std::path::PathBuf, std::io::Error),
    /// TLS cannot be prepared.
    #[error("mail: TLS: {0}")]
    Tls(String),
    /// The settings contradict each other.
    #[error("mail: {0}")]
    Settings(&'static str),
}

/// The transport that the configuration names.
///
/// # Errors
/// [`TransportError`] when it cannot be set up; the server should not start then.
pub fn open(config: &MailConfig) -> Result<Arc<dyn MailTransport>, TransportError> {
    Ok(match config.transport {
        TransportKind::Outbox => Arc::new(Outbox::open(&config.outbox)?),
        TransportKind::Smtp => Arc::new(Smtp::new(&config.smtp)?),
    })
}

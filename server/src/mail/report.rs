//! What the worker tells about one step.

use warifu_shared::ids::{AccountId, MailId};

use super::address::MailAddress;

/// What one step did.
#[derive(Debug, Default)]
pub struct StepReport {
    /// Mails that were handed over.
    pub sent: usize,
    /// Mails that wait for another attempt.
    pub retried: usize,
    /// Mails that came too late and were wiped.
    pub expired: usize,
    /// Mails that will never arrive.
    pub failed: Vec<FailedMail>,
}

impl StepReport {
    /// How many mails were claimed. Zero means that nothing is due.
    #[must_use]
    pub fn claimed(&self) -> usize {
        self.sent + self.retried + self.failed.len()
    }
}

/// A mail that was refused for good.
#[derive(Debug, Clone)]
pub struct FailedMail {
    /// The mail.
    pub mail: MailId,
    /// The customer.
    pub account: AccountId,
    /// Where it should have gone; none when the stored contents do not open.
    pub address: Option<MailAddress>,
    /// Whether the server refused the address itself, so that it should be marked as unreachable.
    pub address_refused: bool,
}

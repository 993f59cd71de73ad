//! The page for the mailed one-time code (CODE-04, CODE-05, CODE-14).

use askama::Template;
use warifu_shared::clock::Timestamp;

use super::MoneyFacts;
use crate::pages::layout::{ErrorNote, Frame};

/// `GET U` of an attempt that takes a mailed code. Forms: `U/code` (`csrf`, `code`), `U/resend`, `U/cancel` (`csrf`).
#[derive(Template)]
#[template(path = "code.html")]
pub struct CodePage {
    /// The frame of the page.
    pub frame: Frame,
    /// The path of this attempt, without a slash at the end.
    pub url: String,
    /// Where the code went, e.g. `y***@example.jp`.
    pub masked_address: String,
    /// From whom the mail comes, e.g. `authentication@hinode.example`, so that the customer can find it.
    pub sender: String,
    /// Why the last try was refused: wrong, expired, superseded, all tries used, resend too soon.
    pub error: Option<ErrorNote>,
    /// When another code may be sent (CODE-05). The server refuses earlier ones whatever the page says.
    pub resend_at: Timestamp,
    /// When this code ends.
    pub expires_at: Timestamp,
    /// The server's time as this page is rendered.
    pub now: Timestamp,
    /// The mail has not left the outbox yet: the page says that it is late.
    pub mail_late: bool,
    /// A code was sent again just now: older ones no longer work.
    pub sent_again: bool,
    /// What the code is for, when it is about money (TXN-07).
    pub money: Option<MoneyFacts>,
    /// It is for confirming again in a session (SESS-07).
    pub confirm: bool,
    /// This code takes no more tries or is over: only sending another helps.
    pub closed: bool,
}

impl CodePage {
    /// The words of the button that sends the code.
    #[must_use]
    pub const fn submit_key(&self) -> &'static str {
        if self.money.is_some() {
            "code.submit_withdrawal"
        } else if self.confirm {
            "code.submit_confirm"
        } else {
            "code.submit"
        }
    }

    /// The words of the button that gives up.
    #[must_use]
    pub const fn cancel_key(&self) -> &'static str {
        if self.money.is_some() {
            "wait.cancel_withdrawal"
        } else if self.confirm {
            "wait.cancel_confirm"
        } else {
            "wait.cancel"
        }
    }

    /// Whether another code can be asked for already.
    #[must_use]
    pub fn can_resend(&self) -> bool {
        self.now >= self.resend_at
    }
}

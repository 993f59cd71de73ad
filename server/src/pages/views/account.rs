//! The customer's home at the fictitious broker, with what Warifu adds to it: the security card (CODE-13, SESS-05).

use askama::Template;
use warifu_shared::clock::Timestamp;

use super::devices::Flash;
use crate::pages::layout::Frame;

/// How the present session was proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assurance {
    /// Approved in the app.
    Approval,
    /// By a mailed code: lower, some things are not possible (CODE-12).
    MailedCode,
}

/// The login before this one.
#[derive(Clone, Debug)]
pub struct LastLogin {
    /// When.
    pub at: Timestamp,
    /// From where, in words of the page's language, e.g. `東京都・日本`; empty when unknown.
    pub place: String,
    /// With what, e.g. `Firefox 145 / Windows`.
    pub browser: String,
}

/// `GET /account`.
#[derive(Template)]
#[template(path = "account.html")]
pub struct AccountPage {
    /// The frame of the page.
    pub frame: Frame,
    /// The customer's name.
    pub customer: String,
    /// The account number.
    pub account_number: String,
    /// How this session was proven.
    pub assurance: Assurance,
    /// When this session began.
    pub logged_in_at: Timestamp,
    /// When it ends without a further access.
    pub session_ends_at: Timestamp,
    /// The login before this one, if there was one.
    pub last_login: Option<LastLogin>,
    /// How many devices are active.
    pub devices: usize,
    /// The authentication mail address, masked; `None` when none is proven.
    pub masked_address: Option<String>,
    /// Until when withdrawals stay limited after a registration or recovery (ENROL-09).
    pub cool_off_until: Option<Timestamp>,
    /// What can be withdrawn; `None` while the core system gives no answer.
    pub available: Option<String>,
    /// The amount that was typed when the automatic logout came, as typed (SESS-09).
    pub kept: Option<String>,
    /// What just happened, once.
    pub flash: Option<Flash>,
}

impl AccountPage {
    /// Whether the session came by a mailed code.
    #[must_use]
    pub fn by_code(&self) -> bool {
        self.assurance == Assurance::MailedCode
    }
}

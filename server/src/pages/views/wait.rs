//! The waiting page: the number, the QR code, the time left (CHAL-03, WEB-10).

use askama::Template;
use warifu_shared::clock::Timestamp;
use warifu_shared::display::{Language, Row, transaction};
use warifu_shared::jws::withdrawal::Transaction;

use crate::pages::layout::Frame;
use crate::pages::qr::{QrSvg, qr_svg};

/// What the customer is about to approve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitAction {
    /// A login.
    Login,
    /// The test offered after an enrolment.
    Test,
    /// A withdrawal.
    Withdrawal,
    /// The second approval of a withdrawal, on another device.
    Second,
    /// Another payout account.
    PayoutAccount,
    /// Confirming again (SESS-07).
    Confirm,
}

/// What a page shows of money beside the number: the same as the app shows of the signed bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoneyFacts {
    /// The amount, drawn largest.
    pub amount: Option<String>,
    /// The rest.
    pub rows: Vec<Row>,
}

impl MoneyFacts {
    /// Reads the text that is signed.
    #[must_use]
    pub fn of(txn: &Transaction, language: Language) -> Self {
        let (amount, rows) = transaction(txn, language);
        Self { amount, rows }
    }
}

/// Where the challenge stands when the page is rendered. Every other state is an [`super::EndedPage`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitState {
    /// Nobody has decided.
    Waiting,
    /// Approved, not yet consumed: the page shows *Continue* (and submits it when scripts run).
    Approved,
}

/// `GET U` while the challenge waits or was just approved.
///
/// Forms post `csrf` to `U/continue` and `U/cancel`; the script listens at `U/events` and asks at `U/status`.
#[derive(Template)]
#[template(path = "wait.html")]
pub struct WaitPage {
    /// The frame of the page.
    pub frame: Frame,
    /// The path of this attempt, e.g. `/login/lg_...`, without a slash at the end.
    pub url: String,
    /// What is approved.
    pub action: WaitAction,
    /// Where it stands.
    pub state: WaitState,
    /// The six digits.
    pub number: String,
    /// `warifu://challenge?...`: the address of the button and the content of the QR code.
    pub app_link: String,
    /// When the challenge was made (server clock): the full length of the bar.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// The server's time as this page is rendered: the countdown follows it, not the browser's clock.
    pub now: Timestamp,
    /// What the money does, when it is about money.
    pub money: Option<MoneyFacts>,
    /// Pushes fell silent (CHAL-07) or no device has a subscription: the customer must open the app.
    pub open_app_yourself: bool,
}

impl WaitPage {
    /// The number in its two groups of three.
    #[must_use]
    pub fn groups(&self) -> (&str, &str) {
        self.number.split_at_checked(3).unwrap_or((&self.number, ""))
    }

    /// The QR code of the link.
    #[must_use]
    pub fn qr(&self) -> QrSvg {
        qr_svg(&self.app_link, &self.frame.t("wait.qr_label"))
    }

    /// Whether the challenge is approved.
    #[must_use]
    pub fn approved(&self) -> bool {
        self.state == WaitState::Approved
    }

    /// The sentence after the approval.
    #[must_use]
    pub const fn approved_key(&self) -> &'static str {
        match self.action {
            WaitAction::Login => "wait.approved_login",
            WaitAction::Test => "wait.approved_test",
            WaitAction::Withdrawal | WaitAction::Second => "wait.approved_withdrawal",
            WaitAction::PayoutAccount => "wait.approved_payout",
            WaitAction::Confirm => "wait.approved_confirm",
        }
    }

    /// The words of the button that gives up.
    #[must_use]
    pub const fn cancel_key(&self) -> &'static str {
        match self.action {
            WaitAction::Login => "wait.cancel",
            WaitAction::Test => "wait.cancel_test",
            WaitAction::Withdrawal => "wait.cancel_withdrawal",
            WaitAction::Second => "wait.cancel_second",
            WaitAction::PayoutAccount => "wait.cancel_payout",
            WaitAction::Confirm => "wait.cancel_confirm",
        }
    }

    /// The mark above the number.
    #[must_use]
    pub const fn badge_key(&self) -> Option<&'static str> {
        match self.action {
            WaitAction::Login => None,
            WaitAction::Test => Some("wait.test"),
            WaitAction::Withdrawal => Some("wait.withdrawal"),
            WaitAction::Second => Some("wait.second"),
            WaitAction::PayoutAccount => Some("wait.payout"),
            WaitAction::Confirm => Some("wait.confirm"),
        }
    }
}

//! The waiting page: the number, the QR code, the time left (CHAL-03, WEB-10).

use askama::Template;
use warifu_shared::clock::Timestamp;

use crate::pages::layout::Frame;
use crate::pages::qr::{QrSvg, qr_svg};

/// What the customer is about to approve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitAction {
    /// A login.
    Login,
    /// The test offered after an enrolment.
    Test,
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

    /// Whether this is the test approval.
    #[must_use]
    pub fn is_test(&self) -> bool {
        self.action == WaitAction::Test
    }
}

//! Registering the authenticator app: the code in three forms, the fingerprint, the test (ENROL-01..06).

use askama::Template;
use warifu_shared::clock::Timestamp;

use crate::pages::layout::{ErrorNote, Frame};
use crate::pages::qr::{QrSvg, qr_svg};

/// `GET U` while the enrolment waits for the app. Posts `csrf` to `U/cancel`.
///
/// Live at `U/events` and `U/status` with the states `pending`, `claimed`, `expired`, `cancelled`; the script opens `U`
/// again on anything but `pending`.
#[derive(Template)]
#[template(path = "enrol.html")]
pub struct EnrolPage {
    /// The frame of the page.
    pub frame: Frame,
    /// The path of this enrolment, without a slash at the end.
    pub url: String,
    /// `warifu://enrol?...`: the address of the button and the content of the QR code.
    pub app_link: String,
    /// The origin that is typed into the app, e.g. `https://auth.hinode.example`.
    pub server_origin: String,
    /// The account number that is typed into the app.
    pub account_number: String,
    /// The short code that is typed into the app, `ABCDE-FGHIJ`.
    pub short_code: String,
    /// When the code was made: the full length of the bar.
    pub created_at: Timestamp,
    /// When the code ends.
    pub expires_at: Timestamp,
    /// The server's time as this page is rendered.
    pub now: Timestamp,
}

impl EnrolPage {
    /// The QR code of the link.
    #[must_use]
    pub fn qr(&self) -> QrSvg {
        qr_svg(&self.app_link, &self.frame.t("enrol.qr_label"))
    }
}

/// `GET U` when the app has sent its keys. Posts `csrf` to `U/confirm` and `U/cancel`.
#[derive(Template)]
#[template(path = "fingerprint.html")]
pub struct FingerprintPage {
    /// The frame of the page.
    pub frame: Frame,
    /// The path of this enrolment, without a slash at the end.
    pub url: String,
    /// Six digits that the app shows as well.
    pub fingerprint: String,
    /// The name that the customer gave the device in the app.
    pub device_name: String,
    /// Model and system as the app reported them.
    pub model: String,
    /// When the code ends; the confirmation must come before.
    pub expires_at: Timestamp,
    /// The server's time as this page is rendered.
    pub now: Timestamp,
    /// Why a confirmation was refused.
    pub error: Option<ErrorNote>,
}

impl FingerprintPage {
    /// The fingerprint in its two groups of three.
    #[must_use]
    pub fn groups(&self) -> (&str, &str) {
        self.fingerprint
            .split_at_checked(3)
            .unwrap_or((&self.fingerprint, ""))
    }
}

/// How far the test approval is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TestState {
    /// It is offered.
    Offered,
    /// It was approved.
    Passed,
}

/// After the confirmation, and after the test. Posts `csrf` to `/test`.
#[derive(Template)]
#[template(path = "enrol_done.html")]
pub struct EnrolDonePage {
    /// The frame of the page.
    pub frame: Frame,
    /// The name of the device.
    pub device_name: String,
    /// How far the test is.
    pub test: TestState,
    /// Until when withdrawals stay limited (ENROL-09).
    pub cool_off_until: Option<Timestamp>,
}

impl EnrolDonePage {
    /// Whether the test approval worked.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.test == TestState::Passed
    }
}

//! The way back of somebody who forgot the password or lost the devices.

use askama::Template;

use crate::domain::recovery::FEW;
use crate::pages::layout::{ErrorNote, Frame};

/// `GET /recover` and `GET /recover/device`, and `POST` refused. The form posts `csrf`, `account_number`, `code` and, when the
/// device is lost, `password`.
#[derive(Template)]
#[template(path = "recover.html")]
pub struct RecoverPage {
    /// The frame of the page.
    pub frame: Frame,
    /// Whether the device is lost and not the password.
    pub device: bool,
    /// What was typed before, empty at first.
    pub account_number: String,
    /// Whom to call.
    pub phone: String,
    /// Why the last try was refused. One and the same for every reason (CHAL-11).
    pub error: Option<ErrorNote>,
}

/// The new password: `U/password` gets `csrf` and `new`.
#[derive(Template)]
#[template(path = "recover_password.html")]
pub struct RecoverPasswordPage {
    /// The frame of the page.
    pub frame: Frame,
    /// The path of this recovery, without a slash at the end.
    pub url: String,
    /// The account number, for password managers.
    pub account_number: String,
    /// Fewest characters.
    pub shortest: usize,
    /// Why the last try was refused.
    pub error: Option<ErrorNote>,
}

/// It is done: what changed, and how many codes are left.
#[derive(Template)]
#[template(path = "recover_done.html")]
pub struct RecoverDonePage {
    /// The frame of the page.
    pub frame: Frame,
    /// Whether the devices were removed and somebody is logged in now.
    pub device: bool,
    /// Whether the code came from the app: then the sheet is what it was.
    pub from_app: bool,
    /// Codes left on the sheet.
    pub left: i64,
}

impl RecoverDonePage {
    /// Whether a new sheet is urgent.
    #[must_use]
    pub const fn few(&self) -> bool {
        self.left <= FEW
    }
}

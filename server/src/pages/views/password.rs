//! The login password and the sheet of recovery codes.

use askama::Template;
use warifu_shared::clock::Timestamp;

use crate::pages::layout::{ErrorNote, Frame};

/// `GET /security/password`, and `POST` refused. The form posts `csrf`, `present`, `new`, `end_others`.
#[derive(Template)]
#[template(path = "password.html")]
pub struct PasswordPage {
    /// The frame of the page.
    pub frame: Frame,
    /// Whether the session has a second factor of the last minutes.
    pub fresh: bool,
    /// Fewest characters.
    pub shortest: usize,
    /// Why the last try was refused.
    pub error: Option<ErrorNote>,
    /// It was just changed.
    pub changed: bool,
}

/// `GET /security/recovery-codes`, and the answer of `POST` with the codes.
#[derive(Template)]
#[template(path = "recovery_codes.html")]
pub struct RecoveryCodesPage {
    /// The frame of the page.
    pub frame: Frame,
    /// The account number, masked, so that a sheet is known by its owner.
    pub number: String,
    /// How many codes are left; none when there is no sheet.
    pub left: Option<i64>,
    /// Whether the session has a second factor of the last minutes.
    pub fresh: bool,
    /// When the sheet was made.
    pub made_at: Timestamp,
    /// The codes of a new sheet, this once.
    pub codes: Vec<String>,
    /// Why the last try was refused.
    pub error: Option<ErrorNote>,
}

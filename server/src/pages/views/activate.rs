//! The steps by which an opened account becomes the customer's own.

use askama::Template;
use warifu_shared::error::ErrorCode;

use crate::pages::layout::{ErrorNote, Frame};

/// `GET /activate`, and `POST` refused. The form posts `csrf`, `account_number`, `code`.
#[derive(Template)]
#[template(path = "activate.html")]
pub struct ActivatePage {
    /// The frame of the page.
    pub frame: Frame,
    /// The account number as typed before.
    pub account_number: String,
    /// Why the last try was refused.
    pub error: Option<ErrorNote>,
}

/// `GET U` when the passwords are next. The form posts `csrf`, `login`, `login_again`, `withdrawal`, `withdrawal_again` to
/// `U/passwords`.
#[derive(Template)]
#[template(path = "activate_passwords.html")]
pub struct ActivatePasswordsPage {
    /// The frame of the page.
    pub frame: Frame,
    /// The path of this activation.
    pub url: String,
    /// The account number, for password managers.
    pub account_number: String,
    /// Why the last try was refused.
    pub error: Option<ErrorNote>,
    /// Why the login password cannot be used.
    pub login_unfit: Option<ErrorCode>,
    /// Why the withdrawal password cannot be used.
    pub withdrawal_unfit: Option<ErrorCode>,
}

/// `GET U` when the mail address is next. The form posts `csrf`, `address` to `U/address`.
#[derive(Template)]
#[template(path = "activate_address.html")]
pub struct ActivateAddressPage {
    /// The frame of the page.
    pub frame: Frame,
    /// The path of this activation.
    pub url: String,
    /// The address as typed before.
    pub address: String,
    /// Why the last try was refused.
    pub error: Option<ErrorNote>,
}

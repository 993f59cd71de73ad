//! The login form: account number and password (PASS-06, PASS-08, CHAL-11).

use askama::Template;

use crate::pages::layout::{ErrorNote, Frame};

/// `GET /login`, and `POST /login` refused. The form posts `csrf`, `account_number`, `password` to `/login`.
#[derive(Template)]
#[template(path = "login.html")]
pub struct LoginPage {
    /// The frame of the page.
    pub frame: Frame,
    /// What was typed before, empty at first.
    pub account_number: String,
    /// Why the last try was refused. One and the same for every reason (CHAL-11).
    pub error: Option<ErrorNote>,
}

//! The login form: account number and password (PASS-06, PASS-08, CHAL-11).

use askama::Template;

use super::LoggedOutWhy;
use crate::pages::layout::{ErrorNote, Frame};

/// `GET /login`, and `POST /login` refused. The form posts `csrf`, `account_number`, `password` to `/login`.
#[derive(Template)]
#[template(path = "login.html")]
pub struct LoginPage {
    /// The frame of the page.
    pub frame: Frame,
    /// What was typed before, empty at first.
    pub account_number: String,
    /// Why there is no session any more.
    pub why: Option<LoggedOutWhy>,
    /// Why the last try was refused. One and the same for every reason (CHAL-11).
    pub error: Option<ErrorNote>,
}

impl LoginPage {
    /// The sentence that says why there is no session any more: `title` or `meaning` of it.
    #[must_use]
    pub fn why_words(&self, part: &str) -> Option<String> {
        let table = match self.why? {
            LoggedOutWhy::Asked => return None,
            LoggedOutWhy::TimedOut => "logged_out.timed_out",
            LoggedOutWhy::EndedElsewhere => "logged_out.ended_elsewhere",
        };
        Some(self.frame.t(&format!("{table}.{part}")))
    }
}

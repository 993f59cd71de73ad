//! The pages outside a flow: logged out, and something that cannot be shown (SESS-05, WEB-08).

use askama::Template;
use warifu_shared::error::ErrorCode;

use crate::pages::layout::{ErrorNote, Frame};
use crate::pages::paths;

/// Why there is no session any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoggedOutWhy {
    /// The customer logged out.
    Asked,
    /// The time ran out (SESS-01).
    TimedOut,
    /// It was ended elsewhere: by the customer, by staff, or by a newer login.
    EndedElsewhere,
}

/// After the logout.
#[derive(Template)]
#[template(path = "logged_out.html")]
pub struct LoggedOutPage {
    /// The frame of the page, without a login.
    pub frame: Frame,
    /// Why.
    pub why: LoggedOutWhy,
}

impl LoggedOutPage {
    /// One line of it: `title` or `meaning`.
    #[must_use]
    pub fn words(&self, part: &str) -> String {
        let table = match self.why {
            LoggedOutWhy::Asked => "logged_out.asked",
            LoggedOutWhy::TimedOut => "logged_out.timed_out",
            LoggedOutWhy::EndedElsewhere => "logged_out.ended_elsewhere",
        };
        self.frame.t(&format!("{table}.{part}"))
    }
}

/// Any refusal that has no page of its own.
#[derive(Template)]
#[template(path = "error.html")]
pub struct ErrorPage {
    /// The frame of the page.
    pub frame: Frame,
    /// What was refused; its number stands below the sentence.
    pub code: ErrorCode,
    /// Confirming again may help: the page offers it, with the way back (SESS-07).
    pub confirm: bool,
    /// The id of the request, as it stands in the log.
    pub request_id: String,
}

impl ErrorPage {
    /// The sentence.
    #[must_use]
    pub fn sentence(&self) -> &'static str {
        ErrorNote::of(self.code).sentence(&self.frame)
    }

    /// Where the button leads: the account when logged in, else the login.
    #[must_use]
    pub fn home(&self) -> &'static str {
        if self.frame.logged_in {
            paths::ACCOUNT
        } else {
            paths::LOGIN
        }
    }
}

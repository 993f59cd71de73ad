//! The open sessions (SESS-06).

use askama::Template;
use warifu_shared::clock::Timestamp;

use crate::domain::session::Assurance;
use crate::pages::layout::{ErrorNote, Frame};

/// One of them.
#[derive(Clone, Debug)]
pub struct SessionRow {
    /// Its id, for the form.
    pub id: String,
    /// Browser and system.
    pub browser: String,
    /// Where it began.
    pub place: String,
    /// When.
    pub begun_at: Timestamp,
    /// The last access by a person.
    pub last_used_at: Timestamp,
    /// How the login was proven.
    pub how: Assurance,
    /// Whether it is the one that looks at this page.
    pub here: bool,
}

impl SessionRow {
    /// How the login was proven, in words.
    #[must_use]
    pub const fn how_key(&self) -> &'static str {
        match self.how {
            Assurance::App => "sessions.by_app",
            Assurance::Code => "sessions.by_code",
            Assurance::Password => "sessions.by_password",
        }
    }
}

/// `GET /security/sessions`. The form posts `csrf`, `password` and `which` (an id or `others`) to the same address.
#[derive(Template)]
#[template(path = "sessions.html")]
pub struct SessionsPage {
    /// The frame of the page.
    pub frame: Frame,
    /// The sessions, newest first.
    pub rows: Vec<SessionRow>,
    /// The password is asked for: no proof of the last five minutes.
    pub needs_password: bool,
    /// Why the last form was refused.
    pub error: Option<ErrorNote>,
    /// Some were ended just now.
    pub done: bool,
}

impl SessionsPage {
    /// Whether there is anything to end.
    #[must_use]
    pub fn has_others(&self) -> bool {
        self.rows.len() > 1
    }
}

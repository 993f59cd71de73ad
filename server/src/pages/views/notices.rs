//! Which logins are told.

use askama::Template;

use crate::pages::layout::{ErrorNote, Frame};

/// `GET /security/notices`, and `POST` refused. The form posts `csrf`, `which`.
#[derive(Template)]
#[template(path = "notices.html")]
pub struct NoticesPage {
    /// The frame of the page.
    pub frame: Frame,
    /// Whether only logins from new browsers and regions are told.
    pub only_new: bool,
    /// Whether the session has a second factor of the last minutes.
    pub fresh: bool,
    /// The proven addresses, masked.
    pub addresses: Vec<String>,
    /// Why the last try was refused.
    pub error: Option<ErrorNote>,
    /// It was just changed.
    pub done: bool,
}

//! The history of a customer at the console.

use askama::Template;

use super::{EventLine, FoundLine, Who};
use crate::pages::layout::Frame;

/// `GET /customers/{account}/events`.
#[derive(Template)]
#[template(path = "staff/events.html")]
pub struct EventsPage {
    /// The frame.
    pub frame: Frame,
    /// Who is here.
    pub who: Who,
    /// The customer, masked.
    pub customer: FoundLine,
    /// What happened, newest first.
    pub lines: Vec<EventLine>,
    /// Whether this is the newest part.
    pub first: bool,
    /// The entry that the next part begins before.
    pub next: Option<String>,
}

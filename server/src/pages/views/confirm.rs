//! The page that asks to confirm again (SESS-07).

use askama::Template;

use crate::operations::confirm_again::Way;
use crate::pages::back::Back;
use crate::pages::layout::{ErrorNote, Frame};

/// How the try before ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfirmNote {
    /// Refused on the device, or the number was wrong too often.
    NotApproved,
    /// Too late, or given up.
    Over,
}

/// `GET /security/confirm`: what is asked and why. The form posts `csrf` and `back`.
#[derive(Template)]
#[template(path = "confirm.html")]
pub struct ConfirmPage {
    /// The frame of the page.
    pub frame: Frame,
    /// Where it leads afterwards.
    pub back: Back,
    /// How this session can be confirmed.
    pub way: Way,
    /// How the try before ended.
    pub note: Option<ConfirmNote>,
    /// Why it could not begin.
    pub error: Option<ErrorNote>,
}

impl ConfirmPage {
    /// What is asked.
    #[must_use]
    pub const fn text_key(&self) -> &'static str {
        match self.way {
            Way::App => "confirm.by_app",
            Way::Code => "confirm.by_code",
            Way::Closed(_) => "confirm.closed",
        }
    }

    /// The words of the button; none when this session cannot be confirmed.
    #[must_use]
    pub const fn start_key(&self) -> Option<&'static str> {
        match self.way {
            Way::App => Some("confirm.start_app"),
            Way::Code => Some("confirm.start_code"),
            Way::Closed(_) => None,
        }
    }

    /// The sentence about the try before.
    #[must_use]
    pub fn note_key(&self) -> Option<&'static str> {
        self.note.map(|note| match note {
            ConfirmNote::NotApproved => "confirm.not_approved",
            ConfirmNote::Over => "confirm.over",
        })
    }

    /// Why this session cannot be confirmed.
    #[must_use]
    pub fn closed(&self) -> Option<ErrorNote> {
        match self.way {
            Way::Closed(why) => Some(ErrorNote::of(why)),
            Way::App | Way::Code => None,
        }
    }
}

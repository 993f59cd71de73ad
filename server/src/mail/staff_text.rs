//! The text of the mail that says what staff did to an account (STAFF-06).

use askama::Template;
use warifu_shared::display::Language;

use super::{Letterhead, StaffDeed};

#[derive(Template)]
#[template(
    ext = "txt",
    source = r#"{% if ja %}{% include "mail/ja/staff_acted.txt" %}{% else %}{% include "mail/en/staff_acted.txt" %}{% endif %}"#
)]
struct StaffActed<'a> {
    ja: bool,
    firm: &'a str,
    phone: &'a str,
    what: StaffDeed,
    at: String,
}

/// The text.
pub(super) fn acted(
    head: &Letterhead,
    language: Language,
    what: StaffDeed,
    at: String,
) -> Result<String, askama::Error> {
    StaffActed {
        ja: language == Language::Ja,
        firm: head.firm(language),
        phone: head.phone(),
        what,
        at,
    }
    .render()
}

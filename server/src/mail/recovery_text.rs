//! Texts of the mails about the login password and recovery codes (PASS-05, ENROL-11).

use askama::Template;
use warifu_shared::display::Language;

use super::kinds::Mail;
use super::letterhead::Letterhead;
use super::text::Seen;

/// The text of such a mail; any other mail has none here.
pub(super) fn text(mail: &Mail, head: &Letterhead, language: Language) -> Result<String, askama::Error> {
    let (ja, firm, phone) = (language == Language::Ja, head.firm(language), head.phone());
    match mail {
        Mail::PasswordChanged { scene } => PasswordChanged {
            ja,
            firm,
            phone,
            scene: Seen::of(scene, language),
        }
        .render(),
        Mail::RecoveryCodesMade { scene } => RecoveryCodesMade {
            ja,
            firm,
            phone,
            scene: Seen::of(scene, language),
        }
        .render(),
        _ => Ok(String::new()),
    }
}

#[derive(Template)]
#[template(
    ext = "txt",
    source = r#"{% if ja %}{% include "mail/ja/password_changed.txt" %}{% else %}{% include "mail/en/password_changed.txt" %}{% endif %}"#
)]
struct PasswordChanged<'a> {
    ja: bool,
    firm: &'a str,
    phone: &'a str,
    scene: Seen,
}

#[derive(Template)]
#[template(
    ext = "txt",
    source = r#"{% if ja %}{% include "mail/ja/recovery_codes_made.txt" %}{% else %}{% include "mail/en/recovery_codes_made.txt" %}{% endif %}"#
)]
struct RecoveryCodesMade<'a> {
    ja: bool,
    firm: &'a str,
    phone: &'a str,
    scene: Seen,
}

//! Texts of the mails about the login password and recovery codes (PASS-05, ENROL-11).

use askama::Template;
use warifu_shared::display::Language;

use super::kinds::Mail;
use super::letterhead::Letterhead;
use super::text::{Seen, host};
use super::words;
use crate::domain::recovery::Lost;

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
        Mail::RecoveryMailCode {
            code,
            lost,
            domain,
            expires_at,
            scene,
        } => RecoveryMailCode {
            ja,
            firm,
            phone,
            code: code.reveal(),
            password: *lost == Lost::Password,
            domain: &host(domain),
            until: words::time(*expires_at, language),
            scene: Seen::of(scene, language),
        }
        .render(),
        Mail::Recovered {
            lost,
            left,
            letter,
            scene,
        } => Recovered {
            letter: *letter,
            ja,
            firm,
            phone,
            password: *lost == Lost::Password,
            left: *left,
            scene: Seen::of(scene, language),
        }
        .render(),
        Mail::RecoveryLetterStopped { scene } => LetterStopped {
            ja,
            firm,
            phone,
            staff: scene.browser.is_empty() && scene.place.is_empty(),
            scene: Seen::of(scene, language),
        }
        .render(),
        _ => Ok(String::new()),
    }
}

#[derive(Template)]
#[template(
    ext = "txt",
    source = r#"{% if ja %}{% include "mail/ja/recovery_letter_stopped.txt" %}{% else %}{% include "mail/en/recovery_letter_stopped.txt" %}{% endif %}"#
)]
struct LetterStopped<'a> {
    ja: bool,
    firm: &'a str,
    phone: &'a str,
    staff: bool,
    scene: Seen,
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

#[derive(Template)]
#[template(
    ext = "txt",
    source = r#"{% if ja %}{% include "mail/ja/recovery_mail_code.txt" %}{% else %}{% include "mail/en/recovery_mail_code.txt" %}{% endif %}"#
)]
struct RecoveryMailCode<'a> {
    ja: bool,
    firm: &'a str,
    phone: &'a str,
    code: &'a str,
    password: bool,
    domain: &'a str,
    until: String,
    scene: Seen,
}

#[derive(Template)]
#[template(
    ext = "txt",
    source = r#"{% if ja %}{% include "mail/ja/recovered.txt" %}{% else %}{% include "mail/en/recovered.txt" %}{% endif %}"#
)]
struct Recovered<'a> {
    ja: bool,
    firm: &'a str,
    phone: &'a str,
    password: bool,
    letter: bool,
    left: i64,
    scene: Seen,
}

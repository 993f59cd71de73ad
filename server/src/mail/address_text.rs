//! Mails about the account's beginning. The words are in `templates/mail/{ja,en}/`.

use askama::Template;
use warifu_shared::display::Language;

use super::kinds::Mail;
use super::letterhead::Letterhead;
use super::text::{Seen, host};
use super::words;

/// The subject, in Japanese and English.
pub const fn subject(mail: &Mail) -> (&'static str, &'static str) {
    match mail {
        Mail::AddressCode { .. } => (
            "メールアドレスの確認コード",
            "Your code to confirm a mail address",
        ),
        Mail::AccountActivated { .. } => ("ご利用を開始しました", "Your account is ready"),
        _ => ("お知らせ", "Notice"),
    }
}

/// The text of such a mail; any other has none here.
pub fn text(mail: &Mail, head: &Letterhead, language: Language) -> Result<String, askama::Error> {
    let (ja, firm, phone) = (language == Language::Ja, head.firm(language), head.phone());
    match mail {
        Mail::AddressCode {
            code,
            domain,
            expires_at,
            scene,
        } => AddressCode {
            ja,
            firm,
            phone,
            code: code.reveal(),
            domain: host(domain),
            until: words::time(*expires_at, language),
            scene: Seen::of(scene, language),
        }
        .render(),
        Mail::AccountActivated { scene } => AccountActivated {
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
    source = r#"{% if ja %}{% include "mail/ja/address_code.txt" %}{% else %}{% include "mail/en/address_code.txt" %}{% endif %}"#
)]
struct AddressCode<'a> {
    ja: bool,
    firm: &'a str,
    phone: &'a str,
    code: &'a str,
    domain: String,
    until: String,
    scene: Seen,
}

#[derive(Template)]
#[template(
    ext = "txt",
    source = r#"{% if ja %}{% include "mail/ja/account_activated.txt" %}{% else %}{% include "mail/en/account_activated.txt" %}{% endif %}"#
)]
struct AccountActivated<'a> {
    ja: bool,
    firm: &'a str,
    phone: &'a str,
    scene: Seen,
}

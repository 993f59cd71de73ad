//! Mails about the account's beginning and its mail addresses. The words are in `templates/mail/{ja,en}/`.

use askama::Template;
use warifu_shared::display::Language;

use super::address_kinds::AddressNews;
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
        Mail::AddressNews { news, .. } => match news {
            AddressNews::Given => (
                "認証メールアドレスを登録しました",
                "Your authentication mail address was registered",
            ),
            AddressNews::Changed { .. } | AddressNews::ByStaff { .. } => (
                "認証メールアドレスが変わりました",
                "Your authentication mail address was changed",
            ),
            AddressNews::Added => (
                "お知らせ用メールアドレスが登録されました",
                "A notification mail address was added",
            ),
            AddressNews::Removed => (
                "お知らせ用メールアドレスが解除されました",
                "A notification mail address was removed",
            ),
            AddressNews::Stopped => (
                "認証メールアドレスの変更を止めました",
                "The change of your mail address was stopped",
            ),
        },
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
        Mail::AddressNews { news, masked, scene } => {
            let (until, stop) = match news {
                AddressNews::Changed { until, stop } | AddressNews::ByStaff { until, stop } => {
                    (*until, stop.as_ref())
                }
                _ => (None, None),
            };
            if matches!(news, AddressNews::ByStaff { .. } | AddressNews::Given) {
                return AddressByStaff {
                    ja,
                    firm,
                    phone,
                    given: *news == AddressNews::Given,
                    masked: words::known(masked, language),
                    stop: stop.map(super::address_kinds::StopText::reveal),
                    until: until.map(|at| words::time(at, language)),
                    at: words::time(scene.at, language),
                }
                .render();
            }
            AddressChanged {
                ja,
                firm,
                phone,
                news,
                masked: words::known(masked, language),
                stop: stop.map(super::address_kinds::StopText::reveal),
                until: until.map(|at| words::time(at, language)),
                scene: Seen::of(scene, language),
            }
            .render()
        }
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

#[derive(Template)]
#[template(
    ext = "txt",
    source = r#"{% if ja %}{% include "mail/ja/address_changed.txt" %}{% else %}{% include "mail/en/address_changed.txt" %}{% endif %}"#
)]
struct AddressChanged<'a> {
    ja: bool,
    firm: &'a str,
    phone: &'a str,
    news: &'a AddressNews,
    masked: String,
    stop: Option<&'a str>,
    until: Option<String>,
    scene: Seen,
}

#[derive(Template)]
#[template(
    ext = "txt",
    source = r#"{% if ja %}{% include "mail/ja/address_by_staff.txt" %}{% else %}{% include "mail/en/address_by_staff.txt" %}{% endif %}"#
)]
struct AddressByStaff<'a> {
    ja: bool,
    firm: &'a str,
    phone: &'a str,
    given: bool,
    masked: String,
    stop: Option<&'a str>,
    until: Option<String>,
    at: String,
}

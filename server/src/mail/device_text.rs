//! Mails about the life of a device, and about what the cool-off refuses (ENROL-07, ENROL-09, ENROL-13..15).

use askama::Template;
use warifu_shared::display::Language;

use super::device_kinds::{CoolOff, DeviceNews};
use super::kinds::Mail;
use super::letterhead::Letterhead;
use super::text::Seen;
use super::words;

/// The subject.
pub(super) const fn subject(news: DeviceNews) -> (&'static str, &'static str) {
    match news {
        DeviceNews::Suspended | DeviceNews::SuspendedByStaff => {
            ("端末を一時停止しました", "A device was suspended")
        }
        DeviceNews::Lifted | DeviceNews::LiftedByStaff => {
            ("端末の一時停止が解かれました", "A suspension was lifted")
        }
        DeviceNews::Leaving(_) => (
            "最後の端末の解除が申し込まれました",
            "Your last device will be removed",
        ),
        DeviceNews::Kept => ("端末の解除は取りやめになりました", "A removal was called off"),
        DeviceNews::Vetoed => ("新しい端末を取り消しました", "A new device was stopped"),
        DeviceNews::Expires(_) => ("端末の鍵の期限が近づいています", "The keys of a device end soon"),
    }
}

/// The subject of a refusal in the cool-off.
pub(super) const fn refused_subject(what: CoolOff) -> (&'static str, &'static str) {
    match what {
        CoolOff::Withdrawal => ("出金を受け付けませんでした", "A withdrawal was refused"),
        CoolOff::PayoutAccount => (
            "出金先口座の変更を受け付けませんでした",
            "A change of the payout account was refused",
        ),
        CoolOff::MailAddress => (
            "認証メールアドレスの変更を受け付けませんでした",
            "A change of your mail address was refused",
        ),
    }
}

/// The text of one of these mails; any other has none here.
pub(super) fn text(mail: &Mail, head: &Letterhead, language: Language) -> Result<String, askama::Error> {
    let (ja, firm, phone) = (language == Language::Ja, head.firm(language), head.phone());
    match mail {
        Mail::DeviceNews {
            device, news, scene, ..
        } => {
            let at = match news {
                DeviceNews::Leaving(at) | DeviceNews::Expires(at) => Some(words::time(*at, language)),
                _ => None,
            };
            News {
                ja,
                firm,
                phone,
                device: words::known(device, language),
                news: *news,
                at,
                scene: Seen::of(scene, language),
            }
            .render()
        }
        Mail::CoolOffRefused { what, until, scene } => Refused {
            ja,
            firm,
            phone,
            what: *what,
            until: words::time(*until, language),
            scene: Seen::of(scene, language),
        }
        .render(),
        _ => Ok(String::new()),
    }
}

#[derive(Template)]
#[template(
    ext = "txt",
    source = r#"{% if ja %}{% include "mail/ja/device_news.txt" %}{% else %}{% include "mail/en/device_news.txt" %}{% endif %}"#
)]
struct News<'a> {
    ja: bool,
    firm: &'a str,
    phone: &'a str,
    device: String,
    news: DeviceNews,
    at: Option<String>,
    scene: Seen,
}

#[derive(Template)]
#[template(
    ext = "txt",
    source = r#"{% if ja %}{% include "mail/ja/cool_off_refused.txt" %}{% else %}{% include "mail/en/cool_off_refused.txt" %}{% endif %}"#
)]
struct Refused<'a> {
    ja: bool,
    firm: &'a str,
    phone: &'a str,
    what: CoolOff,
    until: String,
    scene: Seen,
}

//! Mails: whatever stands in a device's name or a browser's, it stays in the text and becomes no header (CODE-08).

use std::sync::LazyLock;

use warifu_server::mail::{
    Alarm, CodeText, Letterhead, Mail, MailAddress, MailConfig, Remover, Scene, fuzzing,
};
use warifu_shared::api::Bilingual;
use warifu_shared::display::Language;
use warifu_shared::jws::challenge::Action;

use crate::bytes::{choice, text};
use crate::scene::now;

static HEAD: LazyLock<Letterhead> = LazyLock::new(|| {
    let firm = Bilingual {
        ja: "ひので証券".to_owned(),
        en: "Hinode".to_owned(),
    };
    Letterhead::new(firm, "03-0000-0000", &MailConfig::default()).expect("it is good")
});
static TO: LazyLock<MailAddress> = LazyLock::new(|| "taro@example.jp".parse().expect("an address"));

/// A mail with any texts has the headers of an honest one, one recipient and one part.
pub(crate) fn message(data: &[u8]) {
    let Some((way, rest)) = choice(data) else { return };
    let Some(text) = text(rest) else { return };
    let language = if way & 1 == 0 { Language::Ja } else { Language::En };
    let (honest, given) = (mail(way, "a"), mail(way, text));
    let id = "ma_1".parse().expect("an id");
    let bytes = |mail: &Mail| fuzzing::bytes(&HEAD, &id, now(), &TO, language, mail).expect("it is built");
    let (honest, given) = (bytes(&honest), bytes(&given));
    assert_eq!(headers(&given), headers(&honest), "{text:?}");
    assert!(
        given.windows(2).all(|two| (two[1] == b'\n') == (two[0] == b'\r')),
        "a bare line end"
    );
}

fn mail(way: u8, text: &str) -> Mail {
    let scene = || Scene {
        at: now(),
        place: text.to_owned(),
        browser: text.to_owned(),
    };
    match way >> 1 & 3 {
        0 => Mail::DeviceRegistered {
            device: text.to_owned(),
            id: None,
            until: None,
            counter: false,
            scene: scene(),
        },
        1 => Mail::DeviceRemoved {
            device: text.to_owned(),
            by: Remover::Customer,
            scene: scene(),
        },
        2 => Mail::LoginDenied {
            alarm: Alarm::NotMe,
            scene: scene(),
            withdrawals_held_until: None,
        },
        _ => Mail::LoginCode {
            code: CodeText::new("12345678").expect("digits"),
            action: Action::Login,
            domain: "auth.example".to_owned(),
            expires_at: now(),
            scene: scene(),
        },
    }
}

/// Names and values as a mail program reads them; how the body is encoded may differ with its text.
fn headers(bytes: &[u8]) -> Vec<(String, String)> {
    let parsed = mail_parser::MessageParser::default()
        .parse(bytes)
        .expect("a mail");
    assert_eq!(parsed.part(0).map(|_| parsed.parts.len()), Some(1), "one part");
    let raw = parsed
        .headers_raw()
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    raw.filter(|(name, _)| name != "Content-Transfer-Encoding")
        .collect()
}

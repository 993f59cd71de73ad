//! Subjects and texts of the mails about logins (RISK-06, SESS-10).

use askama::Template;
use warifu_shared::display::Language;

use super::kinds::Mail;
use super::letterhead::Letterhead;
use super::login_kinds::{LoginLine, LoginWhat};
use super::text::Seen;

/// The subject; a completed login and one without its second step differ in it.
pub(super) const fn subject(mail: &Mail) -> (&'static str, &'static str) {
    match mail {
        Mail::LoginDone { .. } => ("ログインがありました", "Login to your account"),
        Mail::LoginUnfinished { .. } => (
            "ログインは完了していません(パスワードは合っていました)",
            "A login was not completed (the password was right)",
        ),
        Mail::LoginSummary { .. } => ("ログインのまとめ", "Several logins"),
        _ => ("ログインを終えました", "A login was ended"),
    }
}

/// The text; any other mail has none here.
pub(super) fn text(mail: &Mail, head: &Letterhead, language: Language) -> Result<String, askama::Error> {
    let (ja, firm, phone) = (language == Language::Ja, head.firm(language), head.phone());
    match mail {
        Mail::LoginDone { what, scene } => LoginDone {
            ja,
            firm,
            phone,
            how: how(*what, language),
            scene: Seen::of(scene, language),
        }
        .render(),
        Mail::LoginUnfinished { scene } => LoginUnfinished {
            ja,
            firm,
            phone,
            scene: Seen::of(scene, language),
        }
        .render(),
        Mail::LoginSummary { lines, count } => LoginSummary {
            ja,
            firm,
            phone,
            count: *count,
            more: count - i64::try_from(lines.len()).unwrap_or(*count),
            lines: lines.iter().map(|line| told(line, language)).collect(),
        }
        .render(),
        Mail::SessionsEnded { scene } => SessionsEnded {
            ja,
            firm,
            phone,
            scene: Seen::of(scene, language),
        }
        .render(),
        _ => Ok(String::new()),
    }
}

const fn how(what: LoginWhat, language: Language) -> &'static str {
    match what {
        LoginWhat::App => language.pick("アプリでの承認", "approval in the app"),
        LoginWhat::Code => language.pick("メールの認証コード", "mailed code"),
        LoginWhat::Unfinished => language.pick("完了していません", "not completed"),
    }
}

fn told(line: &LoginLine, language: Language) -> (Seen, &'static str) {
    (Seen::of(&line.scene, language), how(line.what, language))
}

#[derive(Template)]
#[template(
    ext = "txt",
    source = r#"{% if ja %}{% include "mail/ja/login_done.txt" %}{% else %}{% include "mail/en/login_done.txt" %}{% endif %}"#
)]
struct LoginDone<'a> {
    ja: bool,
    firm: &'a str,
    phone: &'a str,
    how: &'a str,
    scene: Seen,
}

#[derive(Template)]
#[template(
    ext = "txt",
    source = r#"{% if ja %}{% include "mail/ja/login_unfinished.txt" %}{% else %}{% include "mail/en/login_unfinished.txt" %}{% endif %}"#
)]
struct LoginUnfinished<'a> {
    ja: bool,
    firm: &'a str,
    phone: &'a str,
    scene: Seen,
}

#[derive(Template)]
#[template(
    ext = "txt",
    source = r#"{% if ja %}{% include "mail/ja/login_summary.txt" %}{% else %}{% include "mail/en/login_summary.txt" %}{% endif %}"#
)]
struct LoginSummary<'a> {
    ja: bool,
    firm: &'a str,
    phone: &'a str,
    count: i64,
    more: i64,
    lines: Vec<(Seen, &'a str)>,
}

#[derive(Template)]
#[template(
    ext = "txt",
    source = r#"{% if ja %}{% include "mail/ja/sessions_ended.txt" %}{% else %}{% include "mail/en/sessions_ended.txt" %}{% endif %}"#
)]
struct SessionsEnded<'a> {
    ja: bool,
    firm: &'a str,
    phone: &'a str,
    scene: Seen,
}

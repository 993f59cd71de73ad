//! Subjects and texts of the mails about logins (RISK-06, SESS-10).

use askama::Template;
use warifu_shared::display::Language;

use super::kinds::Mail;
use super::letterhead::Letterhead;
use super::login_kinds::{LoginLine, LoginWhat};
use super::text::Seen;
use super::words;

/// The subject; a completed login and one without its second step differ in it.
pub(super) fn subject(mail: &Mail) -> (&'static str, &'static str) {
    match mail {
        Mail::LoginDone { .. } => ("ログインがありました", "Login to your account"),
        Mail::LoginUnfinished { .. } => (
            "ログインは完了していません(パスワードは合っていました)",
            "A login was not completed (the password was right)",
        ),
        Mail::LoginSummary { lines, .. } if begun(lines) => (
            "完了していないログインのまとめ(パスワードは合っていました)",
            "Several logins were not completed (the password was right)",
        ),
        Mail::LoginSummary { .. } => ("ログインのまとめ", "Several logins"),
        Mail::PasswordsWrong { .. } => ("パスワードの間違いがありました", "Wrong passwords were entered"),
        Mail::PasswordLocked { .. } => (
            "パスワードの間違いが続いたため、ログインを止めました",
            "Login is stopped after wrong passwords",
        ),
        Mail::LoginNoticesChanged { .. } => (
            "ログインのお知らせの設定が変わりました",
            "Your login notices were changed",
        ),
        Mail::RecoveryClosed { .. } => ("リカバリーの手続きを止めました", "Recovery is stopped"),
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
            begun: begun(lines),
            count: *count,
            more: count - i64::try_from(lines.len()).unwrap_or(*count),
            lines: lines.iter().map(|line| told(line, language)).collect(),
        }
        .render(),
        Mail::LoginNoticesChanged { only_new, scene } => LoginNoticesChanged {
            ja,
            firm,
            phone,
            only_new: *only_new,
            scene: Seen::of(scene, language),
        }
        .render(),
        Mail::RecoveryClosed { scene, until } => RecoveryClosed {
            ja,
            firm,
            phone,
            until: until.map(|at| words::time(at, language)),
            scene: Seen::of(scene, language),
        }
        .render(),
        Mail::SessionsEnded { scene } => SessionsEnded {
            ja,
            firm,
            phone,
            scene: Seen::of(scene, language),
        }
        .render(),
        _ => wrong_text(mail, head, language),
    }
}

/// The texts about wrong passwords; any other mail has none here.
fn wrong_text(mail: &Mail, head: &Letterhead, language: Language) -> Result<String, askama::Error> {
    let (ja, firm, phone) = (language == Language::Ja, head.firm(language), head.phone());
    match mail {
        Mail::PasswordsWrong { lines, count } => PasswordsWrong {
            ja,
            firm,
            phone,
            count: *count,
            more: count - i64::try_from(lines.len()).unwrap_or(*count),
            lines: lines.iter().map(|line| Seen::of(&line.scene, language)).collect(),
        }
        .render(),
        Mail::PasswordLocked {
            scene,
            until,
            known,
            tries,
            locks,
        } => PasswordLocked {
            ja,
            firm,
            phone,
            until: words::time(*until, language),
            known: *known,
            tries: *tries,
            locks: *locks,
            scene: Seen::of(scene, language),
        }
        .render(),
        _ => Ok(String::new()),
    }
}

/// Whether a list is of logins that were not completed.
fn begun(lines: &[LoginLine]) -> bool {
    lines.iter().all(|line| line.what == LoginWhat::Unfinished)
}

const fn how(what: LoginWhat, language: Language) -> &'static str {
    match what {
        LoginWhat::App => language.pick("アプリでの承認", "approval in the app"),
        LoginWhat::Code => language.pick("メールの認証コード", "mailed code"),
        LoginWhat::Unfinished => language.pick("完了していません", "not completed"),
        // They have mails of their own.
        LoginWhat::Wrong | LoginWhat::Locked => language.pick("パスワードの間違い", "wrong password"),
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
    begun: bool,
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

#[derive(Template)]
#[template(
    ext = "txt",
    source = r#"{% if ja %}{% include "mail/ja/login_notices_changed.txt" %}{% else %}{% include "mail/en/login_notices_changed.txt" %}{% endif %}"#
)]
struct LoginNoticesChanged<'a> {
    ja: bool,
    firm: &'a str,
    phone: &'a str,
    only_new: bool,
    scene: Seen,
}

#[derive(Template)]
#[template(
    ext = "txt",
    source = r#"{% if ja %}{% include "mail/ja/recovery_closed.txt" %}{% else %}{% include "mail/en/recovery_closed.txt" %}{% endif %}"#
)]
struct RecoveryClosed<'a> {
    ja: bool,
    firm: &'a str,
    phone: &'a str,
    until: Option<String>,
    scene: Seen,
}

#[derive(Template)]
#[template(
    ext = "txt",
    source = r#"{% if ja %}{% include "mail/ja/passwords_wrong.txt" %}{% else %}{% include "mail/en/passwords_wrong.txt" %}{% endif %}"#
)]
struct PasswordsWrong<'a> {
    ja: bool,
    firm: &'a str,
    phone: &'a str,
    count: i64,
    more: i64,
    lines: Vec<Seen>,
}

#[derive(Template)]
#[template(
    ext = "txt",
    source = r#"{% if ja %}{% include "mail/ja/password_locked.txt" %}{% else %}{% include "mail/en/password_locked.txt" %}{% endif %}"#
)]
struct PasswordLocked<'a> {
    ja: bool,
    firm: &'a str,
    phone: &'a str,
    until: String,
    known: bool,
    tries: i64,
    locks: i64,
    scene: Seen,
}

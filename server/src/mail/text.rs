//! Subjects and texts of the mails. The words are in `templates/mail/{ja,en}/`.

use askama::Template;
use warifu_shared::clock::Timestamp;
use warifu_shared::display::Language;
use warifu_shared::jws::challenge::Action;
use warifu_shared::jws::withdrawal::Withdrawal as SignedWithdrawal;

use super::kinds::{Alarm, Mail, Remover, Scene, Stage};
use super::letterhead::Letterhead;
use super::money_text::{self, Money};
use super::words;

/// The subject: what kind of mail this is, and nothing about the customer (CODE-16).
pub fn subject(mail: &Mail, head: &Letterhead, language: Language) -> String {
    let (ja, en) = match mail {
        Mail::LoginCode { .. } => ("認証コードのお知らせ", "Your one-time code"),
        Mail::WithdrawalCode { .. } => (
            "認証コードのお知らせ(出金)",
            "Your one-time code for a withdrawal",
        ),
        Mail::Withdrawal { stage, .. } => money_text::subject(*stage),
        Mail::PayoutAccountChanged { .. } => ("出金先口座が変わりました", "Your payout account was changed"),
        Mail::WithdrawalPasswordChanged { .. } => (
            "出金パスワードが変わりました",
            "Your withdrawal password was changed",
        ),
        Mail::WithdrawalsLocked { .. } => ("出金を止めました", "Withdrawals are stopped"),
        Mail::DeviceRegistered { .. } => ("端末が登録されました", "A device was registered"),
        Mail::DeviceRemoved { .. } => ("端末の登録が解除されました", "A device was removed"),
        Mail::LoginDenied { .. } => ("操作を止めました", "We stopped a request"),
        Mail::PushesSilent { .. } => ("アプリへの通知を止めました", "Notifications are silent"),
        Mail::AccountLocked { .. } => ("ログインを止めました", "Login is stopped"),
    };
    match language {
        Language::Ja => format!("【{}】{ja}", head.firm(language)),
        Language::En => format!("{}: {en}", head.firm(language)),
    }
}

/// The text.
///
/// # Errors
/// When a template cannot be rendered; the templates are checked at compile time, so this does not happen.
pub fn text(mail: &Mail, head: &Letterhead, language: Language) -> Result<String, askama::Error> {
    let (ja, firm, phone) = (language == Language::Ja, head.firm(language), head.phone());
    let time = |at: &Timestamp| words::time(*at, language);
    let seen = |scene: &Scene| Seen::of(scene, language);
    let named = |device: &str| words::known(device, language);
    match mail {
        Mail::LoginCode {
            code,
            action,
            domain,
            expires_at,
            scene,
        } => {
            let until = time(expires_at);
            code_text(
                head,
                language,
                (code.reveal(), &host(domain)),
                (*action, until),
                scene,
            )
        }
        Mail::WithdrawalCode {
            code,
            withdrawal,
            domain,
            expires_at,
            scene,
        } => WithdrawalCode {
            ja,
            firm,
            phone,
            code: code.reveal(),
            domain: &host(domain),
            until: time(expires_at),
            money: Money::in_full(withdrawal, language),
            scene: seen(scene),
        }
        .render(),
        Mail::Withdrawal {
            stage,
            withdrawal,
            until,
            scene,
        } => withdrawal_text(
            head,
            language,
            *stage,
            (withdrawal, until.as_ref().map(time)),
            scene,
        ),
        Mail::PayoutAccountChanged {
            payee,
            cool_off_until,
            scene,
        } => PayoutAccountChanged {
            ja,
            firm,
            phone,
            payee: money_text::masked(payee, language),
            until: cool_off_until.as_ref().map(time),
            scene: seen(scene),
        }
        .render(),
        Mail::WithdrawalPasswordChanged { anew, scene } => WithdrawalPasswordChanged {
            ja,
            firm,
            phone,
            anew: *anew,
            scene: seen(scene),
        }
        .render(),
        Mail::WithdrawalsLocked { scene, until } => WithdrawalsLocked {
            scene: seen(scene),
            until: until.as_ref().map(time),
            ja,
            firm,
            phone,
        }
        .render(),
        Mail::DeviceRegistered { device, scene } => DeviceRegistered {
            device: named(device),
            scene: seen(scene),
            ja,
            firm,
            phone,
        }
        .render(),
        Mail::DeviceRemoved { device, by, scene } => DeviceRemoved {
            device: named(device),
            by: *by,
            scene: seen(scene),
            ja,
            firm,
            phone,
        }
        .render(),
        Mail::LoginDenied {
            alarm,
            scene,
            withdrawals_held_until: held,
        } => denied_text(head, language, *alarm, scene, held.as_ref().map(time)),
        Mail::PushesSilent { at } => PushesSilent {
            at: time(at),
            ja,
            firm,
            phone,
        }
        .render(),
        Mail::AccountLocked { scene, until } => AccountLocked {
            scene: seen(scene),
            until: until.as_ref().map(time),
            ja,
            firm,
            phone,
        }
        .render(),
    }
}

fn withdrawal_text(
    head: &Letterhead,
    language: Language,
    stage: Stage,
    (withdrawal, until): (&SignedWithdrawal, Option<String>),
    scene: &Scene,
) -> Result<String, askama::Error> {
    Withdrawal {
        ja: language == Language::Ja,
        firm: head.firm(language),
        phone: head.phone(),
        stage,
        reason: stage.reason().map(|code| language.pick(code.ja(), code.en())),
        until,
        money: Money::masked(withdrawal, language),
        scene: Seen::of(scene, language),
    }
    .render()
}

fn denied_text(
    head: &Letterhead,
    language: Language,
    alarm: Alarm,
    scene: &Scene,
    held: Option<String>,
) -> Result<String, askama::Error> {
    let (ja, firm, phone) = (language == Language::Ja, head.firm(language), head.phone());
    let (phone_scam, scene) = (alarm == Alarm::Phone, Seen::of(scene, language));
    LoginDenied {
        ja,
        firm,
        phone,
        phone_scam,
        held,
        scene,
    }
    .render()
}

fn code_text(
    head: &Letterhead,
    language: Language,
    (code, domain): (&str, &str),
    (action, until): (Action, String),
    scene: &Scene,
) -> Result<String, askama::Error> {
    let (ja, firm, phone) = (language == Language::Ja, head.firm(language), head.phone());
    let (action, scene) = (words::action(action, language), Seen::of(scene, language));
    LoginCode {
        ja,
        firm,
        phone,
        code,
        action,
        domain,
        until,
        scene,
    }
    .render()
}

/// The host of the domain-bound line, up to the first character that no host name has.
fn host(domain: &str) -> String {
    domain
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))
        .collect()
}

/// A scene in words.
struct Seen {
    at: String,
    place: String,
    browser: String,
}

impl Seen {
    fn of(scene: &Scene, language: Language) -> Self {
        Self {
            at: words::time(scene.at, language),
            place: words::place(&scene.place, language),
            browser: words::known(&scene.browser, language),
        }
    }
}

#[derive(Template)]
#[template(
    ext = "txt",
    source = r#"{% if ja %}{% include "mail/ja/login_code.txt" %}{% else %}{% include "mail/en/login_code.txt" %}{% endif %}"#
)]
struct LoginCode<'a> {
    ja: bool,
    firm: &'a str,
    phone: &'a str,
    code: &'a str,
    action: &'a str,
    domain: &'a str,
    until: String,
    scene: Seen,
}

#[derive(Template)]
#[template(
    ext = "txt",
    source = r#"{% if ja %}{% include "mail/ja/withdrawal_code.txt" %}{% else %}{% include "mail/en/withdrawal_code.txt" %}{% endif %}"#
)]
struct WithdrawalCode<'a> {
    ja: bool,
    firm: &'a str,
    phone: &'a str,
    code: &'a str,
    domain: &'a str,
    until: String,
    money: Money,
    scene: Seen,
}

#[derive(Template)]
#[template(
    ext = "txt",
    source = r#"{% if ja %}{% include "mail/ja/withdrawal.txt" %}{% else %}{% include "mail/en/withdrawal.txt" %}{% endif %}"#
)]
struct Withdrawal<'a> {
    ja: bool,
    firm: &'a str,
    phone: &'a str,
    stage: Stage,
    reason: Option<&'static str>,
    until: Option<String>,
    money: Money,
    scene: Seen,
}

#[derive(Template)]
#[template(
    ext = "txt",
    source = r#"{% if ja %}{% include "mail/ja/payout_account_changed.txt" %}{% else %}{% include "mail/en/payout_account_changed.txt" %}{% endif %}"#
)]
struct PayoutAccountChanged<'a> {
    ja: bool,
    firm: &'a str,
    phone: &'a str,
    payee: String,
    until: Option<String>,
    scene: Seen,
}

#[derive(Template)]
#[template(
    ext = "txt",
    source = r#"{% if ja %}{% include "mail/ja/withdrawal_password_changed.txt" %}{% else %}{% include "mail/en/withdrawal_password_changed.txt" %}{% endif %}"#
)]
struct WithdrawalPasswordChanged<'a> {
    ja: bool,
    firm: &'a str,
    phone: &'a str,
    anew: bool,
    scene: Seen,
}

#[derive(Template)]
#[template(
    ext = "txt",
    source = r#"{% if ja %}{% include "mail/ja/withdrawals_locked.txt" %}{% else %}{% include "mail/en/withdrawals_locked.txt" %}{% endif %}"#
)]
struct WithdrawalsLocked<'a> {
    ja: bool,
    firm: &'a str,
    phone: &'a str,
    until: Option<String>,
    scene: Seen,
}

#[derive(Template)]
#[template(
    ext = "txt",
    source = r#"{% if ja %}{% include "mail/ja/device_registered.txt" %}{% else %}{% include "mail/en/device_registered.txt" %}{% endif %}"#
)]
struct DeviceRegistered<'a> {
    ja: bool,
    firm: &'a str,
    phone: &'a str,
    device: String,
    scene: Seen,
}

#[derive(Template)]
#[template(
    ext = "txt",
    source = r#"{% if ja %}{% include "mail/ja/device_removed.txt" %}{% else %}{% include "mail/en/device_removed.txt" %}{% endif %}"#
)]
struct DeviceRemoved<'a> {
    ja: bool,
    firm: &'a str,
    phone: &'a str,
    device: String,
    by: Remover,
    scene: Seen,
}

#[derive(Template)]
#[template(
    ext = "txt",
    source = r#"{% if ja %}{% include "mail/ja/login_denied.txt" %}{% else %}{% include "mail/en/login_denied.txt" %}{% endif %}"#
)]
struct LoginDenied<'a> {
    ja: bool,
    firm: &'a str,
    phone: &'a str,
    phone_scam: bool,
    held: Option<String>,
    scene: Seen,
}

#[derive(Template)]
#[template(
    ext = "txt",
    source = r#"{% if ja %}{% include "mail/ja/pushes_silent.txt" %}{% else %}{% include "mail/en/pushes_silent.txt" %}{% endif %}"#
)]
struct PushesSilent<'a> {
    ja: bool,
    firm: &'a str,
    phone: &'a str,
    at: String,
}

#[derive(Template)]
#[template(
    ext = "txt",
    source = r#"{% if ja %}{% include "mail/ja/account_locked.txt" %}{% else %}{% include "mail/en/account_locked.txt" %}{% endif %}"#
)]
struct AccountLocked<'a> {
    ja: bool,
    firm: &'a str,
    phone: &'a str,
    until: Option<String>,
    scene: Seen,
}

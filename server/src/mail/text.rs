//! Subjects and texts of the mails. The words are in `templates/mail/{ja,en}/`.

use askama::Template;
use warifu_shared::clock::Timestamp;
use warifu_shared::display::Language;
use warifu_shared::jws::challenge::Action;

use super::device_kinds::Remover;
use super::kinds::{Mail, Scene, StaffDeed};
use super::letterhead::Letterhead;
use super::login_kinds::Alarm;
use super::{address_text, device_text, login_text, money_text, recovery_text, staff_text, words};

/// The subject: what kind of mail this is, and nothing about the customer (CODE-16).
pub fn subject(mail: &Mail, head: &Letterhead, language: Language) -> String {
    let (ja, en) = match mail {
        Mail::LoginCode { .. } => ("認証コードのお知らせ", "Your one-time code"),
        Mail::WithdrawalCode { .. } => (
            "認証コードのお知らせ(出金)",
            "Your one-time code for a withdrawal",
        ),
        Mail::AddressCode { .. } | Mail::AccountActivated { .. } | Mail::AddressNews { .. } => {
            address_text::subject(mail)
        }
        Mail::Withdrawal { stage, .. } => money_text::subject(*stage),
        Mail::PayoutAccountChanged { .. } => ("出金先口座が変わりました", "Your payout account was changed"),
        Mail::WithdrawalPasswordChanged { .. } => (
            "出金パスワードが変わりました",
            "Your withdrawal password was changed",
        ),
        Mail::PasswordChanged { .. } => ("パスワードが変わりました", "Your password was changed"),
        Mail::RecoveryMailCode { .. } => (
            "認証コードのお知らせ(再設定)",
            "Your one-time code for a recovery",
        ),
        Mail::Recovered { .. } => ("リカバリーコードが使われました", "A recovery code was used"),
        Mail::RecoveryLetterStopped { .. } => (
            "再設定の書面を止めました",
            "The letter for a new password was stopped",
        ),
        Mail::RecoveryCodesMade { .. } => (
            "リカバリーコードが新しくなりました",
            "New recovery codes were made",
        ),
        Mail::WithdrawalsLocked { .. } => ("出金を止めました", "Withdrawals are stopped"),
        Mail::DeviceRegistered { .. } => ("端末が登録されました", "A device was registered"),
        Mail::DeviceRemoved { .. } => ("端末の登録が解除されました", "A device was removed"),
        Mail::DeviceNews { news, .. } => device_text::subject(*news),
        Mail::CoolOffRefused { what, .. } => device_text::refused_subject(*what),
        Mail::StaffActed {
            what: StaffDeed::RecoveryLetter,
            ..
        } => (
            "パスワードの再設定の書面をお送りします",
            "A letter for a new password is on its way",
        ),
        Mail::StaffActed { .. } => ("口座の設定を変更しました", "We changed something on your account"),
        Mail::LoginDenied { .. } => ("操作を止めました", "We stopped a request"),
        Mail::PushesSilent { .. } => ("アプリへの通知を止めました", "Notifications are silent"),
        Mail::LoginDone { .. }
        | Mail::LoginUnfinished { .. }
        | Mail::LoginSummary { .. }
        | Mail::PasswordsWrong { .. }
        | Mail::PasswordLocked { .. }
        | Mail::LoginNoticesChanged { .. }
        | Mail::RecoveryClosed { .. }
        | Mail::SessionsEnded { .. } => login_text::subject(mail),
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
        Mail::AddressCode { .. } | Mail::AccountActivated { .. } | Mail::AddressNews { .. } => {
            address_text::text(mail, head, language)
        }
        Mail::WithdrawalCode { .. }
        | Mail::Withdrawal { .. }
        | Mail::PayoutAccountChanged { .. }
        | Mail::WithdrawalPasswordChanged { .. }
        | Mail::WithdrawalsLocked { .. } => money_text::text(mail, head, language),
        Mail::LoginDone { .. }
        | Mail::LoginUnfinished { .. }
        | Mail::LoginSummary { .. }
        | Mail::PasswordsWrong { .. }
        | Mail::PasswordLocked { .. }
        | Mail::LoginNoticesChanged { .. }
        | Mail::RecoveryClosed { .. }
        | Mail::SessionsEnded { .. } => login_text::text(mail, head, language),
        Mail::PasswordChanged { .. }
        | Mail::RecoveryCodesMade { .. }
        | Mail::RecoveryMailCode { .. }
        | Mail::RecoveryLetterStopped { .. }
        | Mail::Recovered { .. } => recovery_text::text(mail, head, language),
        Mail::DeviceRegistered { .. } | Mail::DeviceRemoved { .. } => device_text(mail, head, language),
        Mail::DeviceNews { .. } | Mail::CoolOffRefused { .. } => device_text::text(mail, head, language),
        Mail::LoginDenied {
            alarm,
            scene,
            withdrawals_held_until: held,
        } => denied_text(head, language, *alarm, scene, held.as_ref().map(time)),
        Mail::StaffActed { what, at } => staff_text::acted(head, language, *what, time(at)),
        Mail::PushesSilent { at } => silent_text(head, language, time(at)),
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

/// The text of a mail about a device; any other mail has none here.
fn device_text(mail: &Mail, head: &Letterhead, language: Language) -> Result<String, askama::Error> {
    let (ja, firm, phone) = (language == Language::Ja, head.firm(language), head.phone());
    let seen = |scene: &Scene| Seen::of(scene, language);
    let named = |device: &str| words::known(device, language);
    match mail {
        Mail::DeviceRegistered {
            device,
            counter,
            scene,
            ..
        } => DeviceRegistered {
            device: named(device),
            counter: *counter,
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
        _ => Ok(String::new()),
    }
}

fn silent_text(head: &Letterhead, language: Language, at: String) -> Result<String, askama::Error> {
    let (ja, firm, phone) = (language == Language::Ja, head.firm(language), head.phone());
    PushesSilent { at, ja, firm, phone }.render()
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
pub(super) fn host(domain: &str) -> String {
    domain
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))
        .collect()
}

/// A scene in words.
pub(super) struct Seen {
    pub(super) at: String,
    pub(super) place: String,
    pub(super) browser: String,
}

impl Seen {
    pub(super) fn of(scene: &Scene, language: Language) -> Self {
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
    source = r#"{% if ja %}{% include "mail/ja/device_registered.txt" %}{% else %}{% include "mail/en/device_registered.txt" %}{% endif %}"#
)]
struct DeviceRegistered<'a> {
    ja: bool,
    firm: &'a str,
    phone: &'a str,
    device: String,
    counter: bool,
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

//! Every mail in both languages against the files in `snapshots/` (write them anew with `WARIFU_WRITE_SNAPSHOTS=1`).

mod account;
mod staff;

use std::path::{Path, PathBuf};

use warifu_shared::api::Bilingual;
use warifu_shared::clock::Timestamp;
use warifu_shared::display::Language;
use warifu_shared::ids::MailId;
use warifu_shared::jws::challenge::Action;

use super::message::build;
use crate::domain::recovery::Lost;
use warifu_shared::error::ErrorCode;
use warifu_shared::jws::withdrawal::{AccountKind, Payee, Withdrawal};

use super::{Alarm, CodeText, Letterhead, Mail, MailAddress, MailConfig, Remover, Scene, Stage};

pub(super) fn scene() -> Scene {
    let at = Timestamp::from_secs(1_795_323_900);
    Scene {
        at,
        place: "JP-13".to_owned(),
        browser: "Firefox 145 / Windows".to_owned(),
    }
}

fn code(expires_at: Timestamp) -> Mail {
    let (code, domain) = (CodeText::new("12345678").unwrap(), "auth.example".to_owned());
    Mail::LoginCode {
        code,
        action: Action::Login,
        domain,
        expires_at,
        scene: scene(),
    }
}

fn withdrawal() -> Withdrawal {
    Withdrawal {
        amount: "1500000".to_owned(),
        fee: "0".to_owned(),
        currency: "JPY".to_owned(),
        payee: Payee {
            bank: "0001".to_owned(),
            bank_name: "あおば銀行".to_owned(),
            branch: "123".to_owned(),
            branch_name: "渋谷支店".to_owned(),
            kind: AccountKind::Ordinary,
            acct: "1234567".to_owned(),
            name: "ヤマダ タロウ".to_owned(),
        },
        reference: "W-261122-7KQ2MX9A".to_owned(),
    }
}

fn recovery_mail_code() -> Mail {
    Mail::RecoveryMailCode {
        code: CodeText::new("87654321").unwrap(),
        lost: Lost::Password,
        domain: "auth.example".to_owned(),
        expires_at: scene().at.plus_secs(300),
        scene: scene(),
    }
}

fn recovered(lost: Lost, left: i64) -> Mail {
    let scene = scene();
    Mail::Recovered { lost, left, scene }
}

/// Withdrawals, payout account, withdrawal password.
fn money_samples() -> Vec<(&'static str, Mail)> {
    let until = Some(scene().at.plus_secs(86_400));
    let stage = |stage, until| Mail::Withdrawal {
        stage,
        withdrawal: withdrawal(),
        until,
        scene: scene(),
    };
    let password = |anew| Mail::WithdrawalPasswordChanged { anew, scene: scene() };
    vec![
        (
            "withdrawal_code",
            Mail::WithdrawalCode {
                code: CodeText::new("12345678").unwrap(),
                withdrawal: withdrawal(),
                domain: "auth.example".to_owned(),
                expires_at: scene().at.plus_secs(300),
                scene: scene(),
            },
        ),
        ("withdrawal_requested", stage(Stage::Requested, None)),
        ("withdrawal_held", stage(Stage::Held, until)),
        ("withdrawal_second", stage(Stage::SecondNeeded, None)),
        ("withdrawal_approved", stage(Stage::Approved, None)),
        ("withdrawal_paid", stage(Stage::Paid, None)),
        (
            "withdrawal_refused",
            stage(Stage::Refused(ErrorCode::BalanceTooLow.number()), None),
        ),
        ("withdrawal_recalled", stage(Stage::Recalled, None)),
        (
            "payout_account_changed",
            Mail::PayoutAccountChanged {
                payee: withdrawal().payee,
                cool_off_until: until,
                scene: scene(),
            },
        ),
        ("password_changed", Mail::PasswordChanged { scene: scene() }),
        ("recovery_mail_code", recovery_mail_code()),
        ("recovered_password", recovered(Lost::Password, 9)),
        ("recovered_device", recovered(Lost::Device, 0)),
        ("recovery_codes_made", Mail::RecoveryCodesMade { scene: scene() }),
        ("withdrawal_password_changed", password(false)),
        ("withdrawal_password_anew", password(true)),
        (
            "withdrawals_locked",
            Mail::WithdrawalsLocked {
                scene: scene(),
                until,
            },
        ),
        (
            "withdrawals_locked_for_good",
            Mail::WithdrawalsLocked {
                scene: scene(),
                until: None,
            },
        ),
    ]
}

/// Each kind of mail, and each branch of its template.
fn samples() -> Vec<(&'static str, Mail)> {
    let later = scene().at.plus_secs(300);
    let (scene, device) = (scene(), "タロウのPixel 8".to_owned());
    let removed = |by| Mail::DeviceRemoved {
        device: device.clone(),
        by,
        scene: scene.clone(),
    };
    let denied = |alarm, withdrawals_held_until| Mail::LoginDenied {
        alarm,
        scene: scene.clone(),
        withdrawals_held_until,
    };
    vec![
        ("login_code", code(later)),
        (
            "device_registered",
            Mail::DeviceRegistered {
                device: device.clone(),
                id: None,
                until: None,
                scene: scene.clone(),
            },
        ),
        ("device_removed_by_customer", removed(Remover::Customer)),
        ("device_removed_by_device", removed(Remover::Device)),
        ("device_removed_by_staff", removed(Remover::Staff)),
        ("device_removed_as_announced", removed(Remover::Notice)),
        ("login_denied_not_me", denied(Alarm::NotMe, None)),
        (
            "login_denied_phone",
            denied(Alarm::Phone, Some(later.plus_secs(86_100))),
        ),
        ("pushes_silent", Mail::PushesSilent { at: scene.at }),
        (
            "account_locked",
            Mail::AccountLocked {
                scene: scene.clone(),
                until: Some(later),
            },
        ),
        (
            "account_locked_for_good",
            Mail::AccountLocked {
                scene: scene.clone(),
                until: None,
            },
        ),
    ]
}

/// All of them.
fn all_samples() -> impl Iterator<Item = (&'static str, Mail)> {
    samples()
        .into_iter()
        .chain(money_samples())
        .chain(account::device_samples())
        .chain(account::address_samples())
        .chain(super::golden_logins::samples())
        .chain(staff::samples(scene().at))
}

fn head() -> Letterhead {
    let firm = Bilingual {
        ja: "ひので証券".to_owned(),
        en: "Hinode Securities".to_owned(),
    };
    Letterhead::new(firm, "0120-000-000", &MailConfig::default()).unwrap()
}

fn message(mail: &Mail, language: Language) -> Vec<u8> {
    let (id, to): (MailId, MailAddress) = ("ma_golden".parse().unwrap(), "taro@example.jp".parse().unwrap());
    build(&head(), &id, scene().at, &to, language, mail)
        .unwrap()
        .bytes
}

/// The mail as another program reads it: header lines, then the decoded text.
fn read(bytes: &[u8]) -> String {
    let mail = mail_parser::MessageParser::default().parse(bytes).unwrap();
    let (from, to) = (first(mail.from()), first(mail.to()));
    let raw = |name: &str| mail.header_raw(name).unwrap_or("missing").trim().to_owned();
    format!(
        "From: {} <{}>\nTo: {}\nSubject: {}\nDate: {}\nMessage-ID: {}\nAuto-Submitted: {}\nContent-Language: {}\n\
         Content-Type: {}\n\n{}\n",
        from.0,
        from.1,
        to.1,
        mail.subject().unwrap(),
        raw("Date"),
        raw("Message-ID"),
        raw("Auto-Submitted"),
        raw("Content-Language"),
        raw("Content-Type"),
        mail.body_text(0).unwrap().replace("\r\n", "\n").trim_end(),
    )
}

/// Name and address of the only entry.
fn first(list: Option<&mail_parser::Address<'_>>) -> (String, String) {
    let entry = list.unwrap().first().unwrap();
    let text = |part: Option<&str>| part.unwrap_or_default().to_owned();
    (text(entry.name()), text(entry.address()))
}

fn in_crate(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)
}

#[test]
fn code_07_code_09_code_14_enrol_07_chal_13_every_mail_reads_as_agreed() {
    let anew = std::env::var_os("WARIFU_WRITE_SNAPSHOTS").is_some();
    for (name, mail) in all_samples() {
        for language in [Language::Ja, Language::En] {
            let seen = read(&message(&mail, language));
            let path = in_crate("src/mail/snapshots")
                .join(language.pick("ja", "en"))
                .join(format!("{name}.txt"));
            if anew {
                std::fs::write(&path, &seen).unwrap();
            }
            let agreed = std::fs::read_to_string(&path).unwrap_or_default();
            assert_eq!(seen, agreed, "{}", path.display());
        }
    }
}

#[test]
fn code_07_no_template_has_a_link() {
    let mut files = 0;
    for language in ["ja", "en"] {
        for entry in std::fs::read_dir(in_crate("templates/mail").join(language)).unwrap() {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap().to_lowercase();
            for link in ["http", "www.", "://", "href", "<a", "warifu:"] {
                assert!(!text.contains(link), "{link} in {}", path.display());
            }
            files += 1;
        }
    }
    assert_eq!(files, 54, "all templates were read");
}

#[test]
fn code_14_code_16_the_code_stands_in_the_text_and_its_last_line_only() {
    for language in [Language::Ja, Language::En] {
        let bytes = message(&code(scene().at), language);
        let mail = mail_parser::MessageParser::default().parse(&bytes).unwrap();
        let text = mail.body_text(0).unwrap();
        assert_eq!(text.trim_end().lines().last(), Some("@auth.example #12345678"));
        assert!(text.contains(language.pick(
            "当社の社員がこのコードをお聞きすることはありません",
            "Our staff will never ask"
        )));
        let headers =
            String::from_utf8_lossy(&bytes[..bytes.windows(4).position(|w| w == b"\r\n\r\n").unwrap()])
                .into_owned();
        assert!(
            !headers.contains("12345678") && !mail.subject().unwrap().contains("1234"),
            "{headers}"
        );
        assert!(bytes.is_ascii(), "no 8BITMIME needed");
    }
}

#[test]
fn code_08_no_parameter_adds_a_header_a_line_or_a_link() {
    let evil = "x\r\nBcc: victim@example.jp\r\n\r\nhttps://evil.example\u{2028}@auth.example #00000000\0";
    let at = scene().at;
    let wild = || Scene {
        at,
        place: evil.to_owned(),
        browser: evil.to_owned(),
    };
    let named = evil.to_owned();
    let mails = [
        Mail::LoginCode {
            code: CodeText::new("12345678").unwrap(),
            action: Action::Login,
            domain: evil.to_owned(),
            expires_at: at,
            scene: wild(),
        },
        Mail::DeviceRegistered {
            device: named.clone(),
            id: None,
            until: None,
            scene: wild(),
        },
        Mail::DeviceRemoved {
            device: named,
            by: Remover::Customer,
            scene: wild(),
        },
        Mail::LoginDenied {
            alarm: Alarm::Phone,
            scene: wild(),
            withdrawals_held_until: None,
        },
        Mail::AccountLocked {
            scene: wild(),
            until: None,
        },
    ];
    for mail in &mails {
        for language in [Language::Ja, Language::En] {
            let bytes = message(mail, language);
            let parsed = mail_parser::MessageParser::default().parse(&bytes).unwrap();
            assert!(parsed.bcc().is_none() && parsed.to().unwrap().iter().count() == 1);
            let text = parsed.body_text(0).unwrap();
            assert!(
                !text.contains("://") && !text.contains("evil.example") && !text.contains('\0'),
                "{text}"
            );
            assert!(
                !text
                    .lines()
                    .any(|line| line.starts_with("Bcc") || line.contains("@auth.example #0000")),
                "{text}"
            );
        }
    }
}

#[test]
fn txn_04_no_subject_tells_amount_or_payee() {
    for (name, mail) in money_samples() {
        for language in [Language::Ja, Language::En] {
            let bytes = message(&mail, language);
            let parsed = mail_parser::MessageParser::default().parse(&bytes).unwrap();
            let (subject, text) = (parsed.subject().unwrap(), parsed.body_text(0).unwrap());
            for secret in ["1,500,000", "1500000", "あおば", "渋谷", "ヤマダ", "567", "W-26"] {
                assert!(!subject.contains(secret), "{name}: {subject}");
            }
            let shows_number = text.contains("1234567");
            assert_eq!(shows_number, name == "withdrawal_code", "{name}");
        }
    }
}

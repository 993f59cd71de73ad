//! Every mail in both languages against the files in `snapshots/` (write them anew with `WARIFU_WRITE_SNAPSHOTS=1`).

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use warifu_shared::api::Bilingual;
use warifu_shared::display::Language;
use warifu_shared::ids::MailId;
use warifu_shared::jws::challenge::Action;

use super::message::build;
use super::{Alarm, CodeText, Letterhead, Mail, MailAddress, MailConfig, Remover, Scene, samples};

fn head() -> Letterhead {
    let firm = Bilingual {
        ja: "ひので証券".to_owned(),
        en: "Hinode Securities".to_owned(),
    };
    Letterhead::new(firm, "0120-000-000", &MailConfig::default()).unwrap()
}

fn message(mail: &Mail, language: Language) -> Vec<u8> {
    let (id, to): (MailId, MailAddress) = ("ma_golden".parse().unwrap(), "taro@example.jp".parse().unwrap());
    build(&head(), &id, samples::scene().at, &to, language, mail)
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
    for (name, mail) in samples::all() {
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
    assert_eq!(files, 64, "all templates were read");
}

#[test]
fn code_14_code_16_the_code_stands_in_the_text_and_its_last_line_only() {
    for language in [Language::Ja, Language::En] {
        let bytes = message(&samples::code(samples::scene().at), language);
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
    let at = samples::scene().at;
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
            counter: false,
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
    for (name, mail) in samples::money() {
        for language in [Language::Ja, Language::En] {
            let bytes = message(&mail, language);
            let parsed = mail_parser::MessageParser::default().parse(&bytes).unwrap();
            let (subject, text) = (parsed.subject().unwrap(), parsed.body_text(0).unwrap());
            for secret in ["1,500,000", "1500000", "あおば", "渋谷", "ヤマダ", "567", "W-26"] {
                assert!(!subject.contains(secret), "{name}: {subject}");
            }
            // The code of the samples begins like the account number.
            let shows_number = text.replace("12345678", "").contains("1234567");
            assert_eq!(shows_number, name == "withdrawal_code", "{name}");
        }
    }
}

/// A number for each kind. A new kind does not compile until it has one here, and fails until it has a sample.
fn number(mail: &Mail) -> usize {
    match mail {
        Mail::LoginCode { .. } => 0,
        Mail::WithdrawalCode { .. } => 1,
        Mail::AddressCode { .. } => 2,
        Mail::AccountActivated { .. } => 3,
        Mail::AddressNews { .. } => 4,
        Mail::Withdrawal { .. } => 5,
        Mail::PayoutAccountChanged { .. } => 6,
        Mail::WithdrawalPasswordChanged { .. } => 7,
        Mail::PasswordChanged { .. } => 8,
        Mail::RecoveryCodesMade { .. } => 9,
        Mail::RecoveryMailCode { .. } => 10,
        Mail::Recovered { .. } => 11,
        Mail::WithdrawalsLocked { .. } => 12,
        Mail::DeviceRegistered { .. } => 13,
        Mail::DeviceRemoved { .. } => 14,
        Mail::StaffActed { .. } => 15,
        Mail::DeviceNews { .. } => 16,
        Mail::CoolOffRefused { .. } => 17,
        Mail::LoginDenied { .. } => 18,
        Mail::PushesSilent { .. } => 19,
        Mail::LoginDone { .. } => 20,
        Mail::LoginUnfinished { .. } => 21,
        Mail::LoginSummary { .. } => 22,
        Mail::LoginNoticesChanged { .. } => 23,
        Mail::RecoveryClosed { .. } => 24,
        Mail::SessionsEnded { .. } => 25,
        Mail::AccountLocked { .. } => 26,
        Mail::PasswordsWrong { .. } => 27,
        Mail::PasswordLocked { .. } => 28,
        Mail::RecoveryLetterStopped { .. } => 29,
    }
}

#[test]
fn code_14_the_preview_shows_every_kind_of_mail_as_it_is_sent() {
    let seen: BTreeSet<usize> = samples::all().map(|(_, mail)| number(&mail)).collect();
    assert_eq!(seen, (0..30).collect(), "a kind without a sample");
    for language in [Language::Ja, Language::En] {
        let all = super::previews(&head(), language).unwrap();
        let names: BTreeSet<&str> = all.iter().map(|it| it.name).collect();
        assert_eq!(names.len(), all.len(), "each has a name of its own");
        for it in all {
            let parsed = mail_parser::MessageParser::default().parse(&it.message).unwrap();
            assert_eq!(parsed.subject(), Some(it.subject.as_str()), "{}", it.name);
            let sent = parsed.body_text(0).unwrap().replace("\r\n", "\n");
            assert_eq!(
                sent.trim_end(),
                it.text.replace("\r\n", "\n").trim_end(),
                "{}",
                it.name
            );
        }
    }
}

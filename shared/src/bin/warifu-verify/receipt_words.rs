//! What a receipt shows, or what of it does not hold, in plain words.

use warifu_shared::clock::Timestamp;
use warifu_shared::display::{Language, dates, render, transaction};
use warifu_shared::jws::approval::{Decision, DenyReason, MatchVia, UserVerification};
use warifu_shared::jws::withdrawal::Transaction;
use warifu_shared::receipt::{EntryFault, EntryReport, Fault, Report, SignedDecision};

use crate::words::plain;

/// What a receipt shows.
pub fn receipt(report: &Report, service: &str, lang: Language) -> Vec<String> {
    let mut lines = vec![match lang {
        Language::Ja => format!("この受領証は正しいものです ({service})。"),
        Language::En => format!("The receipt holds ({service})."),
    }];
    if let Some(signed) = &report.signed {
        lines.extend(decision(signed, report.entries.first(), lang));
    } else {
        lines.push(
            lang.pick(
                "端末の署名はありません。メールのコードによる決定として、事業者の記録が示すものです。",
                "No device has signed: it is what the service's log says about a decision by mailed code.",
            )
            .to_owned(),
        );
        if let Some(txn) = &report.txn {
            lines.extend(money(txn, lang));
        }
    }
    lines.push(String::new());
    lines.push(lang.pick("記録:", "In the log:").to_owned());
    lines.extend(report.entries.iter().map(|it| entry(it, lang)));
    lines
}

/// What a mailed code was bound to.
fn money(txn: &str, lang: Language) -> Vec<String> {
    let Ok(read) = Transaction::read(txn) else {
        return vec![row(lang.pick("内容", "What"), &plain(txn))];
    };
    let (amount, rows) = transaction(&read, lang);
    let amount = amount.map(|amount| row(lang.pick("金額", "Amount"), &amount));
    let rows = rows.iter().map(|it| row(&it.label, &it.value));
    amount.into_iter().chain(rows).collect()
}

fn decision(signed: &SignedDecision, first: Option<&EntryReport>, lang: Language) -> Vec<String> {
    let SignedDecision {
        challenge,
        approval,
        device,
        ..
    } = signed;
    let screen = render(challenge, lang);
    let (verdict, how) = verdict(&approval.decision, lang);
    let mut lines = vec![String::new(), format!("{verdict}: {}", screen.heading)];
    lines.extend(
        screen
            .amount
            .iter()
            .map(|amount| row(lang.pick("金額", "Amount"), amount)),
    );
    lines.extend(screen.rows.iter().map(|it| row(&it.label, &it.value)));
    lines.push(String::new());
    lines.push(row(lang.pick("口座の持ち主", "Account"), &challenge.sub));
    let model = if device.model.is_empty() {
        "-"
    } else {
        &device.model
    };
    let unsigned = lang.pick("名前は署名されていません", "the name is not signed");
    let named = format!("{} / {model} / {} ({unsigned})", device.name, device.id);
    lines.push(row(lang.pick("決定した端末", "Decided on"), &named));
    lines.push(row(
        lang.pick("端末の時刻", "Device's clock"),
        &time(Timestamp::from_secs(approval.iat), lang),
    ));
    lines.extend(first.map(|it| row(lang.pick("受付時刻", "Received"), &time(it.entry.at, lang))));
    lines.push(how);
    lines
}

/// Yes or no, and how it was given.
fn verdict(decision: &Decision, lang: Language) -> (&'static str, String) {
    match decision {
        Decision::Approve { number, via, uv } => {
            let via = match via {
                MatchVia::Typed => lang.pick("入力", "typed"),
                MatchVia::Scanned => lang.pick("読み取り", "scanned"),
                MatchVia::Link => lang.pick("リンク", "by link"),
            };
            let uv = match uv {
                UserVerification::Pin => lang.pick("PIN で確認", "confirmed by PIN"),
                UserVerification::Biometric => lang.pick("生体認証で確認", "confirmed by biometric"),
            };
            (
                lang.pick("承認", "Approved"),
                row(
                    lang.pick("番号", "Number"),
                    &format!("{} ({via}, {uv})", number.reveal()),
                ),
            )
        }
        Decision::Deny { reason } => {
            let why = match reason {
                DenyReason::Cancelled => lang.pick("やめました", "I cancelled"),
                DenyReason::NotMe => lang.pick("私ではありません", "Not me"),
                DenyReason::Phone => lang.pick("電話で指示されています", "Someone on the phone told me to"),
                DenyReason::WrongDetails => lang.pick("内容が違います", "The details are wrong"),
            };
            (lang.pick("拒否", "Denied"), row(lang.pick("理由", "Reason"), why))
        }
    }
}

fn entry(it: &EntryReport, lang: Language) -> String {
    let said = plain(&format!("{} / {}", it.entry.action, it.entry.outcome));
    let at = time(it.entry.at, lang);
    match (it.place, lang) {
        (Some((position, size)), Language::Ja) => {
            format!("  {at}  {said}  {position} 番 ({size} 件までのチェックポイントで証明済み)")
        }
        (Some((position, size)), Language::En) => {
            format!("  {at}  {said}  entry {position}, proven by the checkpoint of {size} entries")
        }
        (None, Language::Ja) => {
            format!(
                "  {at}  {said}  記録への組み込み待ちです。まだ証明されていません。あとで受領証を取り直してください。"
            )
        }
        (None, Language::En) => {
            format!("  {at}  {said}  inclusion pending: not proven yet. Fetch the receipt again later.")
        }
    }
}

/// What does not hold.
pub fn fault(fault: Fault, lang: Language) -> Vec<String> {
    let first = lang.pick("この受領証は正しくありません。", "The receipt does not hold.");
    let why = match fault {
        Fault::Form => lang
            .pick(
                "受領証の形式ではありません。",
                "It is not in the form of a receipt.",
            )
            .to_owned(),
        Fault::Service => lang
            .pick(
                "別のサービスの受領証です。",
                "It is a receipt of another service.",
            )
            .to_owned(),
        Fault::Parts => lang
            .pick(
                "依頼、決定、端末のどれかが足りないか、余分な内容があります。",
                "Challenge, decision or device is missing, or something is there that does not belong.",
            )
            .to_owned(),
        Fault::Challenge(error) => because(
            lang.pick("サービスの依頼", "The service's challenge"),
            error,
            lang,
        ),
        Fault::Enrolment(error) => because(lang.pick("端末の登録", "The device's enrolment"), error, lang),
        Fault::Decision(error) => because(lang.pick("端末の決定", "The device's decision"), error, lang),
        Fault::Device => lang
            .pick(
                "端末の名前か機種が、登録と合いません。",
                "Name or model of the device do not fit its enrolment.",
            )
            .to_owned(),
        Fault::OtherChallenge => lang
            .pick(
                "決定は別の依頼についてのものです。",
                "The decision is about another challenge.",
            )
            .to_owned(),
        Fault::Window => lang
            .pick(
                "決定の時刻が、依頼の有効時間に合いません。",
                "The decision was not made in the time of its challenge.",
            )
            .to_owned(),
        Fault::Txn => lang
            .pick(
                "書かれている内容は、記録されたものと違います。",
                "The text is not what was written into the log.",
            )
            .to_owned(),
        Fault::Entry(place, what) => entry_fault(place + 1, what, lang),
    };
    vec![first.to_owned(), why]
}

fn entry_fault(number: usize, what: EntryFault, lang: Language) -> String {
    let (ja, en) = match what {
        EntryFault::Form => ("の形式が正しくありません。", "is malformed."),
        EntryFault::Other => (
            "は、この決定についてのものではありません。",
            "is not about this decision.",
        ),
        EntryFault::Inclusion => (
            "は、署名された記録に入っていません。",
            "is not in the signed log.",
        ),
        EntryFault::Checkpoint(error) => {
            return match lang {
                Language::Ja => {
                    format!("受領証の {number} 件目の記録のチェックポイントが正しくありません: {error}")
                }
                Language::En => {
                    format!("The checkpoint of entry {number} of the receipt is not good: {error}")
                }
            };
        }
    };
    match lang {
        Language::Ja => format!("受領証の {number} 件目の記録{ja}"),
        Language::En => format!("Entry {number} of the receipt {en}"),
    }
}

fn because(what: &str, error: impl std::fmt::Display, lang: Language) -> String {
    match lang {
        Language::Ja => format!("{what}を確かめられません: {error}"),
        Language::En => format!("{what} does not verify: {error}"),
    }
}

/// A row; nothing in it can move the cursor or hide.
fn row(label: &str, value: &str) -> String {
    format!("  {label}: {}", plain(value))
}

fn time(at: Timestamp, lang: Language) -> String {
    dates::with_year(at, lang)
}

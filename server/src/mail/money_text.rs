//! Withdrawals and payout accounts as a customer reads them in a mail.

use askama::Template;
use warifu_shared::clock::Timestamp;
use warifu_shared::display::{Language, account_kind, money};
use warifu_shared::jws::withdrawal::{Payee, Withdrawal};

use super::kinds::Mail;
use super::letterhead::Letterhead;
use super::stage::Stage;
use super::text::{Seen, host};
use super::words::{self, plain};

/// The text of a mail about money; any other mail has none here.
pub(super) fn text(mail: &Mail, head: &Letterhead, language: Language) -> Result<String, askama::Error> {
    let (ja, firm, phone) = (language == Language::Ja, head.firm(language), head.phone());
    let time = |at: &Timestamp| words::time(*at, language);
    match mail {
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
            scene: Seen::of(scene, language),
        }
        .render(),
        Mail::Withdrawal {
            stage,
            withdrawal,
            until,
            scene,
        } => Progress {
            ja,
            firm,
            phone,
            stage: *stage,
            reason: stage.reason().map(|code| language.pick(code.ja(), code.en())),
            until: until.as_ref().map(time),
            money: Money::masked(withdrawal, language),
            scene: Seen::of(scene, language),
        }
        .render(),
        other => protection(other, head, language),
    }
}

/// Mails about what protects withdrawals.
fn protection(mail: &Mail, head: &Letterhead, language: Language) -> Result<String, askama::Error> {
    let (ja, firm, phone) = (language == Language::Ja, head.firm(language), head.phone());
    let time = |at: &Timestamp| words::time(*at, language);
    match mail {
        Mail::PayoutAccountChanged {
            payee,
            cool_off_until,
            scene,
        } => PayoutAccountChanged {
            ja,
            firm,
            phone,
            payee: masked(payee, language),
            until: cool_off_until.as_ref().map(time),
            scene: Seen::of(scene, language),
        }
        .render(),
        Mail::WithdrawalPasswordChanged { anew, scene } => WithdrawalPasswordChanged {
            ja,
            firm,
            phone,
            anew: *anew,
            scene: Seen::of(scene, language),
        }
        .render(),
        Mail::WithdrawalsLocked { scene, until } => WithdrawalsLocked {
            scene: Seen::of(scene, language),
            until: until.as_ref().map(time),
            ja,
            firm,
            phone,
        }
        .render(),
        _ => Ok(String::new()),
    }
}

/// A withdrawal in words.
pub(super) struct Money {
    pub(super) amount: String,
    pub(super) fee: String,
    pub(super) payee: String,
    pub(super) reference: String,
}

impl Money {
    /// With the whole account number: where a code is bound to it (TXN-07).
    pub(super) fn in_full(withdrawal: &Withdrawal, language: Language) -> Self {
        Self::with(
            withdrawal,
            payee(&withdrawal.payee, &withdrawal.payee.acct, language),
            language,
        )
    }

    /// With the end of the account number only.
    pub(super) fn masked(withdrawal: &Withdrawal, language: Language) -> Self {
        Self::with(withdrawal, masked(&withdrawal.payee, language), language)
    }

    fn with(withdrawal: &Withdrawal, payee: String, language: Language) -> Self {
        let write = |minor: &str| money::write(minor, &withdrawal.currency, language);
        Self {
            amount: write(&withdrawal.amount),
            fee: write(&withdrawal.fee),
            payee,
            reference: withdrawal.reference.clone(),
        }
    }
}

/// The subject of a mail about a withdrawal: how it goes on, never how much to whom (TXN-04).
pub(super) const fn subject(stage: Stage) -> (&'static str, &'static str) {
    match stage {
        Stage::Requested => ("出金のご依頼を受け付けました", "A withdrawal was requested"),
        Stage::Held => ("出金をお預かりしています", "A withdrawal is on hold"),
        Stage::SecondNeeded => (
            "出金には2回目の承認が必要です",
            "A withdrawal needs a second approval",
        ),
        Stage::Approved => ("出金が承認されました", "A withdrawal was approved"),
        Stage::Paid => ("出金の手続きが終わりました", "A withdrawal was paid"),
        Stage::Refused(_) => ("出金できませんでした", "A withdrawal was refused"),
        Stage::Recalled => ("出金を取り消しました", "A withdrawal was taken back"),
    }
}

/// A payout account with the end of its number only.
pub(super) fn masked(payee: &Payee, language: Language) -> String {
    let end = payee
        .acct
        .get(payee.acct.len().saturating_sub(3)..)
        .unwrap_or_default();
    self::payee(payee, &format!("****{end}"), language)
}

fn payee(payee: &Payee, number: &str, language: Language) -> String {
    let kind = account_kind(payee.kind, language);
    let (bank, branch, name) = (
        plain(&payee.bank_name),
        plain(&payee.branch_name),
        plain(&payee.name),
    );
    format!("{bank} {branch} {kind} {number} {name}")
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
struct Progress<'a> {
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

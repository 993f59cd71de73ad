//! Withdrawals and payout accounts as a customer reads them in a mail.

use warifu_shared::display::{Language, account_kind, money};
use warifu_shared::jws::withdrawal::{Payee, Withdrawal};

use super::kinds::Stage;
use super::words::plain;

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

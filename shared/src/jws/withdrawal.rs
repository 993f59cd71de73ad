//! The `txn` claim of a challenge about money: everything that decides where how much money goes (TXN-01, TXN-05).

use serde::{Deserialize, Serialize};

use super::{JwsError, text};

/// What an approval is about when it is about money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Transaction {
    /// Money to the customer's payout account.
    Withdrawal(Withdrawal),
    /// Another payout account: where withdrawals go from now on (TXN-05).
    PayoutAccount(PayoutAccount),
    /// Another authentication mail address: where codes and notices go from now on (ENROL-07).
    MailAddress(MailAddress),
}

impl Transaction {
    /// Checks every member (TXN-06).
    pub(super) fn check(&self) -> Result<(), JwsError> {
        match self {
            Self::Withdrawal(withdrawal) => withdrawal.check(),
            Self::PayoutAccount(change) => change.payee.check(),
            Self::MailAddress(change) => change.check(),
        }
    }

    /// What the log calls it beside its challenge: the reference of a withdrawal.
    #[must_use]
    pub fn reference(&self) -> Option<&str> {
        match self {
            Self::Withdrawal(withdrawal) => Some(&withdrawal.reference),
            Self::PayoutAccount(_) | Self::MailAddress(_) => None,
        }
    }

    /// The exact text of the claim, with its members in their order: what a mailed code is bound to and what the record of
    /// a decision without a device keeps.
    ///
    /// # Errors
    /// [`JwsError::BadClaims`] for one that could not stand in a challenge.
    pub fn write(&self) -> Result<String, JwsError> {
        self.check()?;
        serde_json::to_string(self).map_err(|_| JwsError::BadClaims("txn"))
    }

    /// Reads what [`Self::write`] wrote.
    ///
    /// # Errors
    /// [`JwsError::Malformed`], [`JwsError::BadClaims`].
    pub fn read(text: &str) -> Result<Self, JwsError> {
        let read: Self = super::json::read(text.as_bytes())?;
        read.check()?;
        Ok(read)
    }
}

/// A change of the payout account, as it is signed and shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PayoutAccount {
    /// The new account.
    pub payee: Payee,
}

/// A change of the authentication mail address, as it is signed and shown: ASCII, one `@`, at most 254 characters, nothing
/// that reads differently from what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailAddress {
    /// The present address; empty when there is none.
    pub old: String,
    /// The new one.
    pub new: String,
}

impl MailAddress {
    /// Checks the form that is safe to show; whether mail can be sent there is the server's matter.
    fn check(&self) -> Result<(), JwsError> {
        let old = self.old.is_empty() || plain_address(&self.old);
        if old && plain_address(&self.new) && self.old != self.new {
            Ok(())
        } else {
            Err(JwsError::BadClaims("address"))
        }
    }
}

fn plain_address(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_graphic() && !b"\"(),:;<>[\\]".contains(&b);
    let two = text
        .split_once('@')
        .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty() && !domain.contains('@'));
    two && text.len() <= 254 && text.bytes().all(plain)
}

/// A withdrawal, as it is signed, shown and executed (TXN-02).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Withdrawal {
    /// The amount in integer minor units of the currency, without leading zeros, at least 1.
    pub amount: String,
    /// The fee in the same units; `0` when there is none.
    pub fee: String,
    /// ISO 4217 code of a currency that [`minor_digits`] knows.
    pub currency: String,
    /// Who gets the money.
    pub payee: Payee,
    /// The firm's reference, as the customer sees it: 1 to 40 of `A-Z a-z 0-9 - _`.
    #[serde(rename = "ref")]
    pub reference: String,
}

/// A bank account in Japan, with the names that the screen shows: the app has no list of banks of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payee {
    /// Bank code, four digits.
    pub bank: String,
    /// The bank's name in full, up to 40 characters.
    pub bank_name: String,
    /// Branch code, three digits.
    pub branch: String,
    /// The branch's name in full, up to 40 characters.
    pub branch_name: String,
    /// The kind of account.
    #[serde(rename = "type")]
    pub kind: AccountKind,
    /// Account number, seven digits.
    pub acct: String,
    /// The holder in full-width kana, up to 48 characters.
    pub name: String,
}

/// The kind of a bank account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountKind {
    /// 普通
    Ordinary,
    /// 当座
    Current,
    /// 貯蓄
    Savings,
}

/// How many decimal digits the minor unit of a currency has; `None` for one that cannot be shown exactly here.
#[must_use]
pub fn minor_digits(currency: &str) -> Option<usize> {
    match currency {
        "JPY" | "KRW" => Some(0),
        "AUD" | "CAD" | "CHF" | "CNY" | "EUR" | "GBP" | "HKD" | "NZD" | "SGD" | "USD" => Some(2),
        _ => None,
    }
}

impl Withdrawal {
    /// Checks every member (TXN-06). Too long is refused, never cut.
    pub(super) fn check(&self) -> Result<(), JwsError> {
        minor_digits(&self.currency).ok_or(JwsError::BadClaims("currency"))?;
        money("amount", &self.amount)?;
        money("fee", &self.fee)?;
        if self.amount == "0" {
            return Err(JwsError::BadClaims("amount"));
        }
        reference(&self.reference)?;
        self.payee.check()
    }
}

/// Checks a reference: 1 to 40 of `A-Z a-z 0-9 - _`.
pub(super) fn reference(text: &str) -> Result<(), JwsError> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    if (1..=40).contains(&text.len()) && text.bytes().all(plain) {
        Ok(())
    } else {
        Err(JwsError::BadClaims("ref"))
    }
}

impl Payee {
    /// Checks every member (TXN-06). Too long is refused, never cut.
    ///
    /// # Errors
    /// [`JwsError::BadClaims`] naming the member.
    pub fn check(&self) -> Result<(), JwsError> {
        text::digits("bank", &self.bank, 4..=4)?;
        text::displayed("bank_name", &self.bank_name, 40)?;
        text::digits("branch", &self.branch, 3..=3)?;
        text::displayed("branch_name", &self.branch_name, 40)?;
        text::digits("acct", &self.acct, 7..=7)?;
        text::displayed("payee", &self.name, 48)
    }
}

/// Up to fifteen digits without leading zeros.
fn money(claim: &'static str, value: &str) -> Result<(), JwsError> {
    text::digits(claim, value, 1..=15)?;
    if value.len() > 1 && value.starts_with('0') {
        Err(JwsError::BadClaims(claim))
    } else {
        Ok(())
    }
}

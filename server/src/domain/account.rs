//! Accounts and their numbers.

use unicode_normalization::UnicodeNormalization;
use warifu_shared::clock::Timestamp;
use warifu_shared::display::Language;
use warifu_shared::ids::AccountId;

/// An account number: 3 to 20 ASCII letters and digits, upper case, without the hyphens that people put in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountNumber(String);

impl AccountNumber {
    /// Reads a number as people type it (full-width characters, spaces, hyphens, any case).
    #[must_use]
    pub fn from_typed(text: &str) -> Option<Self> {
        let number: String = text
            .nfkc()
            .filter(|c| !c.is_whitespace() && *c != '-')
            .map(|c| c.to_ascii_uppercase())
            .take(21)
            .collect();
        let good = number.bytes().all(|b| b.is_ascii_alphanumeric());
        (good && (3..=20).contains(&number.len())).then_some(Self(number))
    }

    /// The number.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number with all but the last three characters masked.
    #[must_use]
    pub fn masked(&self) -> String {
        let shown = self.0.len().saturating_sub(3);
        format!("{}{}", "•".repeat(shown), &self.0[shown..])
    }
}

/// An account.
#[derive(Debug, Clone)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// Its number.
    pub number: AccountNumber,
    /// The customer's name.
    pub customer_name: String,
    /// The customer's language.
    pub language: Language,
    /// The Argon2id hash of the login password.
    pub password_hash: String,
    /// Whether the firm opened it and the customer has not activated it yet: then nobody can log in.
    pub opened: bool,
    /// Whether staff closed it.
    pub disabled: bool,
    /// Whether a mail server refuses one of its addresses for good.
    pub mail_refused: bool,
    /// Until then mailed codes stay closed after the last device went (ENROL-14).
    pub fallback_opens_at: Timestamp,
    /// Until then unknown browsers cannot start a login (CHAL-13).
    pub unknown_blocked_until: Timestamp,
    /// Until then known browsers cannot either.
    pub known_blocked_until: Timestamp,
    /// Until then withdrawals are held ("someone is on the phone", CHAL-13).
    pub withdrawals_held_until: Timestamp,
    /// Until then withdrawals stay limited after a new factor (ENROL-09).
    pub cool_off_until: Timestamp,
}

impl Account {
    /// Whether logins from a browser are stopped by an earlier "this was not me" (CHAL-13).
    #[must_use]
    pub fn blocks(&self, known_browser: bool, now: Timestamp) -> bool {
        let until = if known_browser {
            self.known_blocked_until
        } else {
            self.unknown_blocked_until
        };
        now < until
    }
}

/// Stands for "until the password is changed" in `unknown_blocked_until`.
pub const UNTIL_PASSWORD_CHANGE: Timestamp = Timestamp(i64::MAX);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_account_numbers_are_read_as_people_write_them() {
        let read = |text| AccountNumber::from_typed(text).map(|n| n.as_str().to_owned());
        assert_eq!(
            read(" １２３ー４５６").as_deref(),
            None,
            "a long vowel mark is not a hyphen"
        );
        assert_eq!(read(" １２３－４５６７ ").as_deref(), Some("1234567"));
        assert_eq!(read("ab12").as_deref(), Some("AB12"));
        assert_eq!(read("12"), None);
        assert_eq!(read(&"1".repeat(21)), None);
        assert_eq!(
            AccountNumber::from_typed("123-4567")
                .map(|n| n.masked())
                .as_deref(),
            Some("••••567")
        );
    }
}

//! Mailed one-time codes: drawing, reading and what a code is bound to (CODE-01, CODE-03, CODE-06).

use warifu_shared::ids::AccountId;
use zeroize::Zeroizing;

use crate::crypto::mac::MacKey;

/// Draws eight digits, uniform (CODE-01, KEY-15).
#[must_use]
pub fn draw() -> Zeroizing<String> {
    Zeroizing::new(format!("{:08}", warifu_shared::random::below(100_000_000)))
}

/// Reads a code as people type it: full-width digits, spaces and hyphens are accepted.
#[must_use]
pub fn from_typed(text: &str) -> Option<Zeroizing<String>> {
    use unicode_normalization::UnicodeNormalization;
    let digits: String = text
        .nfkc()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .take(9)
        .collect();
    (digits.len() == 8 && digits.bytes().all(|b| b.is_ascii_digit())).then(|| Zeroizing::new(digits))
}

/// What a code works for, and nothing else (CODE-03).
pub struct Binding<'a> {
    /// The login attempt or the withdrawal.
    pub purpose: &'a str,
    /// Hash of the browser's secret.
    pub browser_hash: &'a str,
    /// The account.
    pub account: &'a AccountId,
    /// The action; for a withdrawal its exact text with it, so that another amount or payee needs another code (TXN-07).
    pub action: &'a str,
}

impl Binding<'_> {
    /// The keyed hash of `code` with `salt` under this binding (CODE-06).
    #[must_use]
    pub fn mac(&self, key: &MacKey, salt: &str, code: &str) -> String {
        key.mac("mailed-code", &self.parts(salt, code))
    }

    /// Whether `code` is the one behind `mac`.
    #[must_use]
    pub fn matches(&self, key: &MacKey, salt: &str, code: &str, mac: &str) -> bool {
        key.verify("mailed-code", &self.parts(salt, code), mac)
    }

    fn parts<'b>(&'b self, salt: &'b str, code: &'b str) -> [&'b [u8]; 6] {
        [
            salt.as_bytes(),
            code.as_bytes(),
            self.purpose.as_bytes(),
            self.browser_hash.as_bytes(),
            self.account.as_str().as_bytes(),
            self.action.as_bytes(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_01_code_03_eight_digits_bound_to_everything() {
        let code = draw();
        assert_eq!(code.len(), 8);
        assert_eq!(
            from_typed("１２３４ ５６７８").as_deref().map(String::as_str),
            Some("12345678")
        );
        assert!(from_typed("123456789").is_none() && from_typed("1234567a").is_none());
        let key = MacKey::new(&[3; 32]);
        let (attempt, account) = ("lg_a", AccountId::random());
        let binding = Binding {
            purpose: attempt,
            browser_hash: "b",
            account: &account,
            action: "login",
        };
        let mac = binding.mac(&key, "s", &code);
        assert!(binding.matches(&key, "s", &code, &mac));
        let (other_attempt, other_account) = ("lg_b", AccountId::random());
        for other in [
            Binding {
                purpose: other_attempt,
                browser_hash: "b",
                account: &account,
                action: "login",
            },
            Binding {
                purpose: attempt,
                browser_hash: "c",
                account: &account,
                action: "login",
            },
            Binding {
                purpose: attempt,
                browser_hash: "b",
                account: &other_account,
                action: "login",
            },
            Binding {
                purpose: attempt,
                browser_hash: "b",
                account: &account,
                action: "withdrawal",
            },
        ] {
            assert!(!other.matches(&key, "s", &code, &mac));
        }
        assert!(!binding.matches(&key, "t", &code, &mac));
    }
}

//! What a password may be: long enough, not too long, not one that everybody tries (PASS-01..03). No rules of composition.

use std::collections::HashSet;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use warifu_shared::error::ErrorCode;
use zeroize::Zeroizing;

use crate::config::SecondFactor;

/// What a stranger would try because they know the firm and the customer.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The account number.
    pub account: &'a str,
    /// The customer's name.
    pub name: &'a str,
    /// The firm's names.
    pub firm: [&'a str; 2],
}

/// Why a password cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// Fewer than [`SHORTEST`] characters.
    TooShort,
    /// More than [`LONGEST`] characters.
    TooLong,
    /// On the list of passwords that are tried first.
    Common,
    /// One character, a run, or a short piece over and over.
    Pattern,
    /// Made of the account number, or of the name of customer or firm.
    Known,
}

/// Checks a new password, as a whole (PASS-03).
///
/// # Errors
/// The first reason against it.
pub fn check(password: &str, context: &Context<'_>) -> Result<(), Unfit> {
    check_of(password, SHORTEST, context)
}

/// The same for a login password, which must be longer where it may be the only factor (PASS-01).
///
/// # Errors
/// The first reason against it.
pub fn check_login(password: &str, policy: SecondFactor, context: &Context<'_>) -> Result<(), Unfit> {
    check_of(password, shortest_login(policy), context)
}

/// Fewest characters of a login password (PASS-01).
#[must_use]
pub const fn shortest_login(policy: SecondFactor) -> usize {
    match policy {
        SecondFactor::Always => SHORTEST,
        SecondFactor::Risk => SHORTEST_ALONE,
    }
}

/// A password in the one form that is hashed and counted: NFC, and nothing else (PASS-02).
#[must_use]
pub fn normal(password: &str) -> Zeroizing<String> {
    Zeroizing::new(password.nfc().collect())
}

fn check_of(password: &str, shortest: usize, context: &Context<'_>) -> Result<(), Unfit> {
    let length = normal(password).chars().count();
    if length < shortest {
        return Err(Unfit::TooShort);
    }
    if length > LONGEST {
        return Err(Unfit::TooLong);
    }
    let plain = plain(password);
    if is_pattern(&plain) {
        return Err(Unfit::Pattern);
    }
    if COMMON.contains(plain.as_str()) || COMMON.contains(without_tail(&plain)) {
        return Err(Unfit::Common);
    }
    let of_customer = [context.account, context.name, context.firm[0], context.firm[1]];
    let known = of_customer
        .iter()
        .chain(&SERVICE)
        .map(|word| self::plain(word))
        .filter(|word| word.chars().count() >= 2);
    for word in known {
        let rest = plain.replace(&word, "");
        if rest.len() < plain.len() && rest.chars().all(|c| c.is_ascii_digit() || !c.is_alphanumeric()) {
            return Err(Unfit::Known);
        }
    }
    Ok(())
}

/// As people vary a password without making it another one: case, width, spaces.
fn plain(text: &str) -> String {
    text.nfkc()
        .flat_map(char::to_lowercase)
        .filter(|c| !c.is_whitespace() && *c != '-')
        .collect()
}

/// Without the digits and marks that are hung on to please a rule.
fn without_tail(text: &str) -> &str {
    text.trim_end_matches(|c: char| c.is_ascii_digit() || c.is_ascii_punctuation())
}

fn is_pattern(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    let steps: Vec<i64> = chars
        .windows(2)
        .map(|w| i64::from(u32::from(w[1])) - i64::from(u32::from(w[0])))
        .collect();
    let run =
        steps.iter().all(|s| *s == 0) || steps.iter().all(|s| *s == 1) || steps.iter().all(|s| *s == -1);
    run || (1..=4).any(|n| chars.len() >= 2 * n && (n..chars.len()).all(|i| chars[i] == chars[i - n]))
}

impl Unfit {
    /// The sentence for the customer (PASS-03: say why).
    #[must_use]
    pub const fn code(self, policy: SecondFactor) -> ErrorCode {
        match (self, policy) {
            (Self::TooShort, SecondFactor::Always) => ErrorCode::PasswordTooShort,
            (Self::TooShort, SecondFactor::Risk) => ErrorCode::PasswordShorterThan15,
            (Self::TooLong, _) => ErrorCode::PasswordTooLong,
            (Self::Common, _) => ErrorCode::PasswordCommon,
            (Self::Pattern, _) => ErrorCode::PasswordPattern,
            (Self::Known, _) => ErrorCode::PasswordKnown,
        }
    }
}

/// What this product is called.
const SERVICE: [&str; 3] = ["warifu", "割符", "わりふ"];
/// Fewest characters of a login password that may be the only factor (PASS-01).
pub const SHORTEST_ALONE: usize = 15;
/// Fewest characters: a second factor is always asked for beside it (PASS-01).
pub const SHORTEST: usize = 8;
/// Most characters.
pub const LONGEST: usize = 128;

/// The bundled list, one a line, as [`plain`] writes them.
static COMMON: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    include_str!("common_passwords.txt")
        .lines()
        .filter(|l| !l.is_empty())
        .collect()
});

#[cfg(test)]
mod tests {
    use super::*;

    const CONTEXT: Context<'_> = Context {
        account: "1002001",
        name: "Emma Collins",
        firm: ["ひので証券", "Hinode Securities"],
    };

    #[test]
    fn pass_01_pass_03_common_short_patterned_and_known_words_are_refused() {
        for (password, why) in [
            ("short12", Unfit::TooShort),
            ("password", Unfit::Common),
            ("Pass Word", Unfit::Common),
            ("ｐａｓｓｗｏｒｄ１２３", Unfit::Common),
            ("password2026!", Unfit::Common),
            ("sakura1234", Unfit::Common),
            ("aaaaaaaaaa", Unfit::Pattern),
            ("12345678", Unfit::Pattern),
            ("87654321", Unfit::Pattern),
            ("abcabcabc", Unfit::Pattern),
            ("1002001!!", Unfit::Known),
            ("emmacollins77", Unfit::Known),
            ("ひので証券2026", Unfit::Known),
        ] {
            assert_eq!(check(password, &CONTEXT), Err(why), "{password}");
        }
        let long = "あ1".repeat(65);
        assert_eq!(check(&long, &CONTEXT), Err(Unfit::TooLong));
        for good in [
            "asahi-noboru-7301",
            "四月は静かな港町",
            "correct horse battery",
            "x7Kq-22mm",
        ] {
            assert_eq!(check(good, &CONTEXT), Ok(()), "{good}");
        }
    }

    #[test]
    fn pass_01_a_login_password_is_longer_where_it_may_be_alone_and_counted_in_code_points() {
        let eight = "港町の四月は静か";
        assert_eq!(eight.chars().count(), 8);
        assert_eq!(check_login(eight, SecondFactor::Always, &CONTEXT), Ok(()));
        assert_eq!(
            check_login(eight, SecondFactor::Risk, &CONTEXT),
            Err(Unfit::TooShort)
        );
        assert_eq!(
            check_login("港町の四月は静か、春の雨の夜", SecondFactor::Risk, &CONTEXT),
            Err(Unfit::TooShort)
        );
        assert_eq!(
            check_login("港町の四月は静か、春の雨の夜に", SecondFactor::Risk, &CONTEXT),
            Ok(())
        );
        // A letter and its mark are one character once they are composed.
        let composed = "か\u{3099}き\u{3099}く\u{3099}け\u{3099}";
        assert_eq!(check(composed, &CONTEXT), Err(Unfit::TooShort));
        for (word, policy) in [
            ("warifu-2026!", SecondFactor::Always),
            ("割符割符2026", SecondFactor::Always),
        ] {
            assert_eq!(check_login(word, policy, &CONTEXT), Err(Unfit::Known), "{word}");
        }
        assert_eq!(
            Unfit::TooShort.code(SecondFactor::Risk),
            ErrorCode::PasswordShorterThan15
        );
    }

    #[test]
    fn pass_03_the_list_is_bundled_and_written_as_it_is_compared() {
        assert!(COMMON.len() >= 3000, "{}", COMMON.len());
        let odd = COMMON.iter().find(|word| plain(word) != **word);
        assert_eq!(odd, None);
    }
}

//! Sums of yen: whole, never negative, never wrapped around, read as people type them (TXN-01, TXN-06).

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// A sum of yen from 0 to [`Yen::MAX`], the fifteen digits that a signed withdrawal has room for. In JSON a plain integer:
/// below 2^53, so every reader holds it exactly.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Yen(i64);

/// A number that is no sum of yen: negative or too large.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a sum of yen")]
pub struct NotYen;

impl Yen {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The largest sum.
    pub const MAX: Self = Self(999_999_999_999_999);

    /// A sum, as the database and the core system have it.
    #[must_use]
    pub const fn new(yen: i64) -> Option<Self> {
        if yen >= 0 && yen <= Self::MAX.0 {
            Some(Self(yen))
        } else {
            None
        }
    }

    /// The number of yen.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }

    /// The sum of both; `None` above [`Self::MAX`].
    #[must_use]
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        // Both are far from the limits of the type.
        Self::new(self.0 + other.0)
    }

    /// What is left; `None` below zero.
    #[must_use]
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        Self::new(self.0 - other.0)
    }

    /// Reads an amount as people type it: full-width or ASCII digits, commas at every third place or nowhere, `¥` before
    /// or 円 after, spaces around. Zero, signs, decimals, leading zeros and whatever else is refused, never mended.
    #[must_use]
    pub fn from_typed(text: &str) -> Option<Self> {
        // More of Unicode turns into digits than people mean: a superscript two would make 10² one hundred and two.
        if text.chars().count() > TYPED || !text.chars().all(may_be_typed) {
            return None;
        }
        let plain: String = text.nfkc().collect();
        let plain = plain.trim();
        let number = match (plain.strip_prefix('¥'), plain.strip_suffix('円')) {
            (Some(_), Some(_)) => return None,
            (Some(number), None) | (None, Some(number)) => number.trim(),
            (None, None) => plain,
        };
        Self::from_digits(&ungrouped(number)?).filter(|yen| *yen != Self::ZERO)
    }

    /// Reads the digits of a signed claim: no sign, no separators, no leading zeros.
    #[must_use]
    pub fn from_digits(digits: &str) -> Option<Self> {
        let good = (1..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        let canonical = digits == "0" || !digits.starts_with('0');
        (good && canonical)
            .then(|| digits.parse().ok())
            .flatten()
            .and_then(Self::new)
    }

    /// The digits as signed claims have them.
    #[must_use]
    pub fn digits(self) -> String {
        self.0.to_string()
    }
}

/// What the number keys, signs and space bars of people's keyboards make, half-width and full-width.
fn may_be_typed(c: char) -> bool {
    matches!(c, '0'..='9' | '０'..='９' | ',' | '，' | ' ' | '\u{3000}' | '¥' | '￥' | '円')
}

/// The digits of a number with commas at every third place or without any.
fn ungrouped(number: &str) -> Option<String> {
    let mut groups = number.split(',');
    let first = groups.next()?;
    let mut digits = first.to_owned();
    let mut grouped = false;
    for group in groups {
        grouped = true;
        if group.len() != 3 {
            return None;
        }
        digits.push_str(group);
    }
    (!grouped || (1..=3).contains(&first.len())).then_some(digits)
}

/// Grouped by thousands: `1,500,000`.
impl std::fmt::Display for Yen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let digits = self.digits();
        let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
        for (i, digit) in digits.chars().enumerate() {
            if i > 0 && (digits.len() - i).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        f.pad(&grouped)
    }
}

impl TryFrom<i64> for Yen {
    type Error = NotYen;

    fn try_from(yen: i64) -> Result<Self, NotYen> {
        Self::new(yen).ok_or(NotYen)
    }
}

impl From<Yen> for i64 {
    fn from(yen: Yen) -> Self {
        yen.0
    }
}

/// Longest text that is looked at: the largest amount with commas, a sign and some spaces.
const TYPED: usize = 40;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn yen(amount: i64) -> Yen {
        Yen::new(amount).unwrap()
    }

    #[test]
    fn txn_06_amounts_are_read_as_people_type_them() {
        for (typed, amount) in [
            ("10000", 10_000),
            ("１０，０００", 10_000),
            ("10,000円", 10_000),
            ("¥10,000", 10_000),
            ("￥１０，０００", 10_000),
            ("  10,000 円\u{3000}", 10_000),
            ("¥ 1", 1),
            ("999,999,999,999,999", 999_999_999_999_999),
        ] {
            assert_eq!(Yen::from_typed(typed), Some(yen(amount)), "{typed:?}");
        }
    }

    #[test]
    fn txn_06_amounts_that_could_mean_something_else_are_refused() {
        for typed in [
            "",
            " ",
            "0",
            "00",
            "¥0",
            "-1",
            "－１",
            "+1",
            "1.0",
            "1.",
            "１．５",
            "1e6",
            "0x10",
            "01",
            "010,000",
            "1,00",
            "10,00",
            "1,0000",
            "1000,000",
            ",100",
            "100,",
            "1,,000",
            "1 000",
            "10000 00",
            "¥",
            "円",
            "¥1円",
            "1円円",
            "¥¥1",
            "円1",
            "1¥",
            "10²",
            "①",
            "十",
            "1万",
            "٣",
            "½",
            "🄂000",
            "１\u{200b}0",
            "1\n",
            "1,000,000,000,000,000",
            "1000000000000000",
            "9223372036854775808",
            "1、000",
            "1_000",
            "$1",
            "NaN",
        ] {
            assert_eq!(Yen::from_typed(typed), None, "{typed:?}");
        }
        let long = format!("{}1", " ".repeat(100));
        assert_eq!(Yen::from_typed(&long), None);
    }

    #[test]
    fn txn_06_sums_are_shown_in_groups() {
        for (amount, shown) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (1_500_000, "1,500,000"),
            (999_999_999_999_999, "999,999,999,999,999"),
        ] {
            assert_eq!(yen(amount).to_string(), shown);
        }
    }

    #[test]
    fn txn_01_sums_are_integers_in_json_and_nothing_else() {
        assert_eq!(serde_json::to_string(&yen(1_500_000)).unwrap(), "1500000");
        for bad in [
            "-1",
            "1.0",
            "1e3",
            "\"1\"",
            "1000000000000000",
            "null",
            "-0",
            "01",
        ] {
            assert!(serde_json::from_str::<Yen>(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn txn_06_what_is_shown_reads_as_itself(amount in 1..=Yen::MAX.get()) {
            let sum = yen(amount);
            let shown = sum.to_string();
            let wide: String = shown
                .chars()
                .map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap())
                .collect();
            for typed in [shown.clone(), wide, sum.digits(), format!(" ¥{shown}"), format!("{shown} 円")] {
                prop_assert_eq!(Yen::from_typed(&typed), Some(sum), "{}", typed);
            }
            prop_assert_eq!(Yen::from_digits(&sum.digits()), Some(sum));
        }

        #[test]
        fn txn_06_what_is_read_has_the_digits_that_were_typed(typed in "[0-9０-９,，.\\- ¥円eE²]{0,20}") {
            if let Some(sum) = Yen::from_typed(&typed) {
                let digits: String = typed.nfkc().filter(char::is_ascii_digit).collect();
                prop_assert_eq!(sum.digits(), digits);
                prop_assert!(sum > Yen::ZERO && sum <= Yen::MAX);
            }
        }

        #[test]
        fn txn_03_sums_never_wrap(a in 0..=Yen::MAX.get(), b in 0..=Yen::MAX.get()) {
            let (a, b) = (yen(a), yen(b));
            match a.checked_add(b) {
                Some(sum) => prop_assert_eq!(sum.checked_sub(b), Some(a)),
                None => prop_assert!(i128::from(a.get()) + i128::from(b.get()) > i128::from(Yen::MAX.get())),
            }
            prop_assert_eq!(a.checked_sub(b).is_some(), a >= b);
        }
    }
}

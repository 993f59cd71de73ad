//! Amounts as the app writes them: grouped, in full, with the currency's own decimals (TXN-06).

use super::Language;
use crate::jws::withdrawal::minor_digits;

/// `1,500,000円`, `JPY 1,500,000`, `USD 12.34`. `minor` are integer minor units.
#[must_use]
pub fn write(minor: &str, currency: &str, lang: Language) -> String {
    let decimals = minor_digits(currency).unwrap_or(0);
    let padded = format!("{minor:0>width$}", width = decimals + 1);
    let (whole, rest) = padded.split_at(padded.len() - decimals);
    let mut amount = String::with_capacity(padded.len() + 8);
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            amount.push(',');
        }
        amount.push(digit);
    }
    if decimals > 0 {
        amount.push('.');
        amount.push_str(rest);
    }
    match (currency, lang) {
        ("JPY", Language::Ja) => format!("{amount}円"),
        _ => format!("{currency} {amount}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn txn_06_amounts_are_grouped_and_complete() {
        for (minor, currency, ja, en) in [
            ("0", "JPY", "0円", "JPY 0"),
            ("999", "JPY", "999円", "JPY 999"),
            ("1500000", "JPY", "1,500,000円", "JPY 1,500,000"),
            (
                "999999999999999",
                "JPY",
                "999,999,999,999,999円",
                "JPY 999,999,999,999,999",
            ),
            ("5", "USD", "USD 0.05", "USD 0.05"),
            ("123456", "USD", "USD 1,234.56", "USD 1,234.56"),
        ] {
            assert_eq!(write(minor, currency, Language::Ja), ja);
            assert_eq!(write(minor, currency, Language::En), en);
        }
    }
}

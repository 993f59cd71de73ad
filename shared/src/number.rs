//! The number: six digits carried from the page to the app by a person (CHAL-03).

use std::str::FromStr;

use subtle::ConstantTimeEq;
use zeroize::Zeroize;

/// Six decimal digits. Has no `Debug` or `Display` on purpose: it must not reach a log.
#[derive(Clone, Zeroize)]
#[zeroize(drop)]
pub struct MatchNumber([u8; 6]);

/// Text that is not six ASCII digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the number has six digits")]
pub struct BadNumber;

impl MatchNumber {
    /// Draws a number, uniform over 000000..=999999 (KEY-15).
    #[must_use]
    pub fn random() -> Self {
        let mut rest = crate::random::below(1_000_000);
        let mut digits = [b'0'; 6];
        for digit in digits.iter_mut().rev() {
            *digit = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        Self(digits)
    }

    /// The six digits, for the page and for the signed approval only.
    #[must_use]
    pub fn reveal(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Compares in constant time (KEY-16).
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        bool::from(self.0.ct_eq(&other.0))
    }
}

impl FromStr for MatchNumber {
    type Err = BadNumber;

    fn from_str(text: &str) -> Result<Self, BadNumber> {
        let digits: [u8; 6] = text.as_bytes().try_into().map_err(|_| BadNumber)?;
        if digits.iter().all(u8::is_ascii_digit) {
            Ok(Self(digits))
        } else {
            Err(BadNumber)
        }
    }
}

/// Reads a number as a person types it: full-width digits, spaces and hyphens are accepted.
///
/// # Errors
/// [`BadNumber`] when what remains is not six digits.
pub fn from_typed(text: &str) -> Result<MatchNumber, BadNumber> {
    let digits: String = text
        .chars()
        .filter(|c| !matches!(c, ' ' | '\u{3000}' | '-' | '\u{2009}' | '\u{a0}'))
        .map(|c| match c {
            '０'..='９' => char::from_digit(c as u32 - '０' as u32, 10).unwrap_or(c),
            other => other,
        })
        .collect();
    digits.parse()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chal_03_typed_numbers_are_read_as_people_write_them() {
        for text in ["493817", "493 817", "４９３　８１７", "493-817"] {
            assert_eq!(
                from_typed(text).ok().map(|n| n.reveal().to_owned()).as_deref(),
                Some("493817"),
                "{text}"
            );
        }
        for text in ["", "49381", "4938170", "49381a", "४९३८१७"] {
            assert!(from_typed(text).is_err(), "{text}");
        }
    }
}

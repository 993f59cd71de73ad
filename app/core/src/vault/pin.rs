//! The PIN: six digits, none of the ones that people guess first (KEY-03).
//!
//! Refused are: all digits equal; runs up or down, wrapping at 9 and 0 (`890123`); one or two digits repeated
//! (`121212`), three digits repeated (`123123`); rising or falling pairs (`112233`); a year of 1930-2030 with a month
//! (`198504`); a calendar date as `yymmdd` (`850412`), the form in which birthdays are written here; and the patterns
//! at the top of published lists. That is about 4 % of all PINs, a twentieth of a bit, against the PINs that are
//! chosen most.

use zeroize::Zeroizing;

use crate::error::{CoreError, LocalCode};

/// A PIN as it was typed, digits only, wiped after use.
#[derive(Clone)]
pub(crate) struct Pin(Zeroizing<String>);

impl Pin {
    /// Reads a PIN: six digits, full-width ones accepted.
    ///
    /// # Errors
    /// `PinMalformed` for anything else.
    pub(crate) fn read(text: &str) -> Result<Self, CoreError> {
        let mut digits = Zeroizing::new(String::with_capacity(18));
        for c in text.trim().chars() {
            let digit = match c {
                '0'..='9' => c,
                '０'..='９' => char::from_digit(c as u32 - '０' as u32, 10).unwrap_or('0'),
                _ => return Err(LocalCode::PinMalformed.into()),
            };
            if digits.len() == LEN {
                return Err(LocalCode::PinMalformed.into());
            }
            digits.push(digit);
        }
        if digits.len() == LEN {
            Ok(Self(digits))
        } else {
            Err(LocalCode::PinMalformed.into())
        }
    }

    /// Reads a new PIN, typed twice.
    ///
    /// # Errors
    /// `PinMalformed`, `PinsDiffer`, `PinWeak`.
    pub(crate) fn choose(text: &str, again: &str) -> Result<Self, CoreError> {
        let (pin, repeated) = (Self::read(text)?, Self::read(again)?);
        if *pin.0 != *repeated.0 {
            return Err(LocalCode::PinsDiffer.into());
        }
        if pin.is_weak() {
            Err(LocalCode::PinWeak.into())
        } else {
            Ok(pin)
        }
    }

    /// The digits, for the key derivation only.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    fn is_weak(&self) -> bool {
        let d: Vec<u8> = self.0.bytes().map(|b| b - b'0').collect();
        is_run(&d, 0)
            || is_run(&d, 1)
            || is_run(&d, 9)
            || is_repeated(&d)
            || is_pairs(&d)
            || is_date(&d)
            || OFTEN.contains(&self.0.as_str())
    }
}

/// Each digit follows the one before by `step`, modulo ten.
fn is_run(d: &[u8], step: u8) -> bool {
    d.windows(2).all(|w| w[1] == (w[0] + step) % 10)
}

/// `ababab` or `abcabc`.
fn is_repeated(d: &[u8]) -> bool {
    [2, 3].iter().any(|n| d.iter().zip(&d[*n..]).all(|(a, b)| a == b))
}

/// `aabbcc` with a, b, c in a run.
fn is_pairs(d: &[u8]) -> bool {
    let doubled = d.chunks(2).all(|pair| pair[0] == pair[1]);
    let firsts: Vec<u8> = d.chunks(2).map(|pair| pair[0]).collect();
    doubled && (is_run(&firsts, 1) || is_run(&firsts, 9))
}

/// `yyyymm` of 1930-2030, or a calendar date as `yymmdd`.
fn is_date(d: &[u8]) -> bool {
    let number = |digits: &[u8]| digits.iter().fold(0u32, |n, digit| n * 10 + u32::from(*digit));
    let month = |n: u32| (1..=12).contains(&n);
    let year_month = (1930..=2030).contains(&number(&d[..4])) && month(number(&d[4..]));
    let days = match number(&d[2..4]) {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    year_month || (month(number(&d[2..4])) && (1..=days).contains(&number(&d[4..])))
}

const LEN: usize = 6;

/// Keyboard patterns and counting patterns from published lists of six-digit PINs.
const OFTEN: [&str; 14] = [
    "123321", "123654", "142536", "147258", "147852", "159357", "159753", "246810", "258369", "258456",
    "357159", "741852", "789456", "963852",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn weak(pin: &str) -> bool {
        Pin::choose(pin, pin).is_err_and(|error| error.is_local(LocalCode::PinWeak))
    }

    #[test]
    fn key_03_pins_that_are_guessed_first_are_refused() {
        for pin in [
            "123456", "654321", "000000", "999999", "890123", "210987", "121212", "123123", "007007",
            "112233", "332211", "198504", "202012", "850412", "000229", "159753", "246810",
        ] {
            assert!(weak(pin), "{pin}");
        }
        for pin in [
            "804926", "482913", "271828", "193013", "850431", "990230", "112244", "135792",
        ] {
            assert!(Pin::choose(pin, pin).is_ok(), "{pin}");
        }
    }

    #[test]
    fn key_03_the_list_costs_less_than_five_percent_of_all_pins() {
        let refused = (0..1_000_000).filter(|n| weak(&format!("{n:06}"))).count();
        assert!((36_000..50_000).contains(&refused), "{refused}");
    }

    #[test]
    fn key_03_six_digits_typed_twice_the_same() {
        assert!(Pin::read("８０４９２６").is_ok_and(|pin| pin.bytes() == b"804926"));
        for bad in ["", "80492", "8049260", "80492a", "80 4926", "٨٠٤٩٢٦"] {
            assert!(
                Pin::read(bad).is_err_and(|error| error.is_local(LocalCode::PinMalformed)),
                "{bad}"
            );
        }
        assert!(Pin::choose("804926", "804927").is_err_and(|error| error.is_local(LocalCode::PinsDiffer)));
    }
}

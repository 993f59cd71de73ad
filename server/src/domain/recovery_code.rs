//! Recovery codes: a sheet of ten, 75 random bits each, with a check character for slips (ENROL-11).

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// A code in its one form: sixteen characters of Crockford's alphabet, the last one computed from the others.
pub type Code = Zeroizing<String>;

/// Draws a code.
#[must_use]
pub fn draw() -> Code {
    let bytes = Zeroizing::new(warifu_shared::random::bytes::<RANDOM_CHARS>());
    let values: Zeroizing<Vec<u8>> = Zeroizing::new(bytes.iter().map(|b| b & 31).collect());
    let mut code: Code = Zeroizing::new(values.iter().map(|v| letter(*v)).collect());
    code.push(letter(check_value(&values)));
    code
}

/// The code in groups of four, as the sheet shows it.
#[must_use]
pub fn grouped(code: &str) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(19));
    for (at, c) in code.chars().enumerate() {
        if at > 0 && at % 4 == 0 {
            text.push('-');
        }
        text.push(c);
    }
    text
}

/// Reads a code as people type it: any case and width, separators, and the letters that Crockford reads as digits. `None` for what
/// is no code at all, because of a slip for example: the last character does not fit.
#[must_use]
pub fn from_typed(text: &str) -> Option<Code> {
    let code: Code = Zeroizing::new(
        text.nfkc()
            .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '‐' | '‑' | '–' | '−' | 'ー'))
            .take(RANDOM_CHARS + 2)
            .map(|c| match c.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            })
            .collect(),
    );
    let values = code
        .chars()
        .map(|c| ALPHABET.iter().position(|a| char::from(*a) == c))
        .map(|found| found.and_then(|value| u8::try_from(value).ok()))
        .collect::<Option<Vec<u8>>>()
        .map(Zeroizing::new)?;
    let (check, data) = values.split_last()?;
    (data.len() == RANDOM_CHARS && check_value(data) == *check).then_some(code)
}

/// Luhn's sum over 32 values: it finds every single slip and nearly every exchange of neighbours.
fn check_value(values: &[u8]) -> u8 {
    let sum: u32 = values
        .iter()
        .rev()
        .enumerate()
        .map(|(at, value)| {
            let weighed = u32::from(*value) * if at % 2 == 0 { 2 } else { 1 };
            weighed / 32 + weighed % 32
        })
        .sum();
    u8::try_from((32 - sum % 32) % 32).unwrap_or(0)
}

fn letter(value: u8) -> char {
    ALPHABET.get(usize::from(value)).map_or('0', |b| char::from(*b))
}

/// Codes on a sheet.
pub const ON_A_SHEET: usize = 10;
const RANDOM_CHARS: usize = 15;
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enrol_11_codes_read_back_as_typed_and_slips_are_seen() {
        for _ in 0..200 {
            let code = draw();
            assert_eq!(code.len(), RANDOM_CHARS + 1);
            let grouped = grouped(&code);
            assert_eq!(grouped.len(), 19);
            for typed in [
                grouped.to_lowercase(),
                format!(" {} ", *code),
                grouped.replace('-', " "),
            ] {
                assert_eq!(from_typed(&typed).as_ref(), Some(&code), "{typed}");
            }
            assert_eq!(
                from_typed(&code.replace('0', "o").replace('1', "l")).as_ref(),
                Some(&code)
            );
            for at in 0..code.len() {
                for other in ALPHABET {
                    let mut slip: Vec<u8> = code.bytes().collect();
                    if slip[at] != *other {
                        slip[at] = *other;
                        assert_eq!(from_typed(&String::from_utf8(slip).unwrap()), None);
                    }
                }
            }
        }
        for bad in [
            "",
            "-",
            "ABCD-EFGH-JKMN-PQR",
            "ABCD-EFGH-JKMN-PQRU",
            &"0".repeat(17),
            "港町の四月は静かな春の雨の夜、月",
        ] {
            assert_eq!(from_typed(bad), None, "{bad}");
        }
        assert!(from_typed(&"0".repeat(16)).is_some());
    }

    #[test]
    fn enrol_11_a_code_has_more_than_64_bits() {
        const { assert!(RANDOM_CHARS * 5 >= 64) };
    }
}

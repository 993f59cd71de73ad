//! Codes that people copy from paper or from a mail by hand: 75 random bits and a check character (Crockford base32).

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// A code of 16 characters: fifteen random ones of five bits each, and one that notices a slip of the hand.
#[derive(Clone)]
pub struct PaperCode(Zeroizing<String>);

impl PaperCode {
    /// Draws one (KEY-15).
    #[must_use]
    pub fn draw() -> Self {
        let bytes = Zeroizing::new(warifu_shared::random::bytes::<BODY>());
        let body: String = bytes
            .iter()
            .map(|b| char::from(ALPHABET[usize::from(b & 31)]))
            .collect();
        Self::with_check(&Zeroizing::new(body))
    }

    /// A code of a known body: of the demo's letter.
    #[must_use]
    pub fn with_check(body: &str) -> Self {
        let mut code = Zeroizing::new(String::with_capacity(LENGTH));
        code.push_str(body);
        code.push(char::from(ALPHABET[check_of(body)]));
        Self(code)
    }

    /// Reads one as people type it: any case and width, with or without separators, `O` for `0`, `I` and `L` for `1`.
    /// `None` when it cannot be one, a wrong check character among the reasons: then it is a slip, not a guess.
    #[must_use]
    pub fn from_typed(text: &str) -> Option<Self> {
        let read = text
            .nfkc()
            .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '‐' | '‑' | '–' | '—' | '−' | 'ー'))
            .take(LENGTH + 1)
            .map(|c| match c.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            });
        let code = Zeroizing::new(read.collect::<String>());
        let good = code.len() == LENGTH && code.bytes().all(|b| ALPHABET.contains(&b));
        let body = good.then(|| &code[..BODY])?;
        (Self::with_check(body).0 == code).then_some(Self(code))
    }

    /// Its characters, for hashing.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// In four groups, as it is printed: `7K2M-9QXD-4TVB-8RH5`.
    #[must_use]
    pub fn grouped(&self) -> Zeroizing<String> {
        let mut out = Zeroizing::new(String::with_capacity(LENGTH + 3));
        for (at, c) in self.0.chars().enumerate() {
            if at > 0 && at % 4 == 0 {
                out.push('-');
            }
            out.push(c);
        }
        out
    }
}

/// The sum of the characters, each weighted by an odd number of its own place, modulo 32: every single wrong character is
/// noticed (odd weights have inverses), and nearly every swap of neighbours.
fn check_of(body: &str) -> usize {
    let value = |b: u8| ALPHABET.iter().position(|a| *a == b).unwrap_or(0);
    let sum: usize = body.bytes().zip(0..).map(|(b, at)| value(b) * (2 * at + 1)).sum();
    sum % 32
}

/// Random characters.
const BODY: usize = 15;
// More than 64 bits (ENROL-11).
const _: () = assert!(BODY * 5 >= 64);
/// All characters.
const LENGTH: usize = 16;
/// Crockford base32: without I, L, O and U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn enrol_11_codes_on_paper_have_75_bits_and_are_read_as_people_type_them() {
        let code = PaperCode::with_check("7K2M9QXD4TVB8R0");
        let shown = code.grouped();
        assert_eq!(shown.len(), 19);
        let full_width: String = shown
            .chars()
            .map(|c| {
                char::from_u32(u32::from(c) + 0xfee0)
                    .filter(|_| c.is_ascii_graphic())
                    .unwrap_or(c)
            })
            .collect();
        for typed in [
            shown.to_string(),
            shown.to_lowercase(),
            shown.replace('-', ""),
            shown.replace('-', " "),
            shown.replace('0', "o"),
            full_width,
        ] {
            let read = PaperCode::from_typed(&typed).expect("a code");
            assert_eq!(read.reveal(), code.reveal(), "{typed}");
        }
        for bad in [
            "",
            "-",
            "7K2M",
            "港町の四月は静かな春の雨の夜、月",
            "7K2M-9QXD-4TVB-8R0U",
            &shown[..18],
            &format!("{}0", *shown),
        ] {
            assert!(PaperCode::from_typed(bad).is_none(), "{bad}");
        }
        assert_ne!(PaperCode::draw().reveal(), PaperCode::draw().reveal());
    }

    proptest! {
        #[test]
        fn enrol_11_one_wrong_character_is_always_noticed(at in 0usize..16, other in 0usize..32) {
            let code = PaperCode::draw();
            let mut typed = code.reveal().as_bytes().to_vec();
            let changed = ALPHABET[other];
            prop_assume!(typed[at] != changed);
            typed[at] = changed;
            let typed = String::from_utf8(typed).expect("ASCII");
            prop_assert!(PaperCode::from_typed(&typed).is_none());
        }
    }
}

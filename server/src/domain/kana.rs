//! The names of account holders as Japanese banks hold them: read once at entry, written half-width for bank files (TXN-06).

use unicode_normalization::UnicodeNormalization;

/// The name of an account's holder in full-width kana, in the one form that is signed and shown.
///
/// Bank transfers (Zengin formats) know large kana without ヲ, the voicing marks, capital letters, digits, space and
/// `( ) - .`; so exactly one half-width text belongs to each name, and the other way round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HolderName(String);

impl HolderName {
    /// Reads a name as people type it or as a bank file holds it: half-width or full-width, small letters and small kana,
    /// long vowel marks and dashes are brought into the form that banks use. `None` when a character cannot be sent to a
    /// bank, or the name is longer than its field.
    #[must_use]
    pub fn from_typed(text: &str) -> Option<Self> {
        if text.chars().count() > TYPED || !text.chars().all(may_be_typed) {
            return None;
        }
        // Puts voicing marks onto their kana too.
        let name: String = text.nfkc().map(as_banks_write).collect();
        Self::from_signed(name.trim_matches(' '))
    }

    /// Takes a name that is in the signed form already, and no other.
    #[must_use]
    pub fn from_signed(name: &str) -> Option<Self> {
        let ends_are_plain = !name.is_empty() && name.trim_matches(' ') == name;
        let mut width = 0;
        for c in name.chars() {
            width += half(c)?.chars().count();
        }
        (ends_are_plain && width <= HALF_WIDTH).then(|| Self(name.to_owned()))
    }

    /// The full-width name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name for a bank file: half-width kana, voicing marks as characters of their own; 1 to 48 characters. A file
    /// whose field is shorter has to refuse it, never cut it.
    #[must_use]
    pub fn half_width(&self) -> String {
        self.0.chars().filter_map(half).flat_map(Half::chars).collect()
    }
}

/// One character of a bank file, or two when the second is a voicing mark.
#[derive(Clone, Copy)]
struct Half(char, Option<char>);

impl Half {
    fn chars(self) -> impl Iterator<Item = char> {
        std::iter::once(self.0).chain(self.1)
    }
}

/// The half-width form of a character that bank transfers know.
fn half(c: char) -> Option<Half> {
    if c.is_ascii_uppercase() || c.is_ascii_digit() || matches!(c, ' ' | '(' | ')' | '-' | '.') {
        return Some(Half(c, None));
    }
    if let Some(half) = plain(c) {
        return Some(Half(half, None));
    }
    // A voiced kana falls apart into its plain kana and a combining mark.
    let mut parts = c.nfd();
    let (base, mark) = (parts.next()?, parts.next()?);
    let mark = match mark {
        '\u{3099}' => '\u{ff9e}',
        '\u{309a}' => '\u{ff9f}',
        _ => return None,
    };
    // ワ takes a mark in Unicode and not at a bank; ウ does at both.
    let voiced = "ウカキクケコサシスセソタチツテトハヒフヘホ".contains(base);
    (voiced && parts.next().is_none()).then_some(Half(plain(base)?, Some(mark)))
}

/// What keyboards and bank files make: kana in both widths, letters, digits, and the signs of [`half`]. Nothing else that
/// compatibility forms would turn into letters behind somebody's back.
fn may_be_typed(c: char) -> bool {
    matches!(c,
        'ァ'..='ヴ' | '\u{ff66}'..='\u{ff9f}' | 'ー' | '\u{3099}' | '\u{309a}'
        | 'A'..='Z' | 'a'..='z' | '0'..='9' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' | '０'..='９'
        | ' ' | '\u{3000}' | '(' | ')' | '（' | '）' | '.' | '．' | '-' | '－' | '‐' | '−' | '–')
}

/// The large kana for a small one, the capital letter, one hyphen for every dash and for the long vowel mark.
fn as_banks_write(c: char) -> char {
    match c {
        'ァ' | 'ィ' | 'ゥ' | 'ェ' | 'ォ' | 'ッ' | 'ャ' | 'ュ' | 'ョ' | 'ヮ' => {
            char::from_u32(u32::from(c) + 1).unwrap_or(c)
        }
        'ー' | '‐' | '−' | '–' => '-',
        other => other.to_ascii_uppercase(),
    }
}

/// The half-width form of a large kana without a voicing mark.
fn plain(full: char) -> Option<char> {
    let at = FULL.chars().position(|c| c == full)?;
    HALF.chars().nth(at)
}

/// The kana of bank transfers, and their half-width forms in the same order.
const FULL: &str =
    "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン";
const HALF: &str = "ｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜﾝ";
/// The longest name of a transfer, in half-width characters.
const HALF_WIDTH: usize = 48;
/// Longest text that is looked at: a name with its voicing marks apart, and spaces around.
const TYPED: usize = 100;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use warifu_shared::jws::can_be_shown;

    use super::*;

    fn read(text: &str) -> Option<String> {
        HolderName::from_typed(text).map(|name| name.0)
    }

    #[test]
    fn txn_06_names_are_read_once_into_the_form_that_banks_hold() {
        for (typed, name, half) in [
            ("ﾔﾏﾀﾞ ﾀﾛｳ", "ヤマダ タロウ", "ﾔﾏﾀﾞ ﾀﾛｳ"),
            ("ヤマダ　タロウ", "ヤマダ タロウ", "ﾔﾏﾀﾞ ﾀﾛｳ"),
            (" サトウ ハナコ ", "サトウ ハナコ", "ｻﾄｳ ﾊﾅｺ"),
            ("キョウコ", "キヨウコ", "ｷﾖｳｺ"),
            ("エマ コリーンズ", "エマ コリ-ンズ", "ｴﾏ ｺﾘ-ﾝｽﾞ"),
            ("カ）ヒノデ", "カ)ヒノデ", "ｶ)ﾋﾉﾃﾞ"),
            ("ヴァン．パ－ｋ２", "ヴアン.パ-K2", "ｳﾞｱﾝ.ﾊﾟ-K2"),
            ("ハ\u{3099}ハ\u{309a}", "バパ", "ﾊﾞﾊﾟ"),
        ] {
            let read = HolderName::from_typed(typed).unwrap();
            assert_eq!((read.as_str(), &*read.half_width()), (name, half), "{typed:?}");
        }
    }

    #[test]
    fn txn_06_characters_that_banks_do_not_take_are_refused() {
        for bad in [
            "",
            " ",
            "山田",
            "やまだ",
            "ヲ",
            "ｦ",
            "ワ\u{3099}",
            "ヷ",
            "ア゛",
            "ア\u{3099}",
            "ｱﾞ",
            "ﾞｱ",
            "・",
            "･",
            "，",
            "｢ｱ｣",
            "ア/イ",
            "ｱ\u{200b}",
            "ア\nイ",
            "㌔",
            "①",
            "ª",
            "É",
            "ア&イ",
            "ｶﾞﾟ",
            "ヽ",
            "\u{202e}ア",
            "ア\tイ",
        ] {
            assert_eq!(read(bad), None, "{bad:?}");
        }
        assert!(read(&"ｱ".repeat(48)).is_some());
        assert_eq!(read(&"ｱ".repeat(49)), None);
        assert_eq!(read(&"ガ".repeat(25)), None, "fifty characters of a bank file");
        for odd in ["ﾔﾏﾀﾞ", "キョウ", "a", "ア ", "ア　イ", "ー", "ハ\u{3099}"] {
            assert_eq!(
                HolderName::from_signed(odd),
                None,
                "{odd:?} is not the signed form"
            );
        }
    }

    proptest! {
        #[test]
        fn txn_06_half_width_and_full_width_are_one_name(typed in "[ァ-ヴー\u{ff66}-\u{ff9f}A-Za-z0-9 （）().\\-　゛]{0,50}") {
            if let Some(name) = HolderName::from_typed(&typed) {
                let half = name.half_width();
                let sent = half.chars().all(|c| c.is_ascii() || ('ｱ'..='ﾟ').contains(&c));
                prop_assert!(sent, "{}", half);
                prop_assert!((1..=48).contains(&half.chars().count()));
                for again in [
                    HolderName::from_typed(&half),
                    HolderName::from_typed(name.as_str()),
                    HolderName::from_signed(name.as_str()),
                ] {
                    prop_assert_eq!(again.as_ref(), Some(&name));
                }
                prop_assert!(can_be_shown(name.as_str(), 48));
            }
        }

        #[test]
        fn txn_06_every_text_of_a_bank_file_is_a_name(half in "[ｱ-ﾜﾝA-Z0-9().\\-]([ｱ-ﾜﾝA-Z0-9 ().\\-]{0,40}[ｱ-ﾜﾝA-Z0-9().\\-])?") {
            let name = HolderName::from_typed(&half).unwrap();
            prop_assert_eq!(name.half_width(), half);
        }

        #[test]
        fn txn_06_any_text_is_read_without_harm(text in "\\PC{0,60}") {
            if let Some(name) = HolderName::from_typed(&text) {
                prop_assert!(can_be_shown(name.as_str(), 48));
            }
        }
    }
}

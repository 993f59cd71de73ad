//! The file of an import: one line a customer, as CSV. Read piece by piece; each row is judged by itself (issue 6).

mod characters;
mod reader;

use unicode_normalization::UnicodeNormalization;
use warifu_shared::display::Language;

pub use characters::{Characters, Detector};
pub use reader::{Piece, Record, read_piece};

use super::account::AccountNumber;
use crate::mail::MailAddress;

/// A row that can become an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// The account number, folded as when a person types it.
    pub number: AccountNumber,
    /// The name.
    pub name: String,
    /// The language of pages, mails and letter.
    pub language: Language,
    /// A mail address that the firm knows; nobody has proven it.
    pub mail: Option<MailAddress>,
}

/// What is wrong with a row, or with the file at a line. The name is stored and has its sentence in the locales.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// Neither UTF-8 nor Shift_JIS.
    Characters,
    /// The first line does not name our columns.
    Header,
    /// A quotation mark that is not closed, or a row longer than any of ours can be.
    Quotes,
    /// More rows than one file may have.
    TooManyRows,
    /// Not as many columns as the header has.
    Columns,
    /// No account number.
    NumberUnfit,
    /// The number stands on an earlier line too.
    NumberTwice,
    /// There is an account with this number.
    NumberTaken,
    /// No name.
    NameMissing,
    /// A name that is too long.
    NameLong,
    /// A name with invisible characters, or with some that only one computer knows.
    NameCharacters,
    /// A name that a spreadsheet would take for a formula.
    NameFormula,
    /// No language of ours.
    LanguageUnknown,
    /// No mail address.
    MailUnfit,
}

impl Problem {
    /// Every problem.
    pub const ALL: [Self; 14] = [
        Self::Characters,
        Self::Header,
        Self::Quotes,
        Self::TooManyRows,
        Self::Columns,
        Self::NumberUnfit,
        Self::NumberTwice,
        Self::NumberTaken,
        Self::NameMissing,
        Self::NameLong,
        Self::NameCharacters,
        Self::NameFormula,
        Self::LanguageUnknown,
        Self::MailUnfit,
    ];

    /// The name in the database and in the locales.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Characters => "characters",
            Self::Header => "header",
            Self::Quotes => "quotes",
            Self::TooManyRows => "too_many_rows",
            Self::Columns => "columns",
            Self::NumberUnfit => "number_unfit",
            Self::NumberTwice => "number_twice",
            Self::NumberTaken => "number_taken",
            Self::NameMissing => "name_missing",
            Self::NameLong => "name_long",
            Self::NameCharacters => "name_characters",
            Self::NameFormula => "name_formula",
            Self::LanguageUnknown => "language_unknown",
            Self::MailUnfit => "mail_unfit",
        }
    }

    /// Reads the name.
    #[must_use]
    pub fn read(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }

    /// The column it is about; none when it is about the whole line.
    #[must_use]
    pub const fn column(self) -> Option<&'static str> {
        match self {
            Self::Characters | Self::Header | Self::Quotes | Self::TooManyRows | Self::Columns => None,
            Self::NumberUnfit | Self::NumberTwice | Self::NumberTaken => Some(COLUMNS[0]),
            Self::NameMissing | Self::NameLong | Self::NameCharacters | Self::NameFormula => Some(COLUMNS[1]),
            Self::LanguageUnknown => Some(COLUMNS[2]),
            Self::MailUnfit => Some(COLUMNS[3]),
        }
    }
}

/// The columns, in this order.
pub const COLUMNS: [&str; 4] = ["account_number", "name", "language", "mail"];
/// The same as people in Japan write them.
pub const COLUMNS_JA: [&str; 4] = ["口座番号", "氏名", "言語", "メールアドレス"];
/// Longest name, in characters; the same as of an account that is opened by hand.
pub const LONGEST_NAME: usize = 100;

/// Whether the first line names our columns.
#[must_use]
pub fn is_header(fields: &[String]) -> bool {
    let fields: Vec<String> = fields
        .iter()
        .map(|it| it.nfkc().collect::<String>().trim().to_ascii_lowercase())
        .collect();
    fields == COLUMNS || fields == COLUMNS_JA
}

/// Judges a row.
///
/// # Errors
/// Everything that is wrong with it, column by column.
pub fn judge(fields: &[String]) -> Result<Customer, Vec<Problem>> {
    let [number, name, language, mail] = fields else {
        return Err(vec![Problem::Columns]);
    };
    let mut wrong = Vec::new();
    let mut note = |problem| wrong.push(problem);
    let number = AccountNumber::from_typed(number);
    if number.is_none() {
        note(Problem::NumberUnfit);
    }
    let name = name.trim();
    if let Some(problem) = wrong_name(name) {
        note(problem);
    }
    let language = read_language(language);
    if language.is_none() {
        note(Problem::LanguageUnknown);
    }
    let mail = match mail.trim() {
        "" => Some(None),
        typed => typed.parse::<MailAddress>().ok().map(Some),
    };
    if mail.is_none() {
        note(Problem::MailUnfit);
    }
    match (number, language, mail) {
        (Some(number), Some(language), Some(mail)) if wrong.is_empty() => Ok(Customer {
            number,
            name: name.to_owned(),
            language,
            mail,
        }),
        _ => Err(wrong),
    }
}

fn wrong_name(name: &str) -> Option<Problem> {
    if name.is_empty() {
        Some(Problem::NameMissing)
    } else if name.chars().any(is_unprintable) {
        Some(Problem::NameCharacters)
    } else if name.chars().count() > LONGEST_NAME {
        Some(Problem::NameLong)
    } else if name.nfkc().next().is_some_and(|c| "=+-@".contains(c)) {
        Some(Problem::NameFormula)
    } else {
        None
    }
}

/// Control characters, those that turn or hide text, and those of a private table (gaiji): on other computers and on paper
/// they are something else.
#[must_use]
pub fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffd}' | '\u{e000}'..='\u{f8ff}'
            | '\u{e0000}'..='\u{10ffff}')
}

fn read_language(typed: &str) -> Option<Language> {
    match typed
        .nfkc()
        .collect::<String>()
        .trim()
        .to_ascii_lowercase()
        .as_str()
    {
        "" | "ja" | "日本語" => Some(Language::Ja),
        "en" | "英語" => Some(Language::En),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(of: [&str; 4]) -> Vec<String> {
        of.map(str::to_owned).to_vec()
    }

    #[test]
    fn a_row_is_folded_as_when_it_is_typed() {
        let read = judge(&fields([
            "１２３-４５６７",
            " 山田 太郎 ",
            "",
            " taro@EXAMPLE.jp ",
        ]))
        .unwrap();
        assert_eq!(read.number.as_str(), "1234567");
        assert_eq!(read.name, "山田 太郎");
        assert_eq!(read.language, Language::Ja);
        assert_eq!(read.mail.unwrap().as_str(), "taro@example.jp");
        let read = judge(&fields(["A-1 2", "Ann", "EN", ""])).unwrap();
        assert_eq!(
            (read.number.as_str(), read.language, read.mail),
            ("A12", Language::En, None)
        );
    }

    #[test]
    fn all_that_is_wrong_with_a_row_is_told_at_once() {
        let wrong = judge(&fields(["12", "", "fr", "no mail"])).unwrap_err();
        let all = [
            Problem::NumberUnfit,
            Problem::NameMissing,
            Problem::LanguageUnknown,
            Problem::MailUnfit,
        ];
        assert_eq!(wrong, all);
        assert_eq!(
            judge(&fields(["123", "x", "ja", ""])[..3]),
            Err(vec![Problem::Columns])
        );
        for (name, problem) in [
            ("=1+1", Problem::NameFormula),
            ("＝HYPERLINK(0)", Problem::NameFormula),
            ("@SUM", Problem::NameFormula),
            ("-1", Problem::NameFormula),
            ("a\u{202e}b", Problem::NameCharacters),
            ("a\u{200b}b", Problem::NameCharacters),
            ("a\nb", Problem::NameCharacters),
            ("a\0b", Problem::NameCharacters),
            ("\u{e000}", Problem::NameCharacters),
            (&"あ".repeat(101), Problem::NameLong),
        ] {
            assert_eq!(
                judge(&fields(["123", name, "", ""])),
                Err(vec![problem]),
                "{name:?}"
            );
        }
        assert!(judge(&fields(["123", &"あ".repeat(100), "", ""])).is_ok());
    }

    #[test]
    fn both_headers_are_read_and_no_other() {
        let read = |it: [&str; 4]| is_header(&fields(it));
        assert!(read(COLUMNS) && read(COLUMNS_JA) && read(["Account_Number", " name", "language", "mail "]));
        assert!(!read(["name", "account_number", "language", "mail"]));
        assert!(!is_header(&fields(COLUMNS)[..3]));
    }

    #[test]
    fn problems_are_read_by_their_names() {
        for problem in Problem::ALL {
            assert_eq!(Problem::read(problem.name()), Some(problem));
        }
    }
}

//! Values as a customer reads them in a mail: times, places, and free text made harmless.

use chrono::{DateTime, Datelike, FixedOffset, Timelike};
use warifu_shared::clock::Timestamp;
use warifu_shared::display::dates::{DAYS_EN, DAYS_JA, JST_SECS, MONTHS_EN};
use warifu_shared::display::{Language, places};
use warifu_shared::jws::challenge::Action;

/// `2026年11月22日(日) 14:05 JST (05:05 UTC)` or `Sun 22 November 2026, 14:05 JST (05:05 UTC)` (RISK-06).
pub fn time(at: Timestamp, language: Language) -> String {
    let zone = FixedOffset::east_opt(JST_SECS);
    let Some((utc, zone)) = DateTime::from_timestamp_millis(at.0).zip(zone) else {
        return unknown(language);
    };
    let t = utc.with_timezone(&zone);
    let weekday = t.weekday().num_days_from_monday() as usize;
    let (year, month, day, hour, minute) = (t.year(), t.month(), t.day(), t.hour(), t.minute());
    let utc = format!("{:02}:{:02} UTC", utc.hour(), utc.minute());
    match language {
        Language::Ja => {
            format!(
                "{year}年{month}月{day}日({}) {hour:02}:{minute:02} JST ({utc})",
                DAYS_JA[weekday]
            )
        }
        Language::En => {
            let (weekday, month) = (DAYS_EN[weekday], MONTHS_EN[t.month0() as usize]);
            format!("{weekday} {day} {month} {year}, {hour:02}:{minute:02} JST ({utc})")
        }
    }
}

/// The name of a place code; 不明 when it is unknown.
pub fn place(code: &str, language: Language) -> String {
    if matches!(code, "" | "ZZ") {
        unknown(language)
    } else {
        plain(&places::name(code, language))
    }
}

/// Free text, or 不明 when it is empty.
pub fn known(text: &str, language: Language) -> String {
    let text = plain(text);
    if text.is_empty() { unknown(language) } else { text }
}

/// What a code confirms.
pub fn action(action: Action, language: Language) -> &'static str {
    match action {
        Action::Login => language.pick("ログイン", "login"),
        Action::Test => language.pick("承認のテスト", "test approval"),
        Action::Confirm => language.pick("ご本人の確認", "confirming that it is you"),
        Action::Withdrawal => language.pick("出金", "withdrawal"),
        Action::PayoutAccount => language.pick("出金先口座の変更", "change of the payout account"),
    }
}

/// Free text on one line of at most [`MAX`] characters, without control or direction marks, and with nothing in it that a
/// mail program would turn into a link: a stranger may have chosen a device's name (CODE-07).
pub fn plain(text: &str) -> String {
    let visible = text
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !hidden(*c));
    let mut out = String::new();
    for c in visible.take(MAX) {
        if c.is_alphabetic() && out.ends_with('.') {
            out.push(' ');
        }
        match c {
            '/' if out.ends_with('/') => out.push_str(" /"),
            '@' => out.push('＠'),
            c => out.push(c),
        }
    }
    out.trim().to_owned()
}

/// Control characters, and marks that change the direction of what follows or take no space.
fn hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn unknown(language: Language) -> String {
    language.pick("不明", "unknown").to_owned()
}

const MAX: usize = 80;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn risk_06_times_carry_year_weekday_and_both_zones() {
        let at = Timestamp::from_secs(1_795_323_900);
        assert_eq!(time(at, Language::Ja), "2026年11月22日(日) 14:05 JST (05:05 UTC)");
        assert_eq!(
            time(at, Language::En),
            "Sun 22 November 2026, 14:05 JST (05:05 UTC)"
        );
        assert_eq!(
            time(Timestamp::from_secs(1_767_193_200), Language::Ja),
            "2026年1月1日(木) 00:00 JST (15:00 UTC)"
        );
        assert_eq!(time(Timestamp(i64::MAX), Language::En), "unknown");
    }

    #[test]
    fn code_07_free_text_cannot_become_a_link_or_a_line() {
        for (text, safe) in [
            ("タロウのPixel 8", "タロウのPixel 8"),
            ("Firefox 145.0 / Windows", "Firefox 145.0 / Windows"),
            ("see www.evil.example/x", "see www. evil. example/x"),
            ("https://evil.example", "https:/ /evil. example"),
            ("a@evil.example", "a＠evil. example"),
            ("a\r\n@auth.example #00000000", "a  ＠auth. example #00000000"),
            ("\u{202e}gnp.exe\u{200b}", "gnp. exe"),
        ] {
            assert_eq!(plain(text), safe);
        }
        assert_eq!(place("ZZ", Language::Ja), "不明");
        assert_eq!(place("JP-13", Language::Ja), "東京都・日本");
        assert_eq!(known(" \u{0} ", Language::En), "unknown");
    }

    proptest! {
        #[test]
        fn code_07_no_link_survives(text in "(https?://|www\\.|[a-z]{1,4}\\.|@|\\PC|\\r\\n){0,12}") {
            let out = plain(&text);
            prop_assert!(!out.contains("://") && !out.contains('@') && !out.contains('\n') && !out.contains('\r'));
            let dotted_letter = out.as_bytes().windows(2).any(|w| w[0] == b'.' && w[1].is_ascii_alphabetic());
            prop_assert!(!dotted_letter, "{:?}", out);
        }
    }
}

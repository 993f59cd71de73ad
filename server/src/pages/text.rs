//! The words of the pages: `locales/{ja,en}.toml`, dates and times in Japan Standard Time.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::LazyLock;

use chrono::{DateTime, Datelike, FixedOffset, Timelike};
use warifu_shared::clock::Timestamp;
use warifu_shared::display::dates::{DAYS_EN, DAYS_JA, JST_SECS};

use super::language::Language;

static JA: LazyLock<Catalogue> = LazyLock::new(|| {
    Catalogue::read(concat!(
        include_str!("../../locales/ja.toml"),
        include_str!("../../locales/staff.ja.toml")
    ))
});
static EN: LazyLock<Catalogue> = LazyLock::new(|| {
    Catalogue::read(concat!(
        include_str!("../../locales/en.toml"),
        include_str!("../../locales/staff.en.toml")
    ))
});

const MONTHS_EN: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];
/// Japan has one zone and no summer time.
const JST: FixedOffset = match FixedOffset::east_opt(JST_SECS) {
    Some(zone) => zone,
    None => panic!("nine hours are an offset"),
};

/// The words of one language, by `table.key`.
struct Catalogue(BTreeMap<String, String>);

impl Catalogue {
    /// The files are part of the binary and read by the tests: a fault in them cannot reach a release.
    fn read(source: &str) -> Self {
        let mut words = BTreeMap::new();
        if let Ok(table) = source.parse::<toml::Table>() {
            flatten("", &table, &mut words);
        }
        Self(words)
    }
}

fn flatten(prefix: &str, table: &toml::Table, into: &mut BTreeMap<String, String>) {
    for (key, value) in table {
        let name = if prefix.is_empty() {
            key.clone()
        } else {
            format!("{prefix}.{key}")
        };
        match value {
            toml::Value::Table(inner) => flatten(&name, inner, into),
            toml::Value::String(words) => {
                into.insert(name, words.clone());
            }
            _ => {}
        }
    }
}

/// The words behind `key`. A key that is missing (the tests forbid it) shows itself.
#[must_use]
pub fn text(language: Language, key: &str) -> String {
    known(language, key).unwrap_or_else(|| key.to_owned())
}

/// The words behind a key that may not exist.
#[must_use]
pub fn known(language: Language, key: &str) -> Option<String> {
    let catalogue = match language {
        Language::Ja => &*JA,
        Language::En => &*EN,
    };
    catalogue.0.get(key).cloned()
}

/// `1,000,000`.
#[must_use]
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Every key under a prefix, without it, and its words.
#[must_use]
pub fn under(language: Language, prefix: &str) -> Vec<(String, String)> {
    let catalogue = match language {
        Language::Ja => &*JA,
        Language::En => &*EN,
    };
    let from = catalogue.0.range(prefix.to_owned()..);
    from.map_while(|(key, words)| Some((key.strip_prefix(prefix)?.to_owned(), words.clone())))
        .collect()
}

/// The words behind `key` with each `{name}` replaced. Values are plain text; the template escapes the result.
#[must_use]
pub fn fill(language: Language, key: &str, values: &[(&str, &dyn Display)]) -> String {
    let mut words = text(language, key);
    for (name, value) in values {
        words = words.replace(&format!("{{{name}}}"), &value.to_string());
    }
    words
}

fn jst(at: Timestamp) -> DateTime<FixedOffset> {
    DateTime::from_timestamp_millis(at.0)
        .unwrap_or_default()
        .with_timezone(&JST)
}

/// `2026年11月22日(日) 14:05` or `Sun 22 Nov 2026, 14:05 JST`.
#[must_use]
pub fn date_time(language: Language, at: Timestamp) -> String {
    let t = jst(at);
    match language {
        Language::Ja => format!("{} {:02}:{:02}", date(language, at), t.hour(), t.minute()),
        Language::En => format!("{}, {:02}:{:02} JST", date(language, at), t.hour(), t.minute()),
    }
}

/// `11月22日` or `22 Nov`.
#[must_use]
pub fn day_month(at: Timestamp, language: Language) -> String {
    let t = jst(at);
    match language {
        Language::Ja => format!("{}月{}日", t.month(), t.day()),
        Language::En => format!("{} {}", t.day(), MONTHS_EN[t.month0() as usize]),
    }
}

/// `2026年11月22日(日)` or `Sun 22 Nov 2026`.
#[must_use]
pub fn date(language: Language, at: Timestamp) -> String {
    let t = jst(at);
    let weekday = t.weekday().num_days_from_monday() as usize;
    match language {
        Language::Ja => format!("{}年{}月{}日({})", t.year(), t.month(), t.day(), DAYS_JA[weekday]),
        Language::En => {
            format!(
                "{} {} {} {}",
                DAYS_EN[weekday],
                t.day(),
                MONTHS_EN[t.month0() as usize],
                t.year()
            )
        }
    }
}

/// `2026-11-22 14:05:09.123`, Japan Standard Time: sorts as the moments do.
#[must_use]
pub fn sortable(at: Timestamp) -> String {
    jst(at).format("%Y-%m-%d %H:%M:%S%.3f").to_string()
}

/// `14:05`, Japan Standard Time in both languages.
#[must_use]
pub fn time_of_day(at: Timestamp) -> String {
    let t = jst(at);
    format!("{:02}:{:02}", t.hour(), t.minute())
}

/// `1分22秒` or `1 min 22 s`; never below zero.
#[must_use]
pub fn duration(language: Language, seconds: i64) -> String {
    let seconds = seconds.max(0);
    let (m, s) = (seconds / 60, seconds % 60);
    match (language, m) {
        (Language::Ja, 0) => format!("{s}秒"),
        (Language::Ja, _) => format!("{m}分{s:02}秒"),
        (Language::En, 0) => format!("{s} s"),
        (Language::En, _) => format!("{m} min {s:02} s"),
    }
}

#[cfg(test)]
#[path = "text_tests.rs"]
mod tests;

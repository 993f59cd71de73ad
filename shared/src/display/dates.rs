//! Japan's clock and calendar words for app, pages and mails; and times as the app writes them, without the year.

use chrono::{DateTime, Datelike, FixedOffset, Timelike};

use super::Language;
use crate::clock::Timestamp;

/// Japan Standard Time is nine hours ahead of UTC all year.
pub const JST_SECS: i32 = 9 * 3600;

/// Weekdays from Monday on, in Japanese.
pub const DAYS_JA: [&str; 7] = ["月", "火", "水", "木", "金", "土", "日"];
/// Weekdays from Monday on, in English.
pub const DAYS_EN: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
/// Months from January on, in English.
pub const MONTHS_EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// `11月22日(日) 14:05`, or `Sun 22 November, 14:05 JST`.
#[must_use]
pub fn jst(at: Timestamp, lang: Language) -> String {
    let zone = FixedOffset::east_opt(JST_SECS);
    let Some((utc, zone)) = DateTime::from_timestamp_millis(at.0).zip(zone) else {
        return lang.pick("不明", "Unknown").to_owned();
    };
    let t = utc.with_timezone(&zone);
    let weekday = t.weekday().num_days_from_monday() as usize;
    let (hour, minute, day) = (t.hour(), t.minute(), t.day());
    match lang {
        Language::Ja => format!(
            "{}月{day}日({}) {hour:02}:{minute:02}",
            t.month(),
            DAYS_JA[weekday]
        ),
        Language::En => {
            format!(
                "{} {day} {}, {hour:02}:{minute:02} JST",
                DAYS_EN[weekday],
                MONTHS_EN[t.month0() as usize]
            )
        }
    }
}

/// `2026年11月22日(日) 14:05`, or `Sun 22 November 2026, 14:05 JST`: for what may lie in another year.
#[must_use]
pub fn in_full(at: Timestamp, lang: Language) -> String {
    let zone = FixedOffset::east_opt(JST_SECS);
    let Some((utc, zone)) = DateTime::from_timestamp_millis(at.0).zip(zone) else {
        return lang.pick("不明", "Unknown").to_owned();
    };
    let year = utc.with_timezone(&zone).year();
    let short = jst(at, lang);
    match (lang, short.split_once(',')) {
        (Language::En, Some((day, time))) => format!("{day} {year},{time}"),
        _ => format!("{year}年{short}"),
    }
}

/// `2026-11-22 14:05:09 JST`, for what is kept.
#[must_use]
pub fn with_year(at: Timestamp, lang: Language) -> String {
    let zone = FixedOffset::east_opt(JST_SECS);
    match DateTime::from_timestamp_millis(at.0).zip(zone) {
        Some((utc, zone)) => {
            let t = utc.with_timezone(&zone);
            let (y, mo, d) = (t.year(), t.month(), t.day());
            let (h, mi, s) = (t.hour(), t.minute(), t.second());
            format!("{y:04}-{mo:02}-{d:02} {h:02}:{mi:02}:{s:02} JST")
        }
        None => lang.pick("不明", "Unknown").to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_japans_across_midnight() {
        let at = |secs| Timestamp::from_secs(secs);
        assert_eq!(jst(at(1_795_323_900), Language::Ja), "11月22日(日) 14:05");
        assert_eq!(jst(at(1_795_323_900), Language::En), "Sun 22 November, 14:05 JST");
        assert_eq!(jst(at(1_767_193_199), Language::Ja), "12月31日(水) 23:59");
        assert_eq!(jst(at(1_767_193_200), Language::Ja), "1月1日(木) 00:00");
        assert_eq!(jst(Timestamp(i64::MAX), Language::Ja), "不明");
        assert_eq!(
            in_full(at(1_795_323_900), Language::Ja),
            "2026年11月22日(日) 14:05"
        );
        assert_eq!(
            in_full(at(1_795_323_900), Language::En),
            "Sun 22 November 2026, 14:05 JST"
        );
        assert_eq!(in_full(Timestamp(i64::MAX), Language::En), "Unknown");
        assert_eq!(
            with_year(at(1_795_323_909), Language::Ja),
            "2026-11-22 14:05:09 JST"
        );
        assert_eq!(with_year(Timestamp(i64::MAX), Language::En), "Unknown");
    }
}

//! Proves that every word used by a page exists in both languages, and nothing else is kept.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::*;

fn files(folder: &Path, ending: &str, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, ending, into);
        } else if path.to_string_lossy().ends_with(ending) {
            into.push(path);
        }
    }
}

/// The keys named in a source: in templates and views every quoted `table.key`, in handlers what they ask a frame for.
fn keys_in(path: &Path, source: &str) -> Vec<String> {
    let place = path.to_string_lossy();
    let words_only = place.contains("templates")
        || place.contains("views")
        || ["layout.rs", "history.rs", "security.rs", "list.rs", "watch.rs"]
            .iter()
            .any(|name| place.ends_with(name));
    let quoted: Vec<&str> = if words_only {
        source.split('"').skip(1).collect()
    } else {
        [".t(\"", ".t1(\""]
            .iter()
            .flat_map(|call| source.split(call).skip(1))
            .filter_map(|rest| rest.split('"').next())
            .collect()
    };
    let part = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    quoted
        .into_iter()
        .filter(|text| text.contains('.') && !text.ends_with(".html") && text.split('.').all(part))
        .map(str::to_owned)
        .collect()
}

/// Every key that a page uses, or the family (`ended.locked`) of it.
fn used() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = Vec::new();
    files(&root.join("templates"), ".html", &mut all);
    files(&root.join("src/pages"), ".rs", &mut all);
    files(&root.join("src/staff"), ".rs", &mut all);
    let tables: BTreeSet<&str> = JA.0.keys().filter_map(|known| known.split('.').next()).collect();
    all.iter()
        .filter(|path| !path.ends_with("text_tests.rs"))
        .flat_map(|path| keys_in(path, &fs::read_to_string(path).unwrap()))
        .filter(|key| key.split('.').next().is_some_and(|table| tables.contains(table)))
        .collect()
}

/// The names of the states of withdrawals.
const STATES: &[&str] = &[
    "pending",
    "second",
    "held",
    "queued",
    "placed",
    "paid",
    "refused",
    "denied",
    "expired",
    "cancelled",
    "recalled",
];

/// Views name a family (`ended.locked`, `logged_out.asked`) and add the part.
fn expanded(keys: BTreeSet<String>) -> BTreeSet<String> {
    let parts = |key: &str| -> &[&str] {
        match key.split('.').next() {
            Some("ended") if key != "ended.opens" => &["title", "meaning", "next", "again"],
            // Each state of a withdrawal has its words.
            Some("withdrawal")
                if matches!(
                    key,
                    "withdrawal.state" | "withdrawal.title" | "withdrawal.meaning"
                ) =>
            {
                STATES
            }
            Some("logged_out") if key != "logged_out.again" => &["title", "meaning"],
            _ => &[],
        }
    };
    keys.into_iter()
        .flat_map(|key| match parts(&key) {
            [] => vec![key],
            parts => parts.iter().map(|part| format!("{key}.{part}")).collect(),
        })
        .collect()
}

fn places(words: &str) -> BTreeSet<&str> {
    words
        .split('{')
        .skip(1)
        .filter_map(|rest| rest.split('}').next())
        .collect()
}

#[test]
fn every_key_used_exists_in_both_languages_and_none_is_left_over() {
    let known: BTreeSet<String> = JA.0.keys().cloned().collect();
    let english: BTreeSet<String> = EN.0.keys().cloned().collect();
    assert!(known.len() > 100, "the Japanese words could not be read");
    assert_eq!(known, english, "the languages have different keys");
    let used = expanded(used());
    let missing: Vec<_> = used.difference(&known).collect();
    // Words of entries and of what staff do are looked up by name; tests/house/events.rs compares those of entries with the sources.
    let by_name = |key: &&String| {
        let families = [
            "event.",
            "events.",
            "actor.",
            "outcome.",
            "st_deed_",
            "activity.",
            "st_event.",
        ];
        let more = ["st_log.actor_", "st_log.field_", "st_watch.range_", "st_pending."];
        let of_cases = [
            "st_case_",
            "st_case.level_",
            "st_case.state_",
            "st_case.related_",
            "st_case.verdict_",
            "st_case.why_",
        ];
        let more = more.iter().chain(&of_cases).chain(&["st_letter_"]);
        let of_imports =
            ["deed_", "state.", "meaning.", "problem.", "column."].map(|it| format!("st_import_{it}"));
        families.iter().chain(more).any(|it| key.starts_with(it))
            || of_imports.iter().any(|it| key.starts_with(it.as_str()))
    };
    let unused: Vec<_> = known.difference(&used).filter(|key| !by_name(key)).collect();
    assert!(
        missing.is_empty() && unused.is_empty(),
        "missing {missing:?}, unused {unused:?}"
    );
}

/// English words with Japanese ones in them: the other language, and what may stand in a file.
const JAPANESE_TOO: [&str; 3] = ["frame.other_language", "st_import.example", "st_import.form_lead"];

#[test]
fn both_languages_take_the_same_values_and_say_something() {
    for (key, japanese) in &JA.0 {
        let english = &EN.0[key];
        assert_eq!(places(japanese), places(english), "{key}");
        assert!(!japanese.trim().is_empty() && !english.trim().is_empty(), "{key}");
        let kana_or_kanji = english.chars().any(|c| ('\u{3040}'..='\u{9fff}').contains(&c));
        assert!(
            !kana_or_kanji || JAPANESE_TOO.contains(&key.as_str()),
            "{key} is not English"
        );
    }
}

#[test]
fn times_are_japan_standard_time_in_both_languages() {
    // 2026-11-22T05:05:07Z, a Sunday; and 20 hours later the next day in Japan.
    let at = Timestamp::from_secs(1_795_323_907);
    assert_eq!(date_time(Language::Ja, at), "2026年11月22日(日) 14:05");
    assert_eq!(date_time(Language::En, at), "Sun 22 Nov 2026, 14:05 JST");
    assert_eq!(date(Language::Ja, at.plus_secs(20 * 3600)), "2026年11月23日(月)");
    assert_eq!(time_of_day(at), "14:05");
}

#[test]
fn durations_never_fall_below_zero() {
    assert_eq!(duration(Language::Ja, 82), "1分22秒");
    assert_eq!(duration(Language::Ja, 62), "1分02秒");
    assert_eq!(duration(Language::En, 82), "1 min 22 s");
    assert_eq!(duration(Language::Ja, 9), "9秒");
    assert_eq!(duration(Language::En, -5), "0 s");
}

//! Every action that the server writes into the audit log has words in both languages: the customer's history shows them.

use std::collections::BTreeSet;

use toml::Table;

use crate::files::{assert_none, below, root, shown, text};

/// Names of the same form that are no actions: of limits, and of lines of the server's own log.
const NO_ACTIONS: [&str; 3] = ["event = ", "Gate", "limit"];

/// The actions in the sources of the operations, and of the start of the server.
fn actions() -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    let mut files = below("server/src/operations", &[".rs"]);
    files.push(root().join("server/src/startup.rs"));
    for path in files {
        let is_admission = shown(&path).ends_with("admit.rs");
        let source = text(&path);
        let code = source.split("#[cfg(test)]").next().unwrap_or_default();
        for line in code.lines() {
            let is_action = line.contains("action: \"");
            let other = NO_ACTIONS.iter().any(|mark| line.contains(mark)) || is_admission;
            if !is_action && other {
                continue;
            }
            for literal in line.split('"').skip(1).step_by(2) {
                if looks_like_one(literal) {
                    found.insert((literal.to_owned(), shown(&path)));
                }
            }
        }
    }
    found
}

fn looks_like_one(literal: &str) -> bool {
    let parts: Vec<&str> = literal.split('.').collect();
    let word = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    parts.len() == 2 && parts.iter().all(word) && !matches!(parts[1], "rs" | "txt" | "toml" | "example")
}

/// What stands behind an action in the same entry and is no outcome: who did it.
const ACTORS: [&str; 2] = ["customer", "server"];

/// The outcomes that are written as literals: behind an action, or by name.
fn outcomes() -> BTreeSet<(String, String)> {
    let word = |it: &str| !it.is_empty() && it.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    let mut found = BTreeSet::new();
    for path in below("server/src/operations", &[".rs"]) {
        let source = text(&path);
        let code = source.split("#[cfg(test)]").next().unwrap_or_default();
        let parts: Vec<&str> = code.split('"').collect();
        for at in (1..parts.len()).step_by(2) {
            let before = parts[at - 1].trim_end();
            let behind_an_action = at > 1 && before == "," && looks_like_one(parts[at - 2]);
            if (behind_an_action || before.ends_with("outcome:")) && word(parts[at]) {
                found.insert((parts[at].to_owned(), shown(&path)));
            }
        }
    }
    found.retain(|(outcome, _)| outcome != "ok" && !ACTORS.contains(&outcome.as_str()));
    found
}

fn locale(language: &str) -> Table {
    let path = root().join(format!("server/locales/{language}.toml"));
    text(&path).parse().expect("a locale is TOML")
}

fn has_words(language: &str, action: &str) -> bool {
    let table = locale(language);
    let mut parts = action.split('.');
    let group = parts.next().and_then(|group| table.get("event")?.get(group));
    let words = parts.next().and_then(|name| group?.get(name)?.as_str());
    words.is_some_and(|words| !words.trim().is_empty())
}

#[test]
fn every_action_of_the_log_has_words_for_the_customers_history() {
    let actions = actions();
    assert!(actions.len() > 30, "the operations have moved: {actions:?}");
    for known in ["login.completed", "withdrawal.paid", "device.revoked"] {
        assert!(
            actions.iter().any(|(name, _)| name == known),
            "{known} is not seen"
        );
    }
    let mut missing = Vec::new();
    for (action, path) in &actions {
        for language in ["ja", "en"] {
            if !has_words(language, action) {
                missing.push(format!("{path}: event.{action} in {language}.toml"));
            }
        }
    }
    assert_none("actions without words", &missing);
}

#[test]
fn every_outcome_of_the_log_has_words_for_the_customers_history() {
    let outcomes = outcomes();
    for known in ["wrong_code", "tries_used", "owner_denied_another"] {
        assert!(
            outcomes.iter().any(|(name, _)| name == known),
            "{known} is not seen"
        );
    }
    let mut missing = Vec::new();
    for (outcome, path) in &outcomes {
        for language in ["ja", "en"] {
            let table = locale(language);
            let words = table
                .get("outcome")
                .and_then(|group| group.get(outcome)?.as_str());
            if words.is_none_or(str::is_empty) {
                missing.push(format!("{path}: outcome.{outcome} in {language}.toml"));
            }
        }
    }
    assert_none("outcomes without words", &missing);
}

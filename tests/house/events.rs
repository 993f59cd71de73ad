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

fn has_words(language: &str, action: &str) -> bool {
    let path = root().join(format!("server/locales/{language}.toml"));
    let table: Table = text(&path).parse().expect("a locale is TOML");
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

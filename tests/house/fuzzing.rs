//! Fuzzing: targets, their entries for libFuzzer, their corpora and the list of checks are the same set; and the register of
//! deviations in docs/security.md names an owner and a date for each.

use std::collections::BTreeSet;

use crate::files::{assert_none, below, root, text};

#[test]
fn key_11_code_08_every_fuzz_target_has_its_check_its_entry_and_its_corpus() {
    let checks = listed("tests/fuzz/src/lib.rs", "    (\"", "\", ");
    let bins = listed("fuzz/Cargo.toml", "name = \"", "\"");
    let bins: BTreeSet<String> = bins.into_iter().filter(|name| name != "warifu-fuzz").collect();
    let entries: BTreeSet<String> = below("fuzz/fuzz_targets", &[".rs"])
        .iter()
        .map(|path| path.file_stem().expect("a file").to_string_lossy().into_owned())
        .collect();
    assert!(checks.len() > 20, "the list has changed its form");
    assert_eq!(
        bins, checks,
        "fuzz/Cargo.toml (left) and TARGETS of tests/fuzz (right)"
    );
    assert_eq!(
        entries, checks,
        "fuzz/fuzz_targets (left) and TARGETS of tests/fuzz (right)"
    );
    let mut corpora = BTreeSet::new();
    for path in below("fuzz/corpus", &[]) {
        let folder = path.parent().and_then(|folder| folder.file_name());
        corpora.insert(folder.expect("a folder").to_string_lossy().into_owned());
    }
    assert_eq!(
        corpora, checks,
        "fuzz/corpus (left) and TARGETS of tests/fuzz (right)"
    );
    for name in &checks {
        let entry = text(&root().join(format!("fuzz/fuzz_targets/{name}.rs")));
        assert!(
            entry.contains(&format!("run(\"{name}\", data)")),
            "{name} runs its own check"
        );
    }
}

#[test]
fn ops_10_every_deviation_has_its_reason_compensation_owner_and_date() {
    let rows = register();
    let ids: BTreeSet<&str> = rows.iter().flat_map(|row| row[0].split([',', ' '])).collect();
    for id in [
        "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "PASS-07", "SESS-01", "TXN-07", "CODE-10",
    ] {
        assert!(ids.contains(id), "{id} is not in the register");
    }
    let mut lacking = Vec::new();
    for row in &rows {
        let [_, what, why, compensation, owner, date] = row;
        if [what, why, compensation, owner].iter().any(|cell| cell.len() < 4) || !is_date(date) {
            lacking.push(row.join(" | "));
        }
    }
    assert_none("rows of the register without owner, date or reason", &lacking);
}

#[test]
fn ops_10_the_threat_model_names_for_each_attacker_what_remains() {
    let document = text(&root().join("docs/threat-model.md"));
    let attackers = document
        .split("## Attackers")
        .nth(1)
        .and_then(|rest| rest.split("## Not in scope").next())
        .expect("the attackers");
    let silent: Vec<String> = attackers
        .split("\n### ")
        .skip(1)
        .filter(|part| !part.contains("emains:*"))
        .map(|part| part.lines().next().unwrap_or_default().to_owned())
        .collect();
    assert!(attackers.matches("\n### ").count() >= 12);
    assert_none("attackers without a word on what remains", &silent);
}

/// What stands between `before` and `after` at the beginning of the lines of a file.
fn listed(file: &str, before: &str, after: &str) -> BTreeSet<String> {
    text(&root().join(file))
        .lines()
        .filter_map(|line| line.strip_prefix(before)?.split(after).next().map(str::to_owned))
        .collect()
}

/// The rows of the table under *Deviations*, head and rule left out.
fn register() -> Vec<[String; 6]> {
    let document = text(&root().join("docs/security.md"));
    let section = document.split("## Deviations").nth(1).expect("the register");
    let rows: Vec<[String; 6]> = section
        .lines()
        .filter(|line| line.starts_with('|'))
        .skip(2)
        .map(|line| {
            let cells: Vec<String> = line
                .trim_matches('|')
                .split('|')
                .map(|cell| cell.trim().to_owned())
                .collect();
            cells.try_into().unwrap_or_else(|_| panic!("six cells: {line}"))
        })
        .collect();
    assert!(rows.len() >= 7, "the register has changed its form");
    rows
}

/// `2027-03-31`.
fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts[..] else {
        return false;
    };
    let number = |text: &str, digits: usize, most: u16| {
        text.len() == digits && text.parse().is_ok_and(|number: u16| (1..=most).contains(&number))
    };
    number(year, 4, 9999) && number(month, 2, 12) && number(day, 2, 31)
}

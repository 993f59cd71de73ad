//! docs/requirements.md and the tests name each other: no id without a row, no *proven* without a test.

use std::collections::{BTreeMap, BTreeSet};

use crate::files::{assert_none, below, root, text};

#[test]
fn every_id_that_a_test_names_has_a_row() {
    let rows = rows();
    let families = families(&rows);
    let unlisted: Vec<String> = function_names()
        .iter()
        .flat_map(|name| ids(name, &families).into_iter().map(move |id| (id, name)))
        .filter(|(id, _)| !rows.contains_key(id))
        .map(|(id, name)| format!("{id}, named by {name}"))
        .collect();
    assert_none("ids without a row in docs/requirements.md", &unlisted);
}

#[test]
fn every_proven_requirement_has_a_test_that_names_it() {
    let rows = rows();
    let families = families(&rows);
    let tested: BTreeSet<String> = function_names()
        .iter()
        .flat_map(|name| ids(name, &families))
        .collect();
    let unproven: Vec<String> = rows
        .iter()
        .filter(|(id, row)| row.status == "proven" && !tested.contains(*id))
        .map(|(id, _)| id.clone())
        .collect();
    assert_none("rows that say `proven` without a test", &unproven);
}

#[test]
fn every_status_is_one_of_three_and_every_named_test_exists() {
    let existing = function_names();
    let mut wrong = Vec::new();
    for (id, row) in rows() {
        if !["proven", "partly", "planned"].contains(&row.status.as_str()) {
            wrong.push(format!("{id}: status {:?}", row.status));
        }
        let named = row.tests.split('`').skip(1).step_by(2);
        wrong.extend(
            named
                .filter(|name| !existing.contains(*name))
                .map(|name| format!("{id}: no test {name}")),
        );
    }
    assert_none("rows of docs/requirements.md to correct", &wrong);
}

#[test]
fn ids_are_read_from_the_beginning_of_a_name() {
    let families: BTreeSet<String> = ["code", "web", "relay"].map(str::to_owned).into();
    let read = |name: &str| ids(name, &families);
    assert_eq!(read("code_02_code_17_the_mail_goes"), ["CODE-02", "CODE-17"]);
    assert_eq!(read("web_04_05_scripts_write_text_only"), ["WEB-04", "WEB-05"]);
    assert_eq!(read("relay_08_ttl_0_reaches_who_is_connected"), ["RELAY-08"]);
    assert_eq!(read("codes_02_are_no_family"), [""; 0]);
    assert_eq!(read("code_is_read"), [""; 0]);
}

struct Row {
    tests: String,
    status: String,
}

/// The rows `| ID-00 | in short | where | tests | status |`.
fn rows() -> BTreeMap<String, Row> {
    let document = text(&root().join("docs/requirements.md"));
    let mut rows = BTreeMap::new();
    for line in document.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let ["", id, _, _, tests, status, ""] = cells[..] else {
            continue;
        };
        if is_id(id) {
            let row = Row {
                tests: tests.to_owned(),
                status: status.to_owned(),
            };
            assert!(rows.insert(id.to_owned(), row).is_none(), "{id} has two rows");
        }
    }
    assert!(rows.len() > 100, "the table has changed its form");
    rows
}

fn is_id(text: &str) -> bool {
    text.split_once('-').is_some_and(|(family, number)| {
        !family.is_empty() && family.bytes().all(|b| b.is_ascii_uppercase()) && is_number(number)
    })
}

fn is_number(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit())
}

/// The first parts of the ids, in lower case: `enrol`, `key`, ...
fn families(rows: &BTreeMap<String, Row>) -> BTreeSet<String> {
    rows.keys()
        .filter_map(|id| Some(id.split_once('-')?.0.to_lowercase()))
        .collect()
}

/// The names of all functions in our Rust sources.
fn function_names() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for path in below("", &[".rs"]) {
        for line in text(&path).lines() {
            let Some((before, rest)) = line.split_once("fn ") else {
                continue;
            };
            if before
                .split_whitespace()
                .all(|word| word.starts_with("pub") || word == "async")
            {
                let name = rest
                    .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                    .next();
                names.extend(name.map(str::to_owned));
            }
        }
    }
    names
}

/// The ids at the beginning of a name: a family, then one or more numbers of two digits; several in a row.
fn ids(name: &str, families: &BTreeSet<String>) -> Vec<String> {
    let mut words = name.split('_').peekable();
    let mut found = Vec::new();
    while let Some(family) = words.next_if(|word| families.contains(*word)) {
        let before = found.len();
        while let Some(number) = words.next_if(|word| is_number(word)) {
            found.push(format!("{}-{number}", family.to_uppercase()));
        }
        if found.len() == before {
            break;
        }
    }
    found
}

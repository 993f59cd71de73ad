//! What texts may say: no links in mails, nothing from third parties in web assets, both languages complete, and no
//! paths of somebody's machine.

use std::collections::BTreeSet;

use toml::{Table, Value};

use crate::files::{assert_none, below, root, shown, text};

const WEB_ENDINGS: [&str; 6] = [".html", ".css", ".js", ".mjs", ".svg", ".json"];
/// Names of XML languages, and addresses that never leave the machine.
const NOT_FETCHED: [&str; 4] = [
    "http://www.w3.org/",
    "http://ipc.localhost",
    "http://127.0.0.1",
    "http://localhost",
];

#[test]
fn code_07_mail_templates_hold_no_links() {
    let templates = below("server/templates/mail", &[]);
    assert!(
        !templates.is_empty() || !root().join("server/templates").exists(),
        "the mail templates have moved"
    );
    let linking: Vec<String> = templates
        .iter()
        .filter(|path| {
            ["http", "www."]
                .iter()
                .any(|link| text(path).to_ascii_lowercase().contains(link))
        })
        .map(|path| shown(path))
        .collect();
    assert_none("mail templates with a link", &linking);
}

#[test]
fn web_05_web_assets_name_no_third_party() {
    let mut found = Vec::new();
    for folder in ["app/ui", "app/isolation", "server/templates", "server/assets"] {
        for path in below(folder, &WEB_ENDINGS) {
            for (number, line) in text(&path).lines().enumerate() {
                if names_a_third_party(line) {
                    found.push(format!("{}:{}: {}", shown(&path), number + 1, line.trim()));
                }
            }
        }
    }
    assert_none("web assets that point elsewhere", &found);
}

#[test]
fn web_05_third_parties_are_recognised() {
    assert!(names_a_third_party("@import url(https://fonts.example/a.css)"));
    assert!(names_a_third_party("<script src=\"//cdn.example/a.js\">"));
    assert!(!names_a_third_party("<svg xmlns=\"http://www.w3.org/2000/svg\">"));
    assert!(!names_a_third_party("const a = 1; // a comment"));
}

#[test]
fn both_languages_have_the_same_keys() {
    let (japanese, english) = (locale_keys("ja"), locale_keys("en"));
    let lacking = |have: &BTreeSet<String>, want: &BTreeSet<String>, name: &str| -> Vec<String> {
        want.difference(have)
            .map(|key| format!("{name}: {key}"))
            .collect()
    };
    assert_none(
        "texts missing in Japanese",
        &lacking(&japanese, &english, "ja.toml"),
    );
    assert_none(
        "texts missing in English",
        &lacking(&english, &japanese, "en.toml"),
    );
}

#[test]
fn no_text_names_a_path_of_somebodys_machine() {
    let machine = [
        concat!("/wo", "rk/"),
        concat!("/ro", "ot/"),
        concat!("/ho", "me/"),
        concat!("/Us", "ers/"),
    ];
    let endings = [
        ".rs", ".toml", ".md", ".sh", ".py", ".json", ".js", ".html", ".css", ".sql", ".txt", ".svg",
        "Makefile", ".ci/run",
    ];
    let mut found = Vec::new();
    for path in below("", &endings) {
        for (number, line) in text(&path).lines().enumerate() {
            if machine.iter().any(|prefix| line.contains(prefix)) {
                found.push(format!("{}:{}: {}", shown(&path), number + 1, line.trim()));
            }
        }
    }
    assert_none("paths of a machine", &found);
}

fn names_a_third_party(line: &str) -> bool {
    let mut rest = line.to_ascii_lowercase();
    for harmless in NOT_FETCHED {
        rest = rest.replace(harmless, "");
    }
    ["http://", "https://", "\"//", "'//", "(//", "wss://"]
        .iter()
        .any(|link| rest.contains(link))
}

/// The dotted keys of a locale file; none when there is no such file yet.
fn locale_keys(language: &str) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for path in below("server/locales", &[&format!("{language}.toml")]) {
        let table: Table = text(&path)
            .parse()
            .unwrap_or_else(|error| panic!("{}: {error}", shown(&path)));
        flatten("", &table, &mut keys);
    }
    keys
}

fn flatten(prefix: &str, table: &Table, keys: &mut BTreeSet<String>) {
    for (name, value) in table {
        let key = if prefix.is_empty() {
            name.clone()
        } else {
            format!("{prefix}.{name}")
        };
        match value {
            Value::Table(inner) => flatten(&key, inner, keys),
            _ => drop(keys.insert(key)),
        }
    }
}

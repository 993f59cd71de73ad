//! docs/dependencies.md names every direct dependency, and nothing that is no longer one.

use std::collections::BTreeSet;

use toml::{Table, Value};

use crate::files::{assert_none, below, root, text};

#[test]
fn every_direct_dependency_is_explained() {
    let explained = explained();
    let missing: Vec<String> = direct().difference(&explained).cloned().collect();
    assert_none("dependencies without a row in docs/dependencies.md", &missing);
}

#[test]
fn no_row_outlives_its_dependency() {
    let direct = direct();
    let stale: Vec<String> = explained().difference(&direct).cloned().collect();
    assert_none(
        "rows of docs/dependencies.md that are no direct dependency",
        &stale,
    );
}

/// The names in the first column of the tables: "| `name` | why |".
fn explained() -> BTreeSet<String> {
    text(&root().join("docs/dependencies.md"))
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next().map(str::to_owned))
        .collect()
}

/// The direct dependencies of all members, our own crates left out.
fn direct() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for path in below("", &["Cargo.toml"]) {
        let manifest: Table = text(&path).parse().expect("a manifest is TOML");
        collect(&manifest, &mut names);
        if let Some(targets) = manifest.get("target").and_then(Value::as_table) {
            targets
                .values()
                .filter_map(Value::as_table)
                .for_each(|table| collect(table, &mut names));
        }
    }
    names.retain(|name| !name.starts_with("warifu-"));
    names
}

fn collect(table: &Table, names: &mut BTreeSet<String>) {
    for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
        if let Some(found) = table.get(kind).and_then(Value::as_table) {
            names.extend(found.keys().cloned());
        }
    }
}

//! The documents: every decision is listed, every link between files leads somewhere.

use std::path::Path;

use crate::files::{assert_none, below, root, shown, text};

#[test]
fn every_decision_is_linked_from_the_index() {
    let index = text(&root().join("docs/decisions/README.md"));
    let unlisted: Vec<String> = below("docs/decisions", &[".md"])
        .iter()
        .map(|path| path.file_name().expect("a file").to_string_lossy().into_owned())
        .filter(|name| name != "README.md" && !index.contains(&format!("]({name})")))
        .collect();
    assert_none("decisions missing from docs/decisions/README.md", &unlisted);
}

#[test]
fn every_link_between_documents_leads_to_a_file() {
    let mut dead = Vec::new();
    for path in below("", &[".md"]) {
        let folder = path.parent().expect("a file has a folder");
        for target in links(&text(&path)) {
            if !target_exists(folder, &target) {
                dead.push(format!("{}: {target}", shown(&path)));
            }
        }
    }
    assert_none("links that lead nowhere", &dead);
}

fn target_exists(folder: &Path, target: &str) -> bool {
    let file = target.split('#').next().unwrap_or_default();
    file.is_empty() || target.contains("://") || target.starts_with("mailto:") || folder.join(file).exists()
}

/// The targets of `[text](target)` outside code blocks.
fn links(markdown: &str) -> Vec<String> {
    let mut in_code = false;
    let mut found = Vec::new();
    for line in markdown.lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if in_code {
            continue;
        }
        let targets = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        found.extend(targets.filter(|target| !target.contains(' ')).map(str::to_owned));
    }
    found
}

//! Walks the repository's own files; build output and generated folders are left out.

use std::fs;
use std::path::{Path, PathBuf};

const NOT_OURS: [&str; 6] = [".git", "target", "gen", "demo-data", "node_modules", "schemas"];

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("tests/ has a parent")
        .to_path_buf()
}

/// Every file below `folder` (relative to the root) whose name ends in one of `endings`, sorted; all files when
/// `endings` is empty. An absent folder has none.
pub fn below(folder: &str, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    walk(&root().join(folder), &mut found);
    found.retain(|path| {
        let name = path.to_string_lossy();
        endings.is_empty() || endings.iter().any(|ending| name.ends_with(ending))
    });
    found.sort();
    found
}

/// The text of a file.
pub fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The path as a reader of the repository would write it.
pub fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

/// Fails with one line for each finding.
#[track_caller]
pub fn assert_none(what: &str, findings: &[String]) {
    assert!(findings.is_empty(), "{what}:\n  {}", findings.join("\n  "));
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_symlink() || NOT_OURS.iter().any(|skipped| name == *skipped) {
            continue;
        }
        if path.is_dir() {
            walk(&path, found);
        } else {
            found.push(path);
        }
    }
}

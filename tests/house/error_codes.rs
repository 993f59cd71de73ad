//! docs/errors.md lists exactly the numbered codes, with their name, status and English sentence.

use warifu_shared::error::ErrorCode;

use crate::files::{root, text};

#[test]
fn every_error_code_is_documented_exactly() {
    let documented: Vec<String> = text(&root().join("docs/errors.md"))
        .lines()
        .filter(|line| line.starts_with("| 1"))
        .map(str::to_owned)
        .collect();
    let defined: Vec<String> = ErrorCode::ALL
        .iter()
        .map(|code| {
            format!(
                "| {} | `{}` | {} | {} |",
                code.number(),
                code.name(),
                code.status(),
                code.en()
            )
        })
        .collect();
    assert_eq!(documented, defined, "docs/errors.md (left) and ErrorCode (right)");
}

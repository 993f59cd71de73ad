//! Entries as a table for a spreadsheet: UTF-8 with a byte order mark, and no cell that a spreadsheet would run (STAFF-09).

use warifu_shared::log::export::Line;
use warifu_shared::log::{Checkpoint, Entry, Hash};

use crate::pages::text;

/// The byte order mark.
pub const MARK: &[u8] = "\u{feff}".as_bytes();

/// The byte order mark, by which spreadsheets see UTF-8, and the names of the columns.
#[must_use]
pub fn head() -> Vec<u8> {
    let names = [
        "number",
        "time_jst",
        "action",
        "outcome",
        "actor",
        "subject",
        "object",
        "request",
        "id",
        "entry",
        "leaf_hash",
        "log_size",
        "root",
        "proof",
    ];
    let mut bytes = MARK.to_vec();
    bytes.extend(cells(&names.map(str::to_owned)));
    bytes
}

/// The row of an entry. Hashes are in hexadecimal; of a pruned entry nothing else is left.
#[must_use]
pub fn row(line: &Line, entry: Option<&Entry>, proof: &[Hash], signed: &Checkpoint) -> Vec<u8> {
    let of = |read: fn(&Entry) -> &str| {
        let value = entry.map(read).unwrap_or_default();
        if value == "-" {
            String::new()
        } else {
            value.to_owned()
        }
    };
    let bytes = line.entry.as_deref().unwrap_or_default();
    let proof: Vec<String> = proof.iter().map(hex).collect();
    cells(&[
        line.position.to_string(),
        entry.map_or_else(String::new, |it| text::sortable(it.at)),
        of(|it| &it.action),
        of(|it| &it.outcome),
        of(|it| &it.actor),
        of(|it| &it.subject),
        of(|it| &it.object),
        of(|it| &it.request),
        of(|it| &it.id),
        String::from_utf8_lossy(bytes).into_owned(),
        hex(&line.hash),
        signed.size.to_string(),
        hex(&signed.root),
        proof.join(" "),
    ])
}

/// One line of cells.
#[must_use]
pub fn cells(cells: &[String]) -> Vec<u8> {
    let line: Vec<String> = cells.iter().map(|it| cell(it)).collect();
    (line.join(",") + "\r\n").into_bytes()
}

/// A quoted cell. What a spreadsheet could take for a formula gets an apostrophe before it; also behind white space, which some
/// leave out.
fn cell(value: &str) -> String {
    let first = value
        .trim_start_matches([' ', '\u{3000}', '\u{a0}', '\u{feff}'])
        .chars()
        .next();
    let formula = first.is_some_and(|c| FORMULA.contains(&c)) || value.starts_with(['\t', '\r', '\n']);
    let guard = if formula { "'" } else { "" };
    format!("\"{guard}{}\"", value.replace('"', "\"\""))
}

/// Full-width forms too: spreadsheets in Japanese fold them.
const FORMULA: [char; 11] = [
    '=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
];

/// A hash in hexadecimal.
#[must_use]
pub fn hex(hash: &Hash) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn staff_09_no_cell_is_a_formula() {
        for (value, written) in [
            ("=1+1", "\"'=1+1\""),
            ("+81", "\"'+81\""),
            ("-1", "\"'-1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("\tx", "\"'\tx\""),
            ("\r=x", "\"'\r=x\""),
            ("\n=x", "\"'\n=x\""),
            ("  =x", "\"'  =x\""),
            ("\u{ff1d}HYPERLINK(0)", "\"'\u{ff1d}HYPERLINK(0)\""),
            ("a\"b,c\r\nd", "\"a\"\"b,c\r\nd\""),
            ("plain", "\"plain\""),
            ("", "\"\""),
        ] {
            assert_eq!(cell(value), written, "{value:?}");
        }
        assert!(head().starts_with(&[0xef, 0xbb, 0xbf]));
    }
}

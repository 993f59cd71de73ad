//! The budget of the Rust sources: file and function length, and a first line that says what lives in the file.

use crate::files::{assert_none, below, shown, text};

const MOST_LINES_OF_A_FILE: usize = 400;
const MOST_LINES_OF_A_FUNCTION: usize = 100;

#[test]
fn no_file_is_longer_than_the_budget() {
    let long: Vec<String> = below("", &[".rs"])
        .iter()
        .map(|path| (shown(path), text(path).lines().count()))
        .filter(|(_, lines)| *lines > MOST_LINES_OF_A_FILE)
        .map(|(path, lines)| format!("{path}: {lines} lines"))
        .collect();
    assert_none("files over 400 lines", &long);
}

#[test]
fn no_function_is_longer_than_the_budget() {
    let mut long = Vec::new();
    for path in below("", &[".rs"]) {
        for (line, length) in functions(&text(&path)) {
            if length > MOST_LINES_OF_A_FUNCTION {
                long.push(format!("{}:{line}: {length} lines", shown(&path)));
            }
        }
    }
    assert_none("functions over 100 lines", &long);
}

#[test]
fn every_file_says_what_lives_there() {
    let silent: Vec<String> = below("", &[".rs"])
        .iter()
        .filter(|path| !text(path).lines().next().is_some_and(says_something))
        .map(|path| shown(path))
        .collect();
    assert_none("files that do not start with `//!` and what lives there", &silent);
}

#[test]
fn functions_are_measured_from_their_first_line_to_their_closing_brace() {
    let source = "trait T {\n    fn declared(&self);\n}\nfn short() {}\npub async fn long(\n    a: u8,\n) {\n    if a {\n    }\n}\n";
    assert_eq!(functions(source), vec![(4, 1), (5, 6)]);
}

/// The line number and length of each function with a body. Relies on rustfmt: a body closes with a brace at the
/// indentation of its `fn`.
fn functions(source: &str) -> Vec<(usize, usize)> {
    let lines: Vec<&str> = source.lines().collect();
    let mut found = Vec::new();
    for (start, line) in lines
        .iter()
        .enumerate()
        .filter(|(_, line)| starts_a_function(line))
    {
        let indent = &line[..line.len() - line.trim_start().len()];
        let Some(opening) = lines[start..]
            .iter()
            .position(|line| line.ends_with(['{', '}', ';']))
        else {
            continue;
        };
        let opens = lines[start + opening];
        if opens.ends_with(';') {
            continue;
        }
        let length = if opens.ends_with('}') {
            opening + 1
        } else {
            let end = format!("{indent}}}");
            lines[start..]
                .iter()
                .position(|line| *line == end)
                .map_or(1, |closing| closing + 1)
        };
        found.push((start + 1, length));
    }
    found
}

fn says_something(first_line: &str) -> bool {
    let placeholder = ["skeleton", "to be written"]
        .iter()
        .any(|word| first_line.contains(word));
    first_line
        .strip_prefix("//! ")
        .is_some_and(|said| !said.trim().is_empty())
        && !placeholder
}

fn starts_a_function(line: &str) -> bool {
    const BEFORE: [&str; 6] = ["pub", "pub(crate)", "pub(super)", "async", "const", "extern"];
    line.split_whitespace().find(|word| !BEFORE.contains(word)) == Some("fn")
}

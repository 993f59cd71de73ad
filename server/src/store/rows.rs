//! SQL for several rows at once: a list of values padded to a power of two, so that few texts serve every number of rows and
//! all of them stay prepared.

use std::sync::OnceLock;

use super::Conn;

/// A statement around a list of rows. Rows whose first column is empty are padding; the tail must leave them out.
pub(super) struct Rows {
    head: &'static str,
    types: &'static str,
    tail: &'static str,
    unnumbered: [OnceLock<String>; SIZES],
    numbered: [OnceLock<String>; SIZES],
}

impl Rows {
    /// `head`, a list of rows that is called `v`, `tail`. `types` has a letter for each column: `t`ext, text that `m`ay be
    /// missing, `n`umber, `b`ytes.
    pub(super) const fn new(head: &'static str, types: &'static str, tail: &'static str) -> Self {
        Self {
            head,
            types,
            tail,
            unnumbered: [const { OnceLock::new() }; SIZES],
            numbered: [const { OnceLock::new() }; SIZES],
        }
    }

    /// The types of the columns.
    pub(super) const fn types(&self) -> &'static str {
        self.types
    }

    /// The text for at least `rows` rows, and how many it takes: to be bound row by row.
    pub(super) fn sql(&'static self, c: &Conn, rows: usize) -> (&'static str, usize) {
        let size = rows.clamp(1, MOST).next_power_of_two();
        match c.backend_name() {
            "PostgreSQL" => (self.numbered(size), size),
            _ => (self.unnumbered(size), size),
        }
    }

    /// The text for `size` rows, a power of two, as PostgreSQL wants it.
    pub(super) fn numbered(&'static self, size: usize) -> &'static str {
        self.numbered[size.trailing_zeros() as usize].get_or_init(|| self.write(size, true))
    }

    /// The same for SQLite, which looks names of parameters up one by one: with hundreds of them that takes longer than the
    /// statement. These have no names.
    pub(super) fn unnumbered(&'static self, size: usize) -> &'static str {
        self.unnumbered[size.trailing_zeros() as usize].get_or_init(|| self.write(size, false))
    }

    fn write(&self, size: usize, numbered: bool) -> String {
        let mut next = 0;
        let mut row = || {
            let names = self.types.bytes().map(|_| {
                next += 1;
                if numbered {
                    format!("${next}")
                } else {
                    "?".to_owned()
                }
            });
            format!("({})", names.collect::<Vec<_>>().join(", "))
        };
        let rows: Vec<String> = (0..size).map(|_| row()).collect();
        format!("{} (VALUES {}) AS v {}", self.head, rows.join(", "), self.tail)
    }
}

/// Most rows of one statement.
pub(super) const MOST: usize = 64;
/// Most rows where a member of a group may bring several: its leaves and mails.
pub(super) const WIDEST: usize = 256;
const SIZES: usize = WIDEST.trailing_zeros() as usize + 1;

#[cfg(test)]
mod tests {
    use super::*;

    static TWO: Rows = Rows::new(
        "INSERT INTO t SELECT column1, column2 FROM",
        "tt",
        "WHERE column1 <> ''",
    );

    #[test]
    fn rows_are_written_with_and_without_numbers() {
        assert_eq!(
            TWO.write(2, true),
            "INSERT INTO t SELECT column1, column2 FROM (VALUES ($1, $2), ($3, $4)) AS v WHERE column1 <> ''"
        );
        assert_eq!(
            TWO.write(1, false),
            "INSERT INTO t SELECT column1, column2 FROM (VALUES (?, ?)) AS v WHERE column1 <> ''"
        );
    }
}

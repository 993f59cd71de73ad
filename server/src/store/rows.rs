//! SQL for several rows at once: a list of values padded to a power of two, so that few texts serve every number of rows and
//! all of them stay prepared.

use std::sync::OnceLock;

/// A statement around a list of rows. Rows whose first column is empty are padding; the tail must leave them out.
pub(super) struct Rows {
    head: &'static str,
    columns: usize,
    tail: &'static str,
    sizes: [OnceLock<String>; SIZES],
}

impl Rows {
    /// `head`, a list of rows of `columns` values that is called `v`, `tail`.
    pub(super) const fn new(head: &'static str, columns: usize, tail: &'static str) -> Self {
        Self {
            head,
            columns,
            tail,
            sizes: [const { OnceLock::new() }; SIZES],
        }
    }

    /// The text for at least `rows` rows, and how many it takes: to be bound row by row.
    pub(super) fn sql(&'static self, rows: usize) -> (&'static str, usize) {
        let size = rows.clamp(1, MOST).next_power_of_two();
        let place = size.trailing_zeros() as usize;
        (self.sizes[place].get_or_init(|| self.write(size)), size)
    }

    fn write(&self, size: usize) -> String {
        let mut next = 0;
        let mut row = || {
            let names = (0..self.columns).map(|_| {
                next += 1;
                format!("${next}")
            });
            format!("({})", names.collect::<Vec<_>>().join(", "))
        };
        let rows: Vec<String> = (0..size).map(|_| row()).collect();
        format!("{} (VALUES {}) AS v {}", self.head, rows.join(", "), self.tail)
    }
}

/// The members of a list with their key, and then the last one again, with an empty key, until there are `size`.
pub(super) fn padded<'a, T>(
    members: &'a [T],
    size: usize,
    key: impl Fn(&'a T) -> &'a str,
) -> impl Iterator<Item = (&'a str, &'a T)> {
    let real = members.iter().map(move |member| (key(member), member));
    let padding = members.last().into_iter().cycle().map(|member| ("", member));
    real.chain(padding).take(size)
}

/// Most rows of one statement.
pub(super) const MOST: usize = 64;
const SIZES: usize = MOST.trailing_zeros() as usize + 1;

#[cfg(test)]
mod tests {
    use super::*;

    static TWO: Rows = Rows::new(
        "INSERT INTO t SELECT column1, column2 FROM",
        2,
        "WHERE column1 <> ''",
    );

    #[test]
    fn numbers_of_rows_share_texts_by_powers_of_two() {
        let (sql, size) = TWO.sql(1);
        assert_eq!(size, 1);
        assert_eq!(
            sql,
            "INSERT INTO t SELECT column1, column2 FROM (VALUES ($1, $2)) AS v WHERE column1 <> ''"
        );
        let (three, four) = (TWO.sql(3), TWO.sql(4));
        assert_eq!(three, four);
        assert!(three.0.contains("($7, $8)) AS v"), "{}", three.0);
        assert_eq!(TWO.sql(64).1, 64);
    }

    #[test]
    fn padding_has_no_key() {
        let keys: Vec<_> = padded(&["a", "b", "c"], 4, |m| m).map(|(key, _)| key).collect();
        assert_eq!(keys, ["a", "b", "c", ""]);
    }
}

//! Several multi-row statements, run as one: on SQLite in a single call, from BEGIN to COMMIT, because handing a statement to
//! the database's thread and back costs more than the statement; on PostgreSQL one after the other in a transaction.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::{Any, Connection};

use crate::store::rows::Rows;
use crate::store::{Conn, StoreError, row};

/// A value of a row.
#[derive(Debug, Clone, Copy)]
pub(super) enum Value<'a> {
    Text(&'a str),
    Maybe(Option<&'a str>),
    Number(i64),
    Bytes(&'a [u8]),
}

/// Statements with their rows.
pub(super) struct Batch<'a> {
    size: usize,
    wide: usize,
    parts: Vec<Part<'a>>,
}

/// Sizes and places of a batch: what its text depends on.
type Shape = (usize, usize, u32);

struct Part<'a> {
    /// The statement's place in the list of all, for the cache of texts.
    place: u32,
    size: usize,
    rows: &'static Rows,
    values: Vec<Value<'a>>,
}

impl<'a> Batch<'a> {
    /// A batch of statements for at most `most` rows each, the wide ones for at most `wide`.
    pub(super) fn of(most: usize, wide: usize) -> Self {
        Self {
            size: most.max(1).next_power_of_two(),
            wide: wide.max(1).next_power_of_two(),
            parts: Vec::new(),
        }
    }

    /// Adds a statement, which has the same `place` each time; none when there are no rows.
    pub(super) fn add(&mut self, place: u32, rows: &'static Rows, values: Vec<Value<'a>>) {
        self.push(place, self.size, rows, values);
    }

    /// The same for a statement to which a member may bring several rows.
    pub(super) fn add_wide(&mut self, place: u32, rows: &'static Rows, values: Vec<Value<'a>>) {
        self.push(place, self.wide, rows, values);
    }

    fn push(&mut self, place: u32, size: usize, rows: &'static Rows, values: Vec<Value<'a>>) {
        if !values.is_empty() {
            self.parts.push(Part {
                place,
                size,
                rows,
                values,
            });
        }
    }

    /// Runs all of it durably. Gives the ids that the statements returned.
    ///
    /// # Errors
    /// On a database failure: then nothing was written.
    pub(super) async fn run(&self, c: &mut Conn) -> Result<HashSet<String>, StoreError> {
        if c.backend_name() == "PostgreSQL" {
            return self.run_one_by_one(c).await;
        }
        let mut query = sqlx::query(self.text_of_all());
        for part in &self.parts {
            query = bind(query, part);
        }
        match query.fetch_all(&mut *c).await {
            Ok(rows) => ids(&rows),
            Err(error) => {
                // Nothing to roll back when it did not even begin.
                drop(sqlx::query("ROLLBACK").execute(&mut *c).await);
                Err(error.into())
            }
        }
    }

    async fn run_one_by_one(&self, c: &mut Conn) -> Result<HashSet<String>, StoreError> {
        let mut tx = c.begin().await?;
        let mut done = HashSet::new();
        for part in &self.parts {
            let query = bind(sqlx::query(part.rows.numbered(part.size)), part);
            done.extend(ids(&query.fetch_all(&mut *tx).await?)?);
        }
        tx.commit().await?;
        Ok(done)
    }

    /// The text of all statements. There are few different ones, so each is made once and stays prepared.
    fn text_of_all(&self) -> &'static str {
        static TEXTS: Mutex<Option<HashMap<Shape, &'static str>>> = Mutex::new(None);
        let places = self.parts.iter().fold(0, |all, part| all | 1 << part.place);
        let mut texts = TEXTS.lock().unwrap_or_else(PoisonError::into_inner);
        texts
            .get_or_insert_default()
            .entry((self.size, self.wide, places))
            .or_insert_with(|| {
                let mut text = "BEGIN IMMEDIATE; ".to_owned();
                for part in &self.parts {
                    text.push_str(part.rows.unnumbered(part.size));
                    text.push_str("; ");
                }
                text.push_str("COMMIT");
                Box::leak(text.into_boxed_str())
            })
    }
}

fn bind<'a>(mut query: Query<'a, Any, AnyArguments>, part: &Part<'a>) -> Query<'a, Any, AnyArguments> {
    for value in &part.values {
        query = match *value {
            Value::Text(text) => query.bind(text),
            Value::Maybe(text) => query.bind(text),
            Value::Number(number) => query.bind(number),
            Value::Bytes(bytes) => query.bind(bytes),
        };
    }
    let columns = part.rows.types().len();
    for place in part.values.len()..part.size * columns {
        query = match part.rows.types().as_bytes()[place % columns] {
            b'n' => query.bind(0i64),
            b'b' => query.bind(&[][..] as &[u8]),
            b'm' => query.bind(None::<&str>),
            _ => query.bind(""),
        };
    }
    query
}

fn ids(rows: &[AnyRow]) -> Result<HashSet<String>, StoreError> {
    rows.iter().map(|r| row::text(r, "id")).collect()
}

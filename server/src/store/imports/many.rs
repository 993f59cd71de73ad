//! Many rows with one statement: an import of a hundred thousand customers takes minutes otherwise.

use crate::store::leaves::LeafRow;
use crate::store::{Conn, StoreError};

/// Rows of one statement. PostgreSQL takes 65,535 values.
const MOST: usize = 500;

/// A value of a row.
#[derive(Debug, Clone, Copy)]
pub(super) enum Value<'a> {
    /// Text.
    Text(&'a str),
    /// A number.
    Number(i64),
    /// A number that may be missing.
    Maybe(Option<i64>),
    /// Bytes.
    Bytes(&'a [u8]),
}

/// `head` with as many rows as there are, then `tail`. Gives the first column of what the statement returns.
pub(super) async fn insert(
    c: &mut Conn,
    head: &str,
    rows: &[Vec<Value<'_>>],
    tail: &str,
) -> Result<Vec<String>, StoreError> {
    let mut returned = Vec::new();
    for some in rows.chunks(MOST) {
        let width = some.first().map_or(0, Vec::len);
        let sql = format!("{head} VALUES {} {tail}", places(c, some.len(), width));
        let mut query = sqlx::query(sqlx::AssertSqlSafe(sql)).persistent(some.len() == MOST);
        for value in some.iter().flatten() {
            query = match *value {
                Value::Text(text) => query.bind(text),
                Value::Number(number) => query.bind(number),
                Value::Maybe(number) => query.bind(number),
                Value::Bytes(bytes) => query.bind(bytes),
            };
        }
        for row in query.fetch_all(&mut *c).await? {
            returned.push(sqlx::Row::try_get(&row, 0)?);
        }
    }
    Ok(returned)
}

/// `(a, b), (c, d)`. SQLite looks up names of parameters one by one, so there they have none.
fn places(c: &Conn, rows: usize, width: usize) -> String {
    let numbered = c.backend_name() == "PostgreSQL";
    let mut text = String::new();
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..width {
            text.push_str(if column == 0 { "" } else { ", " });
            if numbered {
                text.push_str(&format!("${}", row * width + column + 1));
            } else {
                text.push('?');
            }
        }
        text.push(')');
    }
    text
}

/// A list of texts, for `IN`: `head (…) tail`. Gives rows.
pub(super) async fn among(
    c: &mut Conn,
    head: &str,
    first: &str,
    texts: &[&str],
    tail: &str,
) -> Result<Vec<sqlx::any::AnyRow>, StoreError> {
    let mut all = Vec::new();
    for some in texts.chunks(MOST) {
        let numbered = c.backend_name() == "PostgreSQL";
        let names: Vec<String> = (0..some.len())
            .map(|it| {
                if numbered {
                    format!("${}", it + 2)
                } else {
                    "?".to_owned()
                }
            })
            .collect();
        let one = if numbered { "$1" } else { "?" };
        let sql = format!("{} ({}) {tail}", head.replace("$1", one), names.join(", "));
        let mut query = sqlx::query(sqlx::AssertSqlSafe(sql))
            .persistent(some.len() == MOST)
            .bind(first);
        for text in some {
            query = query.bind(*text);
        }
        all.extend(query.fetch_all(&mut *c).await?);
    }
    Ok(all)
}

/// Inserts leaves, in the transaction of their effects.
///
/// # Errors
/// On a database failure.
pub async fn insert_leaves(c: &mut Conn, leaves: &[LeafRow]) -> Result<(), StoreError> {
    let rows: Vec<Vec<Value<'_>>> = leaves
        .iter()
        .map(|it| {
            vec![
                Value::Text(it.id.as_str()),
                Value::Number(it.at.0),
                Value::Text(&it.subject),
                Value::Text(&it.action),
                Value::Bytes(&it.entry),
            ]
        })
        .collect();
    insert(
        c,
        "INSERT INTO audit_leaves (id, at, subject, action, entry)",
        &rows,
        "",
    )
    .await?;
    let rows: Vec<Vec<Value<'_>>> = leaves
        .iter()
        .map(|it| {
            vec![
                Value::Text(it.id.as_str()),
                Value::Text(&it.salt),
                Value::Text(&it.details),
            ]
        })
        .collect();
    insert(c, "INSERT INTO audit_details (leaf_id, salt, details)", &rows, "").await?;
    Ok(())
}

//! What the watcher looks up in the log behind an entry: bounded reads by index, the same whenever they are made (S4).

use std::collections::{HashMap, HashSet};

use sqlx::Any;

use super::rows::{MOST, Rows};
use super::{Conn, StoreError, row};

/// Entries about an account from the id `range.0` to below `range.1`, newest first, at most `limit`.
///
/// # Errors
/// On a database failure.
pub async fn earlier(
    c: &mut Conn,
    account: &str,
    range: (&str, &str),
    limit: i64,
) -> Result<Vec<Vec<u8>>, StoreError> {
    let rows = sqlx::query(
        "SELECT l.entry AS entry FROM log_positions p JOIN audit_leaves l ON l.id = p.leaf_id \
         WHERE p.subject = $1 AND p.subject <> '-' AND p.leaf_id >= $2 AND p.leaf_id < $3 \
         ORDER BY p.leaf_id DESC LIMIT $4",
    )
    .bind(account)
    .bind(range.0)
    .bind(range.1)
    .bind(limit)
    .fetch_all(c)
    .await?;
    rows.iter().map(|r| row::bytes(r, "entry")).collect()
}

/// An account, and from which id on to below which an entry is looked for.
pub type Stretch = (String, String, String);

/// Those of the stretches in which an entry with this action is about the account.
///
/// # Errors
/// On a database failure.
pub async fn are_there(
    c: &mut Conn,
    action: &str,
    stretches: &[Stretch],
) -> Result<HashSet<Stretch>, StoreError> {
    let mut found = HashSet::new();
    for some in stretches.chunks(MOST) {
        let (sql, size) = THERE.sql(c, some.len());
        let mut query = sqlx::query::<Any>(sql);
        for place in 0..size {
            query = match some.get(place) {
                Some((account, from, to)) => query.bind(account).bind(from).bind(to),
                None => query.bind("").bind("").bind(""),
            };
            query = query.bind(action);
        }
        for r in query.fetch_all(&mut *c).await? {
            let text = |column| row::text(&r, column);
            found.insert((text("account")?, text("first")?, text("behind")?));
        }
    }
    Ok(found)
}

/// No account is empty, so the padding finds nothing.
static THERE: Rows = Rows::new(
    "SELECT v.column1 AS account, v.column2 AS first, v.column3 AS behind FROM",
    "tttt",
    "WHERE v.column1 <> '' AND EXISTS (SELECT p.leaf_id FROM log_positions p WHERE p.subject = v.column1 \
     AND p.subject <> '-' AND p.leaf_id >= v.column2 AND p.leaf_id < v.column3 AND p.action = v.column4)",
);

/// Whether a challenge was a test that the customer asked for.
///
/// # Errors
/// On a database failure.
pub async fn is_test(c: &mut Conn, challenge: &str) -> Result<bool, StoreError> {
    let found = sqlx::query("SELECT id FROM challenges WHERE id = $1 AND action = 'test'")
        .bind(challenge)
        .fetch_optional(c)
        .await?;
    Ok(found.is_some())
}

/// The details of the entries with an action at positions from `from` to below `to`, by their ids; none of erased ones.
///
/// # Errors
/// On a database failure.
pub async fn details(
    c: &mut Conn,
    action: &str,
    from: u64,
    to: u64,
) -> Result<HashMap<String, String>, StoreError> {
    let rows = sqlx::query(
        "SELECT p.leaf_id AS id, d.details AS details FROM log_positions p JOIN audit_details d ON d.leaf_id = p.leaf_id \
         WHERE p.position >= $1 AND p.position < $2 AND p.action = $3",
    )
    .bind(i64::try_from(from).unwrap_or(i64::MAX))
    .bind(i64::try_from(to).unwrap_or(i64::MAX))
    .bind(action)
    .fetch_all(c)
    .await?;
    rows.iter()
        .map(|r| Ok((row::text(r, "id")?, row::text(r, "details")?)))
        .collect()
}

/// Entries about an account around those from `first` to `last`: so many before, between and after, newest first.
///
/// # Errors
/// On a database failure.
pub async fn around(
    c: &mut Conn,
    account: &str,
    (first, last): (&str, &str),
    each_side: i64,
) -> Result<Vec<Vec<u8>>, StoreError> {
    let mut found = Vec::new();
    for (range, order, most) in [
        ("p.leaf_id > $2 AND p.leaf_id > $3", "ASC", each_side),
        ("p.leaf_id >= $2 AND p.leaf_id <= $3", "DESC", 2 * each_side),
        ("p.leaf_id < $2 AND p.leaf_id < $3", "DESC", each_side),
    ] {
        let sql = format!(
            "SELECT l.entry AS entry FROM log_positions p JOIN audit_leaves l ON l.id = p.leaf_id \
             WHERE p.subject = $1 AND p.subject <> '-' AND {range} ORDER BY p.leaf_id {order} LIMIT $4"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(account)
            .bind(first)
            .bind(last)
            .bind(most)
            .fetch_all(&mut *c)
            .await?;
        let mut some = rows
            .iter()
            .map(|r| row::bytes(r, "entry"))
            .collect::<Result<Vec<_>, _>>()?;
        if order == "ASC" {
            some.reverse();
        }
        found.extend(some);
    }
    Ok(found)
}

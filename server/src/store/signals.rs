//! What the watcher looks up in the log behind an entry: bounded reads by index, the same whenever they are made (S4).

use std::collections::HashMap;

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

/// Whether an entry with this action is about an account, from the id `range.0` to below `range.1`.
///
/// # Errors
/// On a database failure.
pub async fn is_there(
    c: &mut Conn,
    account: &str,
    action: &str,
    range: (&str, &str),
) -> Result<bool, StoreError> {
    let found = sqlx::query(
        "SELECT leaf_id FROM log_positions WHERE subject = $1 AND subject <> '-' AND leaf_id >= $2 AND leaf_id < $3 \
         AND action = $4 LIMIT 1",
    )
    .bind(account)
    .bind(range.0)
    .bind(range.1)
    .bind(action)
    .fetch_optional(c)
    .await?;
    Ok(found.is_some())
}

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

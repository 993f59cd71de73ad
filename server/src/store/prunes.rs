//! Entries of the log that are past their retention: how far they were pruned, and the rows that go (AUDIT-09).

use warifu_shared::clock::Timestamp;

use super::{Conn, StoreError, row};

/// The position below which entries were pruned; 0 when none was.
///
/// # Errors
/// On a database failure.
pub async fn below(c: &mut Conn) -> Result<i64, StoreError> {
    let found = sqlx::query("SELECT CAST(COALESCE(MAX(below), 0) AS BIGINT) AS below FROM log_prunes")
        .fetch_one(c)
        .await?;
    row::int(&found, "below")
}

/// How many entries from `first` on, at most `limit`, lie before the first that is younger than `before`. Positions count: one
/// younger entry keeps those behind it.
///
/// # Errors
/// On a database failure.
pub async fn run_of_old(c: &mut Conn, first: i64, before: &str, limit: i64) -> Result<i64, StoreError> {
    let rows = sqlx::query(
        "SELECT CAST(CASE WHEN leaf_id < $2 THEN 1 ELSE 0 END AS BIGINT) AS is_old FROM log_positions \
         WHERE position >= $1 ORDER BY position LIMIT $3",
    )
    .bind(first)
    .bind(before)
    .bind(limit)
    .fetch_all(c)
    .await?;
    let mut count = 0;
    for r in &rows {
        if !row::flag(r, "is_old")? {
            break;
        }
        count += 1;
    }
    Ok(count)
}

/// Allows the rows below `below` to go. False when another process has pruned meanwhile.
///
/// # Errors
/// On a database failure.
pub async fn allow(
    c: &mut Conn,
    from: i64,
    below: i64,
    record: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "INSERT INTO log_prunes (below, record_id, at) SELECT $1, $2, $3 \
         WHERE COALESCE((SELECT MAX(below) FROM log_prunes), 0) = $4",
    )
    .bind(below)
    .bind(record)
    .bind(now.0)
    .bind(from)
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The first position below `below` whose bytes are still there.
///
/// # Errors
/// On a database failure.
pub async fn first_left(c: &mut Conn, below: i64) -> Result<Option<i64>, StoreError> {
    let found = sqlx::query(
        "SELECT p.position AS position FROM log_positions p JOIN audit_leaves l ON l.id = p.leaf_id \
         WHERE p.position < $1 ORDER BY p.position LIMIT 1",
    )
    .bind(below)
    .fetch_optional(c)
    .await?;
    found.as_ref().map(|r| row::int(r, "position")).transpose()
}

/// Takes the bytes, the details and what is searched by from the positions `first` to below `to`; hashes stay.
///
/// # Errors
/// On a database failure; the database refuses it above what [`allow`] allowed.
pub async fn take(c: &mut Conn, first: i64, to: i64) -> Result<(), StoreError> {
    for sql in [
        "DELETE FROM audit_details WHERE leaf_id IN \
         (SELECT leaf_id FROM log_positions WHERE position >= $1 AND position < $2)",
        "DELETE FROM audit_leaves WHERE id IN \
         (SELECT leaf_id FROM log_positions WHERE position >= $1 AND position < $2)",
        "UPDATE log_positions SET subject = '-', object = '-', actor = '-', action = '-' \
         WHERE position >= $1 AND position < $2",
    ] {
        sqlx::query(sql).bind(first).bind(to).execute(&mut *c).await?;
    }
    Ok(())
}

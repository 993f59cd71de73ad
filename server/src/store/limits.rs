//! Counters of limits over a time window, shared by all processes (RISK-07, CODE-05).

use warifu_shared::clock::Timestamp;

use super::{Conn, StoreError, row};

/// Counts one use of `key` in the window of `window_secs` that `now` falls in, and gives the count with it.
///
/// # Errors
/// On a database failure.
pub async fn count(c: &mut Conn, key: &str, window_secs: i64, now: Timestamp) -> Result<i64, StoreError> {
    let start = now.secs() - now.secs().rem_euclid(window_secs);
    let found = sqlx::query(
        "INSERT INTO rate_counters (key, window_start, count, expires_at) VALUES ($1, $2, 1, $3) \
         ON CONFLICT (key, window_start) DO UPDATE SET count = rate_counters.count + 1 RETURNING count",
    )
    .bind(key)
    .bind(start)
    .bind(Timestamp::from_secs(start + window_secs).0)
    .fetch_one(c)
    .await?;
    row::int(&found, "count")
}

/// Deletes what no longer counts: old windows, used nonces. Gives the number of rows.
///
/// # Errors
/// On a database failure.
pub async fn sweep(c: &mut Conn, now: Timestamp) -> Result<u64, StoreError> {
    let mut rows = 0;
    for sql in [
        "DELETE FROM rate_counters WHERE expires_at < $1",
        "DELETE FROM request_nonces WHERE expires_at < $1",
    ] {
        rows += sqlx::query(sql)
            .bind(now.0)
            .execute(&mut *c)
            .await?
            .rows_affected();
    }
    Ok(rows)
}

//! What the worker looks at: what is due, and who of several processes takes it.

use warifu_shared::clock::Timestamp;

use super::{Withdrawal, withdrawal};
use crate::store::{Conn, StoreError, row};

/// What the worker has to look at now, longest waiting first; and the ids of rows that cannot be read.
///
/// # Errors
/// On a database failure.
pub async fn due(
    c: &mut Conn,
    now: Timestamp,
    most: i64,
) -> Result<(Vec<Withdrawal>, Vec<String>), StoreError> {
    let rows = sqlx::query("SELECT * FROM withdrawals WHERE next_at <= $1 ORDER BY next_at LIMIT $2")
        .bind(now.0)
        .bind(most)
        .fetch_all(c)
        .await?;
    let (mut due, mut unreadable) = (Vec::new(), Vec::new());
    for r in &rows {
        match withdrawal(r) {
            Ok(readable) => due.push(readable),
            Err(error) => {
                tracing::error!(event = "withdrawal.unreadable", %error, "a stored withdrawal cannot be read");
                unreadable.push(row::text(r, "id")?);
            }
        }
    }
    Ok((due, unreadable))
}

/// Puts off what cannot be read, so that it stops nobody else.
///
/// # Errors
/// On a database failure.
pub async fn put_off(c: &mut Conn, id: &str, until: Timestamp) -> Result<(), StoreError> {
    sqlx::query("UPDATE withdrawals SET next_at = $2 WHERE id = $1")
        .bind(id)
        .bind(until.0)
        .execute(c)
        .await?;
    Ok(())
}

/// Says when a withdrawal is looked at again, counting the try; false when its state or try is no longer the one given: of
/// two processes one gets it.
///
/// # Errors
/// On a database failure.
pub async fn lease(c: &mut Conn, w: &Withdrawal, until: Timestamp) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE withdrawals SET next_at = $4, tries = tries + 1 WHERE id = $1 AND state = $2 AND tries = $3",
    )
    .bind(w.id.as_str())
    .bind(w.state.as_str())
    .bind(w.tries)
    .bind(until.0)
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

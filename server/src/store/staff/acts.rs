//! What staff did: the record whose hash stands in the audit entry (STAFF-06).

use warifu_shared::ids::StaffActId;

use crate::store::{Conn, StoreError, row};

/// Inserts a record.
///
/// # Errors
/// On a database failure.
pub async fn insert(c: &mut Conn, id: &StaffActId, subject: &str, record: &str) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO staff_acts (id, subject, record) VALUES ($1, $2, $3)")
        .bind(id.as_str())
        .bind(subject)
        .bind(record)
        .execute(c)
        .await?;
    Ok(())
}

/// The latest records about somebody, newest first.
///
/// # Errors
/// On a database failure.
pub async fn about(c: &mut Conn, subject: &str, limit: i64) -> Result<Vec<String>, StoreError> {
    let rows = sqlx::query("SELECT record FROM staff_acts WHERE subject = $1 ORDER BY id DESC LIMIT $2")
        .bind(subject)
        .bind(limit)
        .fetch_all(c)
        .await?;
    rows.iter().map(|r| row::text(r, "record")).collect()
}

//! Audit leaves as rows. `crate::audit` makes them; they are never changed (AUDIT-03).

use warifu_shared::clock::Timestamp;
use warifu_shared::ids::EntryId;

use super::{Conn, StoreError};

/// A leaf with its erasable personal details.
#[derive(Debug, Clone)]
pub struct LeafRow {
    /// Its id.
    pub id: EntryId,
    /// When it happened.
    pub at: Timestamp,
    /// Whom it concerns.
    pub subject: String,
    /// What happened.
    pub action: String,
    /// The canonical encoding.
    pub entry: Vec<u8>,
    /// The salt of the commitment to the details.
    pub salt: String,
    /// The details, as JSON.
    pub details: String,
}

/// Erases the personal details of leaves about a subject (AUDIT-08). Leaves from `recent` on are looked at themselves: they
/// may have no position yet. Gives the number of rows.
///
/// # Errors
/// On a database failure.
pub async fn erase_of(c: &mut Conn, subject: &str, recent: &str) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "DELETE FROM audit_details WHERE leaf_id IN (SELECT leaf_id FROM log_positions WHERE subject = $1 AND subject <> '-' \
         UNION ALL SELECT id FROM audit_leaves WHERE id >= $2 AND subject = $1)",
    )
    .bind(subject)
    .bind(recent)
    .execute(c)
    .await?;
    Ok(done.rows_affected())
}

/// Erases the personal details of leaves whose ids come before `before`, at most `limit` (AUDIT-09). Gives the number.
///
/// # Errors
/// On a database failure.
pub async fn erase_before(c: &mut Conn, before: &str, limit: i64) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "DELETE FROM audit_details WHERE leaf_id IN \
         (SELECT leaf_id FROM audit_details WHERE leaf_id < $1 ORDER BY leaf_id LIMIT $2)",
    )
    .bind(before)
    .bind(limit)
    .execute(c)
    .await?;
    Ok(done.rows_affected())
}

/// Inserts one leaf.
///
/// # Errors
/// On a database failure.
pub async fn insert(c: &mut Conn, leaf: &LeafRow) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO audit_leaves (id, at, subject, action, entry) VALUES ($1, $2, $3, $4, $5)")
        .bind(leaf.id.as_str())
        .bind(leaf.at.0)
        .bind(leaf.subject.as_str())
        .bind(leaf.action.as_str())
        .bind(leaf.entry.as_slice())
        .execute(&mut *c)
        .await?;
    sqlx::query("INSERT INTO audit_details (leaf_id, salt, details) VALUES ($1, $2, $3)")
        .bind(leaf.id.as_str())
        .bind(leaf.salt.as_str())
        .bind(leaf.details.as_str())
        .execute(c)
        .await?;
    Ok(())
}

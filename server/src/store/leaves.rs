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

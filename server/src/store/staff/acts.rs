//! What staff did: the record whose hash stands in the audit entry (STAFF-06).

use warifu_shared::clock::Timestamp;
use warifu_shared::ids::StaffActId;
use warifu_shared::log::Entry;
use warifu_shared::log::entry::{NOTHING, evidence_of};

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

/// The record whose hash is the evidence of an entry. Empty when there is none.
///
/// # Errors
/// On a database failure.
pub async fn shown_by(c: &mut Conn, entry: &Entry) -> Result<String, StoreError> {
    if entry.evidence == NOTHING || !entry.actor.starts_with("staff:") {
        return Ok(String::new());
    }
    // Record and entry were written at one moment.
    let rows = sqlx::query(
        "SELECT record FROM staff_acts WHERE subject = $1 AND id >= $2 AND id < $3 ORDER BY id LIMIT 20",
    )
    .bind(&entry.subject)
    .bind(StaffActId::from_moment(entry.at))
    .bind(StaffActId::from_moment(Timestamp(entry.at.0 + 1)))
    .fetch_all(c)
    .await?;
    for r in &rows {
        let record = row::text(r, "record")?;
        if evidence_of(&record) == entry.evidence {
            return Ok(record);
        }
    }
    Ok(String::new())
}

//! Proposals to open the accounts of an import: made by one person, approved by another (STAFF-03).

use warifu_shared::clock::Timestamp;
use warifu_shared::ids::{ImportId, StaffId};

use crate::store::{Conn, StoreError, row};

/// Somebody proposes to open the accounts; false when the import is not checked any more.
///
/// # Errors
/// On a database failure.
pub async fn propose(c: &mut Conn, id: &ImportId, by: &StaffId, now: Timestamp) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE imports SET state = 'proposed', proposed_by = $2, changed_at = $3 WHERE id = $1 AND state = 'checked'",
    )
    .bind(id.as_str())
    .bind(by.as_str())
    .bind(now.0)
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Another approves what `proposer` has proposed since `since`: they may collect the letters until `letters`. False when it is
/// not so any more (STAFF-03).
///
/// # Errors
/// On a database failure.
pub async fn approve(
    c: &mut Conn,
    id: &ImportId,
    by: &StaffId,
    proposer: &str,
    (since, now, letters): (Timestamp, Timestamp, Timestamp),
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE imports SET state = 'opening', approved_by = $2, changed_at = $4, letters_by = proposed_by, \
         letters_asked_at = $4, letters_until = $6 WHERE id = $1 AND state = 'proposed' \
         AND uploaded_by <> $2 AND proposed_by <> $2 AND proposed_by = $3 AND changed_at > $5",
    )
    .bind(id.as_str())
    .bind(by.as_str())
    .bind(proposer)
    .bind(now.0)
    .bind(since.0)
    .bind(letters.0)
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// How many proposals of others since `since` wait for an approver, a hundred at most.
///
/// # Errors
/// On a database failure.
pub async fn count_proposed(c: &mut Conn, by: &StaffId, since: Timestamp) -> Result<i64, StoreError> {
    let found = sqlx::query(
        "SELECT COUNT(*) AS waiting FROM (SELECT id FROM imports WHERE state = 'proposed' AND uploaded_by <> $1 \
         AND proposed_by <> $1 \
         OR letters_until = 0 AND letters_by <> $1 AND letters_asked_at > $2 LIMIT 100) AS found",
    )
    .bind(by.as_str())
    .bind(since.0)
    .fetch_one(c)
    .await?;
    row::int(&found, "waiting")
}

/// Whether any proposal is as old as `since`.
///
/// # Errors
/// On a database failure.
pub async fn has_proposals(c: &mut Conn, since: Timestamp) -> Result<bool, StoreError> {
    let found = sqlx::query("SELECT id FROM imports WHERE state = 'proposed' AND changed_at <= $1 LIMIT 1")
        .bind(since.0)
        .fetch_optional(c)
        .await?;
    Ok(found.is_some())
}

/// Proposals since before `since` are none any more. Their imports wait on, from when they were proposed.
///
/// # Errors
/// On a database failure.
pub async fn end_proposals(c: &mut Conn, since: Timestamp) -> Result<(), StoreError> {
    sqlx::query("UPDATE imports SET state = 'checked', proposed_by = NULL WHERE state = 'proposed' AND changed_at <= $1")
        .bind(since.0)
        .execute(c)
        .await?;
    Ok(())
}

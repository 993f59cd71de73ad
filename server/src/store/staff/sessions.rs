//! Logins and sessions of staff: own tables, own hashes, own rule (idle and absolute, STAFF-01).

use warifu_shared::clock::Timestamp;
use warifu_shared::ids::{AttemptId, ChallengeId, SessionId, StaffId};

use super::members::{self, Member};
use crate::domain::context::Source;
use crate::store::{Conn, StoreError, row};

/// An attempt to log in: the password was right, the device is asked.
#[derive(Debug, Clone)]
pub struct StaffAttempt {
    /// Its id.
    pub id: AttemptId,
    /// Whose.
    pub staff: StaffId,
    /// Hash of the secret of the browser that waits (CHAL-08).
    pub browser_hash: String,
    /// What the device was asked.
    pub challenge: ChallengeId,
    /// `open`, `done` or `cancelled`.
    pub state: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Inserts an attempt.
///
/// # Errors
/// On a database failure.
pub async fn insert_attempt(c: &mut Conn, a: &StaffAttempt) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO staff_attempts (id, staff_id, browser_hash, challenge_id, state, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(a.id.as_str())
    .bind(a.staff.as_str())
    .bind(&a.browser_hash)
    .bind(a.challenge.as_str())
    .bind(&a.state)
    .bind(a.created_at.0)
    .bind(a.expires_at.0)
    .execute(c)
    .await?;
    Ok(())
}

/// The attempt of this browser.
///
/// # Errors
/// On a database failure.
pub async fn attempt(
    c: &mut Conn,
    id: &AttemptId,
    browser_hash: &str,
) -> Result<Option<StaffAttempt>, StoreError> {
    let found = sqlx::query("SELECT * FROM staff_attempts WHERE id = $1 AND browser_hash = $2")
        .bind(id.as_str())
        .bind(browser_hash)
        .fetch_optional(c)
        .await?;
    let Some(r) = found else { return Ok(None) };
    Ok(Some(StaffAttempt {
        id: row::parsed(&r, "staff_attempts", "id")?,
        staff: row::parsed(&r, "staff_attempts", "staff_id")?,
        browser_hash: row::text(&r, "browser_hash")?,
        challenge: row::parsed(&r, "staff_attempts", "challenge_id")?,
        state: row::text(&r, "state")?,
        created_at: row::time(&r, "created_at")?,
        expires_at: row::time(&r, "expires_at")?,
    }))
}

/// Ends an open attempt; false when it had ended.
///
/// # Errors
/// On a database failure.
pub async fn end_attempt(
    c: &mut Conn,
    id: &AttemptId,
    state: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE staff_attempts SET state = $2 WHERE id = $1 AND state = 'open' AND expires_at > $3",
    )
    .bind(id.as_str())
    .bind(state)
    .bind(now.0)
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Inserts a session of a member who is still active; false when they are not.
///
/// # Errors
/// On a database failure.
pub async fn insert(
    c: &mut Conn,
    id: &SessionId,
    token_hash: &str,
    staff: &StaffId,
    source: &Source,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let done = sqlx::query("UPDATE staff SET last_login_at = $2 WHERE id = $1 AND state = 'active'")
        .bind(staff.as_str())
        .bind(now.0)
        .execute(&mut *c)
        .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query(
        "INSERT INTO staff_sessions (id, token_hash, staff_id, place, browser, created_at, last_access_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $6)",
    )
    .bind(id.as_str())
    .bind(token_hash)
    .bind(staff.as_str())
    .bind(&source.place)
    .bind(&source.browser)
    .bind(now.0)
    .execute(c)
    .await?;
    Ok(true)
}

/// A live session of an active member.
#[derive(Debug, Clone)]
pub struct StaffSession {
    /// Its id.
    pub id: SessionId,
    /// Whose, as they stand now: roles and state are read with each request.
    pub member: Member,
    /// The last access.
    pub last_access_at: Timestamp,
}

/// The live session behind a token's hash: used after `idle_since`, begun after `begun_since`.
///
/// # Errors
/// On a database failure.
pub async fn live(
    c: &mut Conn,
    token_hash: &str,
    idle_since: Timestamp,
    begun_since: Timestamp,
) -> Result<Option<StaffSession>, StoreError> {
    let found = sqlx::query(
        "SELECT m.*, s.id AS session_id, s.last_access_at AS last_access_at FROM staff_sessions s \
         JOIN staff m ON m.id = s.staff_id \
         WHERE s.token_hash = $1 AND s.ended_at IS NULL AND s.last_access_at > $2 AND s.created_at > $3 \
         AND m.state = 'active'",
    )
    .bind(token_hash)
    .bind(idle_since.0)
    .bind(begun_since.0)
    .fetch_optional(c)
    .await?;
    let Some(r) = found else { return Ok(None) };
    Ok(Some(StaffSession {
        id: row::parsed(&r, "staff_sessions", "session_id")?,
        member: members::member(&r)?,
        last_access_at: row::time(&r, "last_access_at")?,
    }))
}

/// Notes a person's access.
///
/// # Errors
/// On a database failure.
pub async fn touch(c: &mut Conn, id: &SessionId, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query("UPDATE staff_sessions SET last_access_at = $2 WHERE id = $1 AND ended_at IS NULL")
        .bind(id.as_str())
        .bind(now.0)
        .execute(c)
        .await?;
    Ok(())
}

/// Ends a session; false when it had ended.
///
/// # Errors
/// On a database failure.
pub async fn end(c: &mut Conn, id: &SessionId, by: &str, now: Timestamp) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE staff_sessions SET ended_at = $2, ended_by = $3 WHERE id = $1 AND ended_at IS NULL",
    )
    .bind(id.as_str())
    .bind(now.0)
    .bind(by)
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends every session of a member.
///
/// # Errors
/// On a database failure.
pub async fn end_of(c: &mut Conn, staff: &StaffId, by: &str, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE staff_sessions SET ended_at = $2, ended_by = $3 WHERE staff_id = $1 AND ended_at IS NULL",
    )
    .bind(staff.as_str())
    .bind(now.0)
    .bind(by)
    .execute(c)
    .await?;
    Ok(())
}

//! The open sessions of an account: listed, ended one by one or all but one, and kept to a number (SESS-06, SESS-10).

use warifu_shared::clock::Timestamp;
use warifu_shared::ids::{AccountId, SessionId};

use super::{Conn, StoreError, row};
use crate::domain::session::Assurance;

/// One open session, as its owner sees it.
#[derive(Debug, Clone)]
pub struct OpenSession {
    /// Its id.
    pub id: SessionId,
    /// How the login was proven.
    pub assurance: Assurance,
    /// Where it began.
    pub place: String,
    /// With which browser.
    pub browser: String,
    /// When.
    pub created_at: Timestamp,
    /// The last access by a person, to the minute.
    pub last_access_at: Timestamp,
}

/// The open sessions, newest first.
///
/// # Errors
/// On a database failure.
pub async fn open_of(
    c: &mut Conn,
    account: &AccountId,
    now: Timestamp,
) -> Result<Vec<OpenSession>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, assurance, place, browser, created_at, last_access_at FROM sessions \
         WHERE account_id = $1 AND ended_at IS NULL AND expires_at > $2 ORDER BY created_at DESC, id DESC",
    )
    .bind(account.as_str())
    .bind(now.0)
    .fetch_all(c)
    .await?;
    rows.iter()
        .map(|r| {
            Ok(OpenSession {
                id: row::parsed(r, "sessions", "id")?,
                assurance: row::read(r, "sessions", "assurance", Assurance::read)?,
                place: row::text(r, "place")?,
                browser: row::text(r, "browser")?,
                created_at: row::time(r, "created_at")?,
                last_access_at: row::time(r, "last_access_at")?,
            })
        })
        .collect()
}

/// Ends one session of this account; false when it has none of that id that is open.
///
/// # Errors
/// On a database failure.
pub async fn end_one(
    c: &mut Conn,
    account: &AccountId,
    id: &SessionId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE sessions SET ended_at = $3, ended_by = 'owner' \
         WHERE id = $2 AND account_id = $1 AND ended_at IS NULL AND expires_at > $3",
    )
    .bind(account.as_str())
    .bind(id.as_str())
    .bind(now.0)
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends every session of this account but one; gives their number.
///
/// # Errors
/// On a database failure.
pub async fn end_others(
    c: &mut Conn,
    account: &AccountId,
    keep: &SessionId,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "UPDATE sessions SET ended_at = $3, ended_by = 'owner' \
         WHERE account_id = $1 AND id <> $2 AND ended_at IS NULL AND expires_at > $3",
    )
    .bind(account.as_str())
    .bind(keep.as_str())
    .bind(now.0)
    .execute(c)
    .await?;
    Ok(done.rows_affected())
}

/// Ends the oldest open sessions of an account above [`MOST`]; gives their number (SESS-10).
///
/// # Errors
/// On a database failure.
pub async fn end_surplus(c: &mut Conn, account: &AccountId, now: Timestamp) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "UPDATE sessions SET ended_at = $2, ended_by = 'too_many' WHERE id IN (SELECT id FROM sessions \
         WHERE account_id = $1 AND ended_at IS NULL AND expires_at > $2 \
         ORDER BY created_at DESC, id DESC LIMIT 1000 OFFSET $3)",
    )
    .bind(account.as_str())
    .bind(now.0)
    .bind(MOST)
    .execute(c)
    .await?;
    Ok(done.rows_affected())
}

/// Notes a person's access. Called at most once a minute for a session, and never turns the time back.
///
/// # Errors
/// On a database failure.
pub async fn touch(c: &mut Conn, id: &SessionId, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE sessions SET last_access_at = $2 WHERE id = $1 AND last_access_at < $2 AND ended_at IS NULL",
    )
    .bind(id.as_str())
    .bind(now.0)
    .execute(c)
    .await?;
    Ok(())
}

/// Why the session behind a token's hash is over: `None` when there never was one or it is still open.
///
/// # Errors
/// On a database failure.
pub async fn why_over(c: &mut Conn, token_hash: &str, now: Timestamp) -> Result<Option<Over>, StoreError> {
    let found = sqlx::query("SELECT ended_by, expires_at FROM sessions WHERE token_hash = $1")
        .bind(token_hash)
        .fetch_optional(c)
        .await?;
    let Some(r) = found else { return Ok(None) };
    let by = row::optional_text(&r, "ended_by")?;
    Ok(match by.as_deref() {
        Some("customer" | "new_login") => None,
        Some(_) => Some(Over::Elsewhere),
        None => (row::time(&r, "expires_at")? <= now).then_some(Over::TimedOut),
    })
}

/// How a session ended without its own browser's doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// The time ran out.
    TimedOut,
    /// Another page, a limit or the firm ended it.
    Elsewhere,
}

/// How many sessions an account may have at once (SESS-10).
pub const MOST: i64 = 5;

//! Sessions of customers' browsers. The token is stored as a hash (SESS-03).

use sqlx::any::AnyRow;
use warifu_shared::clock::Timestamp;
use warifu_shared::ids::{AccountId, DeviceId, SessionId};

use super::attempts::Attempt;
use super::{Conn, StoreError, hot_reads, row};
use crate::config::Site;
use crate::domain::session::{Assurance, Session};

/// Inserts the session that an attempt led to.
///
/// # Errors
/// On a database failure.
pub async fn insert(
    c: &mut Conn,
    session: &Session,
    token_hash: &str,
    attempt: &Attempt,
    device: Option<&str>,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO sessions (id, token_hash, account_id, site, assurance, device_id, place, browser, created_at, \
         last_access_at, expires_at, absolute_expires_at, \
         bound, approved_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10, $11, $2, $12)",
    )
    .bind(session.id.as_str())
    .bind(token_hash)
    .bind(session.account.as_str())
    .bind(attempt.site.as_str())
    .bind(session.assurance.as_str())
    .bind(device)
    .bind(&attempt.place)
    .bind(&attempt.browser)
    .bind(session.created_at.0)
    .bind(session.expires_at.0)
    .bind(session.absolute_expires_at.0)
    .bind(session.approved_at.0)
    .execute(c)
    .await?;
    Ok(())
}

/// The live session behind a token's hash.
///
/// # Errors
/// On a database failure.
pub async fn live(c: &mut Conn, token_hash: &str, now: Timestamp) -> Result<Option<Live>, StoreError> {
    let found = hot_reads::read_sessions(c, &[token_hash.to_owned()]).await?;
    let mut live = found.into_iter().map(|(_, (live, _))| live);
    Ok(live.find(|live| live.session.expires_at > now))
}

/// The account of a session that is live, or ran out by itself after `since`; `None` for one that was ended (SESS-09).
///
/// # Errors
/// On a database failure.
pub async fn timed_out(
    c: &mut Conn,
    token_hash: &str,
    since: Timestamp,
) -> Result<Option<AccountId>, StoreError> {
    let found = sqlx::query(
        "SELECT s.account_id FROM sessions s JOIN accounts a ON a.id = s.account_id \
         WHERE s.token_hash = $1 AND s.ended_at IS NULL AND s.expires_at > $2 AND a.disabled_at IS NULL",
    )
    .bind(token_hash)
    .bind(since.0)
    .fetch_optional(c)
    .await?;
    found
        .map(|r| row::parsed(&r, "sessions", "account_id"))
        .transpose()
}

/// A live session as its row says.
#[derive(Debug, Clone)]
pub struct Live {
    /// The session.
    pub session: Session,
    /// The site it began at.
    pub site: Site,
    /// What challenges, withdrawals and codes are bound to: it stays when the token changes, and opens nothing.
    pub bound: String,
}

/// Reads a session that was read beside its account, under names of its own.
pub(super) fn live_beside(r: &AnyRow, account: &AccountId) -> Result<Live, StoreError> {
    let session = Session {
        id: row::parsed(r, "sessions", "session_id")?,
        account: account.clone(),
        assurance: row::read(r, "sessions", "session_assurance", Assurance::read)?,
        created_at: row::time(r, "session_created_at")?,
        approved_at: row::time(r, "session_approved_at")?,
        last_access_at: row::time(r, "session_last_access_at")?,
        expires_at: row::time(r, "session_expires_at")?,
        absolute_expires_at: row::time(r, "session_absolute_expires_at")?,
    };
    Ok(Live {
        session,
        site: row::read(r, "sessions", "session_site", super::attempts::read_site)?,
        bound: row::text(r, "session_bound")?,
    })
}

fn read(r: &AnyRow) -> Result<Session, StoreError> {
    Ok(Session {
        id: row::parsed(r, "sessions", "id")?,
        account: row::parsed(r, "sessions", "account_id")?,
        assurance: row::read(r, "sessions", "assurance", Assurance::read)?,
        created_at: row::time(r, "created_at")?,
        approved_at: row::time(r, "approved_at")?,
        last_access_at: row::time(r, "last_access_at")?,
        expires_at: row::time(r, "expires_at")?,
        absolute_expires_at: row::time(r, "absolute_expires_at")?,
    })
}

/// The live session of an account that something is bound to.
///
/// # Errors
/// On a database failure.
pub async fn bound(
    c: &mut Conn,
    account: &AccountId,
    bound: &str,
    now: Timestamp,
) -> Result<Option<Session>, StoreError> {
    let found = sqlx::query(
        "SELECT * FROM sessions WHERE account_id = $1 AND ended_at IS NULL AND bound = $2 AND expires_at > $3",
    )
    .bind(account.as_str())
    .bind(bound)
    .bind(now.0)
    .fetch_optional(c)
    .await?;
    found.map(|r| read(&r)).transpose()
}

/// Place and browser of the session that something is bound to.
///
/// # Errors
/// On a database failure.
pub async fn scene_of(
    c: &mut Conn,
    account: &AccountId,
    bound: &str,
) -> Result<Option<(String, String)>, StoreError> {
    let found = sqlx::query("SELECT place, browser FROM sessions WHERE account_id = $1 AND bound = $2")
        .bind(account.as_str())
        .bind(bound)
        .fetch_optional(c)
        .await?;
    let Some(r) = found else { return Ok(None) };
    Ok(Some((row::text(&r, "place")?, row::text(&r, "browser")?)))
}

/// The same session under a new token after a fresh proof; the old token opens nothing any more. False when the session
/// ended or another request was faster (SESS-03, SESS-07). `by` is the device that approved the proof.
///
/// # Errors
/// On a database failure.
pub async fn confirm(
    c: &mut Conn,
    id: &SessionId,
    old: &str,
    new: &str,
    by: Option<&str>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE sessions SET token_hash = $3, approved_at = $4, approved_by = $5 \
         WHERE id = $1 AND token_hash = $2 AND ended_at IS NULL AND expires_at > $4",
    )
    .bind(id.as_str())
    .bind(old)
    .bind(new)
    .bind(now.0)
    .bind(by)
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Extends a live session after a person's access (SESS-01).
///
/// # Errors
/// On a database failure.
pub async fn extend(
    c: &mut Conn,
    id: &SessionId,
    until: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE sessions SET expires_at = $2, last_access_at = $3 WHERE id = $1 AND ended_at IS NULL \
         AND expires_at > $3 AND expires_at < $2",
    )
    .bind(id.as_str())
    .bind(until.0)
    .bind(now.0)
    .execute(c)
    .await?;
    Ok(())
}

/// Ends the session behind a token's hash; false when it had ended.
///
/// # Errors
/// On a database failure.
pub async fn end(c: &mut Conn, token_hash: &str, by: &str, now: Timestamp) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE sessions SET ended_at = $2, ended_by = $3 WHERE token_hash = $1 AND ended_at IS NULL",
    )
    .bind(token_hash)
    .bind(now.0)
    .bind(by)
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends the session of an account that something is bound to.
///
/// # Errors
/// On a database failure.
pub async fn end_bound(
    c: &mut Conn,
    account: &AccountId,
    bound: &str,
    by: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE sessions SET ended_at = $3, ended_by = $4 WHERE account_id = $1 AND ended_at IS NULL AND bound = $2",
    )
    .bind(account.as_str())
    .bind(bound)
    .bind(now.0)
    .bind(by)
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends the sessions that a device approved, but for `keep` (ENROL-12).
///
/// # Errors
/// On a database failure.
pub async fn end_approved_by(
    c: &mut Conn,
    device: &DeviceId,
    keep: Option<&SessionId>,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE sessions SET ended_at = $2, ended_by = 'device_removed' \
         WHERE (device_id = $1 OR approved_by = $1) AND ended_at IS NULL AND id <> $3",
    )
    .bind(device.as_str())
    .bind(now.0)
    .bind(keep.map_or("", SessionId::as_str))
    .execute(c)
    .await?;
    Ok(())
}

/// Ends every session of an account, but for `keep`.
///
/// # Errors
/// On a database failure.
pub async fn end_others(
    c: &mut Conn,
    account: &AccountId,
    keep: Option<&SessionId>,
    by: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE sessions SET ended_at = $2, ended_by = $4 WHERE account_id = $1 AND ended_at IS NULL AND id <> $3",
    )
    .bind(account.as_str())
    .bind(now.0)
    .bind(keep.map_or("", SessionId::as_str))
    .bind(by)
    .execute(c)
    .await?;
    Ok(())
}

/// The login before this session: when, place, browser.
///
/// # Errors
/// On a database failure.
pub async fn before(
    c: &mut Conn,
    session: &Session,
) -> Result<Option<(Timestamp, String, String)>, StoreError> {
    let found = sqlx::query(
        "SELECT created_at, place, browser FROM sessions WHERE account_id = $1 AND id <> $2 AND created_at <= $3 \
         ORDER BY created_at DESC LIMIT 1",
    )
    .bind(session.account.as_str())
    .bind(session.id.as_str())
    .bind(session.created_at.0)
    .fetch_optional(c)
    .await?;
    let Some(r) = found else { return Ok(None) };
    Ok(Some((
        row::time(&r, "created_at")?,
        row::text(&r, "place")?,
        row::text(&r, "browser")?,
    )))
}

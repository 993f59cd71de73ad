//! What one account sees of the audit log, and what its own page counts: bounded reads by index.

use sqlx::any::AnyRow;
use warifu_shared::clock::Timestamp;
use warifu_shared::ids::AccountId;

use super::{Conn, StoreError, row};

/// An entry about an account, with its details while they are kept (AUDIT-08).
#[derive(Debug, Clone)]
pub struct Told {
    /// Its id in the log; ids sort by their moments.
    pub id: String,
    /// The bytes of the entry.
    pub entry: Vec<u8>,
    /// Address and browser as JSON; none after their erasure.
    pub details: Option<String>,
}

/// A login that was completed.
#[derive(Debug, Clone)]
pub struct PastLogin {
    /// When.
    pub at: Timestamp,
    /// ISO 3166 code of the place.
    pub place: String,
    /// Browser and system.
    pub browser: String,
    /// How it was proven: `app` or `code`.
    pub assurance: String,
    /// Whether its session is still open.
    pub open: bool,
}

/// Entries about an account with ids below `before`, newest first, at most `limit`. The subject is part of the index, so that
/// nobody else's entry is read.
///
/// # Errors
/// On a database failure.
pub async fn before(
    c: &mut Conn,
    account: &AccountId,
    before: &str,
    limit: i64,
) -> Result<Vec<Told>, StoreError> {
    let rows = sqlx::query(
        "SELECT l.id AS id, l.entry AS entry, d.details AS details FROM log_positions p \
         JOIN audit_leaves l ON l.id = p.leaf_id LEFT JOIN audit_details d ON d.leaf_id = l.id \
         WHERE p.subject = $1 AND p.subject <> '-' AND p.leaf_id < $2 ORDER BY p.leaf_id DESC LIMIT $3",
    )
    .bind(account.as_str())
    .bind(before)
    .bind(limit)
    .fetch_all(c)
    .await?;
    rows.iter().map(told).collect()
}

/// Entries about an account with ids from `from` on that have no position yet, newest first, at most `limit`.
///
/// # Errors
/// On a database failure.
pub async fn unplaced(
    c: &mut Conn,
    account: &AccountId,
    from: &str,
    limit: i64,
) -> Result<Vec<Told>, StoreError> {
    let rows = sqlx::query(
        "SELECT l.id AS id, l.entry AS entry, d.details AS details FROM audit_leaves l \
         LEFT JOIN log_positions p ON p.leaf_id = l.id LEFT JOIN audit_details d ON d.leaf_id = l.id \
         WHERE l.id >= $1 AND l.subject = $2 AND p.leaf_id IS NULL ORDER BY l.id DESC LIMIT $3",
    )
    .bind(from)
    .bind(account.as_str())
    .bind(limit)
    .fetch_all(c)
    .await?;
    rows.iter().map(told).collect()
}

/// The newest logins of an account, at most `limit`.
///
/// # Errors
/// On a database failure.
pub async fn logins(
    c: &mut Conn,
    account: &AccountId,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<PastLogin>, StoreError> {
    let rows = sqlx::query(
        "SELECT created_at, place, browser, assurance, \
         CAST(CASE WHEN ended_at IS NULL AND expires_at > $2 THEN 1 ELSE 0 END AS BIGINT) AS is_open \
         FROM sessions WHERE account_id = $1 ORDER BY created_at DESC, id DESC LIMIT $3",
    )
    .bind(account.as_str())
    .bind(now.0)
    .bind(limit)
    .fetch_all(c)
    .await?;
    rows.iter()
        .map(|r| {
            Ok(PastLogin {
                at: row::time(r, "created_at")?,
                place: row::text(r, "place")?,
                browser: row::text(r, "browser")?,
                assurance: row::text(r, "assurance")?,
                open: row::flag(r, "is_open")?,
            })
        })
        .collect()
}

/// How many sessions of an account are open.
///
/// # Errors
/// On a database failure.
pub async fn open_sessions(c: &mut Conn, account: &AccountId, now: Timestamp) -> Result<i64, StoreError> {
    let found = sqlx::query(
        "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM sessions WHERE account_id = $1 AND ended_at IS NULL AND expires_at > $2",
    )
    .bind(account.as_str())
    .bind(now.0)
    .fetch_one(c)
    .await?;
    row::int(&found, "n")
}

/// How many withdrawals of an account are approved and not yet on their way: those that can be taken back.
///
/// # Errors
/// On a database failure.
pub async fn held_withdrawals(c: &mut Conn, account: &AccountId) -> Result<i64, StoreError> {
    let found = sqlx::query(
        "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM withdrawals WHERE account_id = $1 AND state IN ('held', 'second')",
    )
    .bind(account.as_str())
    .fetch_one(c)
    .await?;
    row::int(&found, "n")
}

fn told(r: &AnyRow) -> Result<Told, StoreError> {
    Ok(Told {
        id: row::text(r, "id")?,
        entry: row::bytes(r, "entry")?,
        details: row::optional_text(r, "details")?,
    })
}

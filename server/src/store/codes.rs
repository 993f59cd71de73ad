//! Mailed one-time codes: one live code for each login attempt or withdrawal, a newer one voids the older (CODE-02).

use warifu_shared::clock::Timestamp;
use warifu_shared::ids::{AccountId, CodeId};

use super::{Conn, StoreError, row};

/// A code as stored: never its digits (CODE-06).
#[derive(Debug, Clone)]
pub struct StoredCode {
    /// Its id.
    pub id: CodeId,
    /// What it is for: the id of a login attempt or of a withdrawal.
    pub purpose: String,
    /// The account.
    pub account: AccountId,
    /// `live`, `used`, `superseded` or `dead`.
    pub state: String,
    /// Salt of the keyed hash.
    pub salt: String,
    /// The keyed hash.
    pub mac: String,
    /// Wrong tries so far.
    pub wrong_tries: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Inserts a code and voids the older ones for the same.
///
/// # Errors
/// On a database failure.
pub async fn insert(c: &mut Conn, code: &StoredCode, action: &str) -> Result<(), StoreError> {
    sqlx::query("UPDATE codes SET state = 'superseded' WHERE attempt_id = $1 AND state = 'live'")
        .bind(&code.purpose)
        .execute(&mut *c)
        .await?;
    sqlx::query(
        "INSERT INTO codes (id, attempt_id, account_id, action, state, salt, mac, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, 'live', $5, $6, $7, $8)",
    )
    .bind(code.id.as_str())
    .bind(&code.purpose)
    .bind(code.account.as_str())
    .bind(action)
    .bind(&code.salt)
    .bind(&code.mac)
    .bind(code.created_at.0)
    .bind(code.expires_at.0)
    .execute(c)
    .await?;
    Ok(())
}

/// The codes for a login attempt or a withdrawal, newest first.
///
/// # Errors
/// On a database failure.
pub async fn made_for(c: &mut Conn, purpose: &str) -> Result<Vec<StoredCode>, StoreError> {
    let rows =
        sqlx::query("SELECT * FROM codes WHERE attempt_id = $1 ORDER BY created_at DESC, id DESC LIMIT 10")
            .bind(purpose)
            .fetch_all(c)
            .await?;
    rows.iter()
        .map(|r| {
            Ok(StoredCode {
                id: row::parsed(r, "codes", "id")?,
                purpose: row::text(r, "attempt_id")?,
                account: row::parsed(r, "codes", "account_id")?,
                state: row::text(r, "state")?,
                salt: row::text(r, "salt")?,
                mac: row::text(r, "mac")?,
                wrong_tries: row::int(r, "wrong_tries")?,
                created_at: row::time(r, "created_at")?,
                expires_at: row::time(r, "expires_at")?,
            })
        })
        .collect()
}

/// Uses a code, once, while it lives.
///
/// # Errors
/// On a database failure.
pub async fn consume(c: &mut Conn, id: &CodeId, now: Timestamp) -> Result<bool, StoreError> {
    let done =
        sqlx::query("UPDATE codes SET state = 'used' WHERE id = $1 AND state = 'live' AND expires_at > $2")
            .bind(id.as_str())
            .bind(now.0)
            .execute(c)
            .await?;
    Ok(done.rows_affected() == 1)
}

/// Counts a wrong try and kills the code at `most`; gives the count, or `None` when it no longer lived (CODE-04).
///
/// # Errors
/// On a database failure.
pub async fn count_wrong(
    c: &mut Conn,
    id: &CodeId,
    most: i64,
    now: Timestamp,
) -> Result<Option<i64>, StoreError> {
    let found = sqlx::query(
        "UPDATE codes SET wrong_tries = wrong_tries + 1, \
         state = CASE WHEN wrong_tries + 1 >= $2 THEN 'dead' ELSE state END \
         WHERE id = $1 AND state = 'live' AND expires_at > $3 RETURNING wrong_tries",
    )
    .bind(id.as_str())
    .bind(most)
    .bind(now.0)
    .fetch_optional(c)
    .await?;
    found.as_ref().map(|r| row::int(r, "wrong_tries")).transpose()
}

/// Voids every live code of an account: the address that they went to is another one now. Gives their ids.
///
/// # Errors
/// On a database failure.
pub async fn void_all(c: &mut Conn, account: &AccountId) -> Result<Vec<CodeId>, StoreError> {
    let rows = sqlx::query(
        "UPDATE codes SET state = 'superseded' WHERE account_id = $1 AND state = 'live' RETURNING id",
    )
    .bind(account.as_str())
    .fetch_all(c)
    .await?;
    rows.iter().map(|r| row::parsed(r, "codes", "id")).collect()
}

/// Codes made for an account since `from` (CODE-05).
///
/// # Errors
/// On a database failure.
pub async fn made_since(c: &mut Conn, account: &AccountId, from: Timestamp) -> Result<i64, StoreError> {
    let found = sqlx::query("SELECT COUNT(*) AS n FROM codes WHERE account_id = $1 AND created_at > $2")
        .bind(account.as_str())
        .bind(from.0)
        .fetch_one(c)
        .await?;
    row::int(&found, "n")
}

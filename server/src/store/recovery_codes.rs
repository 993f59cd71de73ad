//! Sheets of recovery codes, stored as keyed hashes; each code is used once (ENROL-11).

use warifu_shared::clock::Timestamp;
use warifu_shared::ids::{AccountId, CodeId};

use super::{Conn, StoreError, row};

/// How many codes an account has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// How many.
    pub count: i64,
    /// When the sheet was made.
    pub made_at: Timestamp,
}

/// Stores a new sheet, by the keyed hashes of its codes; older sheets are void.
///
/// # Errors
/// On a database failure.
pub async fn insert(
    c: &mut Conn,
    account: &AccountId,
    macs: &[String],
    now: Timestamp,
) -> Result<(), StoreError> {
    void(c, account, now).await?;
    let sheet = CodeId::random();
    for mac in macs {
        sqlx::query(
            "INSERT INTO recovery_codes (id, account_id, sheet_id, mac, created_at) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(CodeId::random().as_str())
        .bind(account.as_str())
        .bind(sheet.as_str())
        .bind(mac)
        .bind(now.0)
        .execute(&mut *c)
        .await?;
    }
    Ok(())
}

async fn void(c: &mut Conn, account: &AccountId, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE recovery_codes SET voided_at = $2 WHERE account_id = $1 AND voided_at IS NULL AND used_at IS NULL",
    )
    .bind(account.as_str())
    .bind(now.0)
    .execute(c)
    .await?;
    Ok(())
}

/// What is left of the present sheet; `None` when there is none.
///
/// # Errors
/// On a database failure.
pub async fn left(c: &mut Conn, account: &AccountId) -> Result<Option<Left>, StoreError> {
    let found = sqlx::query(
        "SELECT COUNT(*) AS n, MAX(created_at) AS made_at FROM recovery_codes \
         WHERE account_id = $1 AND voided_at IS NULL AND used_at IS NULL",
    )
    .bind(account.as_str())
    .fetch_one(c)
    .await?;
    let count = row::int(&found, "n")?;
    if count == 0 {
        return Ok(None);
    }
    let made_at = row::time(&found, "made_at")?;
    Ok(Some(Left { count, made_at }))
}

/// The id of a code that can still be used, by its keyed hash.
///
/// # Errors
/// On a database failure.
pub async fn usable(c: &mut Conn, account: &AccountId, mac: &str) -> Result<Option<String>, StoreError> {
    let found = sqlx::query(
        "SELECT id FROM recovery_codes WHERE account_id = $1 AND mac = $2 AND voided_at IS NULL AND used_at IS NULL",
    )
    .bind(account.as_str())
    .bind(mac)
    .fetch_optional(c)
    .await?;
    found.as_ref().map(|r| row::text(r, "id")).transpose()
}

/// Uses a code, once.
///
/// # Errors
/// On a database failure.
pub async fn consume(c: &mut Conn, id: &str, now: Timestamp) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE recovery_codes SET used_at = $2 WHERE id = $1 AND used_at IS NULL AND voided_at IS NULL",
    )
    .bind(id)
    .bind(now.0)
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

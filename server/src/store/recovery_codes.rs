//! Sheets of recovery codes, codes from the app and recovery letters, stored as keyed hashes; each code is used once (ENROL-11).

use warifu_shared::clock::Timestamp;
use warifu_shared::ids::{AccountId, CodeId, DeviceId, ProposalId, ResetId};

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
         WHERE account_id = $1 AND device_id IS NULL AND starts_at IS NULL AND voided_at IS NULL AND used_at IS NULL",
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

/// A code that a device asked for.
#[derive(Debug, Clone)]
pub struct FromDevice {
    /// The token that asked for it: it gets no second one.
    pub id: ResetId,
    /// Whose.
    pub account: AccountId,
    /// The device.
    pub device: DeviceId,
    /// The keyed hash.
    pub mac: String,
    /// When it stops working.
    pub expires_at: Timestamp,
}

/// Stores a code that a device asked for, in the place of the one before; false when its token had one already.
///
/// # Errors
/// On a database failure.
pub async fn insert_from_device(c: &mut Conn, new: &FromDevice, now: Timestamp) -> Result<bool, StoreError> {
    let known = sqlx::query("SELECT id FROM recovery_codes WHERE id = $1").bind(new.id.as_str());
    if known.fetch_optional(&mut *c).await?.is_some() {
        return Ok(false);
    }
    void_from_devices(c, &new.account, now).await?;
    let done = sqlx::query(
        "INSERT INTO recovery_codes (id, account_id, sheet_id, mac, created_at, device_id, expires_at) \
         VALUES ($1, $2, $1, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING",
    )
    .bind(new.id.as_str())
    .bind(new.account.as_str())
    .bind(&new.mac)
    .bind(now.0)
    .bind(new.device.as_str())
    .bind(new.expires_at.0)
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Voids the codes that devices asked for: there is a newer one, or the password was changed.
///
/// # Errors
/// On a database failure.
pub async fn void_from_devices(c: &mut Conn, account: &AccountId, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE recovery_codes SET voided_at = $2 \
         WHERE account_id = $1 AND device_id IS NOT NULL AND voided_at IS NULL AND used_at IS NULL",
    )
    .bind(account.as_str())
    .bind(now.0)
    .execute(c)
    .await?;
    Ok(())
}

/// The code of a recovery letter (decision 41).
#[derive(Debug, Clone)]
pub struct Letter {
    /// The proposal behind it: it prints one.
    pub id: ProposalId,
    /// Whose.
    pub account: AccountId,
    /// The keyed hash.
    pub mac: String,
    /// From when it works: the owner has had time to object.
    pub starts_at: Timestamp,
    /// When it stops working.
    pub expires_at: Timestamp,
}

/// Stores the code of a letter in the place of the letter before.
///
/// # Errors
/// On a database failure.
pub async fn insert_letter(c: &mut Conn, new: &Letter, now: Timestamp) -> Result<(), StoreError> {
    void_letters(c, &new.account, now).await?;
    sqlx::query(
        "INSERT INTO recovery_codes (id, account_id, sheet_id, mac, created_at, starts_at, expires_at) \
         VALUES ($1, $2, $1, $3, $4, $5, $6)",
    )
    .bind(new.id.as_str())
    .bind(new.account.as_str())
    .bind(&new.mac)
    .bind(now.0)
    .bind(new.starts_at.0)
    .bind(new.expires_at.0)
    .execute(c)
    .await?;
    Ok(())
}

/// Voids the letters of an account; gives how many still worked, or were going to.
///
/// # Errors
/// On a database failure.
pub async fn void_letters(c: &mut Conn, account: &AccountId, now: Timestamp) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "UPDATE recovery_codes SET voided_at = $2 WHERE account_id = $1 AND starts_at IS NOT NULL AND voided_at IS NULL \
         AND used_at IS NULL AND expires_at > $2",
    )
    .bind(account.as_str())
    .bind(now.0)
    .execute(c)
    .await?;
    Ok(done.rows_affected())
}

/// Until when a letter of the account works, or is going to; `None` without one.
///
/// # Errors
/// On a database failure.
pub async fn letter_until(
    c: &mut Conn,
    account: &AccountId,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let found: Option<i64> = sqlx::query_scalar(
        "SELECT MAX(expires_at) FROM recovery_codes WHERE account_id = $1 AND starts_at IS NOT NULL \
         AND voided_at IS NULL AND used_at IS NULL AND expires_at > $2",
    )
    .bind(account.as_str())
    .bind(now.0)
    .fetch_one(c)
    .await?;
    Ok(found.map(Timestamp))
}

/// A code that can be used now.
#[derive(Debug, Clone)]
pub struct Usable {
    /// Its id.
    pub id: String,
    /// Whether a device asked for it: then it takes no mailed code.
    pub from_device: bool,
}

/// The code that can still be used, by its keyed hash. One that a device asked for works in its time, and while that device is
/// active; one of a letter between its two dates.
///
/// # Errors
/// On a database failure.
pub async fn usable(
    c: &mut Conn,
    account: &AccountId,
    mac: &str,
    now: Timestamp,
) -> Result<Option<Usable>, StoreError> {
    let found = sqlx::query(
        "SELECT r.id, CAST(CASE WHEN r.device_id IS NULL THEN 0 ELSE 1 END AS BIGINT) AS from_device FROM recovery_codes r \
         WHERE r.account_id = $1 AND r.mac = $2 AND r.voided_at IS NULL AND r.used_at IS NULL \
         AND (r.starts_at IS NULL OR (r.starts_at <= $3 AND r.expires_at > $3)) AND (r.device_id IS NULL \
         OR (r.expires_at > $3 AND EXISTS (SELECT 1 FROM devices d WHERE d.id = r.device_id AND d.state = 'active')))",
    )
    .bind(account.as_str())
    .bind(mac)
    .bind(now.0)
    .fetch_optional(c)
    .await?;
    let Some(r) = found else { return Ok(None) };
    Ok(Some(Usable {
        id: row::text(&r, "id")?,
        from_device: row::int(&r, "from_device")? == 1,
    }))
}

/// Uses a code, once. One that a device asked for is dead when the device is no longer active.
///
/// # Errors
/// On a database failure.
pub async fn consume(c: &mut Conn, id: &str, now: Timestamp) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE recovery_codes SET used_at = $2 WHERE id = $1 AND used_at IS NULL AND voided_at IS NULL AND (device_id IS NULL \
         OR EXISTS (SELECT 1 FROM devices d WHERE d.id = recovery_codes.device_id AND d.state = 'active'))",
    )
    .bind(id)
    .bind(now.0)
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

//! Enrolments: `issued -> claimed -> confirmed | rejected`, or `cancelled`; each step one conditional UPDATE.

use warifu_shared::clock::Timestamp;
use warifu_shared::ids::{AccountId, DeviceId, EnrolmentId, SessionId};

use super::{Conn, StoreError, row};

/// An enrolment.
#[derive(Debug, Clone)]
pub struct StoredEnrolment {
    /// Its id.
    pub id: EnrolmentId,
    /// Whose device it will be.
    pub account: AccountId,
    /// The session that asked for it.
    pub session: SessionId,
    /// `app` or `code`: how that session's customer had proven who they are (ENROL-10).
    pub method: String,
    /// Its state.
    pub state: String,
    /// SHA-256 of the long code.
    pub code_hash: String,
    /// Keyed hash of the short code.
    pub short_code_mac: String,
    /// Wrong short codes so far.
    pub short_code_tries: i64,
    /// The nonce of the `begin`.
    pub nonce: Option<String>,
    /// What the device of that `begin` committed to (ENROL-06).
    pub commitment: Option<String>,
    /// When the code ends; after a claim, when the confirmation must have come.
    pub expires_at: Timestamp,
    /// The device, once claimed.
    pub device: Option<DeviceId>,
    /// The fingerprint, once claimed.
    pub fingerprint: Option<String>,
}

/// Inserts an issued enrolment; older ones of the account that were not finished are cancelled.
///
/// # Errors
/// On a database failure.
pub async fn insert(c: &mut Conn, e: &StoredEnrolment, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE enrolments SET state = 'cancelled' WHERE account_id = $1 AND state IN ('issued', 'claimed')",
    )
    .bind(e.account.as_str())
    .execute(&mut *c)
    .await?;
    sqlx::query(
        "INSERT INTO enrolments (id, account_id, session_id, method, state, code_hash, short_code_mac, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, 'issued', $5, $6, $7, $8)",
    )
    .bind(e.id.as_str())
    .bind(e.account.as_str())
    .bind(e.session.as_str())
    .bind(&e.method)
    .bind(&e.code_hash)
    .bind(&e.short_code_mac)
    .bind(now.0)
    .bind(e.expires_at.0)
    .execute(c)
    .await?;
    Ok(())
}

/// Finds by the hash of the long code, in any state.
///
/// # Errors
/// On a database failure.
pub async fn by_code_hash(c: &mut Conn, code_hash: &str) -> Result<Option<StoredEnrolment>, StoreError> {
    let found = sqlx::query("SELECT * FROM enrolments WHERE code_hash = $1")
        .bind(code_hash)
        .fetch_optional(c)
        .await?;
    found.as_ref().map(enrolment).transpose()
}

/// The enrolment of an account that waits for its device.
///
/// # Errors
/// On a database failure.
pub async fn issued_of(c: &mut Conn, account: &AccountId) -> Result<Option<StoredEnrolment>, StoreError> {
    let found = sqlx::query("SELECT * FROM enrolments WHERE account_id = $1 AND state = 'issued'")
        .bind(account.as_str())
        .fetch_optional(c)
        .await?;
    found.as_ref().map(enrolment).transpose()
}

/// Finds an enrolment.
///
/// # Errors
/// On a database failure.
pub async fn by_id(c: &mut Conn, id: &EnrolmentId) -> Result<Option<StoredEnrolment>, StoreError> {
    let found = sqlx::query("SELECT * FROM enrolments WHERE id = $1")
        .bind(id.as_str())
        .fetch_optional(c)
        .await?;
    found.as_ref().map(enrolment).transpose()
}

fn enrolment(r: &sqlx::any::AnyRow) -> Result<StoredEnrolment, StoreError> {
    let device = row::optional_text(r, "device_id")?
        .map(|text| text.parse())
        .transpose();
    Ok(StoredEnrolment {
        id: row::parsed(r, "enrolments", "id")?,
        account: row::parsed(r, "enrolments", "account_id")?,
        session: row::parsed(r, "enrolments", "session_id")?,
        method: row::text(r, "method")?,
        state: row::text(r, "state")?,
        code_hash: row::text(r, "code_hash")?,
        short_code_mac: row::text(r, "short_code_mac")?,
        short_code_tries: row::int(r, "short_code_tries")?,
        nonce: row::optional_text(r, "nonce")?,
        commitment: row::optional_text(r, "commitment")?,
        expires_at: row::time(r, "expires_at")?,
        device: device
            .map_err(|e| StoreError::inconsistent("enrolments", row::text(r, "id").unwrap_or_default(), e))?,
        fingerprint: row::optional_text(r, "fingerprint")?,
    })
}

/// Counts a wrong short code; the enrolment dies at `most`.
///
/// # Errors
/// On a database failure.
pub async fn count_wrong_short_code(c: &mut Conn, id: &EnrolmentId, most: i64) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE enrolments SET short_code_tries = short_code_tries + 1, \
         state = CASE WHEN short_code_tries + 1 >= $2 THEN 'cancelled' ELSE state END WHERE id = $1 AND state = 'issued'",
    )
    .bind(id.as_str())
    .bind(most)
    .execute(c)
    .await?;
    Ok(())
}

/// Gives the code to the device that committed first, with this nonce; the same device gets the nonce of its first
/// `begin` again. `None` when the code no longer works or is another device's: a second nonce would be a second chance
/// to hit a fingerprint (ENROL-06).
///
/// # Errors
/// On a database failure.
pub async fn set_nonce(
    c: &mut Conn,
    id: &EnrolmentId,
    nonce: &str,
    commitment: &str,
    now: Timestamp,
) -> Result<Option<String>, StoreError> {
    let done = sqlx::query(
        "UPDATE enrolments SET nonce = COALESCE(nonce, $2), commitment = $3 WHERE id = $1 AND state = 'issued' \
         AND expires_at > $4 AND (commitment IS NULL OR commitment = $3) RETURNING nonce",
    )
    .bind(id.as_str())
    .bind(nonce)
    .bind(commitment)
    .bind(now.0)
    .fetch_optional(c)
    .await?;
    done.map(|r| row::text(&r, "nonce")).transpose()
}

/// What a finished enrolment knows.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The enrolment.
    pub id: EnrolmentId,
    /// The nonce that the device signed.
    pub nonce: String,
    /// The new device.
    pub device: DeviceId,
    /// The fingerprint that both ends show.
    pub fingerprint: String,
    /// When the confirmation must have come.
    pub confirm_until: Timestamp,
}

/// Uses the code, once (ENROL-01); false when it was used or ended.
///
/// # Errors
/// On a database failure.
pub async fn claim(c: &mut Conn, claim: &Claim, now: Timestamp) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE enrolments SET state = 'claimed', device_id = $3, fingerprint = $4, expires_at = $5 \
         WHERE id = $1 AND state = 'issued' AND nonce = $2 AND expires_at > $6",
    )
    .bind(claim.id.as_str())
    .bind(&claim.nonce)
    .bind(claim.device.as_str())
    .bind(&claim.fingerprint)
    .bind(claim.confirm_until.0)
    .bind(now.0)
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Moves an enrolment from one state to another, in time; false when it was not there.
///
/// # Errors
/// On a database failure.
pub async fn advance(
    c: &mut Conn,
    id: &EnrolmentId,
    from: &str,
    to: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let done =
        sqlx::query("UPDATE enrolments SET state = $3 WHERE id = $1 AND state = $2 AND expires_at > $4")
            .bind(id.as_str())
            .bind(from)
            .bind(to)
            .bind(now.0)
            .execute(c)
            .await?;
    Ok(done.rows_affected() == 1)
}

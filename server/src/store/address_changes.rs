//! Changes of mail addresses: open, done, stopped (S1, ENROL-07).

use warifu_shared::clock::Timestamp;
use warifu_shared::ids::{AccountId, AddressChangeId, ChallengeId};

use super::addresses::Standing;
use super::{Conn, StoreError, row};

/// A change as stored.
#[derive(Debug, Clone)]
pub struct AddressChange {
    /// Its id.
    pub id: AddressChangeId,
    /// Whose it is.
    pub account: AccountId,
    /// Of the authentication address; otherwise of the second one.
    pub authentication: bool,
    /// [`ASKED`], [`PROVING`], [`DONE`], or how it ended.
    pub state: String,
    /// The new address.
    pub address: String,
    /// The authentication address before; empty when there was none, or, for the customer's own change, no proven one.
    pub old_address: String,
    /// What that one was: a stop brings it back as such.
    pub old_standing: Standing,
    /// The proposal by which the firm's staff made the change; none for the customer's own.
    pub by_staff: Option<String>,
    /// The challenge of its approval.
    pub challenge: Option<ChallengeId>,
    /// What the session that asked for it is bound to.
    pub session_hash: String,
    /// Place of the request.
    pub place: String,
    /// Browser of the request.
    pub browser: String,
    /// Until when it can be stopped.
    pub stop_until: Option<Timestamp>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it is over unless it goes on.
    pub expires_at: Timestamp,
}

impl AddressChange {
    /// Whether it still waits for a step of the customer.
    #[must_use]
    pub fn open_at(&self, now: Timestamp) -> bool {
        matches!(self.state.as_str(), ASKED | PROVING) && now < self.expires_at
    }
}

/// Inserts an open change; false when another one of the account is open.
///
/// # Errors
/// On a database failure.
pub async fn insert(c: &mut Conn, new: &AddressChange) -> Result<bool, StoreError> {
    sqlx::query(
        "UPDATE address_changes SET state = 'expired', open_slot = NULL, ended_at = $2 \
         WHERE open_slot = $1 AND expires_at <= $2",
    )
    .bind(new.account.as_str())
    .bind(new.created_at.0)
    .execute(&mut *c)
    .await?;
    let done = sqlx::query(
        "INSERT INTO address_changes (id, account_id, purpose, state, open_slot, address, old_address, challenge_id, \
         session_hash, place, browser, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $2, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING",
    )
    .bind(new.id.as_str())
    .bind(new.account.as_str())
    .bind(if new.authentication { AUTHENTICATION } else { SECOND })
    .bind(&new.state)
    .bind(&new.address)
    .bind(&new.old_address)
    .bind(new.challenge.as_ref().map(ChallengeId::as_str))
    .bind(&new.session_hash)
    .bind(&new.place)
    .bind(&new.browser)
    .bind(new.created_at.0)
    .bind(new.expires_at.0)
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Inserts a change that the firm's staff have made, done from the first moment. Earlier ones can be stopped no more.
///
/// # Errors
/// On a database failure.
pub async fn insert_by_staff(
    c: &mut Conn,
    new: &AddressChange,
    stop: Option<(&str, Timestamp)>,
) -> Result<(), StoreError> {
    forget_stops(c, &new.account).await?;
    sqlx::query(
        "INSERT INTO address_changes (id, account_id, purpose, state, address, old_address, session_hash, place, browser, \
         created_at, expires_at, ended_at, stop_mac, stop_until, by_staff, old_standing) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $10, $11, $12, $13, $14)",
    )
    .bind(new.id.as_str())
    .bind(new.account.as_str())
    .bind(AUTHENTICATION)
    .bind(DONE)
    .bind(&new.address)
    .bind(&new.old_address)
    .bind(&new.session_hash)
    .bind(&new.place)
    .bind(&new.browser)
    .bind(new.created_at.0)
    .bind(stop.map(|it| it.0))
    .bind(stop.map(|it| it.1.0))
    .bind(new.by_staff.as_deref())
    .bind(new.old_standing.as_str())
    .execute(c)
    .await?;
    Ok(())
}

/// What the staff changed can be stopped until `until` at least: somebody has begun to use the new address.
///
/// # Errors
/// On a database failure.
pub async fn stop_longer(c: &mut Conn, account: &AccountId, until: Timestamp) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE address_changes SET stop_until = $2 WHERE account_id = $1 AND state = 'done' AND by_staff IS NOT NULL \
         AND stop_mac IS NOT NULL AND stop_until < $2",
    )
    .bind(account.as_str())
    .bind(until.0)
    .execute(c)
    .await?;
    Ok(())
}

/// Finds one.
///
/// # Errors
/// On a database failure.
pub async fn by_id(c: &mut Conn, id: &AddressChangeId) -> Result<Option<AddressChange>, StoreError> {
    one(c, "SELECT * FROM address_changes WHERE id = $1", id.as_str()).await
}

/// Finds the one that a challenge asks to approve.
///
/// # Errors
/// On a database failure.
pub async fn by_challenge(c: &mut Conn, id: &ChallengeId) -> Result<Option<AddressChange>, StoreError> {
    one(
        c,
        "SELECT * FROM address_changes WHERE challenge_id = $1",
        id.as_str(),
    )
    .await
}

/// The open one of an account; its time may be over.
///
/// # Errors
/// On a database failure.
pub async fn open_of(c: &mut Conn, account: &AccountId) -> Result<Option<AddressChange>, StoreError> {
    one(
        c,
        "SELECT * FROM address_changes WHERE open_slot = $1",
        account.as_str(),
    )
    .await
}

/// The one that a stop code stops; its time may be over.
///
/// # Errors
/// On a database failure.
pub async fn by_stop_code(c: &mut Conn, mac: &str) -> Result<Option<AddressChange>, StoreError> {
    one(c, "SELECT * FROM address_changes WHERE stop_mac = $1", mac).await
}

/// The one of an account that can be stopped; its time may be over.
///
/// # Errors
/// On a database failure.
pub async fn stoppable_of(c: &mut Conn, account: &AccountId) -> Result<Option<AddressChange>, StoreError> {
    let sql = "SELECT * FROM address_changes WHERE account_id = $1 AND state = 'done' AND stop_mac IS NOT NULL \
               ORDER BY created_at DESC LIMIT 1";
    one(c, sql, account.as_str()).await
}

/// A device approved it: the mailed code is next. Once.
///
/// # Errors
/// On a database failure.
pub async fn approve(
    c: &mut Conn,
    id: &AddressChangeId,
    expires_at: Timestamp,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE address_changes SET state = 'proving', approved_at = $2, expires_at = $3 WHERE id = $1 AND state = 'asked'",
    )
    .bind(id.as_str())
    .bind(now.0)
    .bind(expires_at.0)
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The address is proven: the change is done, once. Earlier changes of the account can be stopped no more.
///
/// # Errors
/// On a database failure.
pub async fn finish(
    c: &mut Conn,
    change: &AddressChange,
    stop: Option<(&str, Timestamp)>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    if change.authentication {
        forget_stops(c, &change.account).await?;
    }
    let done = sqlx::query(
        "UPDATE address_changes SET state = 'done', open_slot = NULL, ended_at = $2, stop_mac = $3, stop_until = $4 \
         WHERE id = $1 AND state = 'proving' AND expires_at > $2 \
         AND (approved_at IS NOT NULL OR purpose = 'notification')",
    )
    .bind(change.id.as_str())
    .bind(now.0)
    .bind(stop.map(|it| it.0))
    .bind(stop.map(|it| it.1.0))
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// What was changed by other hands, such as the firm's, is not turned back by an older stop code.
///
/// # Errors
/// On a database failure.
pub async fn forget_stops(c: &mut Conn, account: &AccountId) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE address_changes SET stop_mac = NULL, stop_until = NULL WHERE account_id = $1 AND stop_mac IS NOT NULL",
    )
    .bind(account.as_str())
    .execute(c)
    .await?;
    Ok(())
}

/// Stops one that is done, once, within its time.
///
/// # Errors
/// On a database failure.
pub async fn stop(c: &mut Conn, id: &AddressChangeId, now: Timestamp) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE address_changes SET state = 'stopped', stop_mac = NULL, ended_at = $2 \
         WHERE id = $1 AND state = 'done' AND stop_until > $2",
    )
    .bind(id.as_str())
    .bind(now.0)
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends an open one.
///
/// # Errors
/// On a database failure.
pub async fn end(
    c: &mut Conn,
    id: &AddressChangeId,
    state: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE address_changes SET state = $2, open_slot = NULL, ended_at = $3 WHERE id = $1 AND open_slot IS NOT NULL",
    )
    .bind(id.as_str())
    .bind(state)
    .bind(now.0)
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

async fn one(c: &mut Conn, sql: &'static str, key: &str) -> Result<Option<AddressChange>, StoreError> {
    let found = sqlx::query(sql).bind(key).fetch_optional(c).await?;
    let Some(r) = found else { return Ok(None) };
    let id: AddressChangeId = row::parsed(&r, "address_changes", "id")?;
    let challenge = row::optional_text(&r, "challenge_id")?.map(|text| text.parse());
    let challenge = challenge.transpose();
    Ok(Some(AddressChange {
        account: row::parsed(&r, "address_changes", "account_id")?,
        authentication: row::text(&r, "purpose")? == AUTHENTICATION,
        state: row::text(&r, "state")?,
        address: row::text(&r, "address")?,
        old_address: row::text(&r, "old_address")?,
        old_standing: row::read(&r, "address_changes", "old_standing", Standing::read)?,
        by_staff: row::optional_text(&r, "by_staff")?,
        challenge: challenge
            .map_err(|_| StoreError::inconsistent("address_changes", id.as_str(), "challenge_id"))?,
        session_hash: row::text(&r, "session_hash")?,
        place: row::text(&r, "place")?,
        browser: row::text(&r, "browser")?,
        stop_until: row::optional_int(&r, "stop_until")?.map(Timestamp),
        created_at: row::time(&r, "created_at")?,
        expires_at: row::time(&r, "expires_at")?,
        id,
    }))
}

/// Waits for the approval on a device.
pub const ASKED: &str = "asked";
/// Waits for the code that was mailed to the new address.
pub const PROVING: &str = "proving";
/// The address counts.
pub const DONE: &str = "done";
const AUTHENTICATION: &str = "authentication";
const SECOND: &str = "notification";

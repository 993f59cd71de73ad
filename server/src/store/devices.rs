//! Devices, their keys and their push subscriptions.

use warifu_shared::api::{DeviceState, Protection};
use warifu_shared::clock::Timestamp;
use warifu_shared::ids::{AccountId, DeviceId};
use warifu_shared::keys::PublicKey;

use super::{Conn, StoreError, row};
use crate::domain::device_life::Life;

/// A device with its keys.
#[derive(Debug, Clone)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// Whose it is.
    pub account: AccountId,
    /// Its state.
    pub state: DeviceState,
    /// Its name in lists.
    pub name: String,
    /// Model as it named itself.
    pub model: String,
    /// How it keeps its keys.
    pub protection: Protection,
    /// How it was registered: `link` or `typed`.
    pub method: String,
    /// Its dates.
    pub life: Life,
    /// When it last spoke.
    pub last_seen_at: Timestamp,
    /// Signs requests, denials.
    pub request_key: PublicKey,
    /// Signs approvals.
    pub approval_key: PublicKey,
}

/// A device that was just enrolled.
#[derive(Debug, Clone)]
pub struct NewDevice {
    /// The device, `pending`.
    pub device: Device,
    /// Its operating system.
    pub os: String,
    /// Version of the app.
    pub app_version: String,
    /// The enrolment token, kept as evidence.
    pub enrol_token: String,
    /// Prefix it enrolled from.
    pub source_prefix: String,
}

/// Inserts a pending device with both keys. A key that was ever bound is a unique violation (ENROL-04).
///
/// # Errors
/// On a database failure.
pub async fn insert(c: &mut Conn, new: &NewDevice) -> Result<(), StoreError> {
    let device = &new.device;
    sqlx::query(
        "INSERT INTO devices (id, account_id, state, name, model, os, app_version, protection, method, source_prefix, \
         enrol_token, bound_at, last_seen_at, last_prefix, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, $10, $13)",
    )
    .bind(device.id.as_str())
    .bind(device.account.as_str())
    .bind(state_name(device.state))
    .bind(&device.name)
    .bind(&device.model)
    .bind(&new.os)
    .bind(&new.app_version)
    .bind(protection_name(device.protection))
    .bind(&device.method)
    .bind(&new.source_prefix)
    .bind(&new.enrol_token)
    .bind(device.life.bound_at.0)
    .bind(device.life.expires_at.0)
    .execute(&mut *c)
    .await?;
    for (key, purpose) in [
        (&device.request_key, "request"),
        (&device.approval_key, "approval"),
    ] {
        sqlx::query("INSERT INTO device_keys (kid, device_id, purpose, public_key) VALUES ($1, $2, $3, $4)")
            .bind(key.thumbprint().as_str())
            .bind(device.id.as_str())
            .bind(purpose)
            .bind(key.to_b64())
            .execute(&mut *c)
            .await?;
    }
    Ok(())
}

/// Finds a device.
///
/// # Errors
/// On a database failure.
pub async fn by_id(c: &mut Conn, id: &DeviceId) -> Result<Option<Device>, StoreError> {
    let sql = format!("{SELECT} WHERE d.id = $1");
    let found = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(id.as_str())
        .fetch_optional(c)
        .await?;
    found.as_ref().map(device).transpose()
}

/// The devices of an account that are not revoked, oldest first.
///
/// # Errors
/// On a database failure.
pub async fn of_account(c: &mut Conn, account: &AccountId) -> Result<Vec<Device>, StoreError> {
    let sql = format!("{SELECT} WHERE d.account_id = $1 AND d.state <> 'revoked' ORDER BY d.bound_at, d.id");
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(account.as_str())
        .fetch_all(c)
        .await?;
    rows.iter().map(device).collect()
}

/// Reads a device with its two keys.
pub(super) fn device(row: &sqlx::any::AnyRow) -> Result<Device, StoreError> {
    let key = |column| row::read(row, "device_keys", column, |text| PublicKey::from_b64(text).ok());
    Ok(Device {
        id: row::parsed(row, "devices", "id")?,
        account: row::parsed(row, "devices", "account_id")?,
        state: row::read(row, "devices", "state", read_state)?,
        name: row::text(row, "name")?,
        model: row::text(row, "model")?,
        protection: row::read(row, "devices", "protection", read_protection)?,
        method: row::text(row, "method")?,
        life: Life {
            bound_at: row::time(row, "bound_at")?,
            expires_at: row::time(row, "expires_at")?,
            leaves_at: row::optional_int(row, "leaves_at")?.map(Timestamp),
        },
        last_seen_at: row::time(row, "last_seen_at")?,
        request_key: key("request_key")?,
        approval_key: key("approval_key")?,
    })
}

/// Moves a device from one state to another; false when it was not in `from`.
///
/// # Errors
/// On a database failure.
pub async fn change_state(
    c: &mut Conn,
    id: &DeviceId,
    from: DeviceState,
    to: DeviceState,
    by: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE devices SET state = $3, \
         confirmed_at = CASE WHEN $3 = 'active' THEN $4 ELSE confirmed_at END, \
         ended_at = CASE WHEN $3 = 'revoked' THEN $4 ELSE ended_at END, \
         ended_by = CASE WHEN $3 = 'revoked' THEN $5 ELSE ended_by END \
         WHERE id = $1 AND state = $2",
    )
    .bind(id.as_str())
    .bind(state_name(from))
    .bind(state_name(to))
    .bind(now.0)
    .bind(by)
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Whether a device is active, and stays so until the end of this transaction: on PostgreSQL its removal waits, or this
/// waits for a removal that came first (ENROL-12). SQLite writes one after another anyway. Taken before any challenge, in
/// the order in which a removal takes its rows.
///
/// # Errors
/// On a database failure.
pub async fn stays_active(c: &mut Conn, id: &str) -> Result<bool, StoreError> {
    let sql = match c.backend_name() {
        "PostgreSQL" => "SELECT id FROM devices WHERE id = $1 AND state = 'active' FOR SHARE",
        _ => "SELECT id FROM devices WHERE id = $1 AND state = 'active'",
    };
    Ok(sqlx::query(sql).bind(id).fetch_optional(c).await?.is_some())
}

/// Gives a device another name; false when it is gone.
///
/// # Errors
/// On a database failure.
pub async fn rename(c: &mut Conn, id: &DeviceId, name: &str) -> Result<bool, StoreError> {
    let done = sqlx::query("UPDATE devices SET name = $2 WHERE id = $1 AND state <> 'revoked'")
        .bind(id.as_str())
        .bind(name)
        .execute(c)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Notes that a device spoke and from where.
///
/// # Errors
/// On a database failure.
pub async fn seen(c: &mut Conn, id: &DeviceId, prefix: &str, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query("UPDATE devices SET last_seen_at = $2, last_prefix = $3 WHERE id = $1")
        .bind(id.as_str())
        .bind(now.0)
        .bind(prefix)
        .execute(c)
        .await?;
    Ok(())
}

/// A push subscription as stored: the endpoint and the secret are sealed (PUSH-07).
#[derive(Debug, Clone)]
pub struct StoredSubscription {
    /// The device.
    pub device: DeviceId,
    /// The sealed endpoint.
    pub endpoint_sealed: Vec<u8>,
    /// The device's P-256 key.
    pub p256dh: String,
    /// The sealed authentication secret.
    pub auth_sealed: Vec<u8>,
}

/// Stores the subscription of a device, replacing an older one.
///
/// # Errors
/// On a database failure.
pub async fn subscribe(c: &mut Conn, new: &StoredSubscription, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO subscriptions (device_id, endpoint_sealed, p256dh, auth_sealed, created_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (device_id) DO UPDATE SET endpoint_sealed = excluded.endpoint_sealed, p256dh = excluded.p256dh, \
         auth_sealed = excluded.auth_sealed, created_at = excluded.created_at",
    )
    .bind(new.device.as_str())
    .bind(&new.endpoint_sealed)
    .bind(&new.p256dh)
    .bind(&new.auth_sealed)
    .bind(now.0)
    .execute(c)
    .await?;
    Ok(())
}

/// Removes the subscription of a device; false when there was none.
///
/// # Errors
/// On a database failure.
pub async fn unsubscribe(c: &mut Conn, id: &DeviceId) -> Result<bool, StoreError> {
    let done = sqlx::query("DELETE FROM subscriptions WHERE device_id = $1")
        .bind(id.as_str())
        .execute(c)
        .await?;
    Ok(done.rows_affected() > 0)
}

/// The subscription of a device.
///
/// # Errors
/// On a database failure.
pub async fn subscription(c: &mut Conn, id: &DeviceId) -> Result<Option<StoredSubscription>, StoreError> {
    let found = sqlx::query("SELECT * FROM subscriptions WHERE device_id = $1")
        .bind(id.as_str())
        .fetch_optional(c)
        .await?;
    found
        .as_ref()
        .map(|found| stored_subscription(found, id))
        .transpose()
}

/// Reads the subscription of a device.
pub(super) fn stored_subscription(
    row: &sqlx::any::AnyRow,
    id: &DeviceId,
) -> Result<StoredSubscription, StoreError> {
    Ok(StoredSubscription {
        device: id.clone(),
        endpoint_sealed: row::bytes(row, "endpoint_sealed")?,
        p256dh: row::text(row, "p256dh")?,
        auth_sealed: row::bytes(row, "auth_sealed")?,
    })
}

/// Uses up the nonce of a signed request; false when it was used before (APPR-07).
///
/// # Errors
/// On a database failure.
pub async fn use_nonce(c: &mut Conn, kid: &str, nonce: &str, now: Timestamp) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "INSERT INTO request_nonces (kid, nonce, expires_at) VALUES ($1, $2, $3) ON CONFLICT (kid, nonce) DO NOTHING",
    )
    .bind(kid)
    .bind(nonce)
    .bind(now.plus_secs(NONCE_SECS).0)
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Name of a state in the database.
#[must_use]
pub const fn state_name(state: DeviceState) -> &'static str {
    match state {
        DeviceState::Pending => "pending",
        DeviceState::Active => "active",
        DeviceState::Suspended => "suspended",
        DeviceState::Revoked => "revoked",
    }
}

fn read_state(name: &str) -> Option<DeviceState> {
    [
        DeviceState::Pending,
        DeviceState::Active,
        DeviceState::Suspended,
        DeviceState::Revoked,
    ]
    .into_iter()
    .find(|state| state_name(*state) == name)
}

const fn protection_name(protection: Protection) -> &'static str {
    match protection {
        Protection::Keystore => "keystore",
        Protection::PinOnly => "pin_only",
    }
}

fn read_protection(name: &str) -> Option<Protection> {
    [Protection::Keystore, Protection::PinOnly]
        .into_iter()
        .find(|p| protection_name(*p) == name)
}

/// Nonces are kept longer than any request that could carry them is accepted (APPR-07).
pub(super) const NONCE_SECS: i64 = 300;
const SELECT: &str = "SELECT d.*, r.public_key AS request_key, a.public_key AS approval_key FROM devices d \
    JOIN device_keys r ON r.device_id = d.id AND r.purpose = 'request' \
    JOIN device_keys a ON a.device_id = d.id AND a.purpose = 'approval'";

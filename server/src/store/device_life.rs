//! The life of a device: suspended, lifted, announced to leave, reminded, expired (ENROL-13, ENROL-14, ENROL-15).

use warifu_shared::clock::Timestamp;
use warifu_shared::ids::{DeviceId, SessionId, WithdrawalId};

use super::devices::{self, Device};
use super::{Conn, StoreError, row};

/// Suspends an active device, and ends an announced removal: what somebody else announced must not run on while the owner
/// believes everything stands still. False when it was not active.
///
/// # Errors
/// On a database failure.
pub async fn suspend(c: &mut Conn, id: &DeviceId, by: &str, now: Timestamp) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE devices SET state = 'suspended', suspended_at = $2, suspended_by = $3, leaves_at = NULL \
         WHERE id = $1 AND state = 'active'",
    )
    .bind(id.as_str())
    .bind(now.0)
    .bind(by)
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Lifts a suspension; false when there is none, or the keys have ended meanwhile (ENROL-15).
///
/// # Errors
/// On a database failure.
pub async fn lift(c: &mut Conn, id: &DeviceId, now: Timestamp) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE devices SET state = 'active', suspended_at = NULL, suspended_by = NULL \
         WHERE id = $1 AND state = 'suspended' AND expires_at > $2",
    )
    .bind(id.as_str())
    .bind(now.0)
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Announces that a device leaves at `due`; false when that was announced before or the device is gone.
///
/// # Errors
/// On a database failure.
pub async fn announce(c: &mut Conn, id: &DeviceId, due: Timestamp, reason: &str) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE devices SET leaves_at = $2, leave_reason = $3 \
         WHERE id = $1 AND leaves_at IS NULL AND state IN ('active', 'suspended')",
    )
    .bind(id.as_str())
    .bind(due.0)
    .bind(reason)
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Stops an announced removal, until the very moment it is due; false when there is none any more. The same row is the
/// condition of [`leave`]: exactly one of both happens.
///
/// # Errors
/// On a database failure.
pub async fn keep(c: &mut Conn, id: &DeviceId, now: Timestamp) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE devices SET leaves_at = NULL, leave_reason = NULL \
         WHERE id = $1 AND leaves_at > $2 AND state IN ('active', 'suspended')",
    )
    .bind(id.as_str())
    .bind(now.0)
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Removes a device whose announced time has come; false when somebody stopped it.
///
/// # Errors
/// On a database failure.
pub async fn leave(c: &mut Conn, id: &DeviceId, now: Timestamp) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE devices SET state = 'revoked', ended_at = $2, ended_by = 'notice' \
         WHERE id = $1 AND leaves_at <= $2 AND state IN ('active', 'suspended')",
    )
    .bind(id.as_str())
    .bind(now.0)
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Devices whose announced time has come, with the reason that was given; at most `most`.
///
/// # Errors
/// On a database failure.
pub async fn leaving(c: &mut Conn, now: Timestamp, most: i64) -> Result<Vec<(DeviceId, String)>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, leave_reason FROM devices WHERE leaves_at <= $1 AND state IN ('active', 'suspended') \
         ORDER BY leaves_at LIMIT $2",
    )
    .bind(now.0)
    .bind(most)
    .fetch_all(c)
    .await?;
    let read = |r| {
        let reason = row::optional_text(r, "leave_reason")?.unwrap_or_default();
        Ok((row::parsed(r, "devices", "id")?, reason))
    };
    rows.iter().map(read).collect()
}

/// Devices whose keys have ended and that do not stand still yet; at most `most`.
///
/// # Errors
/// On a database failure.
pub async fn ended(c: &mut Conn, now: Timestamp, most: i64) -> Result<Vec<DeviceId>, StoreError> {
    let rows = sqlx::query(
        "SELECT id FROM devices WHERE state = 'active' AND expires_at <= $1 ORDER BY expires_at LIMIT $2",
    )
    .bind(now.0)
    .bind(most)
    .fetch_all(c)
    .await?;
    rows.iter().map(|r| row::parsed(r, "devices", "id")).collect()
}

/// Devices whose keys end before `until` and whose owner has had fewer than `reminders`; at most `most`.
///
/// # Errors
/// On a database failure.
pub async fn to_remind(
    c: &mut Conn,
    now: Timestamp,
    until: Timestamp,
    reminders: i64,
    most: i64,
) -> Result<Vec<DeviceId>, StoreError> {
    let rows = sqlx::query(
        "SELECT id FROM devices WHERE state = 'active' AND expires_at > $1 AND expires_at <= $2 AND reminders < $3 \
         ORDER BY expires_at LIMIT $4",
    )
    .bind(now.0)
    .bind(until.0)
    .bind(reminders)
    .bind(most)
    .fetch_all(c)
    .await?;
    rows.iter().map(|r| row::parsed(r, "devices", "id")).collect()
}

/// Notes how many reminders the owner has had; false when another process was faster.
///
/// # Errors
/// On a database failure.
pub async fn reminded(c: &mut Conn, id: &DeviceId, reminders: i64) -> Result<bool, StoreError> {
    let done = sqlx::query("UPDATE devices SET reminders = $2 WHERE id = $1 AND reminders < $2")
        .bind(id.as_str())
        .bind(reminders)
        .execute(c)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// The device that approved the newest proof of a session (its login, or a confirmation since), in whatever state it is now.
///
/// # Errors
/// On a database failure.
pub async fn approver(c: &mut Conn, session: &SessionId) -> Result<Option<Device>, StoreError> {
    let found =
        sqlx::query("SELECT COALESCE(approved_by, device_id) AS device_id FROM sessions WHERE id = $1")
            .bind(session.as_str())
            .fetch_optional(&mut *c)
            .await?;
    let id = match &found {
        Some(r) => row::optional_text(r, "device_id")?,
        None => None,
    };
    match id.and_then(|id| id.parse().ok()) {
        Some(id) => devices::by_id(c, &id).await,
        None => Ok(None),
    }
}

/// The withdrawals that a device approved and that have not left yet (ENROL-12).
///
/// # Errors
/// On a database failure.
pub async fn waiting_withdrawals(c: &mut Conn, id: &DeviceId) -> Result<Vec<WithdrawalId>, StoreError> {
    let rows = sqlx::query(
        "SELECT DISTINCT w.id FROM challenges h JOIN withdrawals w ON w.account_id = h.account_id \
         AND (w.challenge_id = h.id OR w.second_challenge_id = h.id) \
         WHERE h.decided_by = $1 AND h.action = 'withdrawal' AND w.state IN ('second', 'held')",
    )
    .bind(id.as_str())
    .fetch_all(c)
    .await?;
    rows.iter().map(|r| row::parsed(r, "withdrawals", "id")).collect()
}

/// The devices that were confirmed in a session that `id` approved.
///
/// # Errors
/// On a database failure.
pub async fn registered_from(c: &mut Conn, id: &DeviceId) -> Result<Vec<DeviceId>, StoreError> {
    let rows = sqlx::query(
        "SELECT e.device_id FROM sessions s JOIN enrolments e ON e.session_id = s.id AND e.account_id = s.account_id \
         WHERE s.device_id = $1 AND s.account_id = (SELECT account_id FROM devices WHERE id = $1) \
         AND e.state = 'confirmed' AND e.device_id IS NOT NULL AND e.device_id <> $1",
    )
    .bind(id.as_str())
    .fetch_all(c)
    .await?;
    rows.iter()
        .map(|r| row::parsed(r, "enrolments", "device_id"))
        .collect()
}

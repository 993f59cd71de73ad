//! Pending devices that nobody can confirm any more: their enrolment was cancelled, or its time is over.

use warifu_shared::clock::Timestamp;
use warifu_shared::ids::{AccountId, DeviceId};

use super::{Conn, StoreError, row};

/// Such a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unconfirmed {
    /// The device.
    pub device: DeviceId,
    /// Whose it would have been.
    pub account: AccountId,
}

/// Those of one account.
///
/// # Errors
/// On a database failure.
pub async fn of_account(
    c: &mut Conn,
    account: &AccountId,
    now: Timestamp,
) -> Result<Vec<Unconfirmed>, StoreError> {
    let sql = format!("{SELECT} AND d.account_id = $2");
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(now.0)
        .bind(account.as_str())
        .fetch_all(c)
        .await?;
    rows.iter().map(unconfirmed).collect()
}

/// Those of all accounts, the oldest `most`.
///
/// # Errors
/// On a database failure.
pub async fn all(c: &mut Conn, most: i64, now: Timestamp) -> Result<Vec<Unconfirmed>, StoreError> {
    let sql = format!("{SELECT} ORDER BY d.bound_at LIMIT $2");
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(now.0)
        .bind(most)
        .fetch_all(c)
        .await?;
    rows.iter().map(unconfirmed).collect()
}

fn unconfirmed(r: &sqlx::any::AnyRow) -> Result<Unconfirmed, StoreError> {
    Ok(Unconfirmed {
        device: row::parsed(r, "devices", "id")?,
        account: row::parsed(r, "devices", "account_id")?,
    })
}

const SELECT: &str = "SELECT d.id, d.account_id FROM devices d WHERE d.state = 'pending' AND NOT EXISTS \
    (SELECT 1 FROM enrolments e WHERE e.account_id = d.account_id AND e.device_id = d.id \
    AND e.state = 'claimed' AND e.expires_at > $1)";

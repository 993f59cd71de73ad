//! What the console reads and changes of a customer. Accounts of staff are never found here.

use warifu_shared::clock::Timestamp;
use warifu_shared::ids::AccountId;

use crate::store::accounts::{self, Lane};
use crate::store::{Conn, StoreError, row};

/// One line of a search.
#[derive(Debug, Clone)]
pub struct Found {
    /// The account.
    pub id: AccountId,
    /// Its number.
    pub number: String,
    /// The customer's name.
    pub name: String,
}

/// Customers by account number, name or mail address, exactly as stored (STAFF-07).
///
/// # Errors
/// On a database failure.
pub async fn find(c: &mut Conn, by: By<'_>, limit: i64) -> Result<Vec<Found>, StoreError> {
    let (sql, value) = match by {
        By::Number(number) => ("number = $1", number),
        By::Name(name) => ("customer_name = $1", name),
        By::Address(address) => (
            "id IN (SELECT account_id FROM addresses WHERE address = $1)",
            address,
        ),
    };
    let sql = format!(
        "SELECT id, number, customer_name FROM accounts WHERE kind = 'customer' AND {sql} ORDER BY number LIMIT $2"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(value)
        .bind(limit)
        .fetch_all(c)
        .await?;
    rows.iter()
        .map(|r| {
            Ok(Found {
                id: row::parsed(r, "accounts", "id")?,
                number: row::text(r, "number")?,
                name: row::text(r, "customer_name")?,
            })
        })
        .collect()
}

/// By what a customer is found.
#[derive(Debug, Clone, Copy)]
pub enum By<'a> {
    /// The account number.
    Number(&'a str),
    /// The name.
    Name(&'a str),
    /// A mail address.
    Address(&'a str),
}

/// Whether this account is a customer's.
///
/// # Errors
/// On a database failure.
pub async fn is_customer(c: &mut Conn, id: &AccountId) -> Result<bool, StoreError> {
    let found = sqlx::query("SELECT id FROM accounts WHERE id = $1 AND kind = 'customer'")
        .bind(id.as_str())
        .fetch_optional(c)
        .await?;
    Ok(found.is_some())
}

/// Takes an account's row: until the end of this transaction nobody else changes it.
///
/// # Errors
/// On a database failure.
pub async fn take(c: &mut Conn, id: &AccountId) -> Result<(), StoreError> {
    sqlx::query("UPDATE accounts SET cool_off_until = cool_off_until WHERE id = $1 AND kind = 'customer'")
        .bind(id.as_str())
        .execute(c)
        .await?;
    Ok(())
}

/// The state that matters for a decision about an account, as one line: what stops it, and its devices. `None`: no customer.
///
/// # Errors
/// On a database failure.
pub async fn facts(c: &mut Conn, id: &AccountId) -> Result<Option<String>, StoreError> {
    let found = sqlx::query(
        "SELECT disabled_at, unknown_blocked_until, known_blocked_until, withdrawals_held_until, cool_off_until, \
         fallback_opens_at FROM accounts WHERE id = $1 AND kind = 'customer'",
    )
    .bind(id.as_str())
    .fetch_optional(&mut *c)
    .await?;
    let Some(r) = found else { return Ok(None) };
    let mut text = format!("locked_at={}", row::optional_int(&r, "disabled_at")?.unwrap_or(0));
    for column in [
        "unknown_blocked_until",
        "known_blocked_until",
        "withdrawals_held_until",
        "cool_off_until",
        "fallback_opens_at",
    ] {
        text.push_str(&format!(" {column}={}", row::int(&r, column)?));
    }
    let devices =
        sqlx::query("SELECT id, state FROM devices WHERE account_id = $1 AND state <> 'revoked' ORDER BY id")
            .bind(id.as_str())
            .fetch_all(c)
            .await?;
    for device in &devices {
        text.push_str(&format!(
            " {}={}",
            row::text(device, "id")?,
            row::text(device, "state")?
        ));
    }
    Ok(Some(text))
}

/// Locks an account; false when it was locked.
///
/// # Errors
/// On a database failure.
pub async fn lock(c: &mut Conn, id: &AccountId, now: Timestamp) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE accounts SET disabled_at = $2 WHERE id = $1 AND disabled_at IS NULL AND kind = 'customer'",
    )
    .bind(id.as_str())
    .bind(now.0)
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Opens an account again: the lock, the blocks of a "not me", and all counters of mistakes. False when nothing was closed.
///
/// # Errors
/// On a database failure.
pub async fn unlock(c: &mut Conn, id: &AccountId, now: Timestamp) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE accounts SET disabled_at = NULL, unknown_blocked_until = 0, known_blocked_until = 0 \
         WHERE id = $1 AND kind = 'customer' AND (disabled_at IS NOT NULL OR unknown_blocked_until > $2 \
         OR known_blocked_until > $2 OR EXISTS (SELECT f.account_id FROM failure_counters f WHERE f.account_id = $1 \
         AND f.locks > 0))",
    )
    .bind(id.as_str())
    .bind(now.0)
    .execute(&mut *c)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    for lane in [
        Lane::PasswordUnknown,
        Lane::PasswordKnown,
        Lane::Factor,
        Lane::Withdrawal,
        Lane::Recovery,
        Lane::RecoveryMail,
    ] {
        accounts::reset_counter(c, id, lane).await?;
    }
    Ok(true)
}

/// Ends a cool-off; false when there was none.
///
/// # Errors
/// On a database failure.
pub async fn end_cool_off(c: &mut Conn, id: &AccountId, now: Timestamp) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE accounts SET cool_off_until = $2 WHERE id = $1 AND cool_off_until > $2 AND kind = 'customer'",
    )
    .bind(id.as_str())
    .bind(now.0)
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends every session of an account; gives how many.
///
/// # Errors
/// On a database failure.
pub async fn end_sessions(c: &mut Conn, id: &AccountId, now: Timestamp) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "UPDATE sessions SET ended_at = $2, ended_by = 'staff' WHERE account_id = $1 AND ended_at IS NULL \
         AND expires_at > $2",
    )
    .bind(id.as_str())
    .bind(now.0)
    .execute(c)
    .await?;
    Ok(done.rows_affected())
}

/// An open session, as the console shows it.
#[derive(Debug, Clone)]
pub struct OpenSession {
    /// Where it was opened.
    pub place: String,
    /// With which browser.
    pub browser: String,
    /// How sure the login was.
    pub assurance: String,
    /// When it began.
    pub created_at: Timestamp,
    /// The last access.
    pub last_access_at: Timestamp,
}

/// The open sessions, newest first.
///
/// # Errors
/// On a database failure.
pub async fn sessions(c: &mut Conn, id: &AccountId, now: Timestamp) -> Result<Vec<OpenSession>, StoreError> {
    let rows = sqlx::query(
        "SELECT place, browser, assurance, created_at, last_access_at FROM sessions \
         WHERE account_id = $1 AND ended_at IS NULL AND expires_at > $2 ORDER BY created_at DESC LIMIT 20",
    )
    .bind(id.as_str())
    .bind(now.0)
    .fetch_all(c)
    .await?;
    rows.iter()
        .map(|r| {
            Ok(OpenSession {
                place: row::text(r, "place")?,
                browser: row::text(r, "browser")?,
                assurance: row::text(r, "assurance")?,
                created_at: row::time(r, "created_at")?,
                last_access_at: row::time(r, "last_access_at")?,
            })
        })
        .collect()
}

/// The latest challenge pushes of an account: when, what became of it, and whether it was pushed at all.
///
/// # Errors
/// On a database failure.
pub async fn open_challenges(c: &mut Conn, id: &AccountId, now: Timestamp) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT COUNT(*) FROM challenges WHERE account_id = $1 AND state = 'pending' AND expires_at > $2",
    )
    .bind(id.as_str())
    .bind(now.0)
    .fetch_one(c)
    .await?)
}

/// Whether a device has a push subscription.
///
/// # Errors
/// On a database failure.
pub async fn is_subscribed(c: &mut Conn, device: &str) -> Result<bool, StoreError> {
    let found = sqlx::query("SELECT device_id FROM subscriptions WHERE device_id = $1")
        .bind(device)
        .fetch_optional(c)
        .await?;
    Ok(found.is_some())
}

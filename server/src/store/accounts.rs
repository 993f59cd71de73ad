//! Accounts, their addresses, their failure counters and known browsers.

use warifu_shared::clock::Timestamp;
use warifu_shared::display::Language;
use warifu_shared::ids::AccountId;

use super::{Conn, Dialect, StoreError, row};
use crate::domain::account::{Account, AccountNumber};
use crate::domain::counter::Counter;

pub use super::addresses::{Address, add_address, addresses};

/// A new account, as the firm opens it.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// Its id.
    pub id: AccountId,
    /// Its number.
    pub number: AccountNumber,
    /// The customer's name.
    pub customer_name: String,
    /// The customer's language.
    pub language: Language,
    /// The hash of the login password.
    pub password_hash: String,
    /// When it was opened.
    pub created_at: Timestamp,
}

/// Inserts an account. A number that exists already is a unique violation.
///
/// # Errors
/// On a database failure.
pub async fn insert(c: &mut Conn, account: &NewAccount) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO accounts (id, number, customer_name, language, password_hash, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(account.id.as_str())
    .bind(account.number.as_str())
    .bind(&account.customer_name)
    .bind(language_name(account.language))
    .bind(&account.password_hash)
    .bind(account.created_at.0)
    .execute(c)
    .await?;
    Ok(())
}

/// Inserts an account that the firm opens and the customer activates later: it has no password yet.
///
/// # Errors
/// On a database failure.
pub async fn insert_opened(c: &mut Conn, account: &NewAccount) -> Result<(), StoreError> {
    insert(c, account).await?;
    sqlx::query("UPDATE accounts SET state = $2, password_hash = '' WHERE id = $1")
        .bind(account.id.as_str())
        .bind(OPENED)
        .execute(c)
        .await?;
    Ok(())
}

/// The customer activates an opened account with the hash of a password; false when it was not `opened`.
///
/// # Errors
/// On a database failure.
pub async fn activate(c: &mut Conn, id: &AccountId, password_hash: &str) -> Result<bool, StoreError> {
    let done =
        sqlx::query("UPDATE accounts SET state = 'active', password_hash = $2 WHERE id = $1 AND state = $3")
            .bind(id.as_str())
            .bind(password_hash)
            .bind(OPENED)
            .execute(c)
            .await?;
    Ok(done.rows_affected() == 1)
}

/// Finds an account by the number a customer types.
///
/// # Errors
/// On a database failure.
pub async fn by_number(c: &mut Conn, number: &AccountNumber) -> Result<Option<Account>, StoreError> {
    let row = sqlx::query("SELECT * FROM accounts WHERE number = $1")
        .bind(number.as_str())
        .fetch_optional(c)
        .await?;
    row.as_ref().map(account).transpose()
}

/// Finds an account by its id.
///
/// # Errors
/// On a database failure.
pub async fn by_id(c: &mut Conn, id: &AccountId) -> Result<Option<Account>, StoreError> {
    let row = sqlx::query("SELECT * FROM accounts WHERE id = $1")
        .bind(id.as_str())
        .fetch_optional(c)
        .await?;
    row.as_ref().map(account).transpose()
}

fn account(row: &sqlx::any::AnyRow) -> Result<Account, StoreError> {
    Ok(Account {
        id: row::parsed(row, "accounts", "id")?,
        number: row::read(row, "accounts", "number", AccountNumber::from_typed)?,
        customer_name: row::text(row, "customer_name")?,
        language: row::read(row, "accounts", "language", read_language)?,
        password_hash: row::text(row, "password_hash")?,
        opened: row::text(row, "state")? == OPENED,
        mail_refused: row::optional_int(row, "mail_refused_at")?.is_some(),
        disabled: sqlx::Row::try_get::<Option<i64>, _>(row, "disabled_at")?.is_some(),
        fallback_opens_at: row::time(row, "fallback_opens_at")?,
        unknown_blocked_until: row::time(row, "unknown_blocked_until")?,
        known_blocked_until: row::time(row, "known_blocked_until")?,
        withdrawals_held_until: row::time(row, "withdrawals_held_until")?,
        cool_off_until: row::time(row, "cool_off_until")?,
    })
}

/// Waits for other writes of the account that do the same, and keeps them waiting until this transaction ends: for limits
/// that are read before they are used. (SQLite has one writer anyway.)
///
/// # Errors
/// On a database failure.
pub async fn take_turn(c: &mut Conn, id: &AccountId) -> Result<(), StoreError> {
    sqlx::query("UPDATE accounts SET language = language WHERE id = $1")
        .bind(id.as_str())
        .execute(c)
        .await?;
    Ok(())
}

/// The same on the hot path: a lock without a write, and nothing at all where there is one writer anyway.
///
/// # Errors
/// On a database failure.
pub async fn take_turn_to_count(c: &mut Conn, dialect: Dialect, id: &AccountId) -> Result<(), StoreError> {
    if dialect == Dialect::Postgres {
        sqlx::query("SELECT id FROM accounts WHERE id = $1 FOR NO KEY UPDATE")
            .bind(id.as_str())
            .fetch_optional(c)
            .await?;
    }
    Ok(())
}

/// Stores a new hash of the same password (rehash on login, PASS-04); not in the place of a password that was changed meanwhile.
///
/// # Errors
/// On a database failure.
pub async fn set_password_hash(
    c: &mut Conn,
    id: &AccountId,
    old: &str,
    hash: &str,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE accounts SET password_hash = $2 WHERE id = $1 AND password_hash = $3")
        .bind(id.as_str())
        .bind(hash)
        .bind(old)
        .execute(c)
        .await?;
    Ok(())
}

/// How long the account stays closed to what (CHAL-13, ENROL-09, ENROL-14). Each end only ever moves later.
#[derive(Debug, Clone, Copy, Default)]
pub struct Holds {
    /// Mailed codes.
    pub fallback_opens_at: Option<Timestamp>,
    /// Logins from unknown browsers.
    pub unknown_blocked_until: Option<Timestamp>,
    /// Logins from known browsers.
    pub known_blocked_until: Option<Timestamp>,
    /// Withdrawals.
    pub withdrawals_held_until: Option<Timestamp>,
    /// Cool-off of a new factor.
    pub cool_off_until: Option<Timestamp>,
}

/// Extends holds.
///
/// # Errors
/// On a database failure.
pub async fn hold(c: &mut Conn, id: &AccountId, holds: Holds) -> Result<(), StoreError> {
    for (column, until) in [
        ("fallback_opens_at", holds.fallback_opens_at),
        ("unknown_blocked_until", holds.unknown_blocked_until),
        ("known_blocked_until", holds.known_blocked_until),
        ("withdrawals_held_until", holds.withdrawals_held_until),
        ("cool_off_until", holds.cool_off_until),
    ] {
        let Some(until) = until else { continue };
        let sql = format!("UPDATE accounts SET {column} = $2 WHERE id = $1 AND {column} < $2");
        sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(id.as_str())
            .bind(until.0)
            .execute(&mut *c)
            .await?;
    }
    Ok(())
}

/// Which counter: what was wrong, and in which lane, so that a stranger's mistakes do not lock the owner (RISK-08).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// Passwords from unknown browsers.
    PasswordUnknown,
    /// Passwords from known browsers.
    PasswordKnown,
    /// Numbers and mailed codes (CHAL-06).
    Factor,
    /// Withdrawal passwords.
    Withdrawal,
    /// Codes that prove a mail address: they open nothing else.
    Address,
    /// Recovery codes: they never lock the login (ENROL-11).
    Recovery,
    /// Mailed codes of a recovery.
    RecoveryMail,
}

impl Lane {
    const fn key(self) -> (&'static str, &'static str) {
        match self {
            Self::PasswordUnknown => ("password", "unknown"),
            Self::PasswordKnown => ("password", "known"),
            Self::Factor => ("factor", "all"),
            Self::Withdrawal => ("withdrawal", "all"),
            Self::Address => ("address", "all"),
            Self::Recovery => ("recovery", "all"),
            Self::RecoveryMail => ("recovery_mail", "all"),
        }
    }
}

/// Reads a counter.
///
/// # Errors
/// On a database failure.
pub async fn counter(c: &mut Conn, account: &AccountId, lane: Lane) -> Result<Counter, StoreError> {
    let (kind, lane) = lane.key();
    let found = sqlx::query(
        "SELECT failures, locks, locked_until FROM failure_counters WHERE account_id = $1 AND kind = $2 AND lane = $3",
    )
    .bind(account.as_str())
    .bind(kind)
    .bind(lane)
    .fetch_optional(c)
    .await?;
    let Some(found) = found else {
        return Ok(Counter::ZERO);
    };
    Ok(Counter {
        failures: row::int(&found, "failures")?,
        locks: row::int(&found, "locks")?,
        locked_until: row::time(&found, "locked_until")?,
    })
}

/// Counts one mistake. The row is taken for writing first, so that parallel mistakes all count. For an account that does not
/// exist it does the same work and counts nothing.
///
/// # Errors
/// On a database failure.
pub async fn count_mistake(
    c: &mut Conn,
    account: &AccountId,
    lane: Lane,
    rule: &crate::domain::counter::LockRule,
    now: Timestamp,
) -> Result<Counter, StoreError> {
    let (kind, name) = lane.key();
    // The upsert locks the row on PostgreSQL; on SQLite the transaction already has the write lock.
    sqlx::query(
        "INSERT INTO failure_counters (account_id, kind, lane, failures, locks, locked_until) \
         SELECT id, $2, $3, 0, 0, 0 FROM accounts WHERE id = $1 \
         ON CONFLICT (account_id, kind, lane) DO UPDATE SET failures = failure_counters.failures",
    )
    .bind(account.as_str())
    .bind(kind)
    .bind(name)
    .execute(&mut *c)
    .await?;
    let after = counter(c, account, lane).await?.after_mistake(rule, now);
    sqlx::query(
        "UPDATE failure_counters SET failures = $4, locks = $5, locked_until = $6 \
         WHERE account_id = $1 AND kind = $2 AND lane = $3",
    )
    .bind(account.as_str())
    .bind(kind)
    .bind(name)
    .bind(after.failures)
    .bind(after.locks)
    .bind(after.locked_until.0)
    .execute(c)
    .await?;
    Ok(after)
}

/// Success: the counter starts again.
///
/// # Errors
/// On a database failure.
pub async fn reset_counter(c: &mut Conn, account: &AccountId, lane: Lane) -> Result<(), StoreError> {
    let (kind, lane) = lane.key();
    sqlx::query("DELETE FROM failure_counters WHERE account_id = $1 AND kind = $2 AND lane = $3")
        .bind(account.as_str())
        .bind(kind)
        .bind(lane)
        .execute(c)
        .await?;
    Ok(())
}

/// Whether a browser (by the hash of its cookie) completed a login of this account before.
///
/// # Errors
/// On a database failure.
pub async fn knows_browser(c: &mut Conn, account: &AccountId, token_hash: &str) -> Result<bool, StoreError> {
    let found =
        sqlx::query("SELECT account_id FROM known_browsers WHERE token_hash = $1 AND account_id = $2")
            .bind(token_hash)
            .bind(account.as_str())
            .fetch_optional(c)
            .await?;
    Ok(found.is_some())
}

/// The same for an account by its number, in one look, whether or not there is such an account.
///
/// # Errors
/// On a database failure.
pub async fn number_knows_browser(
    c: &mut Conn,
    number: &AccountNumber,
    token_hash: &str,
) -> Result<bool, StoreError> {
    let found = sqlx::query(
        "SELECT b.account_id FROM known_browsers b JOIN accounts a ON a.id = b.account_id \
         WHERE b.token_hash = $1 AND a.number = $2",
    )
    .bind(token_hash)
    .bind(number.as_str())
    .fetch_optional(c)
    .await?;
    Ok(found.is_some())
}

/// Remembers a browser after a completed login. It is a risk signal, never a factor (SESS-08).
///
/// # Errors
/// On a database failure.
pub async fn remember_browser(
    c: &mut Conn,
    account: &AccountId,
    token_hash: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO known_browsers (token_hash, account_id, created_at, last_used_at) VALUES ($1, $2, $3, $3) \
         ON CONFLICT (token_hash, account_id) DO UPDATE SET last_used_at = excluded.last_used_at",
    )
    .bind(token_hash)
    .bind(account.as_str())
    .bind(now.0)
    .execute(c)
    .await?;
    Ok(())
}

fn language_name(language: Language) -> &'static str {
    match language {
        Language::Ja => "ja",
        Language::En => "en",
    }
}

fn read_language(name: &str) -> Option<Language> {
    match name {
        "ja" => Some(Language::Ja),
        "en" => Some(Language::En),
        _ => None,
    }
}

/// The state of an account that nobody has activated yet.
const OPENED: &str = "opened";

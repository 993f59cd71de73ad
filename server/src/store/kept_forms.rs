//! The withdrawal form that the automatic logout interrupted: one an account, a day long (SESS-09).

use warifu_shared::clock::Timestamp;
use warifu_shared::ids::AccountId;

use super::{Conn, StoreError, row};

/// Keeps what was typed as the amount, in place of what was kept before.
///
/// # Errors
/// On a database failure.
pub async fn keep(c: &mut Conn, account: &AccountId, amount: &str, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO kept_forms (account_id, amount, kept_at) VALUES ($1, $2, $3) \
         ON CONFLICT (account_id) DO UPDATE SET amount = excluded.amount, kept_at = excluded.kept_at",
    )
    .bind(account.as_str())
    .bind(amount)
    .bind(now.0)
    .execute(c)
    .await?;
    Ok(())
}

/// What is kept and was kept after `since`.
///
/// # Errors
/// On a database failure.
pub async fn of_account(
    c: &mut Conn,
    account: &AccountId,
    since: Timestamp,
) -> Result<Option<String>, StoreError> {
    let found = sqlx::query("SELECT amount FROM kept_forms WHERE account_id = $1 AND kept_at > $2")
        .bind(account.as_str())
        .bind(since.0)
        .fetch_optional(c)
        .await?;
    found.map(|r| row::text(&r, "amount")).transpose()
}

/// Forgets what is kept.
///
/// # Errors
/// On a database failure.
pub async fn drop_of(c: &mut Conn, account: &AccountId) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM kept_forms WHERE account_id = $1")
        .bind(account.as_str())
        .execute(c)
        .await?;
    Ok(())
}

/// Forgets what nobody came back for.
///
/// # Errors
/// On a database failure.
pub async fn prune(c: &mut Conn, before: Timestamp) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM kept_forms WHERE kept_at <= $1")
        .bind(before.0)
        .execute(c)
        .await?;
    Ok(())
}

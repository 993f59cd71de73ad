//! What is under way on an account, for the console: each read is by index and bounded.

use warifu_shared::clock::Timestamp;
use warifu_shared::ids::AccountId;

use crate::store::{Conn, StoreError, row};

/// A recovery that was begun and is not over: until when it can go on.
///
/// # Errors
/// On a database failure.
pub async fn recovery(
    c: &mut Conn,
    account: &AccountId,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let found = sqlx::query(
        "SELECT expires_at FROM recoveries WHERE account_id = $1 AND step IN ('code', 'password') AND expires_at > $2 \
         LIMIT 1",
    )
    .bind(account.as_str())
    .bind(now.0)
    .fetch_optional(c)
    .await?;
    found.as_ref().map(|r| row::time(r, "expires_at")).transpose()
}

/// The newest change of the payout account since `since`: when, and whether it counts already.
///
/// # Errors
/// On a database failure.
pub async fn payout(
    c: &mut Conn,
    account: &AccountId,
    since: Timestamp,
) -> Result<Option<(Timestamp, bool)>, StoreError> {
    let found = sqlx::query(
        "SELECT state, created_at, active_at FROM payout_accounts WHERE account_id = $1 AND created_at > $2 \
         AND origin = 'customer' AND state IN ('proposed', 'active') ORDER BY created_at DESC LIMIT 1",
    )
    .bind(account.as_str())
    .bind(since.0)
    .fetch_optional(c)
    .await?;
    let Some(r) = found else { return Ok(None) };
    let asked = row::time(&r, "created_at")?;
    let active = row::optional_int(&r, "active_at")?.map(Timestamp);
    Ok(Some((
        active.unwrap_or(asked),
        row::text(&r, "state")? == "active",
    )))
}

/// When the withdrawal password was set; nothing when there is none.
///
/// # Errors
/// On a database failure.
pub async fn withdrawal_password(c: &mut Conn, account: &AccountId) -> Result<Option<Timestamp>, StoreError> {
    let found = sqlx::query("SELECT set_at FROM withdrawal_passwords WHERE account_id = $1")
        .bind(account.as_str())
        .fetch_optional(c)
        .await?;
    found.as_ref().map(|r| row::time(r, "set_at")).transpose()
}

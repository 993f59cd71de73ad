//! The login password replaced, and the requests that end with it (PASS-05, CHAL-13).

use warifu_shared::clock::Timestamp;
use warifu_shared::ids::{AccountId, ChallengeId};
use warifu_shared::jws::challenge::Action;

use super::{Conn, StoreError, row};
use crate::domain::challenge::read_action;

/// Replaces the password, and opens the account to unknown browsers again, which *not me* had stopped until then (CHAL-13). False:
/// it was changed meanwhile.
///
/// # Errors
/// On a database failure.
pub async fn change_password(c: &mut Conn, id: &AccountId, old: &str, new: &str) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE accounts SET password_hash = $2, unknown_blocked_until = 0 WHERE id = $1 AND password_hash = $3",
    )
    .bind(id.as_str())
    .bind(new)
    .bind(old)
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends what waits or was approved and not used, but for the requests of one browser: the password was replaced. Gives what each
/// was for.
///
/// # Errors
/// On a database failure.
pub async fn cancel_of_others(
    c: &mut Conn,
    account: &AccountId,
    browser_hash: &str,
    now: Timestamp,
) -> Result<Vec<(ChallengeId, Action)>, StoreError> {
    let rows = sqlx::query(
        "UPDATE challenges SET state = 'cancelled', live_slot = NULL, deny_reason = 'password_changed', decided_at = $2 \
         WHERE account_id = $1 AND state IN ('pending', 'approved') AND browser_hash <> $3 RETURNING id, action",
    )
    .bind(account.as_str())
    .bind(now.0)
    .bind(browser_hash)
    .fetch_all(c)
    .await?;
    rows.iter()
        .map(|r| {
            let id = row::parsed(r, "challenges", "id")?;
            Ok((id, row::read(r, "challenges", "action", read_action)?))
        })
        .collect()
}

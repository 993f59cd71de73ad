//! Wrong passwords that wait to be told, beside the logins (RISK-06).

use warifu_shared::clock::Timestamp;
use warifu_shared::ids::{AccountId, AttemptId};

use super::{Conn, StoreError};
use crate::domain::context::Source;
use crate::domain::counter::Counter;

/// Puts a wrong password down to be told, or the lock that it brought, in the transaction that counts it. For an account that
/// does not exist the same statement writes nothing (CHAL-11).
///
/// # Errors
/// On a database failure.
pub async fn put(
    c: &mut Conn,
    account: &AccountId,
    source: &Source,
    known_browser: bool,
    counter: Counter,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (kind, what, until) = if counter.locked_at(now) {
        ("lock", "locked", counter.locked_until)
    } else {
        ("wrong", "wrong", Timestamp(0))
    };
    sqlx::query(
        "INSERT INTO login_lines (account_id, kind, id, at, what, place, browser, known_browser, region, until) \
         SELECT id, $2, $3, CAST($4 AS BIGINT), $5, $6, $7, CAST($8 AS BIGINT), '', CAST($9 AS BIGINT) \
         FROM accounts WHERE id = $1",
    )
    .bind(account.as_str())
    .bind(kind)
    .bind(AttemptId::at(now).as_str())
    .bind(now.0)
    .bind(what)
    .bind(&source.place)
    .bind(&source.browser)
    .bind(i64::from(known_browser))
    .bind(until.0)
    .execute(c)
    .await?;
    Ok(())
}

//! What waits for somebody or for its time: held, or for the second approval (TXN-09). Read by an index of its own.

use sqlx::any::AnyRow;
use warifu_shared::clock::Timestamp;
use warifu_shared::ids::{AccountId, WithdrawalId};

use crate::domain::withdrawal::{How, State};
use crate::domain::yen::Yen;
use crate::store::{Conn, StoreError, row};

/// A withdrawal that waits, with what is needed to see why.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// Its id; begins with the moment of the request.
    pub id: WithdrawalId,
    /// What people read out.
    pub reference: String,
    /// Whose it is.
    pub account: AccountId,
    /// The account number.
    pub number: String,
    /// The customer's name.
    pub name: String,
    /// `held` or `second`.
    pub state: State,
    /// How it was approved.
    pub how: How,
    /// What the payee gets.
    pub amount: Yen,
    /// When it was approved first.
    pub approved_at: Option<Timestamp>,
    /// Until when it is held.
    pub release_at: Option<Timestamp>,
    /// Until when the second approval can come.
    pub expires_at: Timestamp,
    /// Until when all withdrawals of the account are held (someone on the phone, a lock).
    pub account_held_until: Timestamp,
    /// Whether the account is locked.
    pub locked: bool,
}

/// Those that wait, oldest first, after `after`; at most `most`. One that cannot be read is left out: the worker tells of it.
///
/// # Errors
/// On a database failure.
pub async fn waiting(
    c: &mut Conn,
    after: Option<&WithdrawalId>,
    now: Timestamp,
    most: i64,
) -> Result<Vec<Waiting>, StoreError> {
    let rows = sqlx::query(
        "SELECT w.id AS id, w.reference AS reference, w.account_id AS account_id, a.number AS number, \
         a.customer_name AS customer_name, w.state AS state, w.how AS how, w.amount AS amount, \
         w.approved_at AS approved_at, w.release_at AS release_at, w.expires_at AS expires_at, \
         a.withdrawals_held_until AS account_held_until, a.disabled_at AS disabled_at \
         FROM withdrawals w JOIN accounts a ON a.id = w.account_id \
         WHERE w.state IN ('held', 'second') AND w.id > $1 AND (w.state = 'held' OR w.expires_at > $2) \
         ORDER BY w.id LIMIT $3",
    )
    .bind(after.map_or("", WithdrawalId::as_str))
    .bind(now.0)
    .bind(most)
    .fetch_all(c)
    .await?;
    let read = |r| match read(r) {
        Ok(waiting) => Some(waiting),
        Err(error) => {
            tracing::error!(event = "withdrawal.unreadable", %error, "a stored withdrawal cannot be read");
            None
        }
    };
    Ok(rows.iter().filter_map(read).collect())
}

fn read(r: &AnyRow) -> Result<Waiting, StoreError> {
    let time = |column: &str| Ok::<_, StoreError>(row::optional_int(r, column)?.map(Timestamp));
    let amount = Yen::new(row::int(r, "amount")?);
    Ok(Waiting {
        id: row::parsed(r, "withdrawals", "id")?,
        reference: row::text(r, "reference")?,
        account: row::parsed(r, "withdrawals", "account_id")?,
        number: row::text(r, "number")?,
        name: row::text(r, "customer_name")?,
        state: row::read(r, "withdrawals", "state", State::read)?,
        how: row::read(r, "withdrawals", "how", How::read)?,
        amount: amount.ok_or_else(|| StoreError::inconsistent("withdrawals", "amount", "sum"))?,
        approved_at: time("approved_at")?,
        release_at: time("release_at")?,
        expires_at: row::time(r, "expires_at")?,
        account_held_until: row::time(r, "account_held_until")?,
        locked: time("disabled_at")?.is_some(),
    })
}

/// How many wait, counted up to `most`.
///
/// # Errors
/// On a database failure.
pub async fn count_waiting(c: &mut Conn, most: i64) -> Result<i64, StoreError> {
    let found = sqlx::query(
        "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM (SELECT id FROM withdrawals WHERE state IN ('held', 'second') \
         LIMIT $1) AS listed",
    )
    .bind(most)
    .fetch_one(c)
    .await?;
    row::int(&found, "n")
}

/// Forgets the challenge of a second approval that staff give in its place.
///
/// # Errors
/// On a database failure.
pub async fn forget_second(c: &mut Conn, id: &WithdrawalId) -> Result<(), StoreError> {
    sqlx::query("UPDATE withdrawals SET second_challenge_id = NULL WHERE id = $1 AND state = 'second'")
        .bind(id.as_str())
        .execute(c)
        .await?;
    Ok(())
}

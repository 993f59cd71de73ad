//! Withdrawals: every transition is one conditional UPDATE, so that a yen is promised and paid once (TXN-03).

mod due;
mod waiting;

use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::{AccountId, ChallengeId, WithdrawalId};

use super::{Conn, StoreError, row};
use crate::domain::withdrawal::{How, State};
use crate::domain::yen::Yen;

pub use due::{due, lease, put_off};
pub use waiting::{Waiting, count_waiting, forget_second, waiting};

/// A withdrawal as stored.
#[derive(Debug, Clone)]
pub struct Withdrawal {
    /// Its id; begins with the moment of the request.
    pub id: WithdrawalId,
    /// What people read out.
    pub reference: String,
    /// Whose it is.
    pub account: AccountId,
    /// Its state as stored; see [`Self::state_at`].
    pub state: State,
    /// Why it was refused.
    pub reason: Option<ErrorCode>,
    /// What the payee gets.
    pub amount: Yen,
    /// What the firm keeps.
    pub fee: Yen,
    /// The exact text that is signed, or bound to the mailed code.
    pub txn: String,
    /// How it is approved.
    pub how: How,
    /// Hash of the session's secret that asked for it (CHAL-08).
    pub session_hash: String,
    /// The challenge of the approval.
    pub challenge: Option<ChallengeId>,
    /// The challenge of the second approval.
    pub second: Option<ChallengeId>,
    /// With a device: SHA-256 of the approval token. With a mailed code: a keyed hash over what was approved.
    pub evidence: Option<String>,
    /// Place of the request.
    pub place: String,
    /// Browser of the request.
    pub browser: String,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When nobody can approve it any more.
    pub expires_at: Timestamp,
    /// When it was approved.
    pub approved_at: Option<Timestamp>,
    /// Until when it is held.
    pub release_at: Option<Timestamp>,
    /// When it ended, in whatever way.
    pub ended_at: Option<Timestamp>,
    /// Tries to place the order or to ask for it, in a row.
    pub tries: i64,
}

impl Withdrawal {
    /// The state at `now`.
    #[must_use]
    pub fn state_at(&self, now: Timestamp) -> State {
        self.state.at(self.expires_at, now)
    }

    /// Whether the core system may know the order, leased for another call: there was a call before this one.
    #[must_use]
    pub fn may_have_left(&self) -> bool {
        self.tries > 1 || matches!(self.state, State::Placed | State::Paid)
    }
}

/// Inserts a withdrawal; false when the same form was sent before (TXN-03).
///
/// # Errors
/// On a database failure.
pub async fn insert(c: &mut Conn, w: &Withdrawal, request_key: &str) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "INSERT INTO withdrawals (id, reference, account_id, request_key, state, amount, fee, txn, how, session_hash, \
         challenge_id, place, browser, created_at, expires_at, next_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15) ON CONFLICT (request_key) DO NOTHING",
    )
    .bind(w.id.as_str())
    .bind(&w.reference)
    .bind(w.account.as_str())
    .bind(request_key)
    .bind(w.state.as_str())
    .bind(w.amount.get())
    .bind(w.fee.get())
    .bind(&w.txn)
    .bind(w.how.as_str())
    .bind(&w.session_hash)
    .bind(w.challenge.as_ref().map(ChallengeId::as_str))
    .bind(&w.place)
    .bind(&w.browser)
    .bind(w.created_at.0)
    .bind(w.expires_at.0)
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Finds a withdrawal.
///
/// # Errors
/// On a database failure.
pub async fn by_id(c: &mut Conn, id: &WithdrawalId) -> Result<Option<Withdrawal>, StoreError> {
    one(c, "SELECT * FROM withdrawals WHERE id = $1", id.as_str()).await
}

/// Finds the withdrawal that a form made.
///
/// # Errors
/// On a database failure.
pub async fn by_request(c: &mut Conn, request_key: &str) -> Result<Option<Withdrawal>, StoreError> {
    one(c, "SELECT * FROM withdrawals WHERE request_key = $1", request_key).await
}

/// Finds the withdrawal that a challenge asks to approve, the first or the second time.
///
/// # Errors
/// On a database failure.
pub async fn by_challenge(c: &mut Conn, id: &ChallengeId) -> Result<Option<Withdrawal>, StoreError> {
    let first = one(
        c,
        "SELECT * FROM withdrawals WHERE challenge_id = $1",
        id.as_str(),
    )
    .await?;
    if first.is_some() {
        return Ok(first);
    }
    let sql = "SELECT * FROM withdrawals WHERE second_challenge_id = $1";
    one(c, sql, id.as_str()).await
}

/// The withdrawals of an account, newest first, from before `before` on.
///
/// # Errors
/// On a database failure.
pub async fn of_account(
    c: &mut Conn,
    account: &AccountId,
    before: Option<&WithdrawalId>,
    most: i64,
) -> Result<Vec<Withdrawal>, StoreError> {
    let rows = sqlx::query(
        "SELECT * FROM withdrawals WHERE account_id = $1 AND ($2 = '' OR id < $2) ORDER BY id DESC LIMIT $3",
    )
    .bind(account.as_str())
    .bind(before.map_or("", WithdrawalId::as_str))
    .bind(most)
    .fetch_all(c)
    .await?;
    rows.iter().map(withdrawal).collect()
}

/// What of an account was approved since `from` and is not ended without a payment, and what is promised that the core system does not know yet (with fees).
/// `but` is left out.
///
/// # Errors
/// On a database failure.
pub async fn sums(
    c: &mut Conn,
    account: &AccountId,
    from: Timestamp,
    but: Option<&WithdrawalId>,
) -> Result<(Yen, Yen), StoreError> {
    let names = |wanted: fn(State) -> bool| {
        let names = State::ALL
            .iter()
            .filter(|s| wanted(**s))
            .map(|s| format!("'{}'", s.as_str()));
        names.collect::<Vec<_>>().join(", ")
    };
    let sql = format!(
        "SELECT CAST(COALESCE(SUM(CASE WHEN approved_at >= $2 AND state IN ({}) THEN amount ELSE 0 END), 0) AS BIGINT) AS today, \
         CAST(COALESCE(SUM(CASE WHEN state IN ({}) THEN amount + fee ELSE 0 END), 0) AS BIGINT) AS promised \
         FROM withdrawals WHERE account_id = $1 AND id <> $3 AND (approved_at >= $2 OR next_at IS NOT NULL)",
        names(State::counts),
        names(State::is_promised)
    );
    let found = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(account.as_str())
        .bind(from.0)
        .bind(but.map_or("", WithdrawalId::as_str))
        .fetch_one(c)
        .await?;
    Ok((sum(&found, "today")?, sum(&found, "promised")?))
}

fn sum(found: &sqlx::any::AnyRow, column: &str) -> Result<Yen, StoreError> {
    Yen::new(row::int(found, column)?).ok_or_else(|| StoreError::inconsistent("withdrawals", column, "sum"))
}

/// A step from one state to the next. What is `None` stays as it is, but `next_at`, which is set to exactly this.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// The state that it must be in.
    pub from: State,
    /// The state that follows.
    pub to: State,
    /// Why it is refused.
    pub reason: Option<ErrorCode>,
    /// When it was approved.
    pub approved_at: Option<Timestamp>,
    /// Until when it is held.
    pub release_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// The proof of the approval.
    pub evidence: Option<&'a str>,
    /// Until when a decision is awaited.
    pub expires_at: Option<Timestamp>,
    /// When the worker looks at it again.
    pub next_at: Option<Timestamp>,
}

impl Step<'_> {
    /// A step that changes the state alone.
    #[must_use]
    pub const fn new(from: State, to: State, next_at: Option<Timestamp>) -> Self {
        Self {
            from,
            to,
            reason: None,
            approved_at: None,
            release_at: None,
            ended_at: None,
            evidence: None,
            expires_at: None,
            next_at,
        }
    }

    /// A step to an end.
    #[must_use]
    pub const fn end(from: State, to: State, now: Timestamp) -> Self {
        Self {
            ended_at: Some(now),
            ..Self::new(from, to, None)
        }
    }
}

/// Takes a step; false when it was not in the state that it has to be in. What was placed counts as tried for ever: it can no
/// longer be held or taken back.
///
/// # Errors
/// On a database failure.
pub async fn advance(c: &mut Conn, id: &WithdrawalId, step: Step<'_>) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE withdrawals SET state = $3, reason = COALESCE($4, reason), approved_at = COALESCE($5, approved_at), \
         release_at = COALESCE($6, release_at), ended_at = COALESCE($7, ended_at), evidence = COALESCE($8, evidence), \
         expires_at = COALESCE($10, expires_at), next_at = $9, \
         tries = CASE WHEN $2 = 'placed' THEN 1 ELSE 0 END WHERE id = $1 AND state = $2",
    )
    .bind(id.as_str())
    .bind(step.from.as_str())
    .bind(step.to.as_str())
    .bind(step.reason.map(|code| i64::from(code.number())))
    .bind(step.approved_at.map(|t| t.0))
    .bind(step.release_at.map(|t| t.0))
    .bind(step.ended_at.map(|t| t.0))
    .bind(step.evidence)
    .bind(step.next_at.map(|t| t.0))
    .bind(step.expires_at.map(|t| t.0))
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Keeps what a device signed to take a withdrawal back.
///
/// # Errors
/// On a database failure.
pub async fn keep_recall(c: &mut Conn, id: &WithdrawalId, token: &str) -> Result<(), StoreError> {
    sqlx::query("UPDATE withdrawals SET recall_token = $2 WHERE id = $1 AND state = 'recalled'")
        .bind(id.as_str())
        .bind(token)
        .execute(c)
        .await?;
    Ok(())
}

/// What a device signed to take a withdrawal back.
///
/// # Errors
/// On a database failure.
pub async fn recall_token(c: &mut Conn, id: &WithdrawalId) -> Result<Option<String>, StoreError> {
    let found = sqlx::query("SELECT recall_token FROM withdrawals WHERE id = $1")
        .bind(id.as_str())
        .fetch_optional(c)
        .await?;
    match found {
        Some(r) => row::optional_text(&r, "recall_token"),
        None => Ok(None),
    }
}

/// Sets the challenge of the second approval.
///
/// # Errors
/// On a database failure.
pub async fn set_second(
    c: &mut Conn,
    id: &WithdrawalId,
    challenge: &ChallengeId,
) -> Result<bool, StoreError> {
    let done =
        sqlx::query("UPDATE withdrawals SET second_challenge_id = $2 WHERE id = $1 AND state = 'second'")
            .bind(id.as_str())
            .bind(challenge.as_str())
            .execute(c)
            .await?;
    Ok(done.rows_affected() == 1)
}

/// Holds what is held already until `until` at least (CHAL-13: someone on the phone).
///
/// # Errors
/// On a database failure.
pub async fn hold_longer(c: &mut Conn, account: &AccountId, until: Timestamp) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE withdrawals SET state = 'held', release_at = $2, next_at = $2 \
         WHERE account_id = $1 AND (state = 'queued' AND tries = 0 OR state = 'held' AND release_at < $2)",
    )
    .bind(account.as_str())
    .bind(until.0)
    .execute(c)
    .await?;
    Ok(())
}

/// Whether a withdrawal of the account waits for its approval.
///
/// # Errors
/// On a database failure.
pub async fn one_is_pending(c: &mut Conn, account: &AccountId, now: Timestamp) -> Result<bool, StoreError> {
    let found = sqlx::query(
        "SELECT id FROM withdrawals WHERE account_id = $1 AND state = 'pending' AND expires_at > $2 LIMIT 1",
    )
    .bind(account.as_str())
    .bind(now.0)
    .fetch_optional(c)
    .await?;
    Ok(found.is_some())
}

async fn one(c: &mut Conn, sql: &'static str, key: &str) -> Result<Option<Withdrawal>, StoreError> {
    let found = sqlx::query(sql).bind(key).fetch_optional(c).await?;
    found.as_ref().map(withdrawal).transpose()
}

/// Reads a row of `withdrawals`.
pub(super) fn withdrawal(r: &sqlx::any::AnyRow) -> Result<Withdrawal, StoreError> {
    let id: WithdrawalId = row::parsed(r, "withdrawals", "id")?;
    let odd = |what: &str| StoreError::inconsistent("withdrawals", id.as_str(), what);
    let yen = |column: &str| Yen::new(row::int(r, column)?).ok_or_else(|| odd(column));
    let time = |column: &str| Ok::<_, StoreError>(row::optional_int(r, column)?.map(Timestamp));
    let challenge = |column: &str| {
        let text = row::optional_text(r, column)?;
        text.map(|text| text.parse()).transpose().map_err(|_| odd(column))
    };
    let reason = match row::optional_int(r, "reason")? {
        Some(number) => {
            let code = u16::try_from(number).ok().and_then(ErrorCode::from_number);
            Some(code.ok_or_else(|| odd("reason"))?)
        }
        None => None,
    };
    Ok(Withdrawal {
        reference: row::text(r, "reference")?,
        account: row::parsed(r, "withdrawals", "account_id")?,
        state: row::read(r, "withdrawals", "state", State::read)?,
        reason,
        amount: yen("amount")?,
        fee: yen("fee")?,
        txn: row::text(r, "txn")?,
        how: row::read(r, "withdrawals", "how", How::read)?,
        session_hash: row::text(r, "session_hash")?,
        challenge: challenge("challenge_id")?,
        second: challenge("second_challenge_id")?,
        evidence: row::optional_text(r, "evidence")?,
        place: row::text(r, "place")?,
        browser: row::text(r, "browser")?,
        created_at: row::time(r, "created_at")?,
        expires_at: row::time(r, "expires_at")?,
        approved_at: time("approved_at")?,
        release_at: time("release_at")?,
        ended_at: time("ended_at")?,
        tries: row::int(r, "tries")?,
        id,
    })
}

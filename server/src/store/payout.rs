//! Payout accounts and withdrawal passwords (TXN-05).

use warifu_shared::clock::Timestamp;
use warifu_shared::ids::{AccountId, ChallengeId, PayoutAccountId};
use warifu_shared::jws::withdrawal::{Payee, PayoutAccount, Transaction};

use super::{Conn, StoreError, row};

/// A payout account as stored.
#[derive(Debug, Clone)]
pub struct StoredPayout {
    /// Its id.
    pub id: PayoutAccountId,
    /// Whose it is.
    pub account: AccountId,
    /// `proposed`, `active`, `replaced`, or how a proposal ended: `denied`, `cancelled`, `refused`.
    pub state: String,
    /// The account.
    pub payee: Payee,
    /// Who gave it: `firm`, `customer`.
    pub origin: String,
    /// The challenge of its approval.
    pub challenge: Option<ChallengeId>,
    /// Hash of the secret of the session that asked for it.
    pub session_hash: String,
    /// Place of the request.
    pub place: String,
    /// Browser of the request.
    pub browser: String,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// Since when it counts.
    pub active_at: Option<Timestamp>,
}

impl StoredPayout {
    /// The text that is signed.
    ///
    /// # Errors
    /// When the account could not stand in a challenge.
    pub fn txn(payee: &Payee) -> Result<String, StoreError> {
        let change = PayoutAccount { payee: payee.clone() };
        let text = Transaction::PayoutAccount(change).write();
        text.map_err(|e| StoreError::inconsistent("payout_accounts", "", e))
    }
}

/// Inserts a proposal, or the account that the firm knows from the start (`active`).
///
/// # Errors
/// On a database failure, or an account that could not be signed.
pub async fn insert(c: &mut Conn, new: &StoredPayout) -> Result<(), StoreError> {
    let active = new.state == ACTIVE;
    sqlx::query(
        "INSERT INTO payout_accounts (id, account_id, state, active_slot, payee, origin, challenge_id, session_hash, place, \
         browser, created_at, active_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(new.id.as_str())
    .bind(new.account.as_str())
    .bind(&new.state)
    .bind(active.then_some(new.account.as_str()))
    .bind(StoredPayout::txn(&new.payee)?)
    .bind(&new.origin)
    .bind(new.challenge.as_ref().map(ChallengeId::as_str))
    .bind(&new.session_hash)
    .bind(&new.place)
    .bind(&new.browser)
    .bind(new.created_at.0)
    .bind(new.active_at.map(|t| t.0))
    .execute(c)
    .await?;
    Ok(())
}

/// The account that withdrawals go to.
///
/// # Errors
/// On a database failure.
pub async fn active(c: &mut Conn, account: &AccountId) -> Result<Option<StoredPayout>, StoreError> {
    let sql = "SELECT * FROM payout_accounts WHERE active_slot = $1";
    one(c, sql, account.as_str()).await
}

/// Whether withdrawals go to `payee`. They go nowhere when what is stored cannot be read.
///
/// # Errors
/// On a database failure.
pub async fn is_active(c: &mut Conn, account: &AccountId, payee: &Payee) -> Result<bool, StoreError> {
    match active(c, account).await {
        Ok(found) => Ok(found.is_some_and(|active| active.payee == *payee)),
        Err(error) if error.is_unreadable() => {
            tracing::error!(event = "payout.unreadable", %error, "a stored payout account cannot be read");
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

/// Finds one.
///
/// # Errors
/// On a database failure.
pub async fn by_id(c: &mut Conn, id: &PayoutAccountId) -> Result<Option<StoredPayout>, StoreError> {
    one(c, "SELECT * FROM payout_accounts WHERE id = $1", id.as_str()).await
}

/// Finds the proposal that a challenge asks to approve.
///
/// # Errors
/// On a database failure.
pub async fn by_challenge(c: &mut Conn, id: &ChallengeId) -> Result<Option<StoredPayout>, StoreError> {
    let sql = "SELECT * FROM payout_accounts WHERE challenge_id = $1";
    one(c, sql, id.as_str()).await
}

/// Puts a proposal in the place of the present account, once.
///
/// # Errors
/// On a database failure.
pub async fn activate(c: &mut Conn, id: &PayoutAccountId, now: Timestamp) -> Result<bool, StoreError> {
    sqlx::query(
        "UPDATE payout_accounts SET state = 'replaced', active_slot = NULL, ended_at = $2 WHERE active_slot = \
         (SELECT account_id FROM payout_accounts WHERE id = $1 AND state = 'proposed')",
    )
    .bind(id.as_str())
    .bind(now.0)
    .execute(&mut *c)
    .await?;
    let done = sqlx::query(
        "UPDATE payout_accounts SET state = 'active', active_slot = account_id, active_at = $2 \
         WHERE id = $1 AND state = 'proposed'",
    )
    .bind(id.as_str())
    .bind(now.0)
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends a proposal.
///
/// # Errors
/// On a database failure.
pub async fn end(
    c: &mut Conn,
    id: &PayoutAccountId,
    state: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE payout_accounts SET state = $2, ended_at = $3 WHERE id = $1 AND state = 'proposed'",
    )
    .bind(id.as_str())
    .bind(state)
    .bind(now.0)
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

async fn one(c: &mut Conn, sql: &'static str, key: &str) -> Result<Option<StoredPayout>, StoreError> {
    let found = sqlx::query(sql).bind(key).fetch_optional(c).await?;
    let Some(r) = found else { return Ok(None) };
    let id: PayoutAccountId = row::parsed(&r, "payout_accounts", "id")?;
    let odd = |what: &str| StoreError::inconsistent("payout_accounts", id.as_str(), what);
    let Ok(Transaction::PayoutAccount(change)) = Transaction::read(&row::text(&r, "payee")?) else {
        return Err(odd("payee"));
    };
    let challenge = row::optional_text(&r, "challenge_id")?;
    let challenge = challenge.map(|text| text.parse()).transpose();
    Ok(Some(StoredPayout {
        account: row::parsed(&r, "payout_accounts", "account_id")?,
        state: row::text(&r, "state")?,
        payee: change.payee,
        origin: row::text(&r, "origin")?,
        challenge: challenge.map_err(|_| odd("challenge_id"))?,
        session_hash: row::text(&r, "session_hash")?,
        place: row::text(&r, "place")?,
        browser: row::text(&r, "browser")?,
        created_at: row::time(&r, "created_at")?,
        active_at: row::optional_int(&r, "active_at")?.map(Timestamp),
        id,
    }))
}

/// The hash of the withdrawal password.
///
/// # Errors
/// On a database failure.
pub async fn password_hash(c: &mut Conn, account: &AccountId) -> Result<Option<String>, StoreError> {
    let found = sqlx::query("SELECT hash FROM withdrawal_passwords WHERE account_id = $1")
        .bind(account.as_str())
        .fetch_optional(c)
        .await?;
    found.as_ref().map(|r| row::text(r, "hash")).transpose()
}

/// Sets the withdrawal password.
///
/// # Errors
/// On a database failure.
pub async fn set_password(
    c: &mut Conn,
    account: &AccountId,
    hash: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO withdrawal_passwords (account_id, hash, set_at) VALUES ($1, $2, $3) \
         ON CONFLICT (account_id) DO UPDATE SET hash = excluded.hash, set_at = excluded.set_at",
    )
    .bind(account.as_str())
    .bind(hash)
    .bind(now.0)
    .execute(c)
    .await?;
    Ok(())
}

/// The state of the one that counts.
pub const ACTIVE: &str = "active";

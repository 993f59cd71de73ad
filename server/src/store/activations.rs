//! Activation codes, and the ways through the steps of an activation (WEB-09).

use warifu_shared::clock::Timestamp;
use warifu_shared::ids::{AccountId, ActivationId};

use super::{Conn, StoreError, row};

/// An activation code as stored: never its characters.
#[derive(Debug, Clone)]
pub struct StoredCode {
    /// `live`, `used` or `dead`.
    pub state: String,
    /// The keyed hash.
    pub mac: String,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Stores a new code in the place of the older one, with all its tries.
///
/// # Errors
/// On a database failure.
pub async fn set_code(
    c: &mut Conn,
    account: &AccountId,
    code: &StoredCode,
    by: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO activation_codes (account_id, state, mac, issued_by, issued_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (account_id) DO UPDATE SET state = excluded.state, \
         mac = excluded.mac, wrong_tries = 0, issued_by = excluded.issued_by, issued_at = excluded.issued_at, \
         expires_at = excluded.expires_at",
    )
    .bind(account.as_str())
    .bind(&code.state)
    .bind(&code.mac)
    .bind(by)
    .bind(now.0)
    .bind(code.expires_at.0)
    .execute(c)
    .await?;
    Ok(())
}

/// The code of an account.
///
/// # Errors
/// On a database failure.
pub async fn code(c: &mut Conn, account: &AccountId) -> Result<Option<StoredCode>, StoreError> {
    let found = sqlx::query("SELECT state, mac, expires_at FROM activation_codes WHERE account_id = $1")
        .bind(account.as_str())
        .fetch_optional(c)
        .await?;
    let Some(r) = found else { return Ok(None) };
    Ok(Some(StoredCode {
        state: row::text(&r, "state")?,
        mac: row::text(&r, "mac")?,
        expires_at: row::time(&r, "expires_at")?,
    }))
}

/// Counts a wrong try and kills the code at `most`; true when this one killed it. For an account without a code it is the
/// same work.
///
/// # Errors
/// On a database failure.
pub async fn count_wrong(c: &mut Conn, account: &AccountId, most: i64) -> Result<bool, StoreError> {
    let found = sqlx::query(
        "UPDATE activation_codes SET wrong_tries = wrong_tries + 1, \
         state = CASE WHEN wrong_tries + 1 >= $2 THEN 'dead' ELSE state END \
         WHERE account_id = $1 AND state = 'live' RETURNING state",
    )
    .bind(account.as_str())
    .bind(most)
    .fetch_optional(c)
    .await?;
    let after = found.as_ref().map(|r| row::text(r, "state")).transpose()?;
    Ok(after.as_deref() == Some("dead"))
}

/// Uses the code with this hash, once, while it lives.
///
/// # Errors
/// On a database failure.
pub async fn use_code(
    c: &mut Conn,
    account: &AccountId,
    mac: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE activation_codes SET state = 'used' \
         WHERE account_id = $1 AND mac = $2 AND state = 'live' AND expires_at > $3",
    )
    .bind(account.as_str())
    .bind(mac)
    .bind(now.0)
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// One way through the steps, in one browser.
#[derive(Debug, Clone)]
pub struct Activation {
    /// Its id, part of its pages' paths.
    pub id: ActivationId,
    /// Whose account it is about.
    pub account: AccountId,
    /// [`PASSWORDS`], [`ADDRESS`], [`CODE`], then [`DONE`] or [`ENDED`].
    pub step: String,
    /// Hash of the browser's secret.
    pub browser_hash: String,
    /// Hash of the activation code it began with.
    pub code_mac: String,
    /// Hash of the login password.
    pub login_hash: Option<String>,
    /// Hash of the withdrawal password.
    pub withdrawal_hash: Option<String>,
    /// The address that is to be proven.
    pub address: Option<String>,
    /// Place of the browser.
    pub place: String,
    /// The browser's name.
    pub browser: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// The passwords are next.
pub const PASSWORDS: &str = "passwords";
/// The mail address is next.
pub const ADDRESS: &str = "address";
/// The code that was mailed to it is next.
pub const CODE: &str = "code";
/// Every step is done.
pub const DONE: &str = "done";
/// Begun anew elsewhere.
pub const ENDED: &str = "ended";

/// Begins a new way and ends any other of the account.
///
/// # Errors
/// On a database failure.
pub async fn begin(c: &mut Conn, new: &Activation) -> Result<(), StoreError> {
    end_all(c, &new.account).await?;
    sqlx::query(
        "INSERT INTO activations (id, account_id, step, live_slot, browser_hash, code_mac, place, browser, created_at, \
         expires_at) VALUES ($1, $2, $3, $2, $4, $5, $6, $7, $8, $9)",
    )
    .bind(new.id.as_str())
    .bind(new.account.as_str())
    .bind(&new.step)
    .bind(&new.browser_hash)
    .bind(&new.code_mac)
    .bind(&new.place)
    .bind(&new.browser)
    .bind(new.created_at.0)
    .bind(new.expires_at.0)
    .execute(c)
    .await?;
    Ok(())
}

/// Ends the ways of an account: another one begins, or its code was replaced.
///
/// # Errors
/// On a database failure.
pub async fn end_all(c: &mut Conn, account: &AccountId) -> Result<(), StoreError> {
    sqlx::query("UPDATE activations SET step = $2, live_slot = NULL WHERE live_slot = $1")
        .bind(account.as_str())
        .bind(ENDED)
        .execute(c)
        .await?;
    Ok(())
}

/// Finds one by its id and the browser it is bound to.
///
/// # Errors
/// On a database failure.
pub async fn find(c: &mut Conn, id: &str, browser_hash: &str) -> Result<Option<Activation>, StoreError> {
    let found = sqlx::query("SELECT * FROM activations WHERE id = $1 AND browser_hash = $2")
        .bind(id)
        .bind(browser_hash)
        .fetch_optional(c)
        .await?;
    let Some(r) = found else { return Ok(None) };
    Ok(Some(Activation {
        id: row::parsed(&r, "activations", "id")?,
        account: row::parsed(&r, "activations", "account_id")?,
        step: row::text(&r, "step")?,
        browser_hash: row::text(&r, "browser_hash")?,
        code_mac: row::text(&r, "code_mac")?,
        login_hash: row::optional_text(&r, "login_hash")?,
        withdrawal_hash: row::optional_text(&r, "withdrawal_hash")?,
        address: row::optional_text(&r, "address")?,
        place: row::text(&r, "place")?,
        browser: row::text(&r, "browser")?,
        created_at: row::time(&r, "created_at")?,
        expires_at: row::time(&r, "expires_at")?,
    }))
}

/// Takes both passwords and goes on to the address, once.
///
/// # Errors
/// On a database failure.
pub async fn set_passwords(
    c: &mut Conn,
    id: &ActivationId,
    login: &str,
    withdrawal: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE activations SET step = $4, login_hash = $2, withdrawal_hash = $3 \
         WHERE id = $1 AND step = $5 AND expires_at > $6",
    )
    .bind(id.as_str())
    .bind(login)
    .bind(withdrawal)
    .bind(ADDRESS)
    .bind(PASSWORDS)
    .bind(now.0)
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Takes the address and goes on to its code; or, with `None`, back to the address.
///
/// # Errors
/// On a database failure.
pub async fn set_address(
    c: &mut Conn,
    id: &ActivationId,
    address: Option<&str>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let (from, to) = if address.is_some() {
        (ADDRESS, CODE)
    } else {
        (CODE, ADDRESS)
    };
    let done = sqlx::query(
        "UPDATE activations SET step = $3, address = $2 WHERE id = $1 AND step = $4 AND expires_at > $5",
    )
    .bind(id.as_str())
    .bind(address)
    .bind(to)
    .bind(from)
    .bind(now.0)
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Every step is done, once.
///
/// # Errors
/// On a database failure.
pub async fn finish(c: &mut Conn, id: &ActivationId, now: Timestamp) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE activations SET step = $2, live_slot = NULL WHERE id = $1 AND step = $3 AND expires_at > $4",
    )
    .bind(id.as_str())
    .bind(DONE)
    .bind(CODE)
    .bind(now.0)
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

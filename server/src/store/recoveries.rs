//! Ways through a recovery, each bound to one browser (ENROL-11).

use warifu_shared::clock::Timestamp;
use warifu_shared::ids::{AccountId, ProposalId, RecoveryId, ResetId};

use super::{Conn, StoreError, row};
use crate::domain::recovery::Lost;

/// One way through the steps.
#[derive(Debug, Clone)]
pub struct Recovery {
    /// Its id, part of its pages' paths.
    pub id: RecoveryId,
    /// Whose account it is about.
    pub account: AccountId,
    /// What was lost.
    pub lost: Lost,
    /// [`CODE`], [`PASSWORD`], then [`DONE`] or [`ENDED`].
    pub step: String,
    /// The recovery code that its last step uses up.
    pub code: String,
    /// Hash of the browser's secret.
    pub browser_hash: String,
    /// Place of the browser.
    pub place: String,
    /// The browser's name.
    pub browser: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl Recovery {
    /// Whether its code came from the app of a device, and not from a sheet.
    #[must_use]
    pub fn from_device(&self) -> bool {
        self.code.parse::<ResetId>().is_ok()
    }

    /// Whether its code came from a letter (decision 41).
    #[must_use]
    pub fn from_letter(&self) -> bool {
        self.code.parse::<ProposalId>().is_ok()
    }
}

/// The mailed code is next.
pub const CODE: &str = "code";
/// The new password is next.
pub const PASSWORD: &str = "password";
/// Every step is done.
pub const DONE: &str = "done";
/// Given up, begun anew, or overtaken by another change.
pub const ENDED: &str = "ended";

/// Begins a way and ends any other of the account.
///
/// # Errors
/// On a database failure.
pub async fn begin(c: &mut Conn, new: &Recovery) -> Result<(), StoreError> {
    end_all(c, &new.account).await?;
    sqlx::query(
        "INSERT INTO recoveries (id, account_id, lost, step, code_id, browser_hash, place, browser, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(new.id.as_str())
    .bind(new.account.as_str())
    .bind(new.lost.as_str())
    .bind(&new.step)
    .bind(&new.code)
    .bind(&new.browser_hash)
    .bind(&new.place)
    .bind(&new.browser)
    .bind(new.created_at.0)
    .bind(new.expires_at.0)
    .execute(c)
    .await?;
    Ok(())
}

/// Ends the open ways of an account: another one begins, or its password was changed.
///
/// # Errors
/// On a database failure.
pub async fn end_all(c: &mut Conn, account: &AccountId) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE recoveries SET step = 'ended' WHERE account_id = $1 AND step IN ('code', 'password')",
    )
    .bind(account.as_str())
    .execute(c)
    .await?;
    Ok(())
}

/// Finds one by its id and the browser it is bound to.
///
/// # Errors
/// On a database failure.
pub async fn find(c: &mut Conn, id: &RecoveryId, browser_hash: &str) -> Result<Option<Recovery>, StoreError> {
    let found = sqlx::query("SELECT * FROM recoveries WHERE id = $1 AND browser_hash = $2")
        .bind(id.as_str())
        .bind(browser_hash)
        .fetch_optional(c)
        .await?;
    let Some(r) = found else { return Ok(None) };
    Ok(Some(Recovery {
        id: row::parsed(&r, "recoveries", "id")?,
        account: row::parsed(&r, "recoveries", "account_id")?,
        lost: row::read(&r, "recoveries", "lost", Lost::read)?,
        step: row::text(&r, "step")?,
        code: row::text(&r, "code_id")?,
        browser_hash: row::text(&r, "browser_hash")?,
        place: row::text(&r, "place")?,
        browser: row::text(&r, "browser")?,
        created_at: row::time(&r, "created_at")?,
        expires_at: row::time(&r, "expires_at")?,
    }))
}

/// Goes from one step to another, once and in time.
///
/// # Errors
/// On a database failure.
pub async fn advance(
    c: &mut Conn,
    id: &RecoveryId,
    from: &str,
    to: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let done = sqlx::query("UPDATE recoveries SET step = $3 WHERE id = $1 AND step = $2 AND expires_at > $4")
        .bind(id.as_str())
        .bind(from)
        .bind(to)
        .bind(now.0)
        .execute(c)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Deletes ways that ended before `before`, and codes from the app that did and that no way needs. Sheets stay. What happened is in the
/// audit log; a token that asked for such a code ended long before, so none is answered twice.
///
/// # Errors
/// On a database failure.
pub async fn prune(c: &mut Conn, before: Timestamp) -> Result<(), StoreError> {
    for sql in [
        "DELETE FROM recoveries WHERE expires_at <= $1",
        "DELETE FROM recovery_codes WHERE device_id IS NOT NULL AND expires_at <= $1 \
         AND NOT EXISTS (SELECT 1 FROM recoveries r WHERE r.code_id = recovery_codes.id)",
    ] {
        sqlx::query(sql).bind(before.0).execute(&mut *c).await?;
    }
    Ok(())
}

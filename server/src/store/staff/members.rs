//! Staff members. Whoever changes who is an administrator takes the guard row first (STAFF-08).

use std::collections::HashSet;

use sqlx::any::AnyRow;
use warifu_shared::clock::Timestamp;
use warifu_shared::ids::{AccountId, StaffId};

use crate::domain::staff::{Role, Roles};
use crate::store::{Conn, StoreError, row};

/// A staff member.
#[derive(Debug, Clone)]
pub struct Member {
    /// Their id.
    pub id: StaffId,
    /// The account that carries their device.
    pub account: AccountId,
    /// What they type to log in; none before they have set it.
    pub login_id: Option<String>,
    /// Their name.
    pub name: String,
    /// Their roles.
    pub roles: Roles,
    /// `invited`, `active` or `disabled`.
    pub state: String,
    /// The hash of their password.
    pub password_hash: Option<String>,
    /// Who invited them: a staff id, or `bootstrap`.
    pub invited_by: String,
    /// Until when the one-time token works.
    pub token_expires_at: Timestamp,
    /// Hash of the browser that sets them up.
    pub setup_hash: Option<String>,
    /// When they last logged in.
    pub last_login_at: Option<Timestamp>,
}

/// Who invites: the command line on the server.
pub const BOOTSTRAP: &str = "bootstrap";

/// A new member, before their first page.
#[derive(Debug, Clone)]
pub struct Invitation {
    /// Their id.
    pub id: StaffId,
    /// Their name, as far as it is known.
    pub name: String,
    /// Their roles.
    pub roles: Roles,
    /// Who invites.
    pub invited_by: String,
    /// Hash of the one-time token.
    pub token_hash: String,
    /// Until when it works.
    pub expires_at: Timestamp,
}

/// Takes the guard row: until the end of this transaction nobody else changes who is an administrator.
///
/// # Errors
/// On a database failure.
pub async fn take_guard(c: &mut Conn) -> Result<(), StoreError> {
    sqlx::query("UPDATE staff_guard SET turn = turn + 1 WHERE id = 1")
        .execute(c)
        .await?;
    Ok(())
}

/// How many administrators can log in.
///
/// # Errors
/// On a database failure.
pub async fn administrators(c: &mut Conn) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT COUNT(*) FROM staff WHERE state = 'active' AND roles LIKE '%administrator%'",
    )
    .fetch_one(c)
    .await?)
}

/// Inserts an invited member with the account that will carry their device.
///
/// # Errors
/// On a database failure.
pub async fn invite(c: &mut Conn, new: &Invitation, now: Timestamp) -> Result<(), StoreError> {
    let account = AccountId::random();
    let drawn: String = account
        .as_str()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .collect();
    // The hyphen is what keeps a customer's login from finding it: it is dropped from whatever is typed.
    let number = format!("STAFF-{}", &drawn[drawn.len().saturating_sub(12)..]);
    sqlx::query(
        "INSERT INTO accounts (id, number, customer_name, language, password_hash, created_at, kind) \
         VALUES ($1, $2, $3, 'ja', '-', $4, 'staff')",
    )
    .bind(account.as_str())
    .bind(number)
    .bind(&new.name)
    .bind(now.0)
    .execute(&mut *c)
    .await?;
    sqlx::query(
        "INSERT INTO staff (id, account_id, name, roles, state, invited_by, token_hash, token_expires_at, created_at) \
         VALUES ($1, $2, $3, $4, 'invited', $5, $6, $7, $8)",
    )
    .bind(new.id.as_str())
    .bind(account.as_str())
    .bind(&new.name)
    .bind(new.roles.write())
    .bind(&new.invited_by)
    .bind(&new.token_hash)
    .bind(new.expires_at.0)
    .bind(now.0)
    .execute(c)
    .await?;
    Ok(())
}

/// Ends the invitations of the command line that nobody has finished.
///
/// # Errors
/// On a database failure.
pub async fn end_bootstraps(c: &mut Conn) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE staff SET state = 'disabled', login_id = NULL, token_hash = NULL, setup_hash = NULL \
         WHERE state = 'invited' AND invited_by = 'bootstrap'",
    )
    .execute(c)
    .await?;
    Ok(())
}

/// What somebody sets up for themselves with their token.
#[derive(Debug, Clone)]
pub struct SetUp {
    /// Hash of the token.
    pub token_hash: String,
    /// Their name.
    pub name: String,
    /// What they will type.
    pub login_id: String,
    /// Hash of their password.
    pub password_hash: String,
    /// Hash of the browser that goes on to register the device.
    pub setup_hash: String,
    /// Until when it may.
    pub until: Timestamp,
}

/// Uses a token, once; gives the member, `None` when it does not work (any more).
///
/// # Errors
/// On a database failure; a taken login id is a unique violation.
pub async fn set_up(c: &mut Conn, it: &SetUp, now: Timestamp) -> Result<Option<Member>, StoreError> {
    let found = sqlx::query(
        "UPDATE staff SET token_hash = NULL, name = $2, login_id = $3, password_hash = $4, setup_hash = $5, \
         token_expires_at = $6 WHERE token_hash = $1 AND state = 'invited' AND token_expires_at > $7 RETURNING *",
    )
    .bind(&it.token_hash)
    .bind(&it.name)
    .bind(&it.login_id)
    .bind(&it.password_hash)
    .bind(&it.setup_hash)
    .bind(it.until.0)
    .bind(now.0)
    .fetch_optional(&mut *c)
    .await?;
    let Some(member) = found.as_ref().map(member).transpose()? else {
        return Ok(None);
    };
    sqlx::query("UPDATE accounts SET customer_name = $2 WHERE id = $1")
        .bind(member.account.as_str())
        .bind(&it.name)
        .execute(c)
        .await?;
    Ok(Some(member))
}

/// The invited member whose token this is, while it works.
///
/// # Errors
/// On a database failure.
pub async fn by_token(c: &mut Conn, hash: &str, now: Timestamp) -> Result<Option<Member>, StoreError> {
    let found = sqlx::query(
        "SELECT * FROM staff WHERE token_hash = $1 AND state = 'invited' AND token_expires_at > $2",
    )
    .bind(hash)
    .bind(now.0)
    .fetch_optional(c)
    .await?;
    found.as_ref().map(member).transpose()
}

/// The invited member that this browser sets up.
///
/// # Errors
/// On a database failure.
pub async fn by_setup(c: &mut Conn, hash: &str, now: Timestamp) -> Result<Option<Member>, StoreError> {
    let found = sqlx::query(
        "SELECT * FROM staff WHERE setup_hash = $1 AND state = 'invited' AND token_expires_at > $2",
    )
    .bind(hash)
    .bind(now.0)
    .fetch_optional(c)
    .await?;
    found.as_ref().map(member).transpose()
}

/// A member with an active device begins to be one; `false` when that was not to be.
///
/// # Errors
/// On a database failure.
pub async fn activate(c: &mut Conn, id: &StaffId) -> Result<bool, StoreError> {
    take_guard(c).await?;
    let done = sqlx::query(
        "UPDATE staff SET state = 'active', setup_hash = NULL WHERE id = $1 AND state = 'invited' \
         AND password_hash IS NOT NULL \
         AND EXISTS (SELECT d.id FROM devices d WHERE d.account_id = staff.account_id AND d.state = 'active') \
         AND (invited_by <> 'bootstrap' OR NOT EXISTS (SELECT o.id FROM staff o WHERE o.state = 'active' \
              AND o.roles LIKE '%administrator%'))",
    )
    .bind(id.as_str())
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Disables a member, unless they are the last administrator: take the guard first.
///
/// # Errors
/// On a database failure.
pub async fn disable(c: &mut Conn, id: &StaffId) -> Result<bool, StoreError> {
    let sql = format!(
        "UPDATE staff SET state = 'disabled', login_id = NULL, token_hash = NULL, setup_hash = NULL \
         WHERE id = $1 AND state <> 'disabled' AND {ANOTHER_STAYS}"
    );
    let done = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(id.as_str())
        .execute(c)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Gives a member other roles, unless that would take the last administrator's: take the guard first.
///
/// # Errors
/// On a database failure.
pub async fn set_roles(c: &mut Conn, id: &StaffId, from: &Roles, to: &Roles) -> Result<bool, StoreError> {
    let sql = format!(
        "UPDATE staff SET roles = $3 WHERE id = $1 AND roles = $2 AND state <> 'disabled' \
         AND ($4 = 1 OR {ANOTHER_STAYS})"
    );
    let done = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(id.as_str())
        .bind(from.write())
        .bind(to.write())
        .bind(i64::from(to.has(Role::Administrator)))
        .execute(c)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// They are no active administrator, or another one is there.
const ANOTHER_STAYS: &str = "(state <> 'active' OR roles NOT LIKE '%administrator%' OR EXISTS \
     (SELECT o.id FROM staff o WHERE o.id <> staff.id AND o.state = 'active' AND o.roles LIKE '%administrator%'))";

/// Finds a member.
///
/// # Errors
/// On a database failure.
pub async fn by_id(c: &mut Conn, id: &StaffId) -> Result<Option<Member>, StoreError> {
    let found = sqlx::query("SELECT * FROM staff WHERE id = $1")
        .bind(id.as_str())
        .fetch_optional(c)
        .await?;
    found.as_ref().map(member).transpose()
}

/// Finds an active member by what they type.
///
/// # Errors
/// On a database failure.
pub async fn by_login(c: &mut Conn, login_id: &str) -> Result<Option<Member>, StoreError> {
    let found = sqlx::query("SELECT * FROM staff WHERE login_id = $1 AND state = 'active'")
        .bind(login_id)
        .fetch_optional(c)
        .await?;
    found.as_ref().map(member).transpose()
}

/// The name of the staff member whose device hangs on this account; none for a customer's.
///
/// # Errors
/// On a database failure.
pub async fn name_of_account(c: &mut Conn, account: &AccountId) -> Result<Option<String>, StoreError> {
    let found = sqlx::query("SELECT name FROM staff WHERE account_id = $1")
        .bind(account.as_str())
        .fetch_optional(c)
        .await?;
    found.as_ref().map(|r| row::text(r, "name")).transpose()
}

/// Members in the order they came, after `after`.
///
/// # Errors
/// On a database failure.
pub async fn list(c: &mut Conn, after: &str, limit: i64) -> Result<Vec<Member>, StoreError> {
    let rows = sqlx::query("SELECT * FROM staff WHERE id > $1 ORDER BY id LIMIT $2")
        .bind(after)
        .bind(limit)
        .fetch_all(c)
        .await?;
    rows.iter().map(member).collect()
}

pub(super) fn member(r: &AnyRow) -> Result<Member, StoreError> {
    Ok(Member {
        id: row::parsed(r, "staff", "id")?,
        account: row::parsed(r, "staff", "account_id")?,
        login_id: row::optional_text(r, "login_id")?,
        name: row::text(r, "name")?,
        roles: Roles::read(&row::text(r, "roles")?),
        state: row::text(r, "state")?,
        password_hash: row::optional_text(r, "password_hash")?,
        invited_by: row::text(r, "invited_by")?,
        token_expires_at: row::time(r, "token_expires_at")?,
        setup_hash: row::optional_text(r, "setup_hash")?,
        last_login_at: row::optional_int(r, "last_login_at")?.map(Timestamp),
    })
}

/// The rows in `accounts` that carry the devices of staff.
///
/// # Errors
/// On a database failure.
pub async fn accounts(c: &mut Conn) -> Result<HashSet<String>, StoreError> {
    let rows = sqlx::query("SELECT account_id FROM staff").fetch_all(c).await?;
    rows.iter().map(|r| row::text(r, "account_id")).collect()
}

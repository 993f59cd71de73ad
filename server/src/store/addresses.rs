//! Mail addresses of accounts: where codes go, and who else is told.

use warifu_shared::clock::Timestamp;
use warifu_shared::ids::{AccountId, AddressId};

use super::{Conn, StoreError, row};

/// An address of an account (ENROL-08: there may be several).
#[derive(Debug, Clone)]
pub struct Address {
    /// The address itself.
    pub address: String,
    /// Whether codes go here (the authentication mail address); the others are told of events only.
    pub authentication: bool,
    /// Whether its owner proved it.
    pub proven: bool,
}

/// Adds an address.
///
/// # Errors
/// On a database failure.
pub async fn add_address(
    c: &mut Conn,
    account: &AccountId,
    address: &Address,
    now: Timestamp,
) -> Result<(), StoreError> {
    let proven_at = address.proven.then_some(now.0);
    sqlx::query(
        "INSERT INTO addresses (id, account_id, address, purpose, proven_at, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(AddressId::random().as_str())
    .bind(account.as_str())
    .bind(&address.address)
    .bind(if address.authentication { "authentication" } else { "notification" })
    .bind(proven_at)
    .bind(now.0)
    .execute(c)
    .await?;
    Ok(())
}

/// The addresses of an account, the authentication address first.
///
/// # Errors
/// On a database failure.
pub async fn addresses(c: &mut Conn, account: &AccountId) -> Result<Vec<Address>, StoreError> {
    let rows = sqlx::query(
        "SELECT address, purpose, proven_at FROM addresses WHERE account_id = $1 ORDER BY purpose, created_at",
    )
    .bind(account.as_str())
    .fetch_all(c)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Address {
                address: row::text(row, "address")?,
                authentication: row::text(row, "purpose")? == "authentication",
                proven: sqlx::Row::try_get::<Option<i64>, _>(row, "proven_at")?.is_some(),
            })
        })
        .collect()
}

/// Makes `address` the proven authentication address, in the place of any other.
///
/// # Errors
/// On a database failure.
pub async fn set_authentication(
    c: &mut Conn,
    account: &AccountId,
    address: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM addresses WHERE account_id = $1 AND purpose = 'authentication'")
        .bind(account.as_str())
        .execute(&mut *c)
        .await?;
    let proven = Address {
        address: address.to_owned(),
        authentication: true,
        proven: true,
    };
    add_address(c, account, &proven, now).await?;
    recount(c, account).await
}

/// What is known of who reads an authentication address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Its owner typed a code that went there.
    Proven,
    /// The firm's staff put it in (CODE-12): login codes go there, and the first one that comes back proves it.
    Given,
    /// Nobody knows: no code goes there.
    Unproven,
}

impl Standing {
    /// The name in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::Given => "given",
            Self::Unproven => "unproven",
        }
    }

    /// Reads the name.
    #[must_use]
    pub fn read(name: &str) -> Option<Self> {
        [Self::Proven, Self::Given, Self::Unproven]
            .into_iter()
            .find(|it| it.as_str() == name)
    }

    fn times(self, now: Timestamp) -> (Option<i64>, Option<i64>) {
        match self {
            Self::Proven => (Some(now.0), None),
            Self::Given => (None, Some(now.0)),
            Self::Unproven => (None, None),
        }
    }
}

/// The authentication address, and what is known of who reads it.
///
/// # Errors
/// On a database failure.
pub async fn authentication(
    c: &mut Conn,
    account: &AccountId,
) -> Result<Option<(String, Standing)>, StoreError> {
    let found = sqlx::query(
        "SELECT address, proven_at, given_at FROM addresses WHERE account_id = $1 AND purpose = 'authentication'",
    )
    .bind(account.as_str())
    .fetch_optional(c)
    .await?;
    let Some(r) = found else { return Ok(None) };
    let standing = match (
        row::optional_int(&r, "proven_at")?,
        row::optional_int(&r, "given_at")?,
    ) {
        (Some(_), _) => Standing::Proven,
        (None, Some(_)) => Standing::Given,
        (None, None) => Standing::Unproven,
    };
    Ok(Some((row::text(&r, "address")?, standing)))
}

/// The first authentication address of an account, put in by the firm's staff.
///
/// # Errors
/// On a database failure.
pub async fn give_authentication(
    c: &mut Conn,
    account: &AccountId,
    address: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO addresses (id, account_id, address, purpose, given_at, created_at) \
         VALUES ($1, $2, $3, 'authentication', $4, $4)",
    )
    .bind(AddressId::random().as_str())
    .bind(account.as_str())
    .bind(address)
    .bind(now.0)
    .execute(c)
    .await?;
    Ok(())
}

/// A login code that went to the address the staff put in came back: it is proven, once; false when none waits for that.
///
/// # Errors
/// On a database failure.
pub async fn prove_given(c: &mut Conn, account: &AccountId, now: Timestamp) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE addresses SET proven_at = $2, given_at = NULL \
         WHERE account_id = $1 AND purpose = 'authentication' AND given_at IS NOT NULL AND proven_at IS NULL",
    )
    .bind(account.as_str())
    .bind(now.0)
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Puts `new` in the place of the authentication address `old`; false when that is not the one any more.
///
/// # Errors
/// On a database failure.
pub async fn replace_authentication(
    c: &mut Conn,
    account: &AccountId,
    old: &str,
    (new, standing): (&str, Standing),
    now: Timestamp,
) -> Result<bool, StoreError> {
    let (proven_at, given_at) = standing.times(now);
    let done = sqlx::query(
        "UPDATE addresses SET address = $3, proven_at = $4, given_at = $5, refused_at = NULL \
         WHERE account_id = $1 AND purpose = 'authentication' AND address = $2",
    )
    .bind(account.as_str())
    .bind(old)
    .bind(new)
    .bind(proven_at)
    .bind(given_at)
    .execute(&mut *c)
    .await?;
    recount(c, account).await?;
    Ok(done.rows_affected() == 1)
}

/// Removes the second address; false when there is none.
///
/// # Errors
/// On a database failure.
pub async fn remove_second(c: &mut Conn, account: &AccountId) -> Result<bool, StoreError> {
    let done = sqlx::query("DELETE FROM addresses WHERE account_id = $1 AND purpose = 'notification'")
        .bind(account.as_str())
        .execute(&mut *c)
        .await?;
    recount(c, account).await?;
    Ok(done.rows_affected() == 1)
}

/// Which of the account's addresses mail servers refuse for good.
///
/// # Errors
/// On a database failure.
pub async fn refused(c: &mut Conn, account: &AccountId) -> Result<Vec<String>, StoreError> {
    let rows = sqlx::query("SELECT address FROM addresses WHERE account_id = $1 AND refused_at IS NOT NULL")
        .bind(account.as_str())
        .fetch_all(c)
        .await?;
    rows.iter().map(|r| row::text(r, "address")).collect()
}

/// The mail servers' answer about an address of an account: refused for good, or taken. Nothing is written that was known.
///
/// # Errors
/// On a database failure.
pub async fn note_delivery(
    c: &mut Conn,
    account: &AccountId,
    address: &str,
    refused_at: Option<Timestamp>,
) -> Result<(), StoreError> {
    let sql = if refused_at.is_some() {
        "UPDATE addresses SET refused_at = $3 WHERE account_id = $1 AND address = $2 AND refused_at IS NULL"
    } else {
        "UPDATE addresses SET refused_at = $3 WHERE account_id = $1 AND address = $2 AND refused_at IS NOT NULL"
    };
    let done = sqlx::query(sql)
        .bind(account.as_str())
        .bind(address)
        .bind(refused_at.map(|t| t.0))
        .execute(&mut *c)
        .await?;
    if done.rows_affected() > 0 {
        recount(c, account).await?;
    }
    Ok(())
}

/// Writes beside the account whether one of its addresses is refused, so that pages need no further look.
async fn recount(c: &mut Conn, account: &AccountId) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE accounts SET mail_refused_at = \
         (SELECT min(refused_at) FROM addresses WHERE account_id = $1) WHERE id = $1",
    )
    .bind(account.as_str())
    .execute(c)
    .await?;
    Ok(())
}

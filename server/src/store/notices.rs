//! Notices of accounts: what their devices are told beside the mails (ENROL-07, RISK-06).

use std::collections::HashSet;

use sqlx::Any;
use sqlx::any::AnyRow;
use warifu_shared::clock::Timestamp;
use warifu_shared::ids::{AccountId, DeviceId, NoticeId};

use super::devices::{StoredSubscription, stored_subscription};
use super::rows::{MOST, Rows};
use super::{Conn, StoreError, row};

/// A notice as it lies in the table.
#[derive(Debug, Clone)]
pub struct StoredNotice {
    /// Its id, also the context of the seal.
    pub id: NoticeId,
    /// What happened, sealed.
    pub sealed: Vec<u8>,
    /// When it was told.
    pub created_at: Timestamp,
}

/// A notice to be kept.
#[derive(Debug, Clone)]
pub struct NoticeRow {
    /// Its id, also the context of the seal.
    pub id: NoticeId,
    /// Whose devices are told.
    pub account: AccountId,
    /// What kind of thing happened.
    pub kind: &'static str,
    /// What happened, sealed.
    pub sealed: Vec<u8>,
    /// Now.
    pub created_at: Timestamp,
    /// Whether and when its devices are hinted at it.
    pub hint: Hint,
}

/// Whether the devices of an account are woken for a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hint {
    /// Soon, all of them.
    Due,
    /// No: the push of a challenge tells the same devices about the same thing.
    Told,
    /// Unless this device, which caused it, is the only active one.
    Others(DeviceId),
}

impl Hint {
    /// As a column: empty when nobody is hinted at, the device that needs no hint, or `-`.
    pub(super) fn as_column(&self) -> &str {
        match self {
            Self::Due => "-",
            Self::Told => "",
            Self::Others(device) => device.as_str(),
        }
    }
}

/// Keeps a notice for the devices of an account; false when it has none that could read it.
///
/// # Errors
/// On a database failure.
pub async fn insert(c: &mut Conn, new: &NoticeRow) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "INSERT INTO notices (id, account_id, kind, sealed, created_at) SELECT $1, $2, $3, $4, CAST($5 AS BIGINT) \
         WHERE EXISTS (SELECT 1 FROM devices WHERE account_id = $2 AND state IN ('active', 'suspended'))",
    )
    .bind(new.id.as_str())
    .bind(new.account.as_str())
    .bind(new.kind)
    .bind(&new.sealed)
    .bind(new.created_at.0)
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Whether a notice of a kind was told since `since`.
///
/// # Errors
/// On a database failure.
pub async fn told_since(
    c: &mut Conn,
    account: &AccountId,
    kind: &str,
    since: Timestamp,
) -> Result<bool, StoreError> {
    let found =
        sqlx::query("SELECT id FROM notices WHERE account_id = $1 AND created_at > $2 AND kind = $3 LIMIT 1")
            .bind(account.as_str())
            .bind(since.0)
            .bind(kind)
            .fetch_optional(c)
            .await?;
    Ok(found.is_some())
}

/// The newest `most` notices for one device, newest first: those told after `after`, and after it became active (not its own registration).
///
/// # Errors
/// On a database failure.
pub async fn of_device(
    c: &mut Conn,
    device: &DeviceId,
    after: Timestamp,
    most: i64,
) -> Result<Vec<StoredNotice>, StoreError> {
    let rows = sqlx::query(
        "SELECT n.id, n.sealed, n.created_at FROM devices d JOIN notices n ON n.account_id = d.account_id \
         WHERE d.id = $1 AND n.created_at > $2 AND n.created_at > COALESCE(d.confirmed_at, d.bound_at) \
         ORDER BY n.created_at DESC, n.id DESC LIMIT $3",
    )
    .bind(device.as_str())
    .bind(after.0)
    .bind(most)
    .fetch_all(c)
    .await?;
    let read = |found: &AnyRow| {
        Ok(StoredNotice {
            id: row::parsed(found, "notices", "id")?,
            sealed: row::bytes(found, "sealed")?,
            created_at: row::time(found, "created_at")?,
        })
    };
    rows.iter().map(read).collect()
}

/// Notices whose devices were not hinted at them, oldest first, with their accounts.
///
/// # Errors
/// On a database failure.
pub async fn to_hint(c: &mut Conn, most: i64) -> Result<Vec<(NoticeId, AccountId)>, StoreError> {
    let rows =
        sqlx::query("SELECT id, account_id FROM notices WHERE hinted = 0 ORDER BY created_at LIMIT $1")
            .bind(most)
            .fetch_all(c)
            .await?;
    let read = |found: &AnyRow| {
        Ok((
            row::parsed(found, "notices", "id")?,
            row::parsed(found, "notices", "account_id")?,
        ))
    };
    rows.iter().map(read).collect()
}

/// Takes the hints of notices on; gives those that no other process has taken.
///
/// # Errors
/// On a database failure.
pub async fn take_hints(c: &mut Conn, ids: &[NoticeId]) -> Result<HashSet<NoticeId>, StoreError> {
    let mut taken = HashSet::new();
    for ids in ids.chunks(MOST) {
        for found in ask(c, &TAKE, ids.iter().map(NoticeId::as_str)).await? {
            taken.insert(row::parsed(&found, "notices", "id")?);
        }
    }
    Ok(taken)
}

/// The active devices of accounts that can be pushed to, with their subscriptions.
///
/// # Errors
/// On a database failure.
pub async fn receivers(
    c: &mut Conn,
    accounts: &[&AccountId],
) -> Result<Vec<(AccountId, StoredSubscription)>, StoreError> {
    let mut found = Vec::new();
    for accounts in accounts.chunks(MOST) {
        for receiver in ask(c, &RECEIVERS, accounts.iter().map(|id| id.as_str())).await? {
            let device = row::parsed(&receiver, "subscriptions", "device_id")?;
            let account = row::parsed(&receiver, "devices", "account_id")?;
            found.push((account, stored_subscription(&receiver, &device)?));
        }
    }
    Ok(found)
}

/// Runs `rows` for up to [`MOST`] ids.
async fn ask(
    c: &mut Conn,
    rows: &'static Rows,
    ids: impl ExactSizeIterator<Item = &str>,
) -> Result<Vec<AnyRow>, StoreError> {
    let (sql, size) = rows.sql(c, ids.len());
    let mut query = sqlx::query::<Any>(sql);
    for id in ids.chain(std::iter::repeat("")).take(size) {
        query = query.bind(id);
    }
    Ok(query.fetch_all(c).await?)
}

static TAKE: Rows = Rows::new(
    "UPDATE notices SET hinted = 1 FROM",
    "t",
    "WHERE notices.id = column1 AND notices.hinted = 0 RETURNING id",
);
static RECEIVERS: Rows = Rows::new(
    "SELECT d.account_id AS account_id, s.* FROM",
    "t",
    "JOIN devices d ON d.account_id = v.column1 AND d.state = 'active' JOIN subscriptions s ON s.device_id = d.id",
);

/// Deletes what was told before `before`.
///
/// # Errors
/// On a database failure.
pub async fn prune(c: &mut Conn, before: Timestamp) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM notices WHERE created_at < $1")
        .bind(before.0)
        .execute(c)
        .await?;
    Ok(())
}

//! Cases as rows: what the watcher adds, and what staff decide. One case of an account or an address is open at a time; the
//! unique column `open_slot` keeps it so (decision 39).

use warifu_shared::clock::Timestamp;
use warifu_shared::ids::{CaseId, StaffId};

use super::rows::{MOST, Rows};
use super::{Conn, StoreError, row};
use crate::domain::case::{Level, State};
use crate::domain::signal::Signal;

/// A signal of some entries, to be put into a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The account; none for what concerns many.
    pub account: Option<String>,
    /// What is open once: the account, or the hash of an address.
    pub slot: String,
    /// What was found.
    pub signal: Signal,
    /// How often, when it is new in its case.
    pub begins: i64,
    /// How often, when it is there already.
    pub adds: i64,
    /// When it happened first and last.
    pub at: (Timestamp, Timestamp),
    /// The first and the last entry that show it.
    pub entries: (String, String),
}

/// Puts a finding into the open case of its slot, or into a new one. Gives the case, and whether it is new.
///
/// # Errors
/// On a database failure.
pub async fn put(c: &mut Conn, it: &Finding, now: Timestamp) -> Result<(CaseId, bool), StoreError> {
    // Taking the row keeps a verdict from closing it meanwhile.
    let open = sqlx::query("UPDATE cases SET amount = amount WHERE open_slot = $1 RETURNING id")
        .bind(&it.slot)
        .fetch_optional(&mut *c)
        .await?;
    let (id, new) = match &open {
        Some(found) => (row::parsed(found, "cases", "id")?, false),
        None => (open_case(c, it, now).await?, true),
    };
    let kinds = add_signal(c, &id, it, now).await?;
    add_up(c, &id, it, kinds).await?;
    Ok((id, new))
}

async fn open_case(c: &mut Conn, it: &Finding, now: Timestamp) -> Result<CaseId, StoreError> {
    let id = CaseId::at(now);
    sqlx::query(
        "INSERT INTO cases (id, account_id, open_slot, state, why, level, kind, kinds, amount, first_at, last_at, detected_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, $8, $9, $10)",
    )
    .bind(id.as_str())
    .bind(it.account.as_deref())
    .bind(&it.slot)
    .bind(State::AtRisk.name())
    .bind(State::AtRisk.why())
    .bind(it.signal.level().number())
    .bind(it.signal.name())
    .bind(it.at.0.0)
    .bind(it.at.1.0)
    .bind(now.0)
    .execute(c)
    .await?;
    Ok(id)
}

/// Adds the signal; gives 1 when the case had none of its kind.
async fn add_signal(c: &mut Conn, id: &CaseId, it: &Finding, now: Timestamp) -> Result<i64, StoreError> {
    let more = sqlx::query(
        "UPDATE case_signals SET amount = amount + $3, last_at = $4, last_entry = $5, renewed_at = $6 \
         WHERE case_id = $1 AND code = $2",
    )
    .bind(id.as_str())
    .bind(it.signal.name())
    .bind(it.adds)
    .bind(it.at.1.0)
    .bind(&it.entries.1)
    .bind(now.0)
    .execute(&mut *c)
    .await?;
    if more.rows_affected() == 1 {
        return Ok(0);
    }
    sqlx::query(
        "INSERT INTO case_signals (case_id, code, level, amount, first_at, last_at, first_entry, last_entry, detected_at, \
         renewed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
    )
    .bind(id.as_str())
    .bind(it.signal.name())
    .bind(it.signal.level().number())
    .bind(it.begins)
    .bind(it.at.0.0)
    .bind(it.at.1.0)
    .bind(&it.entries.0)
    .bind(&it.entries.1)
    .bind(now.0)
    .execute(c)
    .await?;
    Ok(1)
}

/// Adds to the sums of the case; the most serious signal gives it its name and level.
async fn add_up(c: &mut Conn, id: &CaseId, it: &Finding, kinds: i64) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE cases SET amount = amount + $2, kinds = kinds + $3, \
         kind = CASE WHEN level < $4 THEN $5 ELSE kind END, level = CASE WHEN level < $4 THEN $4 ELSE level END, \
         first_at = CASE WHEN first_at > $6 THEN $6 ELSE first_at END, \
         last_at = CASE WHEN last_at < $7 THEN $7 ELSE last_at END WHERE id = $1",
    )
    .bind(id.as_str())
    .bind(if kinds == 1 { it.begins } else { it.adds })
    .bind(kinds)
    .bind(it.signal.level().number())
    .bind(it.signal.name())
    .bind(it.at.0.0)
    .bind(it.at.1.0)
    .execute(c)
    .await?;
    Ok(())
}

/// An account that was tried from an address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// The hash of the address.
    pub address: String,
    /// Whether its password was wrong.
    pub failed: bool,
    /// The account.
    pub account: String,
}

/// Remembers marks, each with its latest moment. No mark twice in one list.
///
/// # Errors
/// On a database failure.
pub async fn mark(c: &mut Conn, marks: &[(Mark, Timestamp)]) -> Result<(), StoreError> {
    for some in marks.chunks(MOST) {
        let (sql, size) = MARKS.sql(c, some.len());
        let mut query = sqlx::query(sql);
        for (it, at) in some {
            query = query
                .bind(it.address.as_str())
                .bind(i64::from(it.failed))
                .bind(it.account.as_str())
                .bind(at.0);
        }
        for _ in some.len()..size {
            query = query.bind("").bind(0i64).bind("").bind(0i64);
        }
        query.execute(&mut *c).await?;
    }
    Ok(())
}

static MARKS: Rows = Rows::new(
    "INSERT INTO address_marks (address, failed, account_id, at) SELECT column1, column2, column3, column4 FROM",
    "tntn",
    "WHERE column1 <> '' ON CONFLICT (address, failed, account_id) DO UPDATE SET at = excluded.at",
);

/// How many accounts were tried from an address since `since`, with a wrong password or with any, up to `most`. An account that
/// was tried with both is one.
///
/// # Errors
/// On a database failure.
pub async fn accounts_from(
    c: &mut Conn,
    address: &str,
    only_failed: bool,
    since: Timestamp,
    most: i64,
) -> Result<i64, StoreError> {
    let found = sqlx::query(
        "SELECT COUNT(*) AS n FROM (SELECT DISTINCT account_id FROM address_marks \
         WHERE address = $1 AND failed >= $2 AND at > $3 LIMIT $4) a",
    )
    .bind(address)
    .bind(i64::from(only_failed))
    .bind(since.0)
    .bind(most)
    .fetch_one(c)
    .await?;
    row::int(&found, "n")
}

/// Lists the accounts of an address in its case, up to [`MOST_ACCOUNTS`].
///
/// # Errors
/// On a database failure.
pub async fn list_accounts(
    c: &mut Conn,
    case: &CaseId,
    address: &str,
    since: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO case_accounts (case_id, account_id, why, at) \
         SELECT CAST($1 AS TEXT), account_id, CASE WHEN failed = 1 THEN 'failed' ELSE 'tried' END, at FROM address_marks \
         WHERE address = $2 AND at > $3 \
         AND (SELECT COUNT(*) FROM case_accounts n WHERE n.case_id = CAST($1 AS TEXT)) < $4 LIMIT $4 \
         ON CONFLICT (case_id, account_id) DO NOTHING",
    )
    .bind(case.as_str())
    .bind(address)
    .bind(since.0)
    .bind(MOST_ACCOUNTS)
    .execute(c)
    .await?;
    Ok(())
}

/// Lists the accounts that were tried since `since` from the addresses from which this one was tried, before that is forgotten.
///
/// # Errors
/// On a database failure.
pub async fn list_neighbours(
    c: &mut Conn,
    case: &CaseId,
    account: &str,
    since: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO case_accounts (case_id, account_id, why, at) \
         SELECT CAST($1 AS TEXT), o.account_id, 'address', o.at FROM address_marks m \
         JOIN address_marks o ON o.address = m.address \
         WHERE m.account_id = $2 AND o.account_id <> $2 AND m.at > $4 AND o.at > $4 LIMIT $3 \
         ON CONFLICT (case_id, account_id) DO NOTHING",
    )
    .bind(case.as_str())
    .bind(account)
    .bind(MOST_NEIGHBOURS)
    .bind(since.0)
    .execute(c)
    .await?;
    Ok(())
}

/// Forgets marks before `before`.
///
/// # Errors
/// On a database failure.
pub async fn forget_marks(c: &mut Conn, before: Timestamp) -> Result<u64, StoreError> {
    let done = sqlx::query("DELETE FROM address_marks WHERE at < $1")
        .bind(before.0)
        .execute(c)
        .await?;
    Ok(done.rows_affected())
}

/// Gives an open case to somebody, if it is still with whom the asker saw it (nobody: empty). False when it is not.
///
/// # Errors
/// On a database failure.
pub async fn assign(
    c: &mut Conn,
    case: &CaseId,
    seen: &str,
    to: &StaffId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE cases SET assigned_to = $3, assigned_at = $4 \
         WHERE id = $1 AND state = 'at_risk' AND COALESCE(assigned_to, '') = $2",
    )
    .bind(case.as_str())
    .bind(seen)
    .bind(to.as_str())
    .bind(now.0)
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// What the asker of a verdict saw.
#[derive(Debug, Clone, Copy)]
pub struct Seen {
    /// How many kinds of signals.
    pub kinds: i64,
    /// How serious it was.
    pub level: Level,
}

/// Closes an open case that is with `by`. False when it is not, or when it has other kinds of signals than were seen.
///
/// # Errors
/// On a database failure.
pub async fn close(
    c: &mut Conn,
    case: &CaseId,
    by: &StaffId,
    seen: Seen,
    to: State,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE cases SET state = $4, why = $5, open_slot = NULL, decided_by = $2, decided_at = $6 \
         WHERE id = $1 AND state = 'at_risk' AND assigned_to = $2 AND kinds = $3 AND level = $7",
    )
    .bind(case.as_str())
    .bind(by.as_str())
    .bind(seen.kinds)
    .bind(to.name())
    .bind(to.why())
    .bind(now.0)
    .bind(seen.level.number())
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Accounts of one case at most: the rest is found in the log.
pub const MOST_ACCOUNTS: i64 = 200;
const MOST_NEIGHBOURS: i64 = 20;

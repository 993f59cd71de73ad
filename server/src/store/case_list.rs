//! What staff see of cases: lists by key, one case, the newest signals. Every read is bounded and by index (decision 39).

use sqlx::any::AnyRow;
use warifu_shared::clock::Timestamp;
use warifu_shared::ids::{AccountId, CaseId, StaffId};

use super::{Conn, StoreError, row};
use crate::domain::case::{Level, State};
use crate::domain::signal::Signal;

/// A case.
#[derive(Debug, Clone)]
pub struct Case {
    /// Its id.
    pub id: CaseId,
    /// The account; none for one about many.
    pub account: Option<AccountId>,
    /// Its state.
    pub state: State,
    /// Why it is in that state.
    pub why: String,
    /// How serious its most serious signal is.
    pub level: Level,
    /// That signal; none of a newer version.
    pub kind: Option<Signal>,
    /// How many kinds of signals.
    pub kinds: i64,
    /// How many signals.
    pub amount: i64,
    /// When the first and the last of it happened.
    pub active: (Timestamp, Timestamp),
    /// When it was detected.
    pub detected_at: Timestamp,
    /// Who works on it.
    pub assigned_to: Option<StaffId>,
    /// Who decided, and when.
    pub decided: Option<(StaffId, Timestamp)>,
}

/// A kind of signal in a case.
#[derive(Debug, Clone)]
pub struct Reason {
    /// Its case.
    pub case: CaseId,
    /// What.
    pub signal: Signal,
    /// How serious.
    pub level: Level,
    /// How often.
    pub amount: i64,
    /// When it happened first and last.
    pub active: (Timestamp, Timestamp),
    /// When it was detected first and last.
    pub detected: (Timestamp, Timestamp),
    /// The first and the last entry of the log that show it.
    pub entries: (String, String),
}

/// Which cases are listed.
#[derive(Debug, Clone, Copy)]
pub enum Which<'a> {
    /// Those in a state.
    In(State),
    /// The open ones of a staff member.
    Of(&'a StaffId),
}

/// Where a list goes on: behind the case of this level and id.
pub type After = (i64, String);

/// Cases, the most serious first, then the newest, at most `limit`.
///
/// # Errors
/// On a database failure.
pub async fn list(
    c: &mut Conn,
    which: Which<'_>,
    after: &After,
    limit: i64,
) -> Result<Vec<Case>, StoreError> {
    let (sql, value) = match which {
        Which::In(state) => (
            "SELECT * FROM cases WHERE state = $1 AND (level, id) < ($2, $3) ORDER BY level DESC, id DESC LIMIT $4",
            state.name(),
        ),
        Which::Of(member) => (
            "SELECT * FROM cases WHERE assigned_to = $1 AND state = 'at_risk' AND (level, id) < ($2, $3) \
             ORDER BY level DESC, id DESC LIMIT $4",
            member.as_str(),
        ),
    };
    let rows = sqlx::query(sql)
        .bind(value)
        .bind(after.0)
        .bind(&after.1)
        .bind(limit)
        .fetch_all(c)
        .await?;
    rows.iter().map(case).collect()
}

/// Where every list begins.
#[must_use]
pub fn first() -> After {
    (i64::MAX, String::new())
}

/// A case by its id.
///
/// # Errors
/// On a database failure.
pub async fn by_id(c: &mut Conn, id: &CaseId) -> Result<Option<Case>, StoreError> {
    let found = sqlx::query("SELECT * FROM cases WHERE id = $1")
        .bind(id.as_str())
        .fetch_optional(c)
        .await?;
    found.as_ref().map(case).transpose()
}

/// The cases of an account, newest first, at most `limit`; those about many that list it among them.
///
/// # Errors
/// On a database failure.
pub async fn of_account(c: &mut Conn, account: &AccountId, limit: i64) -> Result<Vec<Case>, StoreError> {
    let rows = sqlx::query(
        "SELECT * FROM cases WHERE id IN (SELECT id FROM (SELECT id FROM cases WHERE account_id = $1 ORDER BY id DESC LIMIT $2) a) \
         OR id IN (SELECT id FROM (SELECT n.case_id AS id FROM case_accounts n WHERE n.account_id = $1 AND n.why <> 'address' \
         ORDER BY n.case_id DESC LIMIT $2) b) ORDER BY id DESC LIMIT $2",
    )
    .bind(account.as_str())
    .bind(limit)
    .fetch_all(c)
    .await?;
    rows.iter().map(case).collect()
}

/// The kinds of signals of a case, most serious first.
///
/// # Errors
/// On a database failure.
pub async fn reasons(c: &mut Conn, case: &CaseId) -> Result<Vec<Reason>, StoreError> {
    let rows = sqlx::query(
        "SELECT * FROM case_signals WHERE case_id = $1 ORDER BY level DESC, last_at DESC, code LIMIT 50",
    )
    .bind(case.as_str())
    .fetch_all(c)
    .await?;
    read_reasons(&rows)
}

/// The newest signals, at most `limit`.
///
/// # Errors
/// On a database failure.
pub async fn newest(c: &mut Conn, limit: i64) -> Result<Vec<Reason>, StoreError> {
    let rows =
        sqlx::query("SELECT * FROM case_signals ORDER BY renewed_at DESC, case_id DESC, code DESC LIMIT $1")
            .bind(limit)
            .fetch_all(c)
            .await?;
    read_reasons(&rows)
}

/// How many cases of each level are open, in the order of [`Level::ALL`], each up to `most`.
///
/// # Errors
/// On a database failure.
pub async fn open(c: &mut Conn, most: i64) -> Result<[i64; 3], StoreError> {
    let mut counts = [0; 3];
    for (count, level) in counts.iter_mut().zip(Level::ALL) {
        let found = sqlx::query(
            "SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM cases WHERE state = 'at_risk' AND level = $1 LIMIT $2) a",
        )
        .bind(level.number())
        .bind(most)
        .fetch_one(&mut *c)
        .await?;
        *count = row::int(&found, "n")?;
    }
    Ok(counts)
}

/// An account that is named in a case.
#[derive(Debug, Clone)]
pub struct Related {
    /// The account.
    pub id: AccountId,
    /// Its number; none when it is gone.
    pub number: Option<String>,
    /// The customer's name.
    pub name: Option<String>,
    /// Why it is named: `failed`, `tried`, `address`, `browser`.
    pub why: String,
    /// When it was seen there.
    pub at: Timestamp,
}

/// The accounts that a case names, the latest first, at most `limit`.
///
/// # Errors
/// On a database failure.
pub async fn related(c: &mut Conn, case: &CaseId, limit: i64) -> Result<Vec<Related>, StoreError> {
    let rows = sqlx::query(
        "SELECT n.account_id AS id, a.number AS number, a.customer_name AS name, n.why AS why, n.at AS at \
         FROM case_accounts n LEFT JOIN accounts a ON a.id = n.account_id AND a.kind = 'customer' \
         WHERE n.case_id = $1 ORDER BY n.at DESC, n.account_id LIMIT $2",
    )
    .bind(case.as_str())
    .bind(limit)
    .fetch_all(c)
    .await?;
    rows.iter().map(related_of).collect()
}

/// The other accounts that the browsers of an account belong to as well, at most `limit`.
///
/// # Errors
/// On a database failure.
pub async fn same_browser(c: &mut Conn, account: &AccountId, limit: i64) -> Result<Vec<Related>, StoreError> {
    let rows = sqlx::query(
        "SELECT o.account_id AS id, a.number AS number, a.customer_name AS name, 'browser' AS why, \
         CAST(MAX(o.last_used_at) AS BIGINT) AS at FROM \
         (SELECT token_hash FROM known_browsers WHERE account_id = $1 LIMIT 50) b \
         JOIN known_browsers o ON o.token_hash = b.token_hash AND o.account_id <> $1 \
         JOIN accounts a ON a.id = o.account_id AND a.kind = 'customer' \
         GROUP BY o.account_id, a.number, a.customer_name ORDER BY 5 DESC LIMIT $2",
    )
    .bind(account.as_str())
    .bind(limit)
    .fetch_all(c)
    .await?;
    rows.iter().map(related_of).collect()
}

fn related_of(r: &AnyRow) -> Result<Related, StoreError> {
    Ok(Related {
        id: row::parsed(r, "case_accounts", "id")?,
        number: row::optional_text(r, "number")?,
        name: row::optional_text(r, "name")?,
        why: row::text(r, "why")?,
        at: row::time(r, "at")?,
    })
}

fn read_reasons(rows: &[AnyRow]) -> Result<Vec<Reason>, StoreError> {
    let mut found = Vec::with_capacity(rows.len());
    for r in rows {
        // A signal of a newer version is nothing that this one has words for.
        let Some(signal) = Signal::read(&row::text(r, "code")?) else {
            continue;
        };
        found.push(Reason {
            case: row::parsed(r, "case_signals", "case_id")?,
            signal,
            level: Level::read(row::int(r, "level")?),
            amount: row::int(r, "amount")?,
            active: (row::time(r, "first_at")?, row::time(r, "last_at")?),
            detected: (row::time(r, "detected_at")?, row::time(r, "renewed_at")?),
            entries: (row::text(r, "first_entry")?, row::text(r, "last_entry")?),
        });
    }
    Ok(found)
}

fn case(r: &AnyRow) -> Result<Case, StoreError> {
    let staff = |column: &str| -> Result<Option<StaffId>, StoreError> {
        let value = row::optional_text(r, column)?;
        Ok(value.and_then(|it| it.parse().ok()))
    };
    let decided_at = row::optional_int(r, "decided_at")?.map(Timestamp);
    Ok(Case {
        id: row::parsed(r, "cases", "id")?,
        account: row::optional_text(r, "account_id")?.and_then(|it| it.parse().ok()),
        state: row::read(r, "cases", "state", State::read)?,
        why: row::text(r, "why")?,
        level: Level::read(row::int(r, "level")?),
        kind: Signal::read(&row::text(r, "kind")?),
        kinds: row::int(r, "kinds")?,
        amount: row::int(r, "amount")?,
        active: (row::time(r, "first_at")?, row::time(r, "last_at")?),
        detected_at: row::time(r, "detected_at")?,
        assigned_to: staff("assigned_to")?,
        decided: staff("decided_by")?.zip(decided_at),
    })
}

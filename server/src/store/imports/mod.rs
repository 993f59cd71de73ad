//! Imports of customers: the file, how far it is, and its end. `rows` has what is in it, `letters` what comes of it.

mod file;
pub mod letters;
mod many;
mod proposals;
pub mod rows;

use warifu_shared::clock::Timestamp;
use warifu_shared::ids::{ImportId, StaffId};

pub use file::{add_part, begin, erase, erase_parts, parts, uploaded, with_file};
pub use many::insert_leaves;
pub use proposals::{approve, count_proposed, end_proposals, has_proposals, propose};

use super::{Conn, StoreError, row};

/// Where an import stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The file is coming in.
    Uploading,
    /// Its rows are looked at.
    Checking,
    /// Nothing of it can be used: it says why.
    Unfit,
    /// The dry run is over.
    Checked,
    /// Somebody proposes to open the accounts.
    Proposed,
    /// Accounts are being opened.
    Opening,
    /// Somebody stopped that for a while.
    Paused,
    /// Every row was tried.
    Done,
    /// Somebody ended it, or nobody went on with it.
    Cancelled,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 9] = [
        Self::Uploading,
        Self::Checking,
        Self::Unfit,
        Self::Checked,
        Self::Proposed,
        Self::Opening,
        Self::Paused,
        Self::Done,
        Self::Cancelled,
    ];

    /// The name in the database and in the locales.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Uploading => "uploading",
            Self::Checking => "checking",
            Self::Unfit => "unfit",
            Self::Checked => "checked",
            Self::Proposed => "proposed",
            Self::Opening => "opening",
            Self::Paused => "paused",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
        }
    }

    /// Reads the name.
    #[must_use]
    pub fn read(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }

    /// Whether a worker moves it on.
    #[must_use]
    pub const fn moves(self) -> bool {
        matches!(self, Self::Checking | Self::Opening)
    }
}

/// An import.
#[derive(Debug, Clone)]
pub struct Import {
    /// Its id.
    pub id: ImportId,
    /// Where it stands.
    pub state: State,
    /// The file's name, as the browser gave it.
    pub file_name: String,
    /// SHA-256 of the file, in base64url.
    pub file_hash: String,
    /// The characters, by name; empty when they are neither.
    pub characters: String,
    /// Its length.
    pub bytes: i64,
    /// Bytes that were looked at.
    pub bytes_read: i64,
    /// Lines that were looked at.
    pub lines_read: i64,
    /// Rows, the header not counted.
    pub rows_read: i64,
    /// Rows that can become accounts.
    pub rows_good: i64,
    /// Rows that cannot.
    pub rows_bad: i64,
    /// Accounts that were opened.
    pub opened: i64,
    /// Good rows that could not be opened after all.
    pub failed: i64,
    /// Who brought the file.
    pub uploaded_by: StaffId,
    /// Who proposes to open the accounts.
    pub proposed_by: Option<String>,
    /// Who approved it.
    pub approved_by: Option<String>,
    /// Who may collect the letters, or asks to.
    pub letters_by: Option<String>,
    /// When they asked.
    pub letters_asked_at: Timestamp,
    /// Until when they may; 0 while that waits for another person.
    pub letters_until: Timestamp,
    /// When the file came.
    pub created_at: Timestamp,
    /// When anything changed last.
    pub changed_at: Timestamp,
}

/// One import.
///
/// # Errors
/// On a database failure.
pub async fn by_id(c: &mut Conn, id: &ImportId) -> Result<Option<Import>, StoreError> {
    let found = sqlx::query("SELECT * FROM imports WHERE id = $1")
        .bind(id.as_str())
        .fetch_optional(c)
        .await?;
    found.as_ref().map(read).transpose()
}

/// The newest imports, older than `before` when that is not empty.
///
/// # Errors
/// On a database failure.
pub async fn list(c: &mut Conn, before: &str, limit: i64) -> Result<Vec<Import>, StoreError> {
    let rows = sqlx::query(
        "SELECT * FROM imports WHERE state <> 'uploading' AND ($1 = '' OR id < $1) ORDER BY id DESC LIMIT $2",
    )
    .bind(before)
    .bind(limit)
    .fetch_all(c)
    .await?;
    rows.iter().map(read).collect()
}

fn read(r: &sqlx::any::AnyRow) -> Result<Import, StoreError> {
    Ok(Import {
        id: row::parsed(r, "imports", "id")?,
        state: row::read(r, "imports", "state", State::read)?,
        file_name: row::text(r, "file_name")?,
        file_hash: row::text(r, "file_hash")?,
        characters: row::text(r, "characters")?,
        bytes: row::int(r, "bytes")?,
        bytes_read: row::int(r, "bytes_read")?,
        lines_read: row::int(r, "lines_read")?,
        rows_read: row::int(r, "rows_read")?,
        rows_good: row::int(r, "rows_good")?,
        rows_bad: row::int(r, "rows_bad")?,
        opened: row::int(r, "opened")?,
        failed: row::int(r, "failed")?,
        uploaded_by: row::parsed(r, "imports", "uploaded_by")?,
        proposed_by: row::optional_text(r, "proposed_by")?,
        approved_by: row::optional_text(r, "approved_by")?,
        letters_by: row::optional_text(r, "letters_by")?,
        letters_asked_at: row::time(r, "letters_asked_at")?,
        letters_until: row::time(r, "letters_until")?,
        created_at: row::time(r, "created_at")?,
        changed_at: row::time(r, "changed_at")?,
    })
}

/// Takes the import that waits longest for a worker, for a while; the same process takes its own again.
///
/// # Errors
/// On a database failure.
pub async fn lease(
    c: &mut Conn,
    by: &str,
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<Import>, StoreError> {
    let found = sqlx::query(
        "UPDATE imports SET lease_by = $1, lease_until = $3 WHERE id = (SELECT id FROM imports \
         WHERE state IN ('checking', 'opening') AND (lease_by = $1 OR lease_until <= $2) ORDER BY id LIMIT 1) \
         AND state IN ('checking', 'opening') AND (lease_by = $1 OR lease_until <= $2) RETURNING *",
    )
    .bind(by)
    .bind(now.0)
    .bind(until.0)
    .fetch_optional(c)
    .await?;
    found.as_ref().map(read).transpose()
}

/// Whether any import waits for a worker.
///
/// # Errors
/// On a database failure.
pub async fn any_moves(c: &mut Conn) -> Result<bool, StoreError> {
    let found = sqlx::query("SELECT id FROM imports WHERE state IN ('checking', 'opening') LIMIT 1")
        .fetch_optional(c)
        .await?;
    Ok(found.is_some())
}

/// How far a check came with one piece.
#[derive(Debug, Clone, Copy, Default)]
pub struct Checked {
    /// Bytes it read.
    pub bytes: i64,
    /// Lines that ended in them.
    pub lines: i64,
    /// Rows that are good.
    pub good: i64,
    /// Rows that are not.
    pub bad: i64,
}

/// The check goes on from where `it` was read; false when another process was there first, or it was cancelled.
///
/// # Errors
/// On a database failure.
pub async fn check_on(c: &mut Conn, it: &Import, piece: Checked, now: Timestamp) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE imports SET bytes_read = bytes_read + $3, lines_read = lines_read + $4, rows_read = rows_read + $5 + $6, \
         rows_good = rows_good + $5, rows_bad = rows_bad + $6, changed_at = $7 \
         WHERE id = $1 AND state = 'checking' AND bytes_read = $2",
    )
    .bind(it.id.as_str())
    .bind(it.bytes_read)
    .bind(piece.bytes)
    .bind(piece.lines)
    .bind(piece.good)
    .bind(piece.bad)
    .bind(now.0)
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Counts rows that were tried; false when accounts are not being opened any more. Holds the import until the transaction ends.
///
/// # Errors
/// On a database failure.
pub async fn count_opened(
    c: &mut Conn,
    id: &ImportId,
    opened: i64,
    failed: i64,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE imports SET opened = opened + $2, failed = failed + $3, changed_at = $4 WHERE id = $1 AND state = 'opening'",
    )
    .bind(id.as_str())
    .bind(opened)
    .bind(failed)
    .bind(now.0)
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Moves an import from one of `from` to `to`; false when it stands elsewhere.
///
/// # Errors
/// On a database failure.
pub async fn go(
    c: &mut Conn,
    id: &ImportId,
    from: &[State],
    to: State,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let from: Vec<String> = from.iter().map(|it| format!("'{}'", it.name())).collect();
    let free = if matches!(to, State::Unfit | State::Cancelled) {
        ", live_hash = NULL"
    } else {
        ""
    };
    let sql = format!(
        "UPDATE imports SET state = $2, changed_at = $3{free} WHERE id = $1 AND state IN ({})",
        from.join(", ")
    );
    let done = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(id.as_str())
        .bind(to.name())
        .bind(now.0)
        .execute(c)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Imports that nobody has gone on with: files that stopped coming in before `uploading`, others since before `waiting`.
///
/// # Errors
/// On a database failure.
pub async fn left_behind(
    c: &mut Conn,
    uploading: Timestamp,
    waiting: Timestamp,
) -> Result<Vec<ImportId>, StoreError> {
    let rows = sqlx::query(
        "SELECT id FROM imports WHERE (state = 'uploading' AND changed_at < $1) \
         OR (state IN ('checked', 'proposed', 'paused') AND changed_at < $2) ORDER BY id LIMIT 20",
    )
    .bind(uploading.0)
    .bind(waiting.0)
    .fetch_all(c)
    .await?;
    rows.iter().map(|r| row::parsed(r, "imports", "id")).collect()
}

//! Numbers for each ten minutes, counted from the log, and the cursor up to which it is counted (S4).

use warifu_shared::clock::Timestamp;

use super::{Conn, StoreError, row};
use crate::domain::activity::Kind;

/// One number of one slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// First millisecond of the slot or step.
    pub at: i64,
    /// What was counted.
    pub kind: Kind,
    /// How often.
    pub amount: i64,
}

/// The next position to be counted.
///
/// # Errors
/// On a database failure.
pub async fn cursor(c: &mut Conn) -> Result<u64, StoreError> {
    let found = sqlx::query("SELECT position FROM watch_cursor WHERE only_one = 1")
        .fetch_one(c)
        .await?;
    let position = row::int(&found, "position")?;
    u64::try_from(position).map_err(|e| StoreError::inconsistent("watch_cursor", "", e))
}

/// Moves the cursor. False: another process has counted these.
///
/// # Errors
/// On a database failure.
pub async fn move_on(c: &mut Conn, from: u64, to: u64) -> Result<bool, StoreError> {
    let done = sqlx::query("UPDATE watch_cursor SET position = $1 WHERE only_one = 1 AND position = $2")
        .bind(i64::try_from(to).unwrap_or(i64::MAX))
        .bind(i64::try_from(from).unwrap_or(i64::MAX))
        .execute(c)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Adds to a number.
///
/// # Errors
/// On a database failure.
pub async fn add(c: &mut Conn, count: &Count) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO activity (bucket, kind, amount) VALUES ($1, $2, $3) \
         ON CONFLICT (bucket, kind) DO UPDATE SET amount = activity.amount + excluded.amount",
    )
    .bind(count.at)
    .bind(count.kind.name())
    .bind(count.amount)
    .execute(c)
    .await?;
    Ok(())
}

/// The numbers of slots from `from` to below `to`, added up by steps of `step` milliseconds that begin at `from`.
///
/// # Errors
/// On a database failure.
pub async fn between(c: &mut Conn, from: i64, to: i64, step: i64) -> Result<Vec<Count>, StoreError> {
    // Whole numbers are divided towards zero on both databases, and no slot lies before `from`.
    let rows = sqlx::query(
        "SELECT CAST((bucket - $1) / $3 AS BIGINT) AS place, kind, CAST(SUM(amount) AS BIGINT) AS amount \
         FROM activity WHERE bucket >= $1 AND bucket < $2 GROUP BY (bucket - $1) / $3, kind",
    )
    .bind(from)
    .bind(to)
    .bind(step)
    .fetch_all(c)
    .await?;
    let mut found = Vec::with_capacity(rows.len());
    for r in &rows {
        // A kind of a newer version is nothing that this one could show.
        if let Some(kind) = Kind::read(&row::text(r, "kind")?) {
            found.push(Count {
                at: from + row::int(r, "place")? * step,
                kind,
                amount: row::int(r, "amount")?,
            });
        }
    }
    Ok(found)
}

/// Deletes the numbers of slots before `before`.
///
/// # Errors
/// On a database failure.
pub async fn prune(c: &mut Conn, before: Timestamp) -> Result<u64, StoreError> {
    let done = sqlx::query("DELETE FROM activity WHERE bucket < $1")
        .bind(before.0)
        .execute(c)
        .await?;
    Ok(done.rows_affected())
}

/// How things stand now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// Logins that mistakes have locked, and accounts that staff have locked.
    pub locked: i64,
    /// Mails that wait to be sent.
    pub mails_waiting: i64,
    /// Of these, tried in vain already.
    pub mails_late: i64,
    /// Challenges that wait for an answer.
    pub challenges_open: i64,
    /// Devices whose last hints did not arrive.
    pub pushes_failing: i64,
    /// Entries of the log that wait to be counted.
    pub uncounted: i64,
}

/// Counts what stands now, each up to [`MOST`].
///
/// # Errors
/// On a database failure.
pub async fn standing(c: &mut Conn, now: Timestamp) -> Result<Standing, StoreError> {
    let r = sqlx::query(
        "SELECT (SELECT COUNT(*) FROM (SELECT 1 AS one FROM failure_counters WHERE locked_until > $1 LIMIT $2) a) AS by_mistakes, \
         (SELECT COUNT(*) FROM (SELECT 1 AS one FROM accounts WHERE disabled_at IS NOT NULL LIMIT $2) b) AS by_staff, \
         (SELECT COUNT(*) FROM (SELECT 1 AS one FROM mails WHERE state = 'queued' LIMIT $2) d) AS mails_waiting, \
         (SELECT COUNT(*) FROM (SELECT 1 AS one FROM mails WHERE state = 'queued' AND tries > 0 LIMIT $2) e) AS mails_late, \
         (SELECT COUNT(*) FROM (SELECT 1 AS one FROM challenges WHERE state = 'pending' AND expires_at > $1 LIMIT $2) f) AS open, \
         (SELECT COUNT(*) FROM (SELECT 1 AS one FROM push_health WHERE failures > 0 LIMIT $2) g) AS failing, \
         (SELECT h.size - w.position FROM log_head h, watch_cursor w WHERE h.only_one = 1 AND w.only_one = 1) AS uncounted",
    )
    .bind(now.0)
    .bind(MOST)
    .fetch_one(c)
    .await?;
    Ok(Standing {
        locked: row::int(&r, "by_mistakes")? + row::int(&r, "by_staff")?,
        mails_waiting: row::int(&r, "mails_waiting")?,
        mails_late: row::int(&r, "mails_late")?,
        challenges_open: row::int(&r, "open")?,
        pushes_failing: row::int(&r, "failing")?,
        uncounted: row::int(&r, "uncounted")?,
    })
}

/// What [`standing`] counts to: more is shown as *more than*.
pub const MOST: i64 = 1000;

/// How long the newest answers took, in milliseconds: of challenges made since `since`, at most `limit`, newest first.
///
/// # Errors
/// On a database failure.
pub async fn answer_times(c: &mut Conn, since: &str, limit: i64) -> Result<Vec<i64>, StoreError> {
    let rows = sqlx::query(
        "SELECT decided_at - created_at AS took FROM challenges \
         WHERE id >= $1 AND decided_at IS NOT NULL AND decided_by IS NOT NULL ORDER BY id DESC LIMIT $2",
    )
    .bind(since)
    .bind(limit)
    .fetch_all(c)
    .await?;
    rows.iter().map(|r| row::int(r, "took")).collect()
}

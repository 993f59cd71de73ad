//! Proposals: `open -> approved | refused`, or over after 24 hours; each step one conditional UPDATE (STAFF-03).

use warifu_shared::clock::Timestamp;
use warifu_shared::ids::{ProposalId, StaffId};

use crate::store::{Conn, StoreError, row};

/// A proposal.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// Its id; begins with the moment.
    pub id: ProposalId,
    /// What is proposed.
    pub act: String,
    /// For whom: an account, or a staff member.
    pub subject: String,
    /// What belongs to it, JSON.
    pub parameters: String,
    /// Why.
    pub reason: String,
    /// How the caller was identified, JSON.
    pub identity: String,
    /// Hash of the state it was made on.
    pub facts: String,
    /// `open`, `approved` or `refused`.
    pub state: String,
    /// Who proposes.
    pub requested_by: StaffId,
    /// When.
    pub created_at: Timestamp,
    /// Until when it can be decided.
    pub expires_at: Timestamp,
    /// Who decided.
    pub decided_by: Option<String>,
    /// When that was.
    pub decided_at: Option<Timestamp>,
    /// What became of it in the hands of whoever made it: the present enrolment, [`PRINTED`] or [`STOPPED`].
    pub made: Option<String>,
}

/// Its letter was printed.
pub const PRINTED: &str = "printed";
/// Its letter was stopped before that.
pub const STOPPED: &str = "stopped";

/// Inserts an open proposal.
///
/// # Errors
/// On a database failure.
pub async fn insert(c: &mut Conn, p: &Proposal) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO proposals (id, act, subject, parameters, reason, identity, facts, state, requested_by, created_at, \
         expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 'open', $8, $9, $10)",
    )
    .bind(p.id.as_str())
    .bind(&p.act)
    .bind(&p.subject)
    .bind(&p.parameters)
    .bind(&p.reason)
    .bind(&p.identity)
    .bind(&p.facts)
    .bind(p.requested_by.as_str())
    .bind(p.created_at.0)
    .bind(p.expires_at.0)
    .execute(c)
    .await?;
    Ok(())
}

/// Finds a proposal.
///
/// # Errors
/// On a database failure.
pub async fn by_id(c: &mut Conn, id: &ProposalId) -> Result<Option<Proposal>, StoreError> {
    let found = sqlx::query("SELECT * FROM proposals WHERE id = $1")
        .bind(id.as_str())
        .fetch_optional(c)
        .await?;
    found.as_ref().map(proposal).transpose()
}

/// The open proposals for these acts, oldest first.
///
/// # Errors
/// On a database failure.
pub async fn open(c: &mut Conn, now: Timestamp, limit: i64) -> Result<Vec<Proposal>, StoreError> {
    let rows =
        sqlx::query("SELECT * FROM proposals WHERE state = 'open' AND expires_at > $1 ORDER BY id LIMIT $2")
            .bind(now.0)
            .bind(limit)
            .fetch_all(c)
            .await?;
    rows.iter().map(proposal).collect()
}

/// The open proposals about one customer, oldest first.
///
/// # Errors
/// On a database failure.
pub async fn open_about(
    c: &mut Conn,
    subject: &str,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<Proposal>, StoreError> {
    // Those that ran out of time stay open in name: the newest are the ones that may stand.
    let rows = sqlx::query(
        "SELECT * FROM proposals WHERE subject = $1 AND state = 'open' AND expires_at > $2 ORDER BY id DESC LIMIT $3",
    )
    .bind(subject)
    .bind(now.0)
    .bind(limit)
    .fetch_all(c)
    .await?;
    rows.iter().rev().map(proposal).collect()
}

/// Decides an open proposal, once, in time, and never by whoever made it; false when that does not hold.
///
/// # Errors
/// On a database failure.
pub async fn decide(
    c: &mut Conn,
    id: &ProposalId,
    state: &str,
    by: &StaffId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE proposals SET state = $2, decided_by = $3, decided_at = $4 \
         WHERE id = $1 AND state = 'open' AND expires_at > $4 AND requested_by <> $3",
    )
    .bind(id.as_str())
    .bind(state)
    .bind(by.as_str())
    .bind(now.0)
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The enrolment that an approved proposal has issued last.
///
/// # Errors
/// On a database failure.
pub async fn set_made(c: &mut Conn, id: &ProposalId, enrolment: &str) -> Result<(), StoreError> {
    sqlx::query("UPDATE proposals SET made = $2 WHERE id = $1 AND state = 'approved'")
        .bind(id.as_str())
        .bind(enrolment)
        .execute(c)
        .await?;
    Ok(())
}

/// Its letter is printed, once; false when it was, or was stopped.
///
/// # Errors
/// On a database failure.
pub async fn print_once(c: &mut Conn, id: &ProposalId) -> Result<bool, StoreError> {
    let done =
        sqlx::query("UPDATE proposals SET made = $2 WHERE id = $1 AND state = 'approved' AND made IS NULL")
            .bind(id.as_str())
            .bind(PRINTED)
            .execute(c)
            .await?;
    Ok(done.rows_affected() == 1)
}

/// Stops the approved letters for `subject` that nobody has printed yet; gives how many.
///
/// # Errors
/// On a database failure.
pub async fn stop_letters(c: &mut Conn, subject: &str) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "UPDATE proposals SET made = $2 WHERE subject = $1 AND state = 'approved' AND act = 'recovery_letter' \
         AND made IS NULL",
    )
    .bind(subject)
    .bind(STOPPED)
    .execute(c)
    .await?;
    Ok(done.rows_affected())
}

/// When the newest recovery letter was approved that `subject` can still get printed.
///
/// # Errors
/// On a database failure.
pub async fn unprinted_letter(
    c: &mut Conn,
    subject: &str,
    since: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let found: Option<i64> = sqlx::query_scalar(
        "SELECT MAX(decided_at) FROM proposals WHERE subject = $1 AND state = 'approved' AND act = 'recovery_letter' \
         AND made IS NULL AND decided_at > $2",
    )
    .bind(subject)
    .bind(since.0)
    .fetch_one(c)
    .await?;
    Ok(found.map(Timestamp))
}

/// What was approved since then of what `by` proposed, and waits for their hands, newest first.
///
/// # Errors
/// On a database failure.
pub async fn granted(c: &mut Conn, by: &StaffId, since: Timestamp) -> Result<Vec<Proposal>, StoreError> {
    let rows = sqlx::query(
        "SELECT * FROM proposals WHERE state = 'approved' AND requested_by = $1 AND decided_at > $2 \
         AND act IN ('enrol', 'recovery_letter', 'activation_letter') ORDER BY id DESC LIMIT 50",
    )
    .bind(by.as_str())
    .bind(since.0)
    .fetch_all(c)
    .await?;
    rows.iter().map(proposal).collect()
}

fn proposal(r: &sqlx::any::AnyRow) -> Result<Proposal, StoreError> {
    Ok(Proposal {
        id: row::parsed(r, "proposals", "id")?,
        act: row::text(r, "act")?,
        subject: row::text(r, "subject")?,
        parameters: row::text(r, "parameters")?,
        reason: row::text(r, "reason")?,
        identity: row::text(r, "identity")?,
        facts: row::text(r, "facts")?,
        state: row::text(r, "state")?,
        requested_by: row::parsed(r, "proposals", "requested_by")?,
        created_at: row::time(r, "created_at")?,
        expires_at: row::time(r, "expires_at")?,
        decided_by: row::optional_text(r, "decided_by")?,
        decided_at: row::optional_int(r, "decided_at")?.map(Timestamp),
        made: row::optional_text(r, "made")?,
    })
}

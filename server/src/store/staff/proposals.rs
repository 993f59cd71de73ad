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
}

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
    })
}

//! An approved proposal in the hands of whoever made it: for a while, by nobody else, and on the facts of the approval (STAFF-03).

use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::{AccountId, ProposalId};

use super::plan::Plan;
use super::proposals::{active, not_carried_out};
use crate::app::App;
use crate::audit::evidence_of;
use crate::domain::staff::Act;
use crate::operations::{Caller, Refusal};
use crate::store::staff::customers;
use crate::store::staff::members::Member;
use crate::store::staff::proposals::{self, Proposal};
use crate::store::{Conn, StoreError};

/// What somebody may go on with.
#[derive(Debug, Clone)]
pub struct Grant {
    /// The proposal.
    pub proposal: Proposal,
    /// What was proposed.
    pub plan: Plan,
    /// The customer.
    pub account: AccountId,
    /// When it was approved.
    pub approved_at: Timestamp,
}

/// Seconds after the approval in which whoever proposed can go on: the customer stands at the counter, or a letter is printed.
#[must_use]
pub const fn window(plan: &Plan) -> Option<i64> {
    match plan {
        Plan::Enrol => Some(1800),
        Plan::RecoveryLetter { .. } | Plan::ActivationLetter { .. } => Some(LETTER_SECS),
        _ => None,
    }
}

/// Time to print a letter.
pub const LETTER_SECS: i64 = 24 * 3600;

/// The proposal, when it is this person's own, for acts of this kind, and approved.
///
/// # Errors
/// On a database failure. The inner one: `NotFound` for any other kind, `ProposalOfAnother`, `ProposalClosed` when it was not
/// approved.
pub async fn own(
    c: &mut Conn,
    by: &Member,
    id: &ProposalId,
    act: Act,
) -> Result<Result<Grant, Refusal>, StoreError> {
    let Some(proposal) = proposals::by_id(c, id).await? else {
        return Ok(Err(ErrorCode::NotFound.into()));
    };
    let plan = Plan::of(&proposal)?;
    let account = proposal.subject.parse::<AccountId>();
    let (true, Ok(account)) = (plan.proposing() == act && window(&plan).is_some(), account) else {
        return Ok(Err(ErrorCode::NotFound.into()));
    };
    if proposal.requested_by != by.id {
        return Ok(Err(ErrorCode::ProposalOfAnother.into()));
    }
    match proposal.decided_at {
        Some(approved_at) if proposal.state == "approved" => Ok(Ok(Grant {
            proposal,
            plan,
            account,
            approved_at,
        })),
        _ => Ok(Err(ErrorCode::ProposalClosed.into())),
    }
}

/// Whether it can be gone on with now: in its time, by somebody who still may, and on unchanged facts.
///
/// # Errors
/// On a database failure. The inner one: `ProposalUsed` when its time is over, `StaffNotAllowed`, `ProposalFactsChanged`.
pub async fn stands(
    c: &mut Conn,
    app: &App,
    grant: &Grant,
    now: Timestamp,
) -> Result<Result<(), Refusal>, StoreError> {
    let secs = window(&grant.plan).unwrap_or(0);
    if now >= grant.approved_at.plus_secs(secs) {
        return Ok(Err(ErrorCode::ProposalUsed.into()));
    }
    // As they stand now: a role taken a moment ago no longer counts.
    let asker = active(c, &grant.proposal.requested_by).await?;
    if !asker.is_some_and(|it| it.roles.may(grant.plan.proposing())) {
        return Ok(Err(ErrorCode::StaffNotAllowed.into()));
    }
    let facts = grant.plan.facts(c, app, &grant.proposal.subject).await?;
    if evidence_of(&facts.unwrap_or_default()) != grant.proposal.facts {
        return Ok(Err(ErrorCode::ProposalFactsChanged.into()));
    }
    Ok(Ok(()))
}

/// Both, behind the lock of the account, inside the transaction of what follows. What is refused stands in the log.
///
/// # Errors
/// On a database failure. The inner one: those of [`own`] and [`stands`].
pub(super) async fn take(
    c: &mut Conn,
    app: &App,
    (caller, by): (&Caller, &Member),
    (id, act): (&ProposalId, Act),
    now: Timestamp,
) -> Result<Result<Grant, Refusal>, StoreError> {
    if let Some(found) = proposals::by_id(c, id).await?
        && let Ok(account) = found.subject.parse::<AccountId>()
    {
        customers::take(c, &account).await?;
    }
    let grant = match own(c, by, id, act).await? {
        Ok(grant) => grant,
        Err(refusal) => {
            if refusal.code == ErrorCode::ProposalOfAnother
                && let Some(found) = proposals::by_id(c, id).await?
            {
                not_carried_out(c, caller, by, &found, (refusal.code.name(), now)).await?;
            }
            return Ok(Err(refusal));
        }
    };
    match stands(c, app, &grant, now).await? {
        Ok(()) => Ok(Ok(grant)),
        Err(refusal) => {
            not_carried_out(c, caller, by, &grant.proposal, (refusal.code.name(), now)).await?;
            Ok(Err(refusal))
        }
    }
}

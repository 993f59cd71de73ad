//! Four eyes: one proposes, another approves, and what was approved happens in that transaction or not at all (STAFF-03).

use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::{AccountId, ProposalId, StaffId};

use super::plan::{Carried, Plan};
use super::{Done, Why, actor, record};
use crate::app::App;
use crate::audit::{self, Event, evidence_of};
use crate::operations::change_address::by_staff::Approval;
use crate::operations::{Caller, Refusal};
use crate::store::staff::customers;
use crate::store::staff::members::{self, Member};
use crate::store::staff::proposals::{self, Proposal};
use crate::store::{Conn, StoreError};

/// Proposes. For a customer the caller must have been identified (STAFF-05).
///
/// # Errors
/// `StaffNotAllowed`, `StaffIdentityMissing`, `NotFound`; for an address also `StaffIdentityByVoice` and those of
/// `by_staff::fits`.
pub async fn propose(
    app: &App,
    caller: &Caller,
    by: &Member,
    plan: Plan,
    subject: &str,
    why: Why,
) -> Result<ProposalId, Refusal> {
    if !by.roles.may(plan.proposing()) {
        return Err(ErrorCode::StaffNotAllowed.into());
    }
    let why = plan.weigh(why)?;
    let now = app.now();
    let app_in = app.clone();
    let (caller, by, subject) = (caller.clone(), by.clone(), subject.to_owned());
    app.store
        .write(move |c| {
            Box::pin(async move {
                let Some(facts) = plan.facts(c, &app_in, &subject).await? else {
                    return Ok(Err(ErrorCode::NotFound.into()));
                };
                if let Err(refusal) = plan.fits(c, &app_in, &subject, now).await? {
                    return Ok(Err(refusal));
                }
                let written = |plan: &Plan| {
                    serde_json::to_string(plan)
                        .map_err(|error| StoreError::inconsistent("proposals", "", error))
                };
                let proposal = Proposal {
                    id: ProposalId::at(now),
                    act: plan.name().to_owned(),
                    subject: subject.clone(),
                    parameters: written(&plan)?,
                    reason: why.reason.clone(),
                    identity: why.identity.join(","),
                    facts: evidence_of(&facts),
                    state: "open".to_owned(),
                    requested_by: by.id.clone(),
                    created_at: now,
                    expires_at: now.plus_secs(LIFETIME_SECS),
                    decided_by: None,
                    decided_at: None,
                    made: None,
                };
                proposals::insert(c, &proposal).await?;
                let done = Done {
                    action: "staff.proposed",
                    subject: &subject,
                    object: proposal.id.as_str(),
                    why: &why,
                    before: &facts,
                    after: &written(&plan.recorded())?,
                };
                record(c, &caller, &by, &done, now).await?;
                Ok(Ok(proposal.id))
            })
        })
        .await?
}

/// Approves and carries out, or refuses. Whoever proposed it may refuse it (that takes it back), never approve it.
///
/// # Errors
/// `NotFound`, `StaffNotAllowed`, `ProposalOwn`, `ProposalClosed`, `ProposalFactsChanged`, `StaffNothingToDo`.
pub async fn decide(
    app: &App,
    caller: &Caller,
    by: &Member,
    id: &ProposalId,
    approve: bool,
    why: Why,
) -> Result<Carried, Refusal> {
    let now = app.now();
    let deciding = Deciding {
        app: app.clone(),
        caller: caller.clone(),
        by: by.id.clone(),
        why,
        now,
    };
    let (id, waits) = (id.clone(), id.clone());
    let done = app
        .store
        .write_again(move |c| Box::pin(async move { deciding.run(c, &id, approve).await }))
        .await?;
    app.mail_wake.notify_one();
    app.live.changed(waits.as_str());
    app.orders_wake.notify_one();
    done
}

#[derive(Clone)]
struct Deciding {
    app: App,
    caller: Caller,
    by: StaffId,
    why: Why,
    now: Timestamp,
}

impl Deciding {
    async fn run(
        &self,
        c: &mut Conn,
        id: &ProposalId,
        approve: bool,
    ) -> Result<Result<Carried, Refusal>, StoreError> {
        let Some(p) = proposals::by_id(c, id).await? else {
            return Ok(Err(ErrorCode::NotFound.into()));
        };
        let plan = Plan::of(&p)?;
        // Whoever manages staff is in one queue; whoever decides about an account holds its row.
        match p.subject.parse::<AccountId>() {
            Ok(account) => customers::take(c, &account).await?,
            Err(_) => members::take_guard(c).await?,
        }
        // As they stand now: a role taken a moment ago no longer decides.
        let Some(by) = active(c, &self.by)
            .await?
            .filter(|it| it.roles.may(plan.deciding()))
        else {
            return Ok(Err(ErrorCode::StaffNotAllowed.into()));
        };
        let own = p.requested_by == by.id;
        if own {
            self.refused(c, &by, &p, "own").await?;
            return Ok(Err(ErrorCode::ProposalOwn.into()));
        }
        if p.state != "open" || self.now >= p.expires_at {
            return Ok(Err(ErrorCode::ProposalClosed.into()));
        }
        let facts = plan.facts(c, &self.app, &p.subject).await?.unwrap_or_default();
        let asker = active(c, &p.requested_by).await?;
        let stands = asker.is_some_and(|it| it.roles.may(plan.proposing()));
        let (state, answer) = match approve {
            false => ("refused", None),
            true if !stands => ("refused", Some(ErrorCode::ProposalClosed)),
            true if evidence_of(&facts) != p.facts => ("refused", Some(ErrorCode::ProposalFactsChanged)),
            true => ("approved", None),
        };
        if !proposals::decide(c, id, state, &by.id, self.now).await? {
            return Ok(Err(ErrorCode::ProposalClosed.into()));
        }
        if let Some(code) = answer {
            self.refused(c, &by, &p, code.name()).await?;
            return Ok(Err(code.into()));
        }
        let mut carried = Some(Carried { token: None });
        if state == "approved" {
            let approval = Approval {
                actor: &actor(&by),
                caller: &self.caller,
                proposal: p.id.as_str(),
            };
            carried = plan.carry_out(c, &self.app, (&p, &approval), self.now).await?;
        }
        let after = plan.facts(c, &self.app, &p.subject).await?.unwrap_or_default();
        self.decided(c, &by, &p, state, &facts, &after).await?;
        Ok(carried.ok_or_else(|| ErrorCode::StaffNothingToDo.into()))
    }

    async fn decided(
        &self,
        c: &mut Conn,
        by: &Member,
        p: &Proposal,
        state: &str,
        before: &str,
        after: &str,
    ) -> Result<(), StoreError> {
        let action = format!("staff.proposal_{state}");
        let done = Done {
            action: &action,
            subject: &p.subject,
            object: p.id.as_str(),
            why: &self.why,
            before,
            after,
        };
        record(c, &self.caller, by, &done, self.now).await
    }

    async fn refused(&self, c: &mut Conn, by: &Member, p: &Proposal, why: &str) -> Result<(), StoreError> {
        not_carried_out(c, &self.caller, by, p, (why, self.now)).await
    }
}

/// Writes down that a proposal was not carried out, and why.
pub(super) async fn not_carried_out(
    c: &mut Conn,
    caller: &Caller,
    by: &Member,
    p: &Proposal,
    (why, now): (&str, Timestamp),
) -> Result<(), StoreError> {
    let event = Event {
        action: "staff.proposal_not_carried_out",
        actor: &actor(by),
        subject: &p.subject,
        outcome: why,
        object: p.id.as_str(),
        request: &caller.request,
        details: caller.details(),
    };
    audit::write(c, &event, now).await
}

/// The member as they stand now, when they may act at all.
pub(super) async fn active(c: &mut Conn, id: &StaffId) -> Result<Option<Member>, StoreError> {
    Ok(members::by_id(c, id).await?.filter(|it| it.state == "active"))
}

/// How long a proposal waits.
const LIFETIME_SECS: i64 = 24 * 3600;

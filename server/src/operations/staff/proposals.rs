//! Four eyes: one proposes, another approves, and what was approved happens in that transaction or not at all (STAFF-03).

use serde::{Deserialize, Serialize};
use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::{AccountId, ProposalId, StaffId};

use super::customer::tell;
use super::manage;
use super::{Done, Why, actor, record};
use crate::app::App;
use crate::audit::{self, Event, evidence_of};
use crate::domain::staff::{Act, Roles};
use crate::mail::StaffDeed;
use crate::operations::{Caller, Refusal};
use crate::store::staff::customers;
use crate::store::staff::members::{self, Member};
use crate::store::staff::proposals::{self, Proposal};
use crate::store::{Conn, StoreError};

/// What is proposed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "plan", rename_all = "snake_case")]
pub enum Plan {
    /// Open a customer's account again.
    Unlock,
    /// End a customer's cool-off early.
    EndCoolOff,
    /// Give a staff member other roles.
    ChangeRoles {
        /// As stored.
        to: String,
    },
    /// Invite a staff member.
    Invite {
        /// Their name.
        name: String,
        /// As stored.
        roles: String,
    },
}

impl Plan {
    /// The name in the database.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Unlock => "unlock",
            Self::EndCoolOff => "end_cool_off",
            Self::ChangeRoles { .. } => "change_roles",
            Self::Invite { .. } => "invite",
        }
    }

    /// Who may propose it.
    #[must_use]
    pub const fn proposing(&self) -> Act {
        match self {
            Self::Unlock | Self::EndCoolOff => Act::Propose,
            Self::ChangeRoles { .. } | Self::Invite { .. } => Act::ManageStaff,
        }
    }

    /// Who may decide.
    #[must_use]
    pub const fn deciding(&self) -> Act {
        match self {
            Self::Unlock | Self::EndCoolOff => Act::Approve,
            Self::ChangeRoles { .. } | Self::Invite { .. } => Act::ManageStaff,
        }
    }

    /// Reads the parameters of a stored proposal.
    ///
    /// # Errors
    /// When the stored text is none of ours.
    pub fn of(p: &Proposal) -> Result<Self, StoreError> {
        serde_json::from_str(&p.parameters)
            .map_err(|error| StoreError::inconsistent("proposals", p.id.as_str(), error))
    }

    /// The state it is made on; `None` when there is no such customer or member.
    async fn facts(&self, c: &mut Conn, subject: &str) -> Result<Option<String>, StoreError> {
        match self {
            Self::Unlock | Self::EndCoolOff => match subject.parse::<AccountId>() {
                Ok(account) => customers::facts(c, &account).await,
                Err(_) => Ok(None),
            },
            Self::ChangeRoles { .. } => match subject.parse::<StaffId>() {
                Ok(id) => Ok(members::by_id(c, &id).await?.map(|it| manage::facts(&it))),
                Err(_) => Ok(None),
            },
            Self::Invite { .. } => Ok(Some("invited=no".to_owned())),
        }
    }

    /// Does it; `None` when nothing was to be done. What an invitation gives out comes back.
    async fn carry_out(
        &self,
        c: &mut Conn,
        app: &App,
        p: &Proposal,
        now: Timestamp,
    ) -> Result<Option<Carried>, StoreError> {
        let account = p.subject.parse::<AccountId>();
        let done = match (self, account) {
            (Self::Unlock, Ok(account)) => {
                let done = customers::unlock(c, &account, now).await?;
                if done {
                    tell(c, app, &account, StaffDeed::Unlocked, now).await?;
                }
                done
            }
            (Self::EndCoolOff, Ok(account)) => {
                let done = customers::end_cool_off(c, &account, now).await?;
                if done {
                    tell(c, app, &account, StaffDeed::CoolOffEnded, now).await?;
                }
                done
            }
            (Self::ChangeRoles { to }, _) => {
                let Ok(id) = p.subject.parse::<StaffId>() else {
                    return Ok(None);
                };
                let Some(member) = members::by_id(c, &id).await? else {
                    return Ok(None);
                };
                members::set_roles(c, &id, &member.roles, &Roles::read(to)).await?
            }
            (Self::Invite { name, roles }, _) => {
                let (invitation, token) =
                    manage::invitation(name, &Roles::read(roles), p.requested_by.as_str(), now);
                members::invite(c, &invitation, now).await?;
                return Ok(Some(Carried { token: Some(token) }));
            }
            _ => false,
        };
        Ok(done.then_some(Carried { token: None }))
    }
}

/// What an approval brought about.
#[derive(Debug, Clone)]
pub struct Carried {
    /// The one-time token of an invitation, shown once.
    pub token: Option<String>,
}

/// Proposes. For a customer the caller must have been identified (STAFF-05).
///
/// # Errors
/// `StaffNotAllowed`, `StaffIdentityMissing`, `NotFound`.
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
    let why = if plan.proposing() == Act::Propose {
        why.identified()?
    } else {
        why
    };
    let now = app.now();
    let (caller, by, subject) = (caller.clone(), by.clone(), subject.to_owned());
    app.store
        .write(move |c| {
            Box::pin(async move {
                let Some(facts) = plan.facts(c, &subject).await? else {
                    return Ok(Err(ErrorCode::NotFound.into()));
                };
                let parameters = serde_json::to_string(&plan)
                    .map_err(|error| StoreError::inconsistent("proposals", "", error))?;
                let proposal = Proposal {
                    id: ProposalId::at(now),
                    act: plan.name().to_owned(),
                    subject: subject.clone(),
                    parameters: parameters.clone(),
                    reason: why.reason.clone(),
                    identity: why.identity.join(","),
                    facts: evidence_of(&facts),
                    state: "open".to_owned(),
                    requested_by: by.id.clone(),
                    created_at: now,
                    expires_at: now.plus_secs(LIFETIME_SECS),
                    decided_by: None,
                };
                proposals::insert(c, &proposal).await?;
                let done = Done {
                    action: "staff.proposed",
                    subject: &subject,
                    object: proposal.id.as_str(),
                    why: &why,
                    before: &facts,
                    after: &parameters,
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
    let id = id.clone();
    let done = app
        .store
        .write_again(move |c| Box::pin(async move { deciding.run(c, &id, approve).await }))
        .await?;
    app.mail_wake.notify_one();
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
        let facts = plan.facts(c, &p.subject).await?.unwrap_or_default();
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
            carried = plan.carry_out(c, &self.app, &p, self.now).await?;
        }
        let after = plan.facts(c, &p.subject).await?.unwrap_or_default();
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
        let event = Event {
            action: "staff.proposal_not_carried_out",
            actor: &actor(by),
            subject: &p.subject,
            outcome: why,
            object: p.id.as_str(),
            request: &self.caller.request,
            details: self.caller.details(),
        };
        audit::write(c, &event, self.now).await
    }
}

async fn active(c: &mut Conn, id: &StaffId) -> Result<Option<Member>, StoreError> {
    Ok(members::by_id(c, id).await?.filter(|it| it.state == "active"))
}

/// How long a proposal waits.
const LIFETIME_SECS: i64 = 24 * 3600;

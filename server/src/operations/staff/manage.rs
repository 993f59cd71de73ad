//! Who works at the console: inviting, other roles, disabling (STAFF-02, STAFF-03, STAFF-08).

use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::StaffId;

use super::plan::Plan;
use super::proposals;
use super::set_up::clean;
use super::{Done, Why, record};
use crate::app::App;
use crate::crypto::mac::{new_token, token_hash};
use crate::domain::staff::{Role, Roles};
use crate::operations::{Caller, Refusal};
use crate::store::staff::members::{self, Invitation, Member};
use crate::store::staff::sessions;

/// What came of an invitation.
#[derive(Debug, Clone)]
pub enum Invited {
    /// At once: the token to hand over, shown once.
    Token(String),
    /// It waits for another administrator.
    Proposed,
}

/// Invites a staff member. The only administrator invites a second one at once; from then on it takes two (STAFF-03).
///
/// # Errors
/// `StaffNameUnfit`, `StaffRolesUnfit`; the only administrator may invite nobody else yet: `StaffNotAllowed`.
pub async fn invite(
    app: &App,
    caller: &Caller,
    by: &Member,
    name: &str,
    roles: &Roles,
    why: Why,
) -> Result<Invited, Refusal> {
    let name = clean(name).ok_or(ErrorCode::StaffNameUnfit)?;
    if roles.all().is_empty() {
        return Err(ErrorCode::StaffRolesUnfit.into());
    }
    let mut c = app.store.read().await?;
    let administrators = members::administrators(&mut c).await?;
    drop(c);
    if administrators > 1 {
        let plan = Plan::Invite {
            name,
            roles: roles.write(),
        };
        let subject = StaffId::at(app.now());
        proposals::propose(app, caller, by, plan, subject.as_str(), why).await?;
        return Ok(Invited::Proposed);
    }
    if *roles != Roles::of(&[Role::Administrator]) {
        return Err(ErrorCode::StaffNotAllowed.into());
    }
    let now = app.now();
    let (invitation, token) = invitation(&name, roles, by.id.as_str(), now);
    let (caller, by) = (caller.clone(), by.clone());
    let alone = app
        .store
        .write_again(move |c| {
            Box::pin(async move {
                members::take_guard(c).await?;
                if members::administrators(c).await? != 1 {
                    return Ok(false);
                }
                members::invite(c, &invitation, now).await?;
                let done = Done {
                    action: "staff.invited_alone",
                    subject: invitation.id.as_str(),
                    object: "-",
                    why: &why,
                    before: "invited=no",
                    after: "invited=administrator",
                };
                record(c, &caller, &by, &done, now).await?;
                Ok(true)
            })
        })
        .await?;
    if alone {
        Ok(Invited::Token(token))
    } else {
        Err(ErrorCode::StaffStateChanged.into())
    }
}

/// An invitation and its token.
pub(super) fn invitation(name: &str, roles: &Roles, by: &str, now: Timestamp) -> (Invitation, String) {
    let token = new_token();
    let invitation = Invitation {
        id: StaffId::at(now),
        name: name.to_owned(),
        roles: roles.clone(),
        invited_by: by.to_owned(),
        token_hash: token_hash(&token),
        expires_at: now.plus_secs(TOKEN_SECS),
    };
    (invitation, token)
}

/// Disables a staff member at once, and ends their sessions.
///
/// # Errors
/// `NotFound`, `LastAdministrator`, `StaffNothingToDo`.
pub async fn disable(app: &App, caller: &Caller, by: &Member, id: &StaffId, why: Why) -> Result<(), Refusal> {
    let now = app.now();
    let (caller, by, id) = (caller.clone(), by.clone(), id.clone());
    app.store
        .write_again(move |c| {
            Box::pin(async move {
                members::take_guard(c).await?;
                let Some(member) = members::by_id(c, &id).await? else {
                    return Ok(Err(ErrorCode::NotFound.into()));
                };
                // Whoever was disabled a moment ago disables nobody.
                let still = members::by_id(c, &by.id)
                    .await?
                    .is_some_and(|it| it.state == "active");
                if !still {
                    return Ok(Err(ErrorCode::StaffNotAllowed.into()));
                }
                if member.state == "disabled" {
                    return Ok(Err(ErrorCode::StaffNothingToDo.into()));
                }
                if !members::disable(c, &id).await? {
                    return Ok(Err(ErrorCode::LastAdministrator.into()));
                }
                sessions::end_of(c, &id, "disabled", now).await?;
                let done = Done {
                    action: "staff.disabled",
                    subject: id.as_str(),
                    object: "-",
                    why: &why,
                    before: &facts(&member),
                    after: "state=disabled",
                };
                record(c, &caller, &by, &done, now).await?;
                Ok(Ok(()))
            })
        })
        .await?
}

/// The state of a member as one line.
pub(super) fn facts(member: &Member) -> String {
    format!("state={} roles={}", member.state, member.roles.write())
}

/// How long an invitation works.
const TOKEN_SECS: i64 = 24 * 3600;

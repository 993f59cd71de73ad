//! Who works at the console.

use askama::Template;
use warifu_shared::clock::Timestamp;

use super::{ProposalLine, Who, role_key, role_names};
use crate::domain::staff::{Role, Roles};
use crate::pages::layout::{ErrorNote, Frame};
use crate::store::staff::members::Member;

/// A member in the list.
#[derive(Debug, Clone)]
pub struct MemberLine {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
    /// What they type to log in.
    pub login_id: String,
    /// Their roles.
    pub roles: Roles,
    /// `invited`, `active`, `disabled`.
    pub state: String,
    /// When they last logged in.
    pub last_login_at: Option<Timestamp>,
}

impl MemberLine {
    /// Of a member.
    #[must_use]
    pub fn of(member: &Member) -> Self {
        Self {
            id: member.id.to_string(),
            name: member.name.clone(),
            login_id: member.login_id.clone().unwrap_or_default(),
            roles: member.roles.clone(),
            state: member.state.clone(),
            last_login_at: member.last_login_at,
        }
    }

    /// The words of the state.
    #[must_use]
    pub fn state_key(&self) -> &'static str {
        match self.state.as_str() {
            "active" => "st_staff.active",
            "invited" => "st_staff.invited",
            _ => "st_staff.disabled",
        }
    }

    /// How it is drawn.
    #[must_use]
    pub fn badge(&self) -> &'static str {
        match self.state.as_str() {
            "active" => "badge badge--done",
            "invited" => "badge badge--attention",
            _ => "badge",
        }
    }

    /// The roles in words.
    #[must_use]
    pub fn role_names(&self, frame: &Frame) -> String {
        role_names(frame, &self.roles)
    }
}

/// `GET /staff`.
#[derive(Template)]
#[template(path = "staff/people.html")]
pub struct StaffPage {
    /// The frame.
    pub frame: Frame,
    /// Who is here.
    pub who: Who,
    /// The members.
    pub lines: Vec<MemberLine>,
    /// What administrators have proposed.
    pub waiting: Vec<ProposalLine>,
    /// Where the list goes on.
    pub next: Option<String>,
    /// Whether this person may change anything.
    pub can_manage: bool,
}

/// `GET /staff/invite`.
#[derive(Template)]
#[template(path = "staff/invite.html")]
pub struct InvitePage {
    /// The frame.
    pub frame: Frame,
    /// Who is here.
    pub who: Who,
    /// The name as typed.
    pub name: String,
    /// The roles as ticked.
    pub roles: Roles,
    /// The reason as typed.
    pub reason: String,
    /// What was refused.
    pub error: Option<ErrorNote>,
}

impl InvitePage {
    /// Every role: name, words, ticked.
    #[must_use]
    pub fn boxes(&self) -> Vec<(&'static str, &'static str, bool)> {
        boxes(&self.roles)
    }
}

/// `GET /staff/members/{id}/disable` and `…/roles`.
#[derive(Template)]
#[template(path = "staff/member.html")]
pub struct MemberPage {
    /// The frame.
    pub frame: Frame,
    /// Who is here.
    pub who: Who,
    /// Where the form goes.
    pub url: String,
    /// The member.
    pub member: MemberLine,
    /// With the boxes of roles; without, it is about disabling.
    pub roles: Option<Roles>,
    /// What was refused.
    pub error: Option<ErrorNote>,
}

impl MemberPage {
    /// Every role: name, words, ticked.
    #[must_use]
    pub fn boxes(&self) -> Vec<(&'static str, &'static str, bool)> {
        self.roles.as_ref().map(boxes).unwrap_or_default()
    }
}

fn boxes(roles: &Roles) -> Vec<(&'static str, &'static str, bool)> {
    Role::ALL
        .into_iter()
        .map(|role| (role.name(), role_key(role), roles.has(role)))
        .collect()
}

/// A one-time token, shown once.
#[derive(Template)]
#[template(path = "staff/token.html")]
pub struct TokenPage {
    /// The frame.
    pub frame: Frame,
    /// Who is here.
    pub who: Who,
    /// The token.
    pub token: String,
    /// Where it is typed.
    pub origin: String,
}

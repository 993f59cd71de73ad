//! The question before a deed, and what waits for a second person.

use askama::Template;
use warifu_shared::clock::Timestamp;
use warifu_shared::ids::StaffId;

use super::customer::mask_address;
use super::{FoundLine, Who, role_names};
use crate::domain::staff::{Act, Roles};
use crate::operations::staff::plan::{Handover, Plan};
use crate::pages::layout::{ErrorNote, Frame};
use crate::pages::views::MoneyFacts;
use crate::store::staff::members::Member;
use crate::store::staff::proposals::Proposal;

/// The question before a deed: what it does, the checklist, the reason.
#[derive(Template)]
#[template(path = "staff/ask.html")]
pub struct AskPage {
    /// The frame.
    pub frame: Frame,
    /// Who is here.
    pub who: Who,
    /// The customer, masked.
    pub customer: FoundLine,
    /// What of theirs it is about: the name of a device, the reference of a withdrawal.
    pub object: Option<String>,
    /// Back to the screen of the customer.
    pub back: String,
    /// Where the form goes.
    pub url: String,
    /// Its last part: `lock`, `unlock`, `remove`, …
    pub deed: String,
    /// The items of the checklist; none where nobody calls.
    pub identity: &'static [&'static str],
    /// Those that were ticked.
    pub ticked: Vec<String>,
    /// The new mail address as typed, where the deed is about one.
    pub address: Option<String>,
    /// How a letter reaches the customer, where the deed is about one.
    pub handover: Option<Handover>,
    /// The reason as typed.
    pub reason: String,
    /// What was refused.
    pub error: Option<ErrorNote>,
}

impl AskPage {
    /// What to beware of, where there is something.
    #[must_use]
    pub fn checks(&self) -> Option<String> {
        let key = match self.deed.as_str() {
            "change_address" => "st_deed_change_address.checks",
            "enrol" => "st_deed_enrol.checks",
            "recovery_letter" => "st_deed_recovery_letter.checks",
            "activation_letter" => "st_deed_activation_letter.checks",
            _ => return None,
        };
        Some(self.frame.t(key))
    }

    /// How many items of the checklist it takes, and which.
    #[must_use]
    pub fn hint(&self) -> String {
        self.frame.t(match self.deed.as_str() {
            "change_address" | "lift" | "release" => "st_identity.hint_strong",
            "enrol" => "st_identity.hint_document",
            "recovery_letter" => "st_identity.hint_three",
            "activation_letter" => "st_identity.hint_letter",
            _ => "st_identity.hint",
        })
    }

    /// Whether a letter is to be posted; otherwise it is handed over.
    #[must_use]
    pub fn by_post(&self) -> bool {
        self.handover == Some(Handover::Post)
    }

    /// Title, meaning and button.
    #[must_use]
    pub fn words(&self, part: &str) -> String {
        self.frame.t(&format!("{}.{part}", deed_key(&self.deed)))
    }

    /// The words of an item of the checklist.
    #[must_use]
    pub fn item(&self, item: &str) -> String {
        self.frame.t(item_key(item))
    }

    /// Whether it was ticked.
    #[must_use]
    pub fn is_ticked(&self, item: &str) -> bool {
        self.ticked.iter().any(|it| it == item)
    }
}

fn item_key(item: &str) -> &'static str {
    match item {
        "name" => "st_identity.name",
        "birth_date" => "st_identity.birth_date",
        "address" => "st_identity.address",
        "callback" => "st_identity.callback",
        "document" => "st_identity.document",
        _ => "st_identity.recent_dealing",
    }
}

fn deed_key(deed: &str) -> &'static str {
    match deed {
        "end_sessions" => "st_deed_end_sessions",
        "lock" => "st_deed_lock",
        "unlock" => "st_deed_unlock",
        "end_cool_off" => "st_deed_end_cool_off",
        "remove" => "st_deed_remove",
        "recall" => "st_deed_recall",
        "suspend" => "st_deed_suspend",
        "lift" => "st_deed_lift",
        "release" => "st_deed_release",
        "stop_address" => "st_deed_stop_address",
        "change_address" => "st_deed_change_address",
        "enrol" => "st_deed_enrol",
        "recovery_letter" => "st_deed_recovery_letter",
        "activation_letter" => "st_deed_activation_letter",
        "stop_letter" => "st_deed_stop_letter",
        _ => "st_deed_reveal",
    }
}

/// A proposal in a list.
#[derive(Debug, Clone)]
pub struct ProposalLine {
    /// Its page.
    pub url: String,
    /// What is proposed.
    pub plan: Plan,
    /// The customer's screen, when it is about one.
    pub customer: Option<String>,
    /// Who proposes.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
    /// How the caller was identified.
    pub identity: Vec<String>,
    /// `open`, `approved`, `refused`.
    pub state: String,
    /// Whether the person who looks made it.
    pub own: bool,
}

impl ProposalLine {
    /// Of a stored one.
    #[must_use]
    pub fn of(p: &Proposal, plan: &Plan, by: Option<&Member>, looking: &StaffId) -> Self {
        let staff = plan.deciding() == Act::ManageStaff;
        let base = if staff { "/staff/proposals" } else { "/proposals" };
        Self {
            url: format!("{base}/{}", p.id),
            plan: plan.clone(),
            customer: (!staff).then(|| format!("/customers/{}", p.subject)),
            by: by.map(|it| it.name.clone()).unwrap_or_default(),
            at: p.created_at,
            reason: p.reason.clone(),
            identity: p
                .identity
                .split(',')
                .filter(|it| !it.is_empty())
                .map(str::to_owned)
                .collect(),
            state: p.state.clone(),
            own: p.requested_by == *looking,
        }
    }

    /// What is proposed, in words.
    #[must_use]
    pub fn words(&self, frame: &Frame) -> String {
        match &self.plan {
            Plan::Unlock => frame.t("st_plan.unlock"),
            Plan::EndCoolOff => frame.t("st_plan.end_cool_off"),
            Plan::ChangeAddress { .. } => frame.t("st_plan.change_address"),
            Plan::Enrol => frame.t("st_plan.enrol"),
            Plan::RecoveryLetter { handover } => frame.t(match handover {
                Handover::Post => "st_plan.recovery_letter_post",
                Handover::Hand => "st_plan.recovery_letter_hand",
            }),
            Plan::ActivationLetter { handover } => frame.t(match handover {
                Handover::Post => "st_plan.activation_letter_post",
                Handover::Hand => "st_plan.activation_letter_hand",
            }),
            Plan::LiftDevice { .. } => frame.t("st_plan.lift_device"),
            Plan::ReleaseWithdrawal { .. } => frame.t("st_plan.release_withdrawal"),
            Plan::ChangeRoles { to } => frame.t1(
                "st_plan.change_roles",
                "roles",
                role_names(frame, &Roles::read(to)),
            ),
            Plan::Invite { name, roles } => {
                let what = format!("{name} ({})", role_names(frame, &Roles::read(roles)));
                frame.t1("st_plan.invite", "who", what)
            }
        }
    }

    /// What whoever decides should look at first.
    #[must_use]
    pub fn look_at(&self, frame: &Frame) -> Option<String> {
        match self.plan {
            Plan::Enrol => Some(frame.t("st_enrol.approver")),
            Plan::RecoveryLetter { .. } | Plan::ActivationLetter { .. } => {
                Some(frame.t("st_letter.approver"))
            }
            _ => None,
        }
    }

    /// The new mail address: in full for whoever typed it or has to compare it, masked for anybody else (STAFF-04).
    #[must_use]
    pub fn address(&self, in_full: bool) -> Option<String> {
        match &self.plan {
            Plan::ChangeAddress { to } if in_full || self.own => Some(to.clone()),
            Plan::ChangeAddress { to } => Some(mask_address(to)),
            _ => None,
        }
    }

    /// What was checked of the caller, in words.
    #[must_use]
    pub fn checked(&self, frame: &Frame) -> String {
        let items: Vec<String> = self.identity.iter().map(|it| frame.t(item_key(it))).collect();
        items.join(frame.request.language.pick("、", ", "))
    }

    /// The words of its state.
    #[must_use]
    pub fn state_key(&self) -> &'static str {
        match self.state.as_str() {
            "open" => "st_proposals.open",
            "approved" => "st_proposals.approved",
            _ => "st_proposals.refused",
        }
    }

    /// How its state is drawn.
    #[must_use]
    pub fn badge(&self) -> &'static str {
        match self.state.as_str() {
            "open" => "badge badge--attention",
            "approved" => "badge badge--done",
            _ => "badge",
        }
    }
}

/// A withdrawal in full, for whoever decides whether it goes on.
pub struct Opened {
    /// Amount, payee, fee, reference: read from what was signed.
    pub money: MoneyFacts,
    /// The hash of exactly that: an approval names it.
    pub seen: String,
    /// From where it was asked for.
    pub place: String,
    /// With which browser.
    pub browser: String,
    /// When.
    pub at: Timestamp,
}

/// `GET /proposals`.
#[derive(Template)]
#[template(path = "staff/proposals.html")]
pub struct ProposalsPage {
    /// The frame.
    pub frame: Frame,
    /// Who is here.
    pub who: Who,
    /// The open ones.
    pub lines: Vec<ProposalLine>,
    /// Those of the person who looks that were approved and wait for their hands.
    pub granted: Vec<ProposalLine>,
}

/// What whoever proposed can do with an approved proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Not theirs, or nothing is left to do.
    Nothing,
    /// Show the enrolment code (decision 40).
    ShowCode,
    /// Print the letter (decision 41).
    Print,
    /// It was used, its time is over, or the account changed.
    Over,
}

/// `GET /proposals/{id}`.
#[derive(Template)]
#[template(path = "staff/proposal.html")]
pub struct ProposalPage {
    /// The frame.
    pub frame: Frame,
    /// Who is here.
    pub who: Who,
    /// The proposal.
    pub line: ProposalLine,
    /// The device or the withdrawal that it is about.
    pub object: Option<String>,
    /// What a withdrawal moves, when it was opened to decide.
    pub opened: Option<Opened>,
    /// Whether it waits.
    pub open: bool,
    /// Whether this person may decide it.
    pub can_decide: bool,
    /// When it ends.
    pub expires_at: Timestamp,
    /// The server's time.
    pub now: Timestamp,
    /// What whoever proposed can do with it.
    pub next: Next,
    /// What was refused.
    pub error: Option<ErrorNote>,
}

impl ProposalPage {
    /// Whether the amount has to be looked at before it can be approved.
    #[must_use]
    pub fn closed(&self) -> bool {
        matches!(self.line.plan, Plan::ReleaseWithdrawal { .. }) && self.opened.is_none()
    }
}

//! Withdrawals that wait: for a second approval, or for their time.

use askama::Template;
use warifu_shared::clock::Timestamp;
use warifu_shared::ids::{ProposalId, WithdrawalId};

use super::Who;
use super::customer::{mask_name, mask_number};
use crate::config::WithdrawalRules;
use crate::domain::staff::Act;
use crate::domain::withdrawal::{How, State};
use crate::domain::yen::Yen;
use crate::pages::layout::Frame;
use crate::store::withdrawals::Waiting;

/// One that waits, its amount masked (STAFF-04).
#[derive(Debug, Clone)]
pub struct HeldLine {
    /// The customer's screen.
    pub customer: String,
    /// The account number, masked.
    pub number: String,
    /// The name, masked.
    pub name: String,
    /// What people read out.
    pub reference: String,
    /// Whether it waits for its second approval; otherwise it is held.
    pub second: bool,
    /// When it was approved first.
    pub approved_at: Option<Timestamp>,
    /// Until when it waits: then it expires, or goes on by itself.
    pub until: Option<Timestamp>,
    /// Why, as keys of words.
    pub why: Vec<&'static str>,
    /// Where it is proposed that it goes on.
    pub release: String,
    /// The proposal that waits already.
    pub proposal: Option<String>,
    /// Whether it can be proposed at all.
    pub locked: bool,
}

impl HeldLine {
    /// Of a stored one.
    #[must_use]
    pub fn of(it: &Waiting, rules: &WithdrawalRules, now: Timestamp, proposal: Option<&ProposalId>) -> Self {
        let customer = format!("/customers/{}", it.account);
        let second = it.state == State::Second;
        Self {
            number: mask_number(&it.number),
            name: mask_name(&it.name),
            reference: it.reference.clone(),
            second,
            approved_at: it.approved_at,
            until: if second {
                Some(it.expires_at)
            } else {
                it.release_at
            },
            why: why(it, rules, now),
            release: format!("{customer}/withdrawals/{}/release", it.id),
            proposal: proposal.map(|id| format!("/proposals/{id}")),
            locked: it.locked,
            customer,
        }
    }
}

/// Why it waits. A hold that nothing of this explains came with a device that was suspended or lost.
fn why(it: &Waiting, rules: &WithdrawalRules, now: Timestamp) -> Vec<&'static str> {
    let from = |yen: Yen| yen > Yen::ZERO && it.amount >= yen;
    let held = it.state == State::Held;
    let account = it.account_held_until > now;
    let all = [
        (it.state == State::Second, "st_held.why_second"),
        (it.locked, "st_held.why_locked"),
        (account && !it.locked, "st_held.why_account"),
        (held && from(rules.hold_from), "st_held.why_amount"),
        (
            held && it.how == How::Code && rules.mailed_code.delay_hours > 0,
            "st_held.why_code",
        ),
    ];
    let found: Vec<_> = all
        .into_iter()
        .filter(|(it, _)| *it)
        .map(|(_, key)| key)
        .collect();
    if found.is_empty() {
        vec!["st_held.why_other"]
    } else {
        found
    }
}

/// `GET /held`.
#[derive(Template)]
#[template(path = "staff/held.html")]
pub struct HeldPage {
    /// The frame.
    pub frame: Frame,
    /// Who is here.
    pub who: Who,
    /// What waits, oldest first.
    pub lines: Vec<HeldLine>,
    /// Whether this is the first part.
    pub first: bool,
    /// What the next part begins after.
    pub next: Option<WithdrawalId>,
}

impl HeldPage {
    /// Whether they may propose that one goes on.
    #[must_use]
    pub fn may_release(&self) -> bool {
        self.who.roles.may(Act::ReleaseWithdrawal)
    }

    /// Whether they may look at proposals.
    #[must_use]
    pub fn may_see_proposals(&self) -> bool {
        self.who.roles.may(Act::SeeProposals)
    }
}

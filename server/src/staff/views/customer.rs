//! Finding a customer, and the screen of one. Numbers, addresses, amounts are masked unless a reason was written down.

use askama::Template;
use warifu_shared::api::DeviceState;
use warifu_shared::clock::Timestamp;

use super::{CaseLine, DeviceLine, Shown, Who};
use crate::domain::account::Account;
use crate::domain::staff::{Act, Roles};
use crate::pages::layout::{ErrorNote, Frame};
use crate::store::accounts::Lane;
use crate::store::staff::customers::Found;

/// One line of a search, masked.
#[derive(Debug, Clone)]
pub struct FoundLine {
    /// The customer's screen.
    pub url: String,
    /// The number, masked.
    pub number: String,
    /// The name, masked.
    pub name: String,
}

impl FoundLine {
    /// Of something found.
    #[must_use]
    pub fn of(found: &Found) -> Self {
        Self {
            url: format!("/customers/{}", found.id),
            number: mask_number(&found.number),
            name: mask_name(&found.name),
        }
    }

    /// Of an account.
    #[must_use]
    pub fn masked(account: &Account) -> Self {
        Self {
            url: format!("/customers/{}", account.id),
            number: account.number.masked(),
            name: mask_name(&account.customer_name),
        }
    }
}

/// The last three characters of an account number, and dots.
pub(super) fn mask_number(number: &str) -> String {
    let shown = number.len().saturating_sub(3);
    let tail = number.get(shown..).unwrap_or_default();
    format!("{}{tail}", "•".repeat(shown))
}

/// The first character of each word, and dots.
pub(super) fn mask_name(name: &str) -> String {
    let words: Vec<String> = name
        .split_whitespace()
        .map(|word| word.chars().take(1).chain("••".chars()).collect())
        .collect();
    words.join(" ")
}

/// The first character of an address, and its domain.
pub(super) fn mask_address(address: &str) -> String {
    let (user, domain) = address.split_once('@').unwrap_or((address, ""));
    let first: String = user.chars().take(1).collect();
    format!("{first}•••@{domain}")
}

/// `GET` and `POST /customers`.
#[derive(Template)]
#[template(path = "staff/find.html")]
pub struct FindPage {
    /// The frame.
    pub frame: Frame,
    /// Who is here.
    pub who: Who,
    /// Whether this person may search by name and mail address.
    pub by_details: bool,
    /// What was found.
    pub found: Vec<FoundLine>,
    /// Whether something was searched for.
    pub searched: bool,
    /// What was refused.
    pub error: Option<ErrorNote>,
}

/// `GET /customers/{account}`.
#[derive(Template)]
#[template(path = "staff/customer.html")]
pub struct CustomerPage {
    /// The frame.
    pub frame: Frame,
    /// Who is here.
    pub who: Who,
    /// Their roles: what is not allowed is not linked.
    pub roles: Roles,
    /// The server's time.
    pub now: Timestamp,
    /// What is known.
    pub shown: Shown,
    /// The account's latest cases; empty for whoever may not see any.
    pub cases: Vec<CaseLine>,
}

impl CustomerPage {
    /// Its path.
    #[must_use]
    pub fn url(&self) -> String {
        format!("/customers/{}", self.shown.account.id)
    }

    /// The account number, masked unless revealed.
    #[must_use]
    pub fn number(&self) -> String {
        let number = &self.shown.account.number;
        if self.shown.reveal {
            number.as_str().to_owned()
        } else {
            number.masked()
        }
    }

    /// The name, masked unless revealed.
    #[must_use]
    pub fn name(&self) -> String {
        let name = &self.shown.account.customer_name;
        if self.shown.reveal {
            name.clone()
        } else {
            mask_name(name)
        }
    }

    /// With what the customer proves who they are, in one line.
    #[must_use]
    pub fn factors(&self) -> String {
        let (factors, frame) = (&self.shown.factors, &self.frame);
        let set = |name: &str, yes: bool| {
            let word = frame.t(if yes {
                "st_factors.set"
            } else {
                "st_factors.not_set"
            });
            frame.t1(name, "state", word)
        };
        let mut parts = vec![
            set("st_factors.password", factors.password),
            frame.t1("st_factors.devices", "count", factors.devices),
        ];
        if factors.suspended > 0 {
            parts.push(frame.t1("st_factors.suspended", "count", factors.suspended));
        }
        parts.push(frame.t1("st_factors.codes", "count", factors.codes));
        parts.push(set("st_factors.withdrawal", factors.withdrawal_password));
        parts.join(" / ")
    }

    /// Whether this person may see it in full.
    #[must_use]
    pub fn may_reveal(&self) -> bool {
        self.roles.may(Act::Reveal) && !self.shown.reveal
    }

    /// Whether they may end sessions.
    #[must_use]
    pub fn may_end_sessions(&self) -> bool {
        self.roles.may(Act::EndSessions) && !self.shown.sessions.is_empty()
    }

    /// Whether they may lock it.
    #[must_use]
    pub fn may_lock(&self) -> bool {
        self.roles.may(Act::LockAccount) && !self.shown.account.disabled
    }

    /// Whether they may propose to open it again, and there is something to open.
    #[must_use]
    pub fn may_unlock(&self) -> bool {
        let blocked = self.shown.account.blocks(false, self.now);
        let closed = self.shown.account.disabled || blocked || !self.shown.locked.is_empty();
        self.roles.may(Act::Propose) && closed
    }

    /// Whether they may propose to end the cool-off.
    #[must_use]
    pub fn may_end_cool_off(&self) -> bool {
        self.roles.may(Act::Propose) && self.cool_off().is_some()
    }

    /// Whether they may propose another mail address: the customer has no device to approve one with (CODE-12).
    #[must_use]
    pub fn may_change_address(&self) -> bool {
        let active = |it: &DeviceLine| it.state == DeviceState::Active;
        let own_way = self.shown.devices.iter().any(active) || self.shown.account.opened;
        self.roles.may(Act::ProposeAddress) && !own_way
    }

    /// Whether they may stop a change of the mail address.
    #[must_use]
    pub fn may_stop_address(&self) -> bool {
        self.roles.may(Act::StopAddress) && self.shown.stoppable.is_some()
    }

    /// Whether they may propose a device at the counter.
    #[must_use]
    pub fn may_enrol(&self) -> bool {
        let account = &self.shown.account;
        self.roles.may(Act::ProposeEnrolment) && !account.opened && !account.disabled
    }

    /// Whether they may propose a recovery letter.
    #[must_use]
    pub fn may_send_letter(&self) -> bool {
        let account = &self.shown.account;
        self.roles.may(Act::ProposeLetter) && !account.opened && !account.disabled
    }

    /// Whether they may propose another activation letter: nobody has activated the account yet.
    #[must_use]
    pub fn may_reissue(&self) -> bool {
        let account = &self.shown.account;
        self.roles.may(Act::ProposeLetter) && account.opened && !account.disabled
    }

    /// Whether they may stop a recovery letter.
    #[must_use]
    pub fn may_stop_letter(&self) -> bool {
        self.roles.may(Act::StopLetter) && self.shown.letter_until.is_some()
    }

    /// Whether they may remove devices.
    #[must_use]
    pub fn may_remove(&self) -> bool {
        self.roles.may(Act::RemoveDevice)
    }

    /// Whether they may suspend devices.
    #[must_use]
    pub fn may_suspend(&self) -> bool {
        self.roles.may(Act::SuspendDevice)
    }

    /// Whether they may propose to lift a suspension.
    #[must_use]
    pub fn may_lift(&self) -> bool {
        self.roles.may(Act::Propose)
    }

    /// Whether they may propose that a withdrawal goes on.
    #[must_use]
    pub fn may_release(&self) -> bool {
        self.roles.may(Act::ReleaseWithdrawal) && !self.shown.account.disabled
    }

    /// Whether they may take withdrawals back.
    #[must_use]
    pub fn may_recall(&self) -> bool {
        self.roles.may(Act::RecallWithdrawal)
    }

    /// Until when the cool-off lasts.
    #[must_use]
    pub fn cool_off(&self) -> Option<Timestamp> {
        Some(self.shown.account.cool_off_until).filter(|until| *until > self.now)
    }

    /// Until when withdrawals are held.
    #[must_use]
    pub fn held(&self) -> Option<Timestamp> {
        Some(self.shown.account.withdrawals_held_until).filter(|until| *until > self.now)
    }

    /// Whether unknown browsers are blocked after a "not me".
    #[must_use]
    pub fn blocked(&self) -> bool {
        self.shown.account.blocks(false, self.now)
    }

    /// A place in words.
    #[must_use]
    pub fn place(&self, code: &str) -> String {
        warifu_shared::display::place_name(code, self.frame.request.language)
    }

    /// Which counter is locked.
    #[must_use]
    pub fn lane_key(&self, lane: &Lane) -> &'static str {
        match lane {
            Lane::PasswordUnknown => "st_customer.locked_password_unknown",
            Lane::PasswordKnown => "st_customer.locked_password_known",
            Lane::Factor => "st_customer.locked_factor",
            Lane::Withdrawal => "st_customer.locked_withdrawal",
            Lane::Address => "st_customer.locked_address",
            Lane::Recovery | Lane::RecoveryMail => "st_customer.locked_recovery",
        }
    }
}

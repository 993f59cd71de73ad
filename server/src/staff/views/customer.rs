//! Finding a customer, and the screen of one. Numbers, addresses, amounts are masked unless a reason was written down.

use askama::Template;
use warifu_shared::api::{DeviceState, Protection};
use warifu_shared::clock::Timestamp;
use warifu_shared::log::Entry;

use super::Who;
use crate::domain::account::Account;
use crate::domain::staff::{Act, Roles};
use crate::pages::layout::{ErrorNote, Frame};
use crate::pages::views::tone_of;
use crate::store::accounts::{Address, Lane};
use crate::store::devices::Device;
use crate::store::staff::customers::{Found, OpenSession};
use crate::store::withdrawals::Withdrawal;

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
        let shown = found.number.len().saturating_sub(3);
        let tail = found.number.get(shown..).unwrap_or_default();
        Self {
            url: format!("/customers/{}", found.id),
            number: format!("{}{tail}", "•".repeat(shown)),
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

/// The first character of each word, and dots.
fn mask_name(name: &str) -> String {
    let words: Vec<String> = name
        .split_whitespace()
        .map(|word| word.chars().take(1).chain("••".chars()).collect())
        .collect();
    words.join(" ")
}

/// The first character of an address, and its domain.
fn mask_address(address: &str) -> String {
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

/// A device on the screen of a customer.
#[derive(Debug, Clone)]
pub struct DeviceLine {
    /// The id.
    pub id: String,
    /// The name the customer gave it.
    pub name: String,
    /// Model and system.
    pub model: String,
    /// How it keeps its keys.
    pub protection: Protection,
    /// Its state.
    pub state: DeviceState,
    /// When it was registered.
    pub bound_at: Timestamp,
    /// When it last spoke to us.
    pub last_seen_at: Timestamp,
    /// Whether pushes can reach it.
    pub subscribed: bool,
}

impl DeviceLine {
    /// Of a device.
    #[must_use]
    pub fn of(device: &Device, subscribed: bool) -> Self {
        Self {
            id: device.id.to_string(),
            name: device.name.clone(),
            model: device.model.clone(),
            protection: device.protection,
            state: device.state,
            bound_at: device.bound_at,
            last_seen_at: device.last_seen_at,
            subscribed,
        }
    }

    /// The words of the state.
    #[must_use]
    pub const fn state_key(&self) -> &'static str {
        match self.state {
            DeviceState::Pending => "st_customer.device_pending",
            DeviceState::Active => "st_customer.device_active",
            DeviceState::Suspended => "st_customer.device_suspended",
            DeviceState::Revoked => "st_customer.device_revoked",
        }
    }

    /// How it is drawn.
    #[must_use]
    pub const fn badge(&self) -> &'static str {
        match self.state {
            DeviceState::Active => "badge badge--done",
            DeviceState::Pending | DeviceState::Suspended => "badge badge--attention",
            DeviceState::Revoked => "badge",
        }
    }

    /// The words of the protection.
    #[must_use]
    pub const fn protection_key(&self) -> &'static str {
        match self.protection {
            Protection::Keystore => "devices.protection_keystore",
            Protection::PinOnly => "devices.protection_pin_only",
        }
    }

    /// Whether pushes can come at all, in a sentence.
    #[must_use]
    pub const fn push_key(&self) -> &'static str {
        match (self.state, self.subscribed) {
            (DeviceState::Active, true) => "st_customer.push_reachable",
            (DeviceState::Active, false) => "st_customer.push_no_subscription",
            _ => "st_customer.push_not_active",
        }
    }

    /// Whether it can be removed.
    #[must_use]
    pub fn removable(&self) -> bool {
        self.state != DeviceState::Revoked
    }
}

/// A withdrawal on the screen of a customer.
#[derive(Debug, Clone)]
pub struct WithdrawalLine {
    /// The id.
    pub id: String,
    /// What people read out.
    pub reference: String,
    /// When it was asked for.
    pub at: Timestamp,
    /// The amount, or dots.
    pub amount: Option<crate::domain::yen::Yen>,
    /// The words of its state.
    pub state_key: String,
    /// How that is drawn.
    pub badge: &'static str,
    /// Whether it can be taken back.
    pub can_recall: bool,
}

/// An audit entry on the screen of a customer.
#[derive(Debug, Clone)]
pub struct EventLine {
    /// When.
    pub at: Timestamp,
    /// What.
    pub action: String,
    /// How.
    pub outcome: String,
    /// Who.
    pub actor: String,
}

/// What is known of a customer.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The account.
    pub account: Account,
    /// Whether it is shown in full.
    pub reveal: bool,
    /// Which counters are locked, and until when.
    pub locked: Vec<(Lane, Timestamp)>,
    /// Requests that wait for an answer.
    pub open: i64,
    /// The devices.
    pub devices: Vec<DeviceLine>,
    /// Mail addresses, masked or not, and whether they are proven.
    pub addresses: Vec<(String, bool, bool)>,
    /// The open sessions.
    pub sessions: Vec<OpenSession>,
    /// The latest withdrawals.
    pub withdrawals: Vec<WithdrawalLine>,
    /// The latest entries.
    pub events: Vec<EventLine>,
}

impl Shown {
    /// Of an account.
    #[must_use]
    pub fn new(account: Account, reveal: bool) -> Self {
        Self {
            account,
            reveal,
            locked: Vec::new(),
            open: 0,
            devices: Vec::new(),
            addresses: Vec::new(),
            sessions: Vec::new(),
            withdrawals: Vec::new(),
            events: Vec::new(),
        }
    }

    /// With locks and open requests.
    #[must_use]
    pub fn with_state(self, locked: Vec<(Lane, Timestamp)>, open: i64) -> Self {
        Self { locked, open, ..self }
    }

    /// With devices.
    #[must_use]
    pub fn with_devices(self, devices: Vec<DeviceLine>) -> Self {
        Self { devices, ..self }
    }

    /// With addresses.
    #[must_use]
    pub fn with_addresses(self, all: &[Address]) -> Self {
        let reveal = self.reveal;
        let shown = |it: &Address| {
            if reveal {
                it.address.clone()
            } else {
                mask_address(&it.address)
            }
        };
        let addresses = all
            .iter()
            .map(|it| (shown(it), it.authentication, it.proven))
            .collect();
        Self { addresses, ..self }
    }

    /// With sessions.
    #[must_use]
    pub fn with_sessions(self, sessions: Vec<OpenSession>) -> Self {
        Self { sessions, ..self }
    }

    /// With withdrawals.
    #[must_use]
    pub fn with_withdrawals(self, list: &[Withdrawal], now: Timestamp) -> Self {
        let line = |it: &Withdrawal| {
            let state = it.state_at(now);
            WithdrawalLine {
                id: it.id.to_string(),
                reference: it.reference.clone(),
                at: it.created_at,
                amount: self.reveal.then_some(it.amount),
                state_key: format!("{}.{}", "withdrawal.state", state.as_str()),
                badge: tone_of(state),
                can_recall: state.can_be_recalled(),
            }
        };
        let withdrawals = list.iter().map(line).collect();
        Self { withdrawals, ..self }
    }

    /// With audit entries; one that cannot be read is left out here and found by the verifier.
    #[must_use]
    pub fn with_events(self, entries: &[Vec<u8>]) -> Self {
        let events = entries
            .iter()
            .filter_map(|entry| Entry::read(entry).ok())
            .map(|it| EventLine {
                at: it.at,
                action: it.action,
                outcome: it.outcome,
                actor: it.actor,
            })
            .collect();
        Self { events, ..self }
    }
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

    /// Whether they may remove devices.
    #[must_use]
    pub fn may_remove(&self) -> bool {
        self.roles.may(Act::RemoveDevice)
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
        }
    }
}

//! What the screen of a customer shows, line by line.

use warifu_shared::api::{DeviceState, Protection};
use warifu_shared::clock::Timestamp;

use super::customer::mask_address;
use crate::domain::account::Account;
use crate::pages::views::tone_of;
use crate::store::accounts::{Address, Lane};
use crate::store::devices::Device;
use crate::store::push_health::Health;
use crate::store::staff::customers::OpenSession;
use crate::store::withdrawals::Withdrawal;

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
    /// Whether its keys have ended (ENROL-15).
    pub expired: bool,
    /// When it was registered.
    pub bound_at: Timestamp,
    /// When it last spoke to us.
    pub last_seen_at: Timestamp,
    /// Whether pushes can reach it.
    pub subscribed: bool,
    /// How the last hints fared; nothing when none was sent.
    pub health: Option<Health>,
}

impl DeviceLine {
    /// Of a device.
    #[must_use]
    pub fn of(device: &Device, subscribed: bool, health: Option<Health>, now: Timestamp) -> Self {
        Self {
            id: device.id.to_string(),
            name: device.name.clone(),
            model: device.model.clone(),
            protection: device.protection,
            state: device.state,
            expired: device.life.expired(now),
            bound_at: device.life.bound_at,
            last_seen_at: device.last_seen_at,
            subscribed,
            health,
        }
    }

    /// Why hints do not arrive, and what helps.
    #[must_use]
    pub fn why_key(&self, why: &str) -> &'static str {
        match why {
            "404" | "410" => "st_push.why_gone",
            "unreachable" => "st_push.why_unreachable",
            "429" => "st_push.why_too_many",
            why if why.starts_with('5') => "st_push.why_service",
            _ => "st_push.why_refused",
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

    /// Whether it can be suspended.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.state == DeviceState::Active
    }

    /// Whether its suspension can be lifted: not when its keys have ended.
    #[must_use]
    pub fn liftable(&self) -> bool {
        self.state == DeviceState::Suspended && !self.expired
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

impl WithdrawalLine {
    /// Of a withdrawal; the amount is dots unless it is revealed.
    #[must_use]
    pub fn of(it: &Withdrawal, reveal: bool, now: Timestamp) -> Self {
        let state = it.state_at(now);
        Self {
            id: it.id.to_string(),
            reference: it.reference.clone(),
            at: it.created_at,
            amount: reveal.then_some(it.amount),
            state_key: format!("{}.{}", "withdrawal.state", state.as_str()),
            badge: tone_of(state),
            can_recall: state.can_be_recalled(),
        }
    }
}

/// An audit entry on the screen of a customer, in words.
#[derive(Debug, Clone)]
pub struct EventLine {
    /// When.
    pub at: Timestamp,
    /// What happened.
    pub what: String,
    /// How it went, where the words for what happened do not say it.
    pub outcome: Option<String>,
    /// Whether it may be somebody else's doing.
    pub attention: bool,
    /// Place and browser; empty for staff, and after their erasure.
    pub from: String,
    /// Who did it.
    pub by: String,
    /// The action as the log names it.
    pub action: String,
    /// The outcome as the log names it.
    pub code: String,
}

/// What was tried within a day.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tries {
    /// Right passwords.
    pub right: usize,
    /// Wrong ones.
    pub wrong: usize,
    /// Logins that were completed.
    pub completed: usize,
    /// Refusals on a device.
    pub denied: usize,
    /// Right passwords that no login followed.
    pub unfinished: usize,
}

/// Something that is under way on the account.
#[derive(Debug, Clone)]
pub struct PendingLine {
    /// In a sentence.
    pub words: String,
    /// Where it is.
    pub url: Option<String>,
}

impl PendingLine {
    /// With nowhere to go.
    #[must_use]
    pub const fn of(words: String) -> Self {
        Self { words, url: None }
    }
}

/// With what the customer proves who they are. Passkeys will be counted here.
#[derive(Debug, Clone, Copy, Default)]
pub struct Factors {
    /// Whether the login password is set: the account was activated.
    pub password: bool,
    /// Active devices.
    pub devices: usize,
    /// Suspended ones.
    pub suspended: usize,
    /// Recovery codes left.
    pub codes: i64,
    /// Whether the withdrawal password is set.
    pub withdrawal_password: bool,
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
    /// Until when the change of the mail address can be stopped.
    pub stoppable: Option<Timestamp>,
    /// Until when a recovery letter works, or can still be printed.
    pub letter_until: Option<Timestamp>,
    /// The open sessions.
    pub sessions: Vec<OpenSession>,
    /// The latest withdrawals.
    pub withdrawals: Vec<WithdrawalLine>,
    /// The latest entries.
    pub events: Vec<EventLine>,
    /// What was tried within a day.
    pub tries: Tries,
    /// What is under way.
    pub pending: Vec<PendingLine>,
    /// With what the customer proves who they are.
    pub factors: Factors,
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
            stoppable: None,
            letter_until: None,
            sessions: Vec::new(),
            withdrawals: Vec::new(),
            events: Vec::new(),
            tries: Tries::default(),
            pending: Vec::new(),
            factors: Factors::default(),
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

    /// With the end of the time to stop a change of the mail address.
    #[must_use]
    pub fn with_stoppable(self, stoppable: Option<Timestamp>) -> Self {
        Self { stoppable, ..self }
    }

    /// With the end of a recovery letter.
    #[must_use]
    pub fn with_letter(self, letter_until: Option<Timestamp>) -> Self {
        Self { letter_until, ..self }
    }

    /// With sessions.
    #[must_use]
    pub fn with_sessions(self, sessions: Vec<OpenSession>) -> Self {
        Self { sessions, ..self }
    }

    /// With withdrawals.
    #[must_use]
    pub fn with_withdrawals(self, list: &[Withdrawal], now: Timestamp) -> Self {
        let line = |it: &Withdrawal| WithdrawalLine::of(it, self.reveal, now);
        let withdrawals = list.iter().map(line).collect();
        Self { withdrawals, ..self }
    }

    /// With audit entries, and what was tried.
    #[must_use]
    pub fn with_events(self, events: Vec<EventLine>, tries: Tries) -> Self {
        Self {
            events,
            tries,
            ..self
        }
    }

    /// With what is under way, and the factors.
    #[must_use]
    pub fn with_pending(self, pending: Vec<PendingLine>, factors: Factors) -> Self {
        Self {
            pending,
            factors,
            ..self
        }
    }
}

//! How safe the account is, and its history in plain words.

use askama::Template;
use warifu_shared::clock::Timestamp;

use crate::pages::layout::Frame;

/// The one sentence above everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing to do.
    Good,
    /// Something would make it safer.
    CouldBeBetter,
    /// Something happened that the customer should look at.
    LookAtIt,
}

/// A step that makes the account safer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The key of its sentence.
    pub key: &'static str,
    /// The key of the words on its link.
    pub link: &'static str,
    /// Where it is done.
    pub url: &'static str,
}

/// One device.
#[derive(Clone, Debug)]
pub struct Factor {
    /// The customer's name for it.
    pub name: String,
    /// The key of the words of its protection.
    pub protection: &'static str,
    /// The key of the words of its state.
    pub state: &'static str,
    /// The class of its badge.
    pub badge: &'static str,
}

/// One login.
#[derive(Clone, Debug)]
pub struct LoginRow {
    /// When.
    pub at: Timestamp,
    /// Place and browser.
    pub from: String,
    /// The key of how it was proven.
    pub how: &'static str,
    /// Whether it is still open.
    pub open: bool,
}

/// Something that goes on, with its time.
#[derive(Clone, Debug)]
pub struct Pending {
    /// The sentence.
    pub sentence: String,
    /// Where it is looked at.
    pub url: &'static str,
}

/// `GET /security`.
#[derive(Template)]
#[template(path = "security.html")]
pub struct SecurityPage {
    /// The frame of the page.
    pub frame: Frame,
    /// How it stands.
    pub standing: Standing,
    /// What to do next, at most three.
    pub steps: Vec<Step>,
    /// What goes on: locks, holds, waiting changes.
    pub pending: Vec<Pending>,
    /// Until when a recovery letter works, or can still be printed; it can be stopped here.
    pub letter_until: Option<Timestamp>,
    /// The devices that approve, or are to.
    pub factors: Vec<Factor>,
    /// The proven authentication address, masked.
    pub address: Option<String>,
    /// Whether a mailed code logs in: only without an active device.
    pub by_code: bool,
    /// Recovery codes left on the present sheet; none without a sheet.
    pub codes: i64,
    /// The newest logins.
    pub logins: Vec<LoginRow>,
    /// How many sessions are open.
    pub sessions: i64,
    /// The other pages about security: key of the name, address.
    pub pages: &'static [(&'static str, &'static str)],
}

impl SecurityPage {
    /// The key of the one sentence.
    #[must_use]
    pub fn standing_key(&self) -> &'static str {
        match self.standing {
            Standing::Good => "security.good",
            Standing::CouldBeBetter => "security.better",
            Standing::LookAtIt => "security.look",
        }
    }

    /// The class of its frame.
    #[must_use]
    pub fn standing_class(&self) -> &'static str {
        match self.standing {
            Standing::Good => "notice notice--done",
            Standing::CouldBeBetter => "notice",
            Standing::LookAtIt => "notice notice--attention",
        }
    }
}

/// The kinds of events that people look for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// Logins, requests and codes.
    Logins,
    /// Withdrawals, payout account, withdrawal password.
    Money,
    /// Devices and their registration.
    Devices,
    /// All the rest.
    Settings,
}

impl EventKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Logins, Self::Money, Self::Devices, Self::Settings];

    /// The name in an address.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Logins => "logins",
            Self::Money => "money",
            Self::Devices => "devices",
            Self::Settings => "settings",
        }
    }

    /// The kind of this name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The kind of an action of the log.
    #[must_use]
    pub fn of_action(action: &str) -> Self {
        match action.split('.').next().unwrap_or_default() {
            "login" | "session" | "sessions" | "code" | "challenge" | "limit" => Self::Logins,
            "withdrawal" | "payout_account" | "withdrawal_password" => Self::Money,
            "device" | "enrolment" => Self::Devices,
            _ => Self::Settings,
        }
    }
}

/// One event.
#[derive(Clone, Debug)]
pub struct EventRow {
    /// When.
    pub at: Timestamp,
    /// What happened.
    pub what: String,
    /// Who did it, in words; none when this version has none.
    pub by: Option<String>,
    /// From where; empty when it had no place, none when the details were erased.
    pub from: Option<String>,
    /// How it went, when there is something to say.
    pub outcome: Option<String>,
    /// Whether that deserves a second look.
    pub attention: bool,
}

/// `GET /security/history`.
#[derive(Template)]
#[template(path = "history.html")]
pub struct EventsPage {
    /// The frame of the page.
    pub frame: Frame,
    /// The events, newest first.
    pub rows: Vec<EventRow>,
    /// The kind that is shown; none for all.
    pub kind: Option<EventKind>,
    /// Where older ones are.
    pub older: Option<String>,
    /// Whether this is the newest part.
    pub first: bool,
}

impl EventsPage {
    /// The links to the kinds: key of the name, address, whether it is shown.
    #[must_use]
    pub fn kinds(&self) -> Vec<(String, String, bool)> {
        let all = [None].into_iter().chain(EventKind::ALL.map(Some));
        all.map(|kind| {
            let name = kind.map_or("all", EventKind::name);
            let address = crate::pages::history::address(kind, None);
            (format!("events.{name}"), address, kind == self.kind)
        })
        .collect()
    }
}

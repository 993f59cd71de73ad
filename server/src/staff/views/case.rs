//! Cases: the list, and one with its reasons, timeline, related accounts and verdict. Masked; what customers wrote is escaped.

use askama::Template;
use warifu_shared::clock::Timestamp;

use super::{DeviceLine, FoundLine, Who, WithdrawalLine};
use crate::domain::case::{Level, State};
use crate::domain::signal::Signal;
use crate::domain::staff::{Act, Roles};
use crate::pages::layout::{ErrorNote, Frame};
use crate::staff::paths;
use crate::store::case_list::{Case, Reason, Related};
use crate::store::staff::customers::Found;

/// What happened, in a few words.
fn signal_words(frame: &Frame, signal: Option<Signal>) -> String {
    match signal {
        Some(signal) => frame.t(&format!("st_case_signal.{}", signal.name())),
        None => frame.t("events.other"),
    }
}

const fn level_badge(level: Level) -> &'static str {
    match level {
        Level::High => "badge badge--danger",
        Level::Medium => "badge badge--attention",
        Level::Low => "badge",
    }
}

fn level_words(frame: &Frame, level: Level) -> String {
    frame.t(&format!("st_case.level_{}", level.name()))
}

/// A case in a list.
#[derive(Debug, Clone)]
pub struct CaseLine {
    /// The case.
    pub case: Case,
    /// The customer, masked; none for a case about many, or an account that is gone.
    pub customer: Option<FoundLine>,
    /// The name of whoever works on it; empty for nobody.
    pub with: String,
}

impl CaseLine {
    /// Its page.
    #[must_use]
    pub fn url(&self) -> String {
        paths::case(self.case.id.as_str())
    }

    /// Its most serious signal in words.
    #[must_use]
    pub fn words(&self, frame: &Frame) -> String {
        signal_words(frame, self.case.kind)
    }

    /// How serious, in words.
    #[must_use]
    pub fn level(&self, frame: &Frame) -> String {
        level_words(frame, self.case.level)
    }

    /// How that is drawn.
    #[must_use]
    pub const fn level_badge(&self) -> &'static str {
        level_badge(self.case.level)
    }

    /// Its state in words.
    #[must_use]
    pub fn state(&self, frame: &Frame) -> String {
        frame.t(&format!("st_case.state_{}", self.case.state.name()))
    }

    /// How that is drawn.
    #[must_use]
    pub const fn state_badge(&self) -> &'static str {
        match self.case.state {
            State::AtRisk => "badge badge--attention",
            State::Compromised => "badge badge--danger",
            State::Safe => "badge badge--done",
            State::Dismissed => "badge",
        }
    }

    /// Whether nobody has decided.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.case.state == State::AtRisk
    }
}

/// `GET /cases`.
#[derive(Template)]
#[template(path = "staff/cases.html")]
pub struct CasesPage {
    /// The frame.
    pub frame: Frame,
    /// Who is here.
    pub who: Who,
    /// The part that is shown: a state, or `mine`.
    pub part: String,
    /// The cases.
    pub lines: Vec<CaseLine>,
    /// Where the list goes on.
    pub older: Option<String>,
}

impl CasesPage {
    /// The parts: address, words, whether it is this one.
    #[must_use]
    pub fn parts(&self) -> Vec<(String, String, bool)> {
        let mine = self.who.roles.may(Act::WorkCase).then_some(MINE);
        let names = State::ALL.into_iter().map(State::name);
        let mut names: Vec<&str> = names.collect();
        names.splice(1..1, mine);
        names
            .into_iter()
            .map(|name| {
                let words = self.frame.t(&format!("st_case.state_{name}"));
                (format!("{}?show={name}", paths::CASES), words, name == self.part)
            })
            .collect()
    }
}

/// The name of the part with one's own cases.
pub const MINE: &str = "mine";

/// A kind of signal on the page of a case.
#[derive(Debug, Clone)]
pub struct ReasonLine(pub Reason);

impl ReasonLine {
    /// What happened.
    #[must_use]
    pub fn words(&self, frame: &Frame) -> String {
        signal_words(frame, Some(self.0.signal))
    }

    /// What it can mean, and what to look at.
    #[must_use]
    pub fn meaning(&self, frame: &Frame) -> String {
        frame.t(&format!("st_case_meaning.{}", self.0.signal.name()))
    }

    /// How serious, in words.
    #[must_use]
    pub fn level(&self, frame: &Frame) -> String {
        level_words(frame, self.0.level)
    }

    /// How that is drawn.
    #[must_use]
    pub const fn badge(&self) -> &'static str {
        level_badge(self.0.level)
    }

    /// The page of its case.
    #[must_use]
    pub fn url(&self) -> String {
        paths::case(self.0.case.as_str())
    }
}

/// An entry of the timeline.
#[derive(Debug, Clone)]
pub struct TimeLine {
    /// When.
    pub at: Timestamp,
    /// What, in words.
    pub what: String,
    /// How it went.
    pub outcome: Option<String>,
    /// Who.
    pub by: String,
    /// Whether it begins or ends a reason of the case.
    pub trigger: bool,
}

/// Another account of a case.
#[derive(Debug, Clone)]
pub struct Account {
    /// Masked, with its screen; none when it is gone.
    pub line: Option<FoundLine>,
    /// Why it is named here.
    pub why: String,
    /// When.
    pub at: Timestamp,
}

impl Account {
    /// Of one that is named in a case.
    #[must_use]
    pub fn of(it: Related) -> Self {
        let found = it.number.zip(it.name);
        Self {
            line: found.map(|(number, name)| {
                FoundLine::of(&Found {
                    id: it.id,
                    number,
                    name,
                })
            }),
            why: it.why,
            at: it.at,
        }
    }

    /// Why, in words.
    #[must_use]
    pub fn words(&self, frame: &Frame) -> String {
        frame.t(&format!("st_case.related_{}", self.why))
    }
}

/// What somebody did about a case.
#[derive(Debug, Clone)]
pub struct ActLine {
    /// When.
    pub at: Timestamp,
    /// What, in words.
    pub what: String,
    /// Who.
    pub by: String,
    /// What they wrote.
    pub reason: String,
}

/// What is known about a case.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Kinds of signals, most serious first.
    pub reasons: Vec<ReasonLine>,
    /// The timeline, newest first.
    pub timeline: Vec<TimeLine>,
    /// Related accounts.
    pub related: Vec<Account>,
    /// The account's devices.
    pub devices: Vec<DeviceLine>,
    /// Its latest withdrawals.
    pub withdrawals: Vec<WithdrawalLine>,
    /// What was done about the case, newest first.
    pub acts: Vec<ActLine>,
}

/// What was typed into the form that was refused.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    /// The reason.
    pub reason: String,
    /// The note.
    pub note: String,
    /// The verdict.
    pub verdict: String,
}

/// `GET /cases/{case}`.
#[derive(Template)]
#[template(path = "staff/case.html")]
pub struct CasePage {
    /// The frame.
    pub frame: Frame,
    /// Who is here.
    pub who: Who,
    /// The id of whoever is here.
    pub me: String,
    /// Their roles: what is not allowed is not shown.
    pub roles: Roles,
    /// The case.
    pub line: CaseLine,
    /// The rest.
    pub known: Known,
    /// The name of whoever decided.
    pub decided_by: String,
    /// What was typed.
    pub typed: Typed,
    /// What was refused.
    pub error: Option<ErrorNote>,
}

impl CasePage {
    /// Its path.
    #[must_use]
    pub fn url(&self) -> String {
        self.line.url()
    }

    /// With whom it is: the id, or nothing.
    #[must_use]
    pub fn holder(&self) -> &str {
        self.line.case.assigned_to.as_ref().map_or("", |it| it.as_str())
    }

    /// Whether this person may take it.
    #[must_use]
    pub fn may_take(&self) -> bool {
        self.roles.may(Act::WorkCase) && self.line.is_open() && self.holder() != self.me
    }

    /// Whether they may decide.
    #[must_use]
    pub fn may_decide(&self) -> bool {
        self.roles.may(Act::WorkCase) && self.line.is_open() && self.holder() == self.me
    }

    /// Whether they may note something.
    #[must_use]
    pub fn may_note(&self) -> bool {
        self.roles.may(Act::WorkCase)
    }

    /// Whether they may open the customer's screen.
    #[must_use]
    pub fn may_see_customer(&self) -> bool {
        self.roles.may(Act::SeeCustomer)
    }

    /// Whether they may stop the account.
    #[must_use]
    pub fn may_stop(&self) -> bool {
        self.roles.may(Act::LockAccount) && self.line.customer.is_some()
    }

    /// Why it is in its state, in words.
    #[must_use]
    pub fn why(&self) -> String {
        self.frame.t(&format!("st_case.why_{}", self.line.case.why))
    }

    /// The verdicts one can choose: name, words, meaning, whether it was chosen.
    #[must_use]
    pub fn verdicts(&self) -> Vec<(&'static str, String, String, bool)> {
        let closed = State::ALL.into_iter().filter(|it| it.verdict().is_some());
        closed
            .map(|state| {
                let name = state.name();
                let words = self.frame.t(&format!("st_case.state_{name}"));
                let meaning = self.frame.t(&format!("st_case.verdict_{name}"));
                (name, words, meaning, name == self.typed.verdict)
            })
            .collect()
    }
}

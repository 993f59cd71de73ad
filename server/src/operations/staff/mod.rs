//! What staff can do. Whoever calls has asked the table of roles first (`domain::staff`); four eyes and races are decided here.

pub mod bootstrap;
pub mod cases;
pub mod counter;
pub mod customer;
pub mod granted;
pub mod inquiry;
pub mod letters;
pub mod log_in;
pub mod manage;
pub mod plan;
pub mod proposals;
pub mod set_up;
pub mod suspend;

use serde::Serialize;
use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::StaffActId;

use super::{Caller, Refusal};
use crate::audit::{self, Event};
use crate::store::staff::acts;
use crate::store::staff::members::Member;
use crate::store::staff::proposals::Proposal;
use crate::store::{Conn, StoreError};

/// How the caller was identified, and why something is done (STAFF-05, STAFF-06).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Why {
    /// In the staff member's own words.
    pub reason: String,
    /// What was asked of the caller and found right.
    pub identity: Vec<&'static str>,
}

/// The items of the identity checklist. Never a password, a code or a number.
pub const IDENTITY: [&str; 6] = [
    "name",
    "birth_date",
    "address",
    "callback",
    "document",
    "recent_dealing",
];
/// Those that a stranger who knows everything about the customer cannot pass.
const BEYOND_WORDS: [&str; 2] = ["callback", "document"];
/// How many of them it takes.
const IDENTITY_LEAST: usize = 2;
/// How many of them it takes for whoever lost everything.
const IDENTITY_WELL: usize = 3;

impl Why {
    /// Reads a reason as typed, and the ticked items.
    ///
    /// # Errors
    /// `StaffReasonMissing`.
    pub fn read(reason: &str, ticked: &[&str]) -> Result<Self, Refusal> {
        let reason = reason.trim();
        let length = reason.chars().count();
        if !(10..=400).contains(&length) {
            return Err(ErrorCode::StaffReasonMissing.into());
        }
        let identity = IDENTITY
            .into_iter()
            .filter(|item| ticked.contains(item))
            .collect();
        Ok(Self {
            reason: reason.to_owned(),
            identity,
        })
    }

    /// Refuses what is done for a caller whom nobody has identified.
    ///
    /// # Errors
    /// `StaffIdentityMissing`.
    pub fn identified(self) -> Result<Self, Refusal> {
        if self.identity.len() >= IDENTITY_LEAST {
            Ok(self)
        } else {
            Err(ErrorCode::StaffIdentityMissing.into())
        }
    }

    /// Refuses what helps somebody who lost everything, when less was checked than for anything else (STAFF-05).
    ///
    /// # Errors
    /// `StaffIdentityMore`.
    pub fn identified_well(self) -> Result<Self, Refusal> {
        if self.identity.len() >= IDENTITY_WELL {
            Ok(self)
        } else {
            Err(ErrorCode::StaffIdentityMore.into())
        }
    }

    /// Refuses what is handed over in person when nobody looked at a document.
    ///
    /// # Errors
    /// `StaffIdentityInPerson`.
    pub fn in_person(self) -> Result<Self, Refusal> {
        if self.identity.contains(&"document") {
            Ok(self)
        } else {
            Err(ErrorCode::StaffIdentityInPerson.into())
        }
    }

    /// Refuses what opens an account to somebody new when the caller was known by the voice alone: what they know may be
    /// stolen (STAFF-05).
    ///
    /// # Errors
    /// `StaffIdentityMissing`, `StaffIdentityByVoice`.
    pub fn identified_beyond_words(self) -> Result<Self, Refusal> {
        let why = self.identified()?;
        if why.identity.iter().any(|item| BEYOND_WORDS.contains(item)) {
            Ok(why)
        } else {
            Err(ErrorCode::StaffIdentityByVoice.into())
        }
    }
}

/// The reason and the checklist of a proposal.
pub(super) fn why_of(p: &Proposal) -> Why {
    let ticked: Vec<&str> = p.identity.split(',').collect();
    Why {
        reason: p.reason.clone(),
        identity: IDENTITY.into_iter().filter(|it| ticked.contains(it)).collect(),
    }
}

/// What was done, for the record.
#[derive(Debug, Clone)]
pub struct Done<'a> {
    /// What, as the log names it: `staff.account_locked`.
    pub action: &'a str,
    /// To whom: an account or a staff id.
    pub subject: &'a str,
    /// The thing it is about, or `-`.
    pub object: &'a str,
    /// Why.
    pub why: &'a Why,
    /// The state before.
    pub before: &'a str,
    /// The state after.
    pub after: &'a str,
}

#[derive(Serialize)]
struct Record<'a> {
    id: &'a str,
    at: i64,
    by: &'a str,
    action: &'a str,
    subject: &'a str,
    object: &'a str,
    reason: &'a str,
    identity: &'a [&'static str],
    before: &'a str,
    after: &'a str,
    salt: String,
}

/// Writes the record of an act and its audit entry, in the transaction of the effect. The entry holds the hash of the record.
///
/// # Errors
/// On a database failure.
pub async fn record(
    c: &mut Conn,
    caller: &Caller,
    by: &Member,
    done: &Done<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let id = StaffActId::at(now);
    let record = Record {
        id: id.as_str(),
        at: now.0,
        by: by.id.as_str(),
        action: done.action,
        subject: done.subject,
        object: done.object,
        reason: &done.why.reason,
        identity: &done.why.identity,
        before: done.before,
        after: done.after,
        salt: warifu_shared::b64::encode(warifu_shared::random::bytes::<16>()),
    };
    let text = serde_json::to_string(&record)
        .map_err(|error| StoreError::inconsistent("staff_acts", id.as_str(), error))?;
    acts::insert(c, &id, done.subject, &text).await?;
    let actor = actor(by);
    let event = Event {
        action: done.action,
        actor: &actor,
        subject: done.subject,
        outcome: "ok",
        object: done.object,
        request: &caller.request,
        details: caller.details(),
    };
    audit::write_shown(c, &event, &audit::evidence_of(&text), now).await
}

/// A staff member in the log.
#[must_use]
pub fn actor(by: &Member) -> String {
    format!("staff:{}", by.id)
}

//! Audit leaves: what happened, written in the transaction of its effect (AUDIT-01..03).
//!
//! A leaf is one line of JSON with members in a fixed order (the canonical encoding, fixed by a test vector). Personal
//! details are not in it, only their salted SHA-256; they lie in a side table whose rows may be erased (AUDIT-08).

pub mod csv;
pub mod export;
pub mod range;
pub mod sequencer;
pub mod tree;

use ring::digest;
use serde::Serialize;
use warifu_shared::b64;
use warifu_shared::clock::Timestamp;
use warifu_shared::ids::{EntryId, RequestId};
use warifu_shared::log::Entry;
use warifu_shared::log::entry::{NOTHING, Words};

pub use warifu_shared::log::entry::evidence_of;

use crate::store::leaves::{self, LeafRow};
use crate::store::{Conn, StoreError};

/// An event to write down.
#[derive(Debug, Clone)]
pub struct Event<'a> {
    /// What happened, for example `login.approved`.
    pub action: &'a str,
    /// Who did it: `customer`, `device:<id>`, `server`.
    pub actor: &'a str,
    /// Whom it concerns: an account id, or `-`.
    pub subject: &'a str,
    /// `ok`, or why it was refused.
    pub outcome: &'a str,
    /// The thing it is about: a challenge, a device, a session; or `-`.
    pub object: &'a str,
    /// The request it came with.
    pub request: &'a RequestId,
    /// Personal details (address, browser), kept apart.
    pub details: Details<'a>,
}

/// Personal details of an event. Erasable; the leaf holds only their commitment.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Details<'a> {
    /// The client's address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Browser and system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub browser: Option<&'a str>,
}

/// Writes one leaf, in the transaction of its effect.
///
/// # Errors
/// On a database failure: then the effect is rolled back too.
pub async fn write(c: &mut Conn, event: &Event<'_>, now: Timestamp) -> Result<(), StoreError> {
    leaves::insert(c, &leaf(event, now)?).await
}

/// Writes one leaf for what a signed token or another text shows: `evidence` is its hash ([`evidence_of`]).
///
/// # Errors
/// As [`write`].
pub async fn write_shown(
    c: &mut Conn,
    event: &Event<'_>,
    evidence: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    leaves::insert(c, &leaf_shown(event, evidence, now)?).await
}

/// Makes the leaf of an event, to be stored with its effect.
///
/// # Errors
/// `Inconsistent` never in practice: events are always JSON.
pub fn leaf(event: &Event<'_>, now: Timestamp) -> Result<LeafRow, StoreError> {
    leaf_shown(event, NOTHING, now)
}

/// Makes the leaf of what a signed token or another text shows: `evidence` is its hash.
///
/// # Errors
/// As [`leaf`].
pub fn leaf_shown(event: &Event<'_>, evidence: &str, now: Timestamp) -> Result<LeafRow, StoreError> {
    let id = EntryId::at(now);
    let salt = b64::encode(warifu_shared::random::bytes::<16>());
    let details = serde_json::to_string(&event.details)
        .map_err(|e| StoreError::inconsistent("audit_details", "", e))?;
    let words = Words {
        actor: event.actor,
        subject: event.subject,
        action: event.action,
        outcome: event.outcome,
        object: event.object,
        request: event.request.as_str(),
    };
    let entry = Entry::new(id.as_str(), now, words, &commitment(&salt, &details), evidence);
    let entry = entry
        .encode()
        .map_err(|e| StoreError::inconsistent("audit_leaves", id.as_str(), e))?;
    Ok(LeafRow {
        id,
        at: now,
        subject: event.subject.to_owned(),
        action: event.action.to_owned(),
        entry,
        salt,
        details,
    })
}

/// What an entry says of its details: their salted hash.
#[must_use]
pub fn commitment(salt: &str, details: &str) -> String {
    b64::encode(digest::digest(
        &digest::SHA256,
        format!("{salt}\n{details}").as_bytes(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn audit_02_the_encoding_is_fixed() {
        let event = Event {
            action: "login.approved",
            actor: "device:dv_7Q",
            subject: "ac_42",
            outcome: "ok",
            object: "ch_8Yk",
            request: &"rq_1".parse().unwrap(),
            details: Details {
                address: Some("192.0.2.1".to_owned()),
                browser: None,
            },
        };
        let leaf = leaf_shown(&event, &evidence_of("a token"), Timestamp(1_767_225_650_123)).unwrap();
        assert_eq!(leaf.details, "{\"address\":\"192.0.2.1\"}");
        let commitment = commitment(&leaf.salt, &leaf.details);
        assert_eq!(
            String::from_utf8(leaf.entry.clone()).unwrap(),
            format!(
                "{{\"v\":1,\"id\":\"{}\",\"at\":1767225650123,\"actor\":\"device:dv_7Q\",\"subject\":\"ac_42\",\
                 \"action\":\"login.approved\",\"outcome\":\"ok\",\"object\":\"ch_8Yk\",\"request\":\"rq_1\",\
                 \"details\":\"{commitment}\",\"evidence\":\"{}\"}}",
                leaf.id,
                evidence_of("a token")
            )
        );
        assert!(Entry::read(&leaf.entry).is_ok());
        assert_eq!((commitment.len(), leaf.salt.len()), (43, 22));
        let without = Entry::read(&super::leaf(&event, Timestamp(1)).unwrap().entry).unwrap();
        assert_eq!(without.evidence, NOTHING);
    }
}

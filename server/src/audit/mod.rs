//! Audit leaves: what happened, written in the transaction of its effect (AUDIT-01..03).
//!
//! A leaf is one line of JSON with members in a fixed order (the canonical encoding, fixed by a test vector). Personal
//! details are not in it, only their salted SHA-256; they lie in a side table whose rows may be erased (AUDIT-08).

use ring::digest;
use serde::Serialize;
use warifu_shared::b64;
use warifu_shared::clock::Timestamp;
use warifu_shared::ids::{EntryId, RequestId};

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

#[derive(Serialize)]
struct Leaf<'a> {
    v: u8,
    id: &'a str,
    at: i64,
    actor: &'a str,
    subject: &'a str,
    action: &'a str,
    outcome: &'a str,
    object: &'a str,
    request: &'a str,
    details: &'a str,
}

/// Writes one leaf, in the transaction of its effect.
///
/// # Errors
/// On a database failure: then the effect is rolled back too.
pub async fn write(c: &mut Conn, event: &Event<'_>, now: Timestamp) -> Result<(), StoreError> {
    leaves::insert(c, &leaf(event, now)?).await
}

/// Makes the leaf of an event, to be stored with its effect.
///
/// # Errors
/// `Inconsistent` never in practice: events are always JSON.
pub fn leaf(event: &Event<'_>, now: Timestamp) -> Result<LeafRow, StoreError> {
    let id = EntryId::at(now);
    let salt = b64::encode(warifu_shared::random::bytes::<16>());
    let details = serde_json::to_string(&event.details)
        .map_err(|e| StoreError::inconsistent("audit_details", "", e))?;
    let entry = encode(&id, event, &commitment(&salt, &details), now)?;
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

fn encode(id: &EntryId, event: &Event<'_>, details: &str, now: Timestamp) -> Result<Vec<u8>, StoreError> {
    let leaf = Leaf {
        v: 1,
        id: id.as_str(),
        at: now.0,
        actor: event.actor,
        subject: event.subject,
        action: event.action,
        outcome: event.outcome,
        object: event.object,
        request: event.request.as_str(),
        details,
    };
    serde_json::to_vec(&leaf).map_err(|e| StoreError::inconsistent("audit_leaves", id.as_str(), e))
}

fn commitment(salt: &str, details: &str) -> String {
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
            details: Details::default(),
        };
        let commitment = commitment("AAECAwQFBgcICQoLDA0ODw", "{\"address\":\"192.0.2.1\"}");
        let entry = encode(
            &"au_1".parse().unwrap(),
            &event,
            &commitment,
            Timestamp(1_767_225_650_123),
        )
        .unwrap();
        assert_eq!(
            String::from_utf8(entry).unwrap(),
            "{\"v\":1,\"id\":\"au_1\",\"at\":1767225650123,\"actor\":\"device:dv_7Q\",\"subject\":\"ac_42\",\
             \"action\":\"login.approved\",\"outcome\":\"ok\",\"object\":\"ch_8Yk\",\"request\":\"rq_1\",\
             \"details\":\"3YTmW7aI1oC4jF2wM5l8VqWgUJ8vWYyvVb8q6cXg2yE\"}"
                .replace("3YTmW7aI1oC4jF2wM5l8VqWgUJ8vWYyvVb8q6cXg2yE", &commitment)
        );
        assert_eq!(commitment.len(), 43);
    }
}

//! A withdrawal: asked for, approved, perhaps held, placed with the firm's core system, paid or ended (TXN-01..09).
//!
//! The order that leaves is made from the signed bytes, and nothing that differs from them leaves at all (TXN-02).

pub mod by_code;
pub mod end;
pub mod evidence;
pub mod facts;
pub mod notice;
pub mod recall;
pub mod release;
pub mod request;
pub mod second;
pub mod settle;
pub mod work;

use warifu_shared::clock::Timestamp;
use warifu_shared::ids::{DeviceId, RequestId};

use super::Caller;
use crate::audit::{self, Details, Event};
use crate::store::leaves::{self, LeafRow};
use crate::store::withdrawals::Withdrawal;
use crate::store::{Conn, StoreError};

/// Who did something to a withdrawal, for its leaf.
#[derive(Debug, Clone)]
pub struct By {
    actor: String,
    request: RequestId,
    address: Option<String>,
    browser: Option<String>,
}

impl By {
    /// The customer, on a page.
    #[must_use]
    pub fn customer(caller: &Caller) -> Self {
        Self::caller("customer".to_owned(), caller)
    }

    /// A device of the customer.
    #[must_use]
    pub fn device(device: &DeviceId, caller: &Caller) -> Self {
        Self::caller(format!("device:{device}"), caller)
    }

    /// Somebody with a name of their own in the log.
    #[must_use]
    pub fn named(name: &str, caller: &Caller) -> Self {
        Self::caller(name.to_owned(), caller)
    }

    /// The server itself.
    #[must_use]
    pub fn server() -> Self {
        Self {
            actor: "server".to_owned(),
            request: RequestId::random(),
            address: None,
            browser: None,
        }
    }

    fn caller(actor: String, caller: &Caller) -> Self {
        Self {
            actor,
            request: caller.request.clone(),
            address: Some(caller.source.address.to_string()),
            browser: Some(caller.source.browser.clone()),
        }
    }
}

/// Writes the leaf of a step. Its object is the reference, which the signed bytes have too, its evidence the hash of the
/// text that was signed or bound to the code (AUDIT-02, TXN-08).
pub(super) async fn write_event(
    c: &mut Conn,
    by: &By,
    withdrawal: &Withdrawal,
    action: &str,
    outcome: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let evidence = audit::evidence_of(&withdrawal.txn);
    write_shown(c, by, withdrawal, (action, outcome), &evidence, now).await
}

/// The same for what another text shows: `evidence` is its hash.
pub(super) async fn write_shown(
    c: &mut Conn,
    by: &By,
    withdrawal: &Withdrawal,
    (action, outcome): (&str, &str),
    evidence: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    leaves::insert(c, &leaf_shown(by, withdrawal, (action, outcome), evidence, now)?).await
}

/// The leaf of a step, to be stored with it.
pub(super) fn leaf_of(
    by: &By,
    withdrawal: &Withdrawal,
    action: &str,
    outcome: &str,
    now: Timestamp,
) -> Result<LeafRow, StoreError> {
    let evidence = audit::evidence_of(&withdrawal.txn);
    leaf_shown(by, withdrawal, (action, outcome), &evidence, now)
}

fn leaf_shown(
    by: &By,
    withdrawal: &Withdrawal,
    (action, outcome): (&str, &str),
    evidence: &str,
    now: Timestamp,
) -> Result<LeafRow, StoreError> {
    let event = Event {
        action,
        actor: &by.actor,
        subject: withdrawal.account.as_str(),
        outcome,
        object: &withdrawal.reference,
        request: &by.request,
        details: Details {
            address: by.address.clone(),
            browser: by.browser.as_deref(),
        },
    };
    audit::leaf_shown(&event, evidence, now)
}

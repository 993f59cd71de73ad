//! Approvals of customers without a recent mistake, by devices that are active at that very moment (CHAL-09, APPR-07).

use warifu_shared::clock::Timestamp;
use warifu_shared::ids::{ChallengeId, DeviceId, RequestId};

use super::batch::{Batch, Value};
use super::money::{self, OrdinaryPayment};
use crate::store::devices::NONCE_SECS;
use crate::store::leaves::LeafRow;
use crate::store::rows::Rows;

/// An approval whose signatures and number are right. It is recorded if the challenge waits, device and keys are active,
/// nobody counts mistakes on the account, no push before it went unanswered, and the request's nonce is new.
#[derive(Debug)]
pub struct OrdinaryApproval {
    /// The challenge.
    pub challenge: ChallengeId,
    /// The device.
    pub device: DeviceId,
    /// Thumbprint of the key that signed the request.
    pub request_kid: String,
    /// Thumbprint of the key that signed the approval.
    pub approval_kid: String,
    /// The nonce of the request.
    pub nonce: String,
    /// The approval, kept as evidence.
    pub token: String,
    /// Its SHA-256.
    pub token_hash: String,
    /// How the number came.
    pub via: &'static str,
    /// The request that brings it: by it the statement's effect is known to be this one's.
    pub request: RequestId,
    /// When it was decided.
    pub now: Timestamp,
    /// What it leads to, when it is about a withdrawal.
    pub payment: Option<Box<OrdinaryPayment>>,
    /// What the audit log says about it.
    pub leaf: LeafRow,
}

pub(super) fn add<'a>(batch: &mut Batch<'a>, members: &[&'a OrdinaryApproval], database: &str) {
    if database == "PostgreSQL" {
        let held = members.iter().map(|it| Value::Text(it.device.as_str()));
        batch.add(3, &HOLD, held.collect());
    }
    let plain = members.iter().filter(|it| it.payment.is_none());
    batch.add(4, &APPROVE, plain.flat_map(|it| values(it)).collect());
    money::add_approvals(batch, members, database);
    // A nonce that another process used this instant is a conflict here, and ends the whole group: nothing is approved.
    let nonces = members.iter().flat_map(|it| {
        [
            Value::Text(&it.request_kid),
            Value::Text(&it.nonce),
            Value::Number(it.now.plus_secs(NONCE_SECS).0),
            Value::Text(it.challenge.as_str()),
            Value::Text(it.request.as_str()),
        ]
    });
    batch.add(5, &NONCES, nonces.collect());
}

/// The columns that every approval has.
pub(super) fn values(it: &OrdinaryApproval) -> [Value<'_>; 10] {
    [
        Value::Text(it.challenge.as_str()),
        Value::Number(it.now.0),
        Value::Text(it.device.as_str()),
        Value::Text(&it.token),
        Value::Text(&it.token_hash),
        Value::Text(it.via),
        Value::Text(&it.request_kid),
        Value::Text(&it.approval_kid),
        Value::Text(&it.nonce),
        Value::Text(it.request.as_str()),
    ]
}

/// On PostgreSQL the removal of a device waits for this transaction from here on, or this waits for a removal that came first
/// and then sees it (ENROL-12), as in `devices::stays_active`. SQLite writes one after another anyway.
static HOLD: Rows = Rows::new(
    "SELECT d.id AS id FROM",
    "t",
    "JOIN devices d ON d.id = column1 ORDER BY d.id FOR SHARE OF d",
);
static APPROVE: Rows = Rows::new(
    "UPDATE challenges SET state = 'approved', live_slot = NULL, pushed_at = NULL, decided_at = column2, \
     decided_by = column3, decision_token = column4, decision_hash = column5, match_via = column6, decision_request = column10 FROM",
    "tntttttttt",
    "WHERE challenges.id = column1 AND challenges.state = 'pending' AND challenges.expires_at > column2 \
     AND EXISTS (SELECT d.id FROM devices d JOIN device_keys r ON r.kid = column7 AND r.device_id = d.id \
                 JOIN device_keys a ON a.kid = column8 AND a.device_id = d.id WHERE d.id = column3 AND d.state = 'active') \
     AND NOT EXISTS (SELECT f.failures FROM failure_counters f \
                     WHERE f.account_id = challenges.account_id AND f.kind = 'factor') \
     AND NOT EXISTS (SELECT o.id FROM challenges o WHERE o.account_id = challenges.account_id \
                     AND o.pushed_at IS NOT NULL AND o.id <> challenges.id) \
     AND NOT EXISTS (SELECT n.nonce FROM request_nonces n WHERE n.kid = column7 AND n.nonce = column9) \
     RETURNING id",
);
static NONCES: Rows = Rows::new(
    "INSERT INTO request_nonces (kid, nonce, expires_at) SELECT column1, column2, column3 FROM",
    "ttntt",
    "JOIN challenges h ON h.id = column4 AND h.decision_request = column5 WHERE column1 <> ''",
);

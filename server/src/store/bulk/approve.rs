//! Approvals of customers without a recent mistake, by devices that are active at that very moment (CHAL-09, APPR-07).

use warifu_shared::clock::Timestamp;
use warifu_shared::ids::{ChallengeId, DeviceId};

use crate::store::devices::NONCE_SECS;
use crate::store::leaves::LeafRow;
use crate::store::rows::{Rows, padded};
use crate::store::{Conn, StoreError, row};

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
    /// When it was decided.
    pub now: Timestamp,
    /// What the audit log says about it.
    pub leaf: LeafRow,
}

/// Gives the ids of the challenges that were approved.
pub(super) async fn write(c: &mut Conn, members: &[&OrdinaryApproval]) -> Result<Vec<String>, StoreError> {
    if members.is_empty() {
        return Ok(Vec::new());
    }
    hold_devices(c, members).await?;
    let (sql, size) = APPROVE.sql(c, members.len());
    let mut query = sqlx::query(sql);
    for (id, it) in padded(members, size, |m| m.challenge.as_str()) {
        query = query
            .bind(id)
            .bind(it.now.0)
            .bind(it.device.as_str())
            .bind(it.token.as_str())
            .bind(it.token_hash.as_str())
            .bind(it.via)
            .bind(it.request_kid.as_str())
            .bind(it.approval_kid.as_str())
            .bind(it.nonce.as_str());
    }
    let approved = query.fetch_all(&mut *c).await?;
    let approved = approved
        .iter()
        .map(|r| row::text(r, "id"))
        .collect::<Result<Vec<_>, _>>()?;
    let winners: Vec<_> = members
        .iter()
        .filter(|m| approved.iter().any(|id| id == m.challenge.as_str()))
        .copied()
        .collect();
    if !winners.is_empty() {
        // A nonce that another process used this instant is a conflict here, and ends the whole group: nothing is approved.
        let (sql, size) = NONCES.sql(c, winners.len());
        let mut query = sqlx::query(sql);
        for (kid, it) in padded(&winners, size, |m| m.request_kid.as_str()) {
            query = query
                .bind(kid)
                .bind(it.nonce.as_str())
                .bind(it.now.plus_secs(NONCE_SECS).0);
        }
        query.execute(&mut *c).await?;
    }
    Ok(approved)
}

/// On PostgreSQL the removal of a device waits for this transaction from here on, or this waits for a removal that came first
/// and then sees it (ENROL-12), as in `devices::stays_active`. SQLite writes one after another anyway.
async fn hold_devices(c: &mut Conn, members: &[&OrdinaryApproval]) -> Result<(), StoreError> {
    if c.backend_name() != "PostgreSQL" {
        return Ok(());
    }
    let (sql, size) = HOLD.sql(c, members.len());
    let mut query = sqlx::query(sql);
    for (id, _) in padded(members, size, |m| m.device.as_str()) {
        query = query.bind(id);
    }
    query.execute(c).await?;
    Ok(())
}

static HOLD: Rows = Rows::new(
    "SELECT d.id FROM",
    1,
    "JOIN devices d ON d.id = column1 ORDER BY d.id FOR SHARE OF d",
);
static APPROVE: Rows = Rows::new(
    "UPDATE challenges SET state = 'approved', live_slot = NULL, pushed_at = NULL, decided_at = column2, \
     decided_by = column3, decision_token = column4, decision_hash = column5, match_via = column6 FROM",
    9,
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
    3,
    "WHERE column1 <> ''",
);

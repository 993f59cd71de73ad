//! What was signed about a decision, as it is kept (TXN-08).

use warifu_shared::clock::Timestamp;
use warifu_shared::ids::{AccountId, ChallengeId, DeviceId};

use super::{Conn, StoreError, row};

/// A decision with everything that was signed about it.
#[derive(Debug, Clone)]
pub struct Signed {
    /// When it was recorded.
    pub decided_at: Timestamp,
    /// The challenge as the deciding device got it.
    pub challenge: String,
    /// The token of the decision.
    pub decision: String,
    /// The device.
    pub device: DeviceId,
    /// Its name.
    pub name: String,
    /// Its model.
    pub model: String,
    /// The token that registered it.
    pub enrolment: String,
}

/// The decision on a challenge of this account; none before it was decided by a device.
///
/// # Errors
/// On a database failure.
pub async fn signed(
    c: &mut Conn,
    account: &AccountId,
    id: &ChallengeId,
) -> Result<Option<Signed>, StoreError> {
    let found = sqlx::query(
        "SELECT h.decided_at AS decided_at, k.jws AS jws, h.decision_token AS token, d.id AS device_id, d.name AS name, \
         d.model AS model, d.enrol_token AS enrol_token FROM challenges h \
         JOIN challenge_copies k ON k.challenge_id = h.id AND k.device_id = h.decided_by \
         JOIN devices d ON d.id = h.decided_by \
         WHERE h.id = $1 AND h.account_id = $2 AND h.decision_token IS NOT NULL",
    )
    .bind(id.as_str())
    .bind(account.as_str())
    .fetch_optional(c)
    .await?;
    let Some(r) = found else { return Ok(None) };
    Ok(Some(Signed {
        decided_at: row::time(&r, "decided_at")?,
        challenge: row::text(&r, "jws")?,
        decision: row::text(&r, "token")?,
        device: row::parsed(&r, "devices", "device_id")?,
        name: row::text(&r, "name")?,
        model: row::text(&r, "model")?,
        enrolment: row::text(&r, "enrol_token")?,
    }))
}

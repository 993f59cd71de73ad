//! How a challenge ended, for a device that still shows it.

use warifu_shared::clock::Timestamp;
use warifu_shared::ids::{ChallengeId, DeviceId};

use crate::domain::challenge::ChallengeState;
use crate::store::{Conn, StoreError, row};

/// How a challenge ended, for one of its devices: state, end of life, the device that decided with its name, and when. Nothing
/// for a device that holds no copy.
///
/// # Errors
/// On a database failure.
pub async fn ending(c: &mut Conn, id: &ChallengeId, device: &DeviceId) -> Result<Option<Ending>, StoreError> {
    let found = sqlx::query(
        "SELECT h.state, h.expires_at, h.decided_at, h.decided_by, d.name AS device_name FROM challenges h \
         JOIN challenge_copies k ON k.challenge_id = h.id AND k.device_id = $2 \
         LEFT JOIN devices d ON d.id = h.decided_by WHERE h.id = $1",
    )
    .bind(id.as_str())
    .bind(device.as_str())
    .fetch_optional(c)
    .await?;
    let read = |r: &sqlx::any::AnyRow| {
        Ok(Ending {
            state: row::read(r, "challenges", "state", ChallengeState::read)?,
            expires_at: row::time(r, "expires_at")?,
            at: row::optional_int(r, "decided_at")?.map(Timestamp),
            by: row::optional_text(r, "decided_by")?,
            name: row::optional_text(r, "device_name")?,
        })
    };
    found.as_ref().map(read).transpose()
}

/// How a challenge ended.
#[derive(Debug, Clone)]
pub struct Ending {
    /// Its state as stored.
    pub state: ChallengeState,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// When it was decided or cancelled.
    pub at: Option<Timestamp>,
    /// The device that decided.
    pub by: Option<String>,
    /// Its name.
    pub name: Option<String>,
}

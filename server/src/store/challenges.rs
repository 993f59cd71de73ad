//! Challenges: every transition is one conditional UPDATE (CHAL-09).

mod ending;

pub use ending::{Ending, ending};

use warifu_shared::clock::Timestamp;
use warifu_shared::ids::{AccountId, ChallengeId, DeviceId};

use super::{Conn, StoreError, devices, row};
use crate::domain::challenge::{ChallengeState, StoredChallenge, action_name, read_action, slots};

/// A challenge with the bytes signed for each device.
#[derive(Debug, Clone)]
pub struct NewChallenge {
    /// The challenge, `pending`.
    pub challenge: StoredChallenge,
    /// What each device will sign over.
    pub copies: Vec<(DeviceId, String)>,
}

/// Inserts a challenge if one of its slots is free (CHAL-07); false when all are taken. Copies go to active devices only.
///
/// # Errors
/// On a database failure.
pub async fn insert(c: &mut Conn, new: &NewChallenge) -> Result<bool, StoreError> {
    for slot in slots(
        &new.challenge.account,
        new.challenge.action,
        new.challenge.known_browser,
    ) {
        if insert_in_slot(c, &new.challenge, &slot).await? {
            insert_copies(c, new).await?;
            return Ok(true);
        }
    }
    Ok(false)
}

async fn insert_in_slot(c: &mut Conn, new: &StoredChallenge, slot: &str) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "INSERT INTO challenges (id, account_id, action, state, live_slot, browser_hash, known_browser, source_prefix, \
         number_sealed, created_at, expires_at) VALUES ($1, $2, $3, 'pending', $4, $5, $6, $7, $8, $9, $10) \
         ON CONFLICT (live_slot) WHERE live_slot IS NOT NULL DO NOTHING",
    )
    .bind(new.id.as_str())
    .bind(new.account.as_str())
    .bind(action_name(new.action))
    .bind(slot)
    .bind(&new.browser_hash)
    .bind(i64::from(new.known_browser))
    .bind(&new.source_prefix)
    .bind(&new.number_sealed)
    .bind(new.created_at.0)
    .bind(new.expires_at.0)
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

async fn insert_copies(c: &mut Conn, new: &NewChallenge) -> Result<(), StoreError> {
    for (device, jws) in &new.copies {
        sqlx::query(
            "INSERT INTO challenge_copies (challenge_id, device_id, jws) \
             SELECT CAST($1 AS TEXT), id, CAST($3 AS TEXT) FROM devices WHERE id = $2 AND state = 'active'",
        )
        .bind(new.challenge.id.as_str())
        .bind(device.as_str())
        .bind(jws)
        .execute(&mut *c)
        .await?;
    }
    Ok(())
}

/// Writes down that waiting challenges of an account have expired, and frees their slots. Gives their ids.
///
/// # Errors
/// On a database failure.
pub async fn expire_of(c: &mut Conn, account: &AccountId, now: Timestamp) -> Result<Vec<String>, StoreError> {
    let rows = sqlx::query(
        "UPDATE challenges SET state = 'expired', live_slot = NULL \
         WHERE account_id = $1 AND state = 'pending' AND expires_at <= $2 RETURNING id",
    )
    .bind(account.as_str())
    .bind(now.0)
    .fetch_all(c)
    .await?;
    rows.iter().map(|r| row::text(r, "id")).collect()
}

/// Finds a challenge.
///
/// # Errors
/// On a database failure.
pub async fn by_id(c: &mut Conn, id: &ChallengeId) -> Result<Option<StoredChallenge>, StoreError> {
    let found = sqlx::query("SELECT * FROM challenges WHERE id = $1")
        .bind(id.as_str())
        .fetch_optional(c)
        .await?;
    found.as_ref().map(challenge).transpose()
}

/// Reads a row of `challenges`.
pub(super) fn challenge(row: &sqlx::any::AnyRow) -> Result<StoredChallenge, StoreError> {
    Ok(StoredChallenge {
        id: row::parsed(row, "challenges", "id")?,
        account: row::parsed(row, "challenges", "account_id")?,
        action: row::read(row, "challenges", "action", read_action)?,
        state: row::read(row, "challenges", "state", ChallengeState::read)?,
        browser_hash: row::text(row, "browser_hash")?,
        known_browser: row::flag(row, "known_browser")?,
        source_prefix: row::text(row, "source_prefix")?,
        number_sealed: row::bytes(row, "number_sealed")?,
        wrong_tries: row::int(row, "wrong_tries")?,
        created_at: row::time(row, "created_at")?,
        expires_at: row::time(row, "expires_at")?,
        deny_reason: row::optional_text(row, "deny_reason")?,
        decided_by: row::optional_text(row, "decided_by")?,
        decision_hash: row::optional_text(row, "decision_hash")?,
        pushed: row::optional_int(row, "pushed_at")?.is_some(),
    })
}

/// What waits for one device of an account, oldest first.
///
/// # Errors
/// On a database failure.
pub async fn open_for(
    c: &mut Conn,
    account: &AccountId,
    device: &DeviceId,
    now: Timestamp,
) -> Result<Vec<(ChallengeId, String)>, StoreError> {
    let rows = sqlx::query(
        "SELECT h.id AS id, k.jws AS jws FROM challenges h JOIN challenge_copies k ON k.challenge_id = h.id AND k.device_id = $1 \
         WHERE h.account_id = $3 AND h.state = 'pending' AND h.expires_at > $2 ORDER BY h.created_at, h.id",
    )
    .bind(device.as_str())
    .bind(now.0)
    .bind(account.as_str())
    .fetch_all(c)
    .await?;
    rows.iter()
        .map(|r| Ok((row::parsed(r, "challenges", "id")?, row::text(r, "jws")?)))
        .collect()
}

/// A decision that a device signed.
#[derive(Debug, Clone)]
pub struct DecisionRecord {
    /// Approved or denied.
    pub state: ChallengeState,
    /// The device.
    pub device: DeviceId,
    /// The token, kept as evidence (TXN-08).
    pub token: String,
    /// SHA-256 of the token.
    pub token_hash: String,
    /// Why it was denied.
    pub deny_reason: Option<&'static str>,
    /// How the number came.
    pub match_via: Option<&'static str>,
}

/// Records a decision; false when the challenge no longer waits, or the device is no longer active.
///
/// # Errors
/// On a database failure.
pub async fn decide(
    c: &mut Conn,
    id: &ChallengeId,
    record: &DecisionRecord,
    now: Timestamp,
) -> Result<bool, StoreError> {
    if !devices::stays_active(c, record.device.as_str()).await? {
        return Ok(false);
    }
    let done = sqlx::query(
        "UPDATE challenges SET state = $2, live_slot = NULL, pushed_at = NULL, decided_at = $3, decided_by = $4, \
         decision_token = $5, decision_hash = $6, deny_reason = $7, match_via = $8 \
         WHERE id = $1 AND state = 'pending' AND expires_at > $3",
    )
    .bind(id.as_str())
    .bind(record.state.as_str())
    .bind(now.0)
    .bind(record.device.as_str())
    .bind(&record.token)
    .bind(&record.token_hash)
    .bind(record.deny_reason)
    .bind(record.match_via)
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// What is kept of an approval: the bytes that were signed, and the decision over them (TXN-08).
#[derive(Debug, Clone)]
pub struct Evidence {
    /// The device that approved.
    pub device: DeviceId,
    /// The challenge as it was signed for that device.
    pub copy: String,
    /// The approval token.
    pub token: String,
    /// When it was recorded.
    pub decided_at: Timestamp,
}

/// The evidence of an approval that was used up; `None` for any other challenge.
///
/// # Errors
/// On a database failure.
pub async fn evidence(c: &mut Conn, id: &ChallengeId) -> Result<Option<Evidence>, StoreError> {
    let found = sqlx::query(
        "SELECT h.decided_by AS device, h.decision_token AS token, h.decided_at AS decided_at, k.jws AS jws \
         FROM challenges h JOIN challenge_copies k ON k.challenge_id = h.id AND k.device_id = h.decided_by \
         WHERE h.id = $1 AND h.state = 'consumed' AND h.decision_token IS NOT NULL",
    )
    .bind(id.as_str())
    .fetch_optional(c)
    .await?;
    let Some(r) = found else { return Ok(None) };
    Ok(Some(Evidence {
        device: row::parsed(&r, "challenges", "device")?,
        copy: row::text(&r, "jws")?,
        token: row::text(&r, "token")?,
        decided_at: row::time(&r, "decided_at")?,
    }))
}

/// Counts a wrong number and gives the count; `None` when the challenge no longer waits (CHAL-05).
///
/// # Errors
/// On a database failure.
pub async fn count_wrong_number(
    c: &mut Conn,
    id: &ChallengeId,
    now: Timestamp,
) -> Result<Option<i64>, StoreError> {
    let found = sqlx::query(
        "UPDATE challenges SET wrong_tries = wrong_tries + 1 \
         WHERE id = $1 AND state = 'pending' AND expires_at > $2 RETURNING wrong_tries",
    )
    .bind(id.as_str())
    .bind(now.0)
    .fetch_optional(c)
    .await?;
    found.as_ref().map(|r| row::int(r, "wrong_tries")).transpose()
}

/// Ends a waiting challenge without a decision; false when it no longer waits.
///
/// # Errors
/// On a database failure.
pub async fn cancel(
    c: &mut Conn,
    id: &ChallengeId,
    reason: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE challenges SET state = 'cancelled', live_slot = NULL, deny_reason = $2, decided_at = $3 \
         WHERE id = $1 AND state = 'pending'",
    )
    .bind(id.as_str())
    .bind(reason)
    .bind(now.0)
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends the waiting logins of unknown browsers (CHAL-13). Gives their ids.
///
/// # Errors
/// On a database failure.
pub async fn cancel_of_strangers(
    c: &mut Conn,
    account: &AccountId,
    now: Timestamp,
) -> Result<Vec<String>, StoreError> {
    let rows = sqlx::query(
        "UPDATE challenges SET state = 'cancelled', live_slot = NULL, deny_reason = 'owner', decided_at = $2 \
         WHERE account_id = $1 AND action = 'login' AND state = 'pending' AND known_browser = 0 RETURNING id",
    )
    .bind(account.as_str())
    .bind(now.0)
    .fetch_all(c)
    .await?;
    rows.iter().map(|r| row::text(r, "id")).collect()
}

/// Ends the waiting challenges that only `device` could still decide (ENROL-12). Gives their ids.
///
/// # Errors
/// On a database failure.
pub async fn cancel_orphans(
    c: &mut Conn,
    device: &DeviceId,
    now: Timestamp,
) -> Result<Vec<String>, StoreError> {
    let rows = sqlx::query(
        "UPDATE challenges SET state = 'cancelled', live_slot = NULL, deny_reason = 'device_removed', decided_at = $2 \
         WHERE account_id = (SELECT account_id FROM devices WHERE id = $1) AND state = 'pending' \
         AND EXISTS (SELECT o.device_id FROM challenge_copies o WHERE o.challenge_id = challenges.id AND o.device_id = $1) \
         AND NOT EXISTS (SELECT k.device_id FROM challenge_copies k JOIN devices d ON d.id = k.device_id \
                         WHERE k.challenge_id = challenges.id AND d.state = 'active') RETURNING id",
    )
    .bind(device.as_str())
    .bind(now.0)
    .fetch_all(c)
    .await?;
    rows.iter().map(|r| row::text(r, "id")).collect()
}

/// Uses an approval, once, by the browser that asked for it (CHAL-08, CHAL-09).
///
/// # Errors
/// On a database failure.
pub async fn consume(
    c: &mut Conn,
    id: &ChallengeId,
    browser_hash: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let decided_by = by_id(c, id).await?.and_then(|found| found.decided_by);
    let Some(decided_by) = decided_by else {
        return Ok(false);
    };
    if !devices::stays_active(c, &decided_by).await? {
        return Ok(false);
    }
    let done = sqlx::query(
        "UPDATE challenges SET state = 'consumed', consumed_at = $3 \
         WHERE id = $1 AND browser_hash = $2 AND state = 'approved'",
    )
    .bind(id.as_str())
    .bind(browser_hash)
    .bind(now.0)
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Notes that a challenge is pushed.
///
/// # Errors
/// On a database failure.
pub async fn note_push(c: &mut Conn, id: &ChallengeId, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query("UPDATE challenges SET pushed_at = $2 WHERE id = $1")
        .bind(id.as_str())
        .bind(now.0)
        .execute(c)
        .await?;
    Ok(())
}

/// Pushes since `from` that nobody answered and no later approval made good (CHAL-07).
///
/// # Errors
/// On a database failure.
pub async fn unanswered_pushes(
    c: &mut Conn,
    account: &AccountId,
    from: Timestamp,
) -> Result<i64, StoreError> {
    let found = sqlx::query("SELECT COUNT(*) AS n FROM challenges WHERE account_id = $1 AND pushed_at > $2")
        .bind(account.as_str())
        .bind(from.0)
        .fetch_one(c)
        .await?;
    row::int(&found, "n")
}

/// After an approval: what the customer left unanswered before it no longer counts (CHAL-07). What still waits does.
///
/// # Errors
/// On a database failure.
pub async fn forgive_pushes(c: &mut Conn, account: &AccountId) -> Result<(), StoreError> {
    sqlx::query("UPDATE challenges SET pushed_at = NULL WHERE account_id = $1 AND pushed_at IS NOT NULL AND state <> 'pending'")
        .bind(account.as_str())
        .execute(c)
        .await?;
    Ok(())
}

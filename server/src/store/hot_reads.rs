//! The reads of the hot path: which device signed, what it may see, whom to push to, how a challenge stands.

use std::collections::HashSet;

use sqlx::{Any, AnyPool};
use warifu_shared::clock::Timestamp;
use warifu_shared::ids::{AccountId, AttemptId, ChallengeId, DeviceId};

use super::attempts::{self, Attempt};
use super::devices::{self, Device, StoredSubscription};
use super::gather::Gather;
use super::rows::Rows;
use super::sessions::{self, Live};
use super::{Conn, StoreError, accounts, challenges, row};
use crate::domain::account::Account;
use crate::domain::challenge::{ChallengeState, StoredChallenge};

/// Each kind of question with its gatherer.
#[derive(Clone)]
pub struct HotReads {
    devices: Gather<String, Device>,
    copies: Gather<(ChallengeId, DeviceId), Copy>,
    receivers: Gather<AccountId, Receiver>,
    challenges: Gather<ChallengeId, StoredChallenge>,
    attempts: Gather<AttemptId, (Attempt, Option<Standing>)>,
    sessions: Gather<String, (Live, Account)>,
}

/// An active device, and where to push to it.
#[derive(Debug, Clone)]
pub struct Receiver {
    /// The device.
    pub device: DeviceId,
    /// Its subscription, when it has one.
    pub subscription: Option<StoredSubscription>,
}

/// What one device may decide upon.
#[derive(Debug, Clone)]
pub struct Copy {
    /// The bytes signed for it.
    pub jws: String,
    /// The challenge.
    pub challenge: StoredChallenge,
    /// Whether the device was active.
    pub active: bool,
}

/// How a challenge stands: what its page asks again and again.
#[derive(Debug, Clone)]
pub struct Standing {
    /// Its state as stored.
    pub state: ChallengeState,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Why it was denied or cancelled.
    pub reason: Option<String>,
}

impl Standing {
    /// How this challenge stands.
    #[must_use]
    pub fn of(challenge: &StoredChallenge) -> Self {
        Self {
            state: challenge.state,
            expires_at: challenge.expires_at,
            reason: challenge.deny_reason.clone(),
        }
    }
}

impl HotReads {
    /// Starts the gatherers.
    #[must_use]
    pub(super) fn start(pool: &AnyPool) -> Self {
        Self {
            devices: Gather::start(pool, |c, keys| Box::pin(read_devices(c, keys))),
            copies: Gather::start(pool, |c, keys| Box::pin(read_copies(c, keys))),
            receivers: Gather::start(pool, |c, keys| Box::pin(read_receivers(c, keys))),
            challenges: Gather::start(pool, |c, keys| Box::pin(read_challenges(c, keys))),
            attempts: Gather::start(pool, |c, keys| Box::pin(read_attempts(c, keys))),
            sessions: Gather::start(pool, |c, keys| Box::pin(read_sessions(c, keys))),
        }
    }

    /// The device whose request key has this thumbprint, in any state (KEY-09).
    ///
    /// # Errors
    /// On a database failure.
    pub async fn device(&self, request_kid: &str) -> Result<Option<Device>, StoreError> {
        self.devices.one(request_kid.to_owned()).await
    }

    /// The bytes signed for one device, with the challenge and whether the device is active.
    ///
    /// # Errors
    /// On a database failure.
    pub async fn copy(&self, id: &ChallengeId, device: &DeviceId) -> Result<Option<Copy>, StoreError> {
        self.copies.one((id.clone(), device.clone())).await
    }

    /// The active devices of an account.
    ///
    /// # Errors
    /// On a database failure.
    pub async fn receivers(&self, account: &AccountId) -> Result<Vec<Receiver>, StoreError> {
        self.receivers.all(account.clone()).await
    }

    /// The live session behind a token's hash, as `sessions::live`, with its account: every request of a customer asks it.
    ///
    /// # Errors
    /// On a database failure.
    pub async fn session(
        &self,
        token_hash: &str,
        now: Timestamp,
    ) -> Result<Option<(Live, Account)>, StoreError> {
        let found = self.sessions.one(token_hash.to_owned()).await?;
        Ok(found.filter(|(live, _)| live.session.expires_at > now))
    }

    /// As [`challenges::by_id`]; a waiting page asks it again and again.
    ///
    /// # Errors
    /// On a database failure.
    pub async fn challenge(&self, id: &ChallengeId) -> Result<Option<StoredChallenge>, StoreError> {
        self.challenges.one(id.clone()).await
    }

    /// The attempt of this browser; another browser finds nothing (CHAL-08).
    ///
    /// # Errors
    /// On a database failure.
    pub async fn attempt(&self, id: &AttemptId, browser_hash: &str) -> Result<Option<Attempt>, StoreError> {
        let found = self.attempt_standing(id, browser_hash).await?;
        Ok(found.map(|(attempt, _)| attempt))
    }

    /// The same, with how its challenge stands when it has one.
    ///
    /// # Errors
    /// On a database failure.
    pub async fn attempt_standing(
        &self,
        id: &AttemptId,
        browser_hash: &str,
    ) -> Result<Option<(Attempt, Option<Standing>)>, StoreError> {
        let found = self.attempts.one(id.clone()).await?;
        Ok(found.filter(|(attempt, _)| attempt.browser_hash == browser_hash))
    }
}

async fn read_devices(c: &mut Conn, kids: &[String]) -> Result<Vec<(String, Device)>, StoreError> {
    let rows = ask(c, &DEVICES, kids, String::as_str).await?;
    rows.iter()
        .map(|r| Ok((row::text(r, "request_kid")?, devices::device(r)?)))
        .collect()
}

async fn read_copies(
    c: &mut Conn,
    keys: &[(ChallengeId, DeviceId)],
) -> Result<Vec<((ChallengeId, DeviceId), Copy)>, StoreError> {
    // A challenge has a few copies at most: asking for all of them keeps the statement simple.
    let rows = ask(c, &COPIES, keys, |(id, _)| id.as_str()).await?;
    rows.iter()
        .map(|r| {
            let challenge = challenges::challenge(r)?;
            let device = row::parsed(r, "challenge_copies", "device_id")?;
            let key = (challenge.id.clone(), device);
            let copy = Copy {
                jws: row::text(r, "jws")?,
                challenge,
                active: row::text(r, "device_state")? == "active",
            };
            Ok((key, copy))
        })
        .collect()
}

async fn read_receivers(
    c: &mut Conn,
    accounts: &[AccountId],
) -> Result<Vec<(AccountId, Receiver)>, StoreError> {
    let rows = ask(c, &RECEIVERS, accounts, AccountId::as_str).await?;
    rows.iter()
        .map(|r| {
            let device: DeviceId = row::parsed(r, "devices", "id")?;
            let subscription = match row::optional_text(r, "p256dh")? {
                Some(_) => Some(devices::stored_subscription(r, &device)?),
                None => None,
            };
            let account = row::parsed(r, "devices", "account_id")?;
            Ok((account, Receiver { device, subscription }))
        })
        .collect()
}

async fn read_challenges(
    c: &mut Conn,
    ids: &[ChallengeId],
) -> Result<Vec<(ChallengeId, StoredChallenge)>, StoreError> {
    let rows = ask(c, &CHALLENGES, ids, ChallengeId::as_str).await?;
    let read = |r| challenges::challenge(r).map(|challenge| (challenge.id.clone(), challenge));
    rows.iter().map(read).collect()
}

async fn read_attempts(
    c: &mut Conn,
    ids: &[AttemptId],
) -> Result<Vec<(AttemptId, (Attempt, Option<Standing>))>, StoreError> {
    let rows = ask(c, &ATTEMPTS, ids, AttemptId::as_str).await?;
    rows.iter()
        .map(|r| {
            let attempt = attempts::attempt(r)?;
            let standing = match row::optional_text(r, "challenge_state")? {
                Some(_) => Some(standing(r)?),
                None => None,
            };
            Ok((attempt.id.clone(), (attempt, standing)))
        })
        .collect()
}

/// The sessions behind hashes of tokens that were not ended, with their open accounts.
pub(super) async fn read_sessions(
    c: &mut Conn,
    hashes: &[String],
) -> Result<Vec<(String, (Live, Account))>, StoreError> {
    let rows = ask(c, &SESSIONS, hashes, String::as_str).await?;
    rows.iter()
        .map(|r| {
            let account = accounts::account(r)?;
            let live = sessions::live_beside(r, &account.id)?;
            Ok((row::text(r, "asked_token")?, (live, account)))
        })
        .collect()
}

fn standing(r: &sqlx::any::AnyRow) -> Result<Standing, StoreError> {
    Ok(Standing {
        state: row::read(r, "challenges", "challenge_state", ChallengeState::read)?,
        expires_at: row::time(r, "challenge_expires_at")?,
        reason: row::optional_text(r, "challenge_reason")?,
    })
}

/// Runs `rows` for the different ones of the keys.
async fn ask<K>(
    c: &mut Conn,
    rows: &'static Rows,
    keys: &[K],
    text: fn(&K) -> &str,
) -> Result<Vec<sqlx::any::AnyRow>, StoreError> {
    let mut seen = HashSet::new();
    let keys: Vec<&str> = keys.iter().map(text).filter(|key| seen.insert(*key)).collect();
    let (sql, size) = rows.sql(c, keys.len());
    let mut query = sqlx::query::<Any>(sql);
    // No key is empty, so the padding finds nothing.
    for key in keys.into_iter().chain(std::iter::repeat("")).take(size) {
        query = query.bind(key);
    }
    Ok(query.fetch_all(c).await?)
}

static DEVICES: Rows = Rows::new(
    "SELECT d.*, r.kid AS request_kid, r.public_key AS request_key, a.public_key AS approval_key FROM",
    "t",
    "JOIN device_keys r ON r.kid = column1 AND r.purpose = 'request' JOIN devices d ON d.id = r.device_id \
     JOIN device_keys a ON a.device_id = d.id AND a.purpose = 'approval'",
);
static COPIES: Rows = Rows::new(
    "SELECT h.id, h.account_id, h.action, h.state, h.browser_hash, h.known_browser, h.source_prefix, h.number_sealed, \
     h.wrong_tries, h.created_at, h.expires_at, h.deny_reason, h.decided_by, h.decision_hash, h.pushed_at, \
     k.device_id AS device_id, k.jws AS jws, d.state AS device_state FROM",
    "t",
    "JOIN challenges h ON h.id = column1 JOIN challenge_copies k ON k.challenge_id = h.id \
     JOIN devices d ON d.id = k.device_id",
);
static RECEIVERS: Rows = Rows::new(
    "SELECT d.id AS id, d.account_id AS account_id, s.endpoint_sealed AS endpoint_sealed, s.p256dh AS p256dh, \
     s.auth_sealed AS auth_sealed FROM",
    "t",
    "JOIN devices d ON d.account_id = column1 AND d.state = 'active' LEFT JOIN subscriptions s ON s.device_id = d.id \
     ORDER BY d.bound_at, d.id",
);
static CHALLENGES: Rows = Rows::new("SELECT h.* FROM", "t", "JOIN challenges h ON h.id = column1");
/// The columns of the session bear names of their own: `sessions::live_beside` reads them.
static SESSIONS: Rows = Rows::new(
    "SELECT a.*, s.token_hash AS asked_token, s.id AS session_id, s.site AS session_site, s.assurance AS session_assurance, \
     s.bound AS session_bound, s.created_at AS session_created_at, s.approved_at AS session_approved_at, \
     s.last_access_at AS session_last_access_at, s.expires_at AS session_expires_at, \
     s.absolute_expires_at AS session_absolute_expires_at FROM",
    "t",
    "JOIN sessions s ON s.token_hash = column1 AND s.ended_at IS NULL \
     JOIN accounts a ON a.id = s.account_id AND a.disabled_at IS NULL",
);
static ATTEMPTS: Rows = Rows::new(
    "SELECT a.*, h.state AS challenge_state, h.expires_at AS challenge_expires_at, h.deny_reason AS challenge_reason FROM",
    "t",
    "JOIN login_attempts a ON a.id = column1 LEFT JOIN challenges h ON h.id = a.challenge_id",
);

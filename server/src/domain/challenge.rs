//! Challenges: their states, and how many may wait at once (CHAL-07, CHAL-09).

use warifu_shared::ids::{AccountId, ChallengeId};
use warifu_shared::jws::challenge::Action;
use warifu_shared::number::MatchNumber;

use crate::crypto::seal::Sealer;

use warifu_shared::clock::Timestamp;

/// The life of a challenge: `pending -> approved | denied | expired | cancelled`, `approved -> consumed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChallengeState {
    /// Waits for a decision.
    Pending,
    /// Approved, not used yet.
    Approved,
    /// Denied by its owner.
    Denied,
    /// Its time passed.
    Expired,
    /// Ended without a decision: by the page, by too many wrong numbers, by a revoked device.
    Cancelled,
    /// The approval was used, once.
    Consumed,
}

impl ChallengeState {
    /// The name in the database and in the live status.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Denied => "denied",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Consumed => "consumed",
        }
    }

    /// The state at `now`, stored or not: what waits until `expires_at` has expired then.
    #[must_use]
    pub fn at(self, expires_at: Timestamp, now: Timestamp) -> Self {
        match self {
            Self::Pending if now >= expires_at => Self::Expired,
            state => state,
        }
    }

    /// Reads the name.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        [
            Self::Pending,
            Self::Approved,
            Self::Denied,
            Self::Expired,
            Self::Cancelled,
            Self::Consumed,
        ]
        .into_iter()
        .find(|state| state.as_str() == text)
    }
}

/// A challenge as the server keeps it.
#[derive(Debug, Clone)]
pub struct StoredChallenge {
    /// Its id.
    pub id: ChallengeId,
    /// Whose it is.
    pub account: AccountId,
    /// What it asks for.
    pub action: Action,
    /// Its state as stored; see [`Self::state_at`].
    pub state: ChallengeState,
    /// Hash of the secret of the browser that waits (CHAL-08).
    pub browser_hash: String,
    /// Whether that browser was known.
    pub known_browser: bool,
    /// That browser's network prefix.
    pub source_prefix: String,
    /// The sealed number.
    pub number_sealed: Vec<u8>,
    /// Wrong numbers so far.
    pub wrong_tries: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Why it was denied or cancelled.
    pub deny_reason: Option<String>,
    /// The device that decided.
    pub decided_by: Option<String>,
    /// SHA-256 of the decision token that won (APPR-10).
    pub decision_hash: Option<String>,
    /// Whether it was pushed and nobody has answered; otherwise its page says that the app must be opened.
    pub pushed: bool,
}

impl StoredChallenge {
    /// The state at `now`: a pending challenge whose time passed is expired before anybody wrote it down.
    #[must_use]
    pub fn state_at(&self, now: Timestamp) -> ChallengeState {
        self.state.at(self.expires_at, now)
    }

    /// Opens the number: for the waiting page and for the comparison, nothing else (CHAL-03).
    #[must_use]
    pub fn number(&self, sealer: &Sealer) -> Option<MatchNumber> {
        let plain = sealer
            .open(&Self::number_context(&self.id), &self.number_sealed)
            .ok()?;
        std::str::from_utf8(&plain).ok()?.parse().ok()
    }

    /// The context under which the number is sealed.
    #[must_use]
    pub fn number_context(id: &ChallengeId) -> String {
        format!("number:{id}")
    }
}

/// The slots that a new challenge may take, in order of preference. The column `live_slot` is unique, so the database
/// itself keeps the limit: two for unknown browsers, one more that only known browsers reach, one for another action.
#[must_use]
pub fn slots(account: &AccountId, action: Action, known_browser: bool) -> Vec<String> {
    let name = action_name(action);
    let numbers: &[u8] = match (action, known_browser) {
        (Action::Login, true) => &[2, 1, 0],
        (Action::Login, false) => &[0, 1],
        _ => &[0],
    };
    numbers.iter().map(|n| format!("{account}:{name}:{n}")).collect()
}

/// The name of an action in the database.
#[must_use]
pub const fn action_name(action: Action) -> &'static str {
    match action {
        Action::Login => "login",
        Action::Test => "test",
        Action::Withdrawal => "withdrawal",
        Action::PayoutAccount => "payout_account",
        Action::Confirm => "confirm",
    }
}

/// Reads the name of an action.
#[must_use]
pub fn read_action(name: &str) -> Option<Action> {
    [
        Action::Login,
        Action::Test,
        Action::Withdrawal,
        Action::PayoutAccount,
        Action::Confirm,
    ]
    .into_iter()
    .find(|action| action_name(*action) == name)
}

/// Reason of a challenge that died of wrong numbers.
pub const TRIES_USED: &str = "tries_used";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chal_07_strangers_never_reach_the_owners_slot() {
        let account = AccountId::random();
        let stranger = slots(&account, Action::Login, false);
        let owner = slots(&account, Action::Login, true);
        assert_eq!((stranger.len(), owner.len()), (2, 3));
        assert!(owner.iter().any(|slot| !stranger.contains(slot)));
        assert!(
            !stranger.contains(&owner[0]),
            "the owner takes the reserved slot first"
        );
        assert_eq!(slots(&account, Action::Test, true).len(), 1);
    }
}

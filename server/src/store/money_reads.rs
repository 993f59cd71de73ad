//! The reads of withdrawals, gathered like those of the hot path: what an account may do with its money, what was approved, and
//! how a withdrawal stands.

mod owner;

use std::collections::HashMap;

use sqlx::any::AnyRow;
use sqlx::{Any, AnyPool};
use warifu_shared::clock::Timestamp;
use warifu_shared::ids::{AccountId, ChallengeId, PayoutAccountId, WithdrawalId};
use warifu_shared::jws::withdrawal::Transaction;

use super::challenges::Evidence;
use super::devices::{self, Device};
use super::gather::Gather;
use super::rows::Rows;
use super::withdrawals::{self, Withdrawal};
use super::{Conn, StoreError, accounts, row};
use crate::domain::challenge::ChallengeState;
use crate::domain::counter::Counter;
use crate::domain::withdrawal::{How, State};
use crate::domain::yen::Yen;

pub use owner::{Judged, Owner, Recipient};

/// Each kind of question with its gatherer.
#[derive(Clone)]
pub struct MoneyReads {
    owners: Gather<Asked, Owner>,
    approved: Gather<ChallengeId, (Evidence, Device)>,
    by_challenge: Gather<ChallengeId, Withdrawal>,
    standings: Gather<WithdrawalId, Standing>,
}

/// How a withdrawal stands: what its page asks again and again.
#[derive(Debug, Clone)]
pub struct Standing {
    /// Whose it is.
    pub account: AccountId,
    /// The state as stored.
    pub state: State,
    /// How it is approved.
    pub how: How,
    /// Until when it waits.
    pub expires_at: Timestamp,
    /// The challenge that it waits for or waited for last.
    pub challenge: Option<ChallengeId>,
    /// State and end of that challenge.
    pub waits: Option<(ChallengeState, Timestamp)>,
}

impl Standing {
    /// The state at `now`.
    #[must_use]
    pub fn state_at(&self, now: Timestamp) -> State {
        self.state.at(self.expires_at, now)
    }
}

/// Whose money, from when on its day counts, and the key of the form that asks; empty when none does.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Asked {
    account: AccountId,
    day: Timestamp,
    form: String,
}

impl MoneyReads {
    /// Starts the gatherers.
    #[must_use]
    pub(super) fn start(pool: &AnyPool) -> Self {
        Self {
            owners: Gather::start(pool, |c, keys| Box::pin(read_owners(c, keys))),
            approved: Gather::start(pool, |c, keys| Box::pin(read_approved(c, keys))),
            by_challenge: Gather::start(pool, |c, keys| Box::pin(read_by_challenge(c, keys))),
            standings: Gather::start(pool, |c, keys| Box::pin(read_standings(c, keys))),
        }
    }

    /// The account, with what counts since `day`, and what the form with this key made before.
    ///
    /// # Errors
    /// On a database failure.
    pub async fn owner(
        &self,
        account: &AccountId,
        day: Timestamp,
        form: &str,
    ) -> Result<Option<Owner>, StoreError> {
        let asked = Asked {
            account: account.clone(),
            day,
            form: form.to_owned(),
        };
        self.owners.one(asked).await
    }

    /// The evidence of an approval that was used up, with the device that gave it; `None` for any other challenge.
    ///
    /// # Errors
    /// On a database failure.
    pub async fn approved(&self, id: &ChallengeId) -> Result<Option<(Evidence, Device)>, StoreError> {
        self.approved.one(id.clone()).await
    }

    /// The withdrawal whose first approval a challenge asks for.
    ///
    /// # Errors
    /// On a database failure.
    pub async fn by_challenge(&self, id: &ChallengeId) -> Result<Option<Withdrawal>, StoreError> {
        self.by_challenge.one(id.clone()).await
    }

    /// How a withdrawal stands.
    ///
    /// # Errors
    /// On a database failure.
    pub async fn standing(&self, id: &WithdrawalId) -> Result<Option<Standing>, StoreError> {
        self.standings.one(id.clone()).await
    }
}

async fn read_owners(c: &mut Conn, keys: &[Asked]) -> Result<Vec<(Asked, Owner)>, StoreError> {
    let (sql, size) = OWNERS.sql(c, keys.len());
    let mut query = sqlx::query::<Any>(sql);
    for place in 0..size {
        // No key is empty, so the padding finds nothing.
        query = match keys.get(place) {
            Some(key) => query.bind(key.account.as_str()).bind(key.day.0).bind(&*key.form),
            None => query.bind("").bind(0i64).bind(""),
        };
    }
    let rows = query.fetch_all(c).await?;
    let mut found: Vec<(Asked, Owner)> = Vec::new();
    let mut places = HashMap::new();
    for r in &rows {
        let (account, day): (AccountId, _) = (row::parsed(r, "accounts", "id")?, row::time(r, "asked_day")?);
        let form = row::text(r, "asked_form")?;
        let place = (account.to_string(), day.0, form.clone());
        let address = row::optional_text(r, "address")?;
        let place = *places.entry(place).or_insert(found.len());
        if place == found.len() {
            let asked = Asked { account, day, form };
            found.push((asked, owner(r)?));
        }
        let owner = &mut found[place].1;
        owner.authentic |= row::optional_text(r, "purpose")?.as_deref() == Some("authentication");
        // Somebody may have asked the same twice at once: an address is told once all the same.
        let addresses = &mut owner.to.addresses;
        addresses.extend(address.filter(|it| !addresses.contains(it)));
    }
    Ok(found)
}

fn owner(r: &AnyRow) -> Result<Owner, StoreError> {
    let yen = |column: &str| {
        Yen::new(row::int(r, column)?).ok_or_else(|| StoreError::inconsistent("withdrawals", column, "sum"))
    };
    let payout = row::optional_text(r, "payee")?.map(|text| {
        // Nothing goes to an account whose row cannot be read as a whole, as in `payout::active`.
        let whole = row::parsed::<PayoutAccountId>(r, "payout_accounts", "payout_id").is_ok()
            && row::optional_text(r, "payout_challenge")
                .is_ok_and(|id| id.is_none_or(|id| id.parse::<ChallengeId>().is_ok()));
        let read = match Transaction::read(&text) {
            Ok(Transaction::PayoutAccount(it)) if whole => Some(it.payee),
            _ => None,
        };
        (text, read)
    });
    let sent_before = match row::optional_text(r, "sent_id")? {
        Some(_) => Some((
            row::parsed(r, "withdrawals", "sent_id")?,
            row::text(r, "sent_session")?,
        )),
        None => None,
    };
    let account = accounts::account(r)?;
    Ok(Owner {
        to: Recipient {
            account: account.id.clone(),
            language: account.language,
            addresses: Vec::new(),
        },
        authentic: false,
        proven: row::int(r, "proven")?,
        account,
        payout,
        password_hash: row::optional_text(r, "withdrawal_hash")?,
        counter: Counter {
            failures: row::int(r, "failures")?,
            locks: row::int(r, "locks")?,
            locked_until: row::time(r, "locked_until")?,
        },
        today: yen("today")?,
        promised: yen("promised")?,
        pending_until: row::time(r, "pending_until")?,
        sent_before,
    })
}

async fn read_approved(
    c: &mut Conn,
    ids: &[ChallengeId],
) -> Result<Vec<(ChallengeId, (Evidence, Device))>, StoreError> {
    let rows = ask(c, &APPROVED, ids.iter().map(ChallengeId::as_str).collect()).await?;
    let read = |r| {
        let device = devices::device(r)?;
        let evidence = Evidence {
            device: device.id.clone(),
            copy: row::text(r, "jws")?,
            token: row::text(r, "token")?,
            decided_at: row::time(r, "decided_at")?,
        };
        Ok((
            row::parsed(r, "challenges", "asked_challenge")?,
            (evidence, device),
        ))
    };
    rows.iter().map(read).collect()
}

async fn read_by_challenge(
    c: &mut Conn,
    ids: &[ChallengeId],
) -> Result<Vec<(ChallengeId, Withdrawal)>, StoreError> {
    let rows = ask(c, &BY_CHALLENGE, ids.iter().map(ChallengeId::as_str).collect()).await?;
    let read = |r| {
        Ok((
            row::parsed(r, "withdrawals", "challenge_id")?,
            withdrawals::withdrawal(r)?,
        ))
    };
    rows.iter().map(read).collect()
}

async fn read_standings(
    c: &mut Conn,
    ids: &[WithdrawalId],
) -> Result<Vec<(WithdrawalId, Standing)>, StoreError> {
    let rows = ask(c, &STANDINGS, ids.iter().map(WithdrawalId::as_str).collect()).await?;
    let read = |r| {
        let waits = match row::optional_text(r, "challenge_state")? {
            Some(_) => Some((
                row::read(r, "challenges", "challenge_state", ChallengeState::read)?,
                row::time(r, "challenge_expires_at")?,
            )),
            None => None,
        };
        let challenge = match row::optional_text(r, "challenge")? {
            Some(_) => Some(row::parsed(r, "withdrawals", "challenge")?),
            None => None,
        };
        let standing = Standing {
            account: row::parsed(r, "withdrawals", "account_id")?,
            state: row::read(r, "withdrawals", "state", State::read)?,
            how: row::read(r, "withdrawals", "how", How::read)?,
            expires_at: row::time(r, "expires_at")?,
            challenge,
            waits,
        };
        Ok((row::parsed(r, "withdrawals", "id")?, standing))
    };
    rows.iter().map(read).collect()
}

/// Runs `rows` for the different ones of the keys.
async fn ask(c: &mut Conn, rows: &'static Rows, mut keys: Vec<&str>) -> Result<Vec<AnyRow>, StoreError> {
    keys.sort_unstable();
    keys.dedup();
    let (sql, size) = rows.sql(c, keys.len());
    let mut query = sqlx::query::<Any>(sql);
    for key in keys.into_iter().chain(std::iter::repeat("")).take(size) {
        query = query.bind(key);
    }
    Ok(query.fetch_all(c).await?)
}

/// The states are those of `State::counts` and `State::is_promised`.
static OWNERS: Rows = Rows::new(
    "SELECT a.*, v.column2 AS asked_day, v.column3 AS asked_form, p.id AS payout_id, \
     p.challenge_id AS payout_challenge, p.payee AS payee, w.hash AS withdrawal_hash, \
     COALESCE(f.failures, 0) AS failures, COALESCE(f.locks, 0) AS locks, COALESCE(f.locked_until, 0) AS locked_until, \
     s.id AS sent_id, s.session_hash AS sent_session, d.address AS address, d.purpose AS purpose, \
     (SELECT CAST(COALESCE(SUM(e.proven_at), 0) AS BIGINT) FROM addresses e WHERE e.account_id = a.id) AS proven, \
     (SELECT CAST(COALESCE(SUM(x.amount), 0) AS BIGINT) FROM withdrawals x WHERE x.account_id = a.id \
      AND x.approved_at >= v.column2 AND x.state IN ('second', 'held', 'queued', 'placed', 'paid')) AS today, \
     (SELECT CAST(COALESCE(SUM(x.amount + x.fee), 0) AS BIGINT) FROM withdrawals x WHERE x.account_id = a.id \
      AND x.state IN ('second', 'held', 'queued')) AS promised, \
     (SELECT CAST(COALESCE(MAX(x.expires_at), 0) AS BIGINT) FROM withdrawals x WHERE x.account_id = a.id \
      AND x.state = 'pending') AS pending_until FROM",
    "tnt",
    "JOIN accounts a ON a.id = v.column1 LEFT JOIN payout_accounts p ON p.active_slot = a.id \
     LEFT JOIN withdrawal_passwords w ON w.account_id = a.id \
     LEFT JOIN failure_counters f ON f.account_id = a.id AND f.kind = 'withdrawal' AND f.lane = 'all' \
     LEFT JOIN withdrawals s ON s.request_key = v.column3 \
     LEFT JOIN addresses d ON d.account_id = a.id AND d.proven_at IS NOT NULL ORDER BY d.purpose, d.created_at",
);
static APPROVED: Rows = Rows::new(
    "SELECT h.id AS asked_challenge, h.decision_token AS token, h.decided_at AS decided_at, k.jws AS jws, d.*, \
     r.public_key AS request_key, b.public_key AS approval_key FROM",
    "t",
    "JOIN challenges h ON h.id = v.column1 AND h.state = 'consumed' AND h.decision_token IS NOT NULL \
     JOIN challenge_copies k ON k.challenge_id = h.id AND k.device_id = h.decided_by JOIN devices d ON d.id = h.decided_by \
     JOIN device_keys r ON r.device_id = d.id AND r.purpose = 'request' \
     JOIN device_keys b ON b.device_id = d.id AND b.purpose = 'approval'",
);
static BY_CHALLENGE: Rows = Rows::new(
    "SELECT w.* FROM",
    "t",
    "JOIN withdrawals w ON w.challenge_id = v.column1",
);
static STANDINGS: Rows = Rows::new(
    "SELECT w.id AS id, w.account_id AS account_id, w.state AS state, w.how AS how, w.expires_at AS expires_at, \
     h.id AS challenge, h.state AS challenge_state, h.expires_at AS challenge_expires_at FROM",
    "t",
    "JOIN withdrawals w ON w.id = v.column1 \
     LEFT JOIN challenges h ON h.id = CASE WHEN w.state = 'second' THEN w.second_challenge_id ELSE w.challenge_id END",
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn txn_05_the_sums_count_the_states_that_the_policy_counts() {
        let names = |wanted: fn(State) -> bool| {
            let states = State::ALL.iter().filter(|state| wanted(**state));
            let names: Vec<_> = states.map(|state| format!("'{}'", state.as_str())).collect();
            format!("state IN ({})", names.join(", "))
        };
        let sql = OWNERS.numbered(1);
        assert!(sql.contains(&names(State::counts)), "{sql}");
        assert!(sql.contains(&names(State::is_promised)), "{sql}");
        let approval = crate::store::bulk::limit_of_an_approval();
        assert!(approval.contains(&names(State::counts)), "{approval}");
    }
}

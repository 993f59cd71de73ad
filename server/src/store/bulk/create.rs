//! New challenges of customers who have nothing else open and left nothing unanswered (CHAL-07).

use super::batch::{Batch, Value};
use super::money::{self, OrdinaryRequest};
use crate::domain::challenge::{action_name, slots};
use crate::store::attempts::Attempt;
use crate::store::challenges::NewChallenge;
use crate::store::leaves::LeafRow;
use crate::store::rows::Rows;

/// A challenge to store as pushed, if its account has no other one open and no push unanswered.
#[derive(Debug)]
pub struct OrdinaryChallenge {
    /// The challenge and its copies.
    pub new: NewChallenge,
    /// The slot it would like.
    slot: String,
    /// The attempt it belongs to.
    pub attempt: Option<Attempt>,
    /// The withdrawal that asks for it.
    pub request: Option<Box<OrdinaryRequest>>,
    /// What the audit log says about it.
    pub leaf: LeafRow,
}

impl OrdinaryChallenge {
    /// A challenge with what belongs to it and its leaf.
    #[must_use]
    pub fn new(new: NewChallenge, with: Company, leaf: LeafRow) -> Self {
        let challenge = &new.challenge;
        let slot = slots(&challenge.account, challenge.action, challenge.known_browser).swap_remove(0);
        Self {
            new,
            slot,
            attempt: with.attempt,
            request: with.request.map(Box::new),
            leaf,
        }
    }

    /// The columns of its row.
    pub(super) fn values(&self) -> [Value<'_>; 10] {
        let it = &self.new.challenge;
        [
            Value::Text(it.id.as_str()),
            Value::Text(it.account.as_str()),
            Value::Text(action_name(it.action)),
            Value::Text(&self.slot),
            Value::Text(&it.browser_hash),
            Value::Number(i64::from(it.known_browser)),
            Value::Text(&it.source_prefix),
            Value::Bytes(&it.number_sealed),
            Value::Number(it.created_at.0),
            Value::Number(it.expires_at.0),
        ]
    }
}

/// What is stored with a challenge.
#[derive(Debug, Default)]
pub struct Company {
    /// The attempt to log in.
    pub attempt: Option<Attempt>,
    /// The withdrawal.
    pub request: Option<OrdinaryRequest>,
}

pub(super) fn add<'a>(batch: &mut Batch<'a>, members: &[&'a OrdinaryChallenge]) {
    let plain = members.iter().filter(|member| member.request.is_none());
    let challenges = plain.flat_map(|member| member.values());
    batch.add(0, &CHALLENGES, challenges.collect());
    money::add_requests(batch, members);
    let copies = members.iter().flat_map(|member| {
        let id = member.new.challenge.id.as_str();
        let copies = member.new.copies.iter();
        copies
            .flat_map(move |(device, jws)| [Value::Text(id), Value::Text(device.as_str()), Value::Text(jws)])
    });
    batch.add(1, &COPIES, copies.collect());
    let attempts = members
        .iter()
        .filter_map(|member| Some((member.attempt.as_ref()?, member)));
    let attempts = attempts.flat_map(|(attempt, member)| {
        [
            Value::Text(attempt.id.as_str()),
            Value::Text(attempt.account.as_str()),
            Value::Text(&attempt.browser_hash),
            Value::Text(attempt.site.as_str()),
            Value::Text(attempt.factor.as_str()),
            Value::Text(&attempt.state),
            Value::Text(member.new.challenge.id.as_str()),
            Value::Number(i64::from(attempt.known_browser)),
            Value::Text(&attempt.place),
            Value::Text(&attempt.network),
            Value::Text(&attempt.browser),
            Value::Text(&attempt.source_prefix),
            Value::Number(attempt.created_at.0),
            Value::Number(attempt.expires_at.0),
        ]
    });
    batch.add(2, &ATTEMPTS, attempts.collect());
    money::add_withdrawals(batch, members);
}

static CHALLENGES: Rows = Rows::new(
    "INSERT INTO challenges (id, account_id, action, state, live_slot, browser_hash, known_browser, source_prefix, \
     number_sealed, created_at, expires_at, pushed_at) \
     SELECT column1, column2, column3, 'pending', column4, column5, column6, column7, column8, column9, column10, column9 FROM",
    "tttttntbnn",
    "WHERE column1 <> '' \
     AND NOT EXISTS (SELECT o.id FROM challenges o WHERE o.account_id = column2 AND o.state = 'pending') \
     AND NOT EXISTS (SELECT o.id FROM challenges o WHERE o.account_id = column2 AND o.pushed_at IS NOT NULL) \
     ON CONFLICT (live_slot) WHERE live_slot IS NOT NULL DO NOTHING RETURNING id",
);
static COPIES: Rows = Rows::new(
    "INSERT INTO challenge_copies (challenge_id, device_id, jws) SELECT column1, d.id, column3 FROM",
    "ttt",
    "JOIN challenges h ON h.id = column1 JOIN devices d ON d.id = column2 AND d.state = 'active' WHERE column1 <> ''",
);
static ATTEMPTS: Rows = Rows::new(
    "INSERT INTO login_attempts (id, account_id, browser_hash, site, factor, state, challenge_id, known_browser, place, \
     network, browser, source_prefix, created_at, expires_at) \
     SELECT column1, column2, column3, column4, column5, column6, column7, column8, column9, column10, column11, column12, \
     column13, column14 FROM",
    "tttttttnttttnn",
    "JOIN challenges h ON h.id = column7 WHERE column1 <> ''",
);

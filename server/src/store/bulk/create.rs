//! New challenges of customers who have nothing else open and left nothing unanswered (CHAL-07).

use std::collections::HashSet;

use crate::domain::challenge::{action_name, slots};
use crate::store::attempts::Attempt;
use crate::store::challenges::NewChallenge;
use crate::store::leaves::LeafRow;
use crate::store::rows::{MOST, Rows, padded};
use crate::store::{Conn, StoreError, row};

/// A challenge to store as pushed, if its account has no other one open and no push unanswered.
#[derive(Debug)]
pub struct OrdinaryChallenge {
    /// The challenge and its copies.
    pub new: NewChallenge,
    /// The slot it would like.
    slot: String,
    /// The attempt it belongs to.
    pub attempt: Option<Attempt>,
    /// What the audit log says about it.
    pub leaf: LeafRow,
}

impl OrdinaryChallenge {
    /// A challenge with its attempt and its leaf.
    #[must_use]
    pub fn new(new: NewChallenge, attempt: Option<Attempt>, leaf: LeafRow) -> Self {
        let challenge = &new.challenge;
        let slot = slots(&challenge.account, challenge.action, challenge.known_browser).swap_remove(0);
        Self {
            new,
            slot,
            attempt,
            leaf,
        }
    }
}

/// Gives the ids of the challenges that were stored.
pub(super) async fn write(c: &mut Conn, members: &[&OrdinaryChallenge]) -> Result<Vec<String>, StoreError> {
    if members.is_empty() {
        return Ok(Vec::new());
    }
    let (sql, size) = CHALLENGES.sql(c, members.len());
    let mut query = sqlx::query(sql);
    for (id, member) in padded(members, size, |m| m.new.challenge.id.as_str()) {
        let it = &member.new.challenge;
        query = query
            .bind(id)
            .bind(it.account.as_str())
            .bind(action_name(it.action))
            .bind(member.slot.as_str())
            .bind(it.browser_hash.as_str())
            .bind(i64::from(it.known_browser))
            .bind(it.source_prefix.as_str())
            .bind(it.number_sealed.as_slice())
            .bind(it.created_at.0)
            .bind(it.expires_at.0);
    }
    let stored = query.fetch_all(&mut *c).await?;
    let stored = stored
        .iter()
        .map(|r| row::text(r, "id"))
        .collect::<Result<Vec<_>, _>>()?;
    let won: HashSet<&str> = stored.iter().map(String::as_str).collect();
    let winners: Vec<&OrdinaryChallenge> = members
        .iter()
        .filter(|m| won.contains(m.new.challenge.id.as_str()))
        .copied()
        .collect();
    write_copies(c, &winners).await?;
    write_attempts(c, &winners).await?;
    Ok(stored)
}

async fn write_copies(c: &mut Conn, winners: &[&OrdinaryChallenge]) -> Result<(), StoreError> {
    let copies: Vec<_> = winners
        .iter()
        .flat_map(|m| {
            m.new
                .copies
                .iter()
                .map(|(device, jws)| (m.new.challenge.id.as_str(), device, jws))
        })
        .collect();
    for copies in copies.chunks(MOST) {
        let (sql, size) = COPIES.sql(c, copies.len());
        let mut query = sqlx::query(sql);
        for (id, (_, device, jws)) in padded(copies, size, |copy| copy.0) {
            query = query.bind(id).bind(device.as_str()).bind(jws.as_str());
        }
        query.execute(&mut *c).await?;
    }
    Ok(())
}

async fn write_attempts(c: &mut Conn, winners: &[&OrdinaryChallenge]) -> Result<(), StoreError> {
    let attempts: Vec<_> = winners
        .iter()
        .filter_map(|m| Some((m.attempt.as_ref()?, m.new.challenge.id.as_str())))
        .collect();
    if attempts.is_empty() {
        return Ok(());
    }
    let (sql, size) = ATTEMPTS.sql(c, attempts.len());
    let mut query = sqlx::query(sql);
    for (id, (attempt, challenge)) in padded(&attempts, size, |(attempt, _)| attempt.id.as_str()) {
        query = query
            .bind(id)
            .bind(attempt.account.as_str())
            .bind(attempt.browser_hash.as_str())
            .bind(attempt.site.as_str())
            .bind(attempt.factor.as_str())
            .bind(attempt.state.as_str())
            .bind(*challenge)
            .bind(i64::from(attempt.known_browser))
            .bind(attempt.place.as_str())
            .bind(attempt.network.as_str())
            .bind(attempt.browser.as_str())
            .bind(attempt.source_prefix.as_str())
            .bind(attempt.created_at.0)
            .bind(attempt.expires_at.0);
    }
    query.execute(c).await?;
    Ok(())
}

static CHALLENGES: Rows = Rows::new(
    "INSERT INTO challenges (id, account_id, action, state, live_slot, browser_hash, known_browser, source_prefix, \
     number_sealed, created_at, expires_at, pushed_at) \
     SELECT column1, column2, column3, 'pending', column4, column5, column6, column7, column8, column9, column10, column9 FROM",
    10,
    "WHERE column1 <> '' \
     AND NOT EXISTS (SELECT o.id FROM challenges o WHERE o.account_id = column2 AND o.state = 'pending') \
     AND NOT EXISTS (SELECT o.id FROM challenges o WHERE o.account_id = column2 AND o.pushed_at IS NOT NULL) \
     ON CONFLICT (live_slot) WHERE live_slot IS NOT NULL DO NOTHING RETURNING id",
);
static COPIES: Rows = Rows::new(
    "INSERT INTO challenge_copies (challenge_id, device_id, jws) SELECT column1, d.id, column3 FROM",
    3,
    "JOIN devices d ON d.id = column2 AND d.state = 'active' WHERE column1 <> ''",
);
static ATTEMPTS: Rows = Rows::new(
    "INSERT INTO login_attempts (id, account_id, browser_hash, site, factor, state, challenge_id, known_browser, place, \
     network, browser, source_prefix, created_at, expires_at) \
     SELECT column1, column2, column3, column4, column5, column6, column7, column8, column9, column10, column11, column12, \
     column13, column14 FROM",
    14,
    "WHERE column1 <> ''",
);

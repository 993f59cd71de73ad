//! Withdrawals on the hot path: asked for with their challenge, and moved on with their approval (TXN-01..05). Whatever the
//! policy judged by is a condition of the statement, so that what changed meanwhile takes the plain road.

use warifu_shared::clock::Timestamp;

use super::OrdinaryChallenge;
use super::approve::{OrdinaryApproval, values};
use super::batch::{Batch, Value};
use super::news::News;
use crate::store::leaves::LeafRow;
use crate::store::money_reads::Judged;
use crate::store::rows::Rows;
use crate::store::withdrawals::{Step, Withdrawal};

/// A withdrawal that is asked for with the right password, nobody having counted a mistake with it.
#[derive(Debug, Clone)]
pub struct OrdinaryRequest {
    /// The withdrawal, with its challenge.
    pub withdrawal: Withdrawal,
    /// The key of the form.
    pub key: String,
    /// The hash of the withdrawal password that was right.
    pub password_hash: String,
    /// That the password was right, and that the withdrawal was asked for: in this order.
    pub leaves: [LeafRow; 2],
    /// What the customer is told.
    pub news: News,
    /// What the policy judged by, to be used again when it is approved.
    pub judged: Option<Judged>,
}

/// What the approval of a withdrawal leads to, when everything is still as it was judged.
#[derive(Debug)]
pub struct OrdinaryPayment {
    /// The withdrawal as it was judged.
    pub withdrawal: Withdrawal,
    /// Its next step.
    pub step: Step<'static>,
    /// What the policy judged by.
    pub judged: Judged,
    /// What the audit log says about it.
    pub leaf: LeafRow,
    /// What the customer is told.
    pub news: News,
}

pub(super) fn add_requests<'a>(batch: &mut Batch<'a>, members: &[&'a OrdinaryChallenge]) {
    let asked = || {
        members
            .iter()
            .filter_map(|it| Some((*it, it.request.as_deref()?)))
    };
    let challenges = asked().flat_map(|(member, request)| {
        let common = member.values();
        common
            .into_iter()
            .chain([Value::Text(&request.key), Value::Text(&request.password_hash)])
    });
    batch.add(14, &CHALLENGES, challenges.collect());
}

pub(super) fn add_withdrawals<'a>(batch: &mut Batch<'a>, members: &[&'a OrdinaryChallenge]) {
    let asked = members
        .iter()
        .filter_map(|it| Some((*it, it.request.as_deref()?)));
    let withdrawals = asked.flat_map(|(member, request)| {
        let w = &request.withdrawal;
        [
            Value::Text(w.id.as_str()),
            Value::Text(&w.reference),
            Value::Text(w.account.as_str()),
            Value::Text(&request.key),
            Value::Text(w.state.as_str()),
            Value::Number(w.amount.get()),
            Value::Number(w.fee.get()),
            Value::Text(&w.txn),
            Value::Text(w.how.as_str()),
            Value::Text(&w.session_hash),
            Value::Text(member.new.challenge.id.as_str()),
            Value::Text(&w.place),
            Value::Text(&w.browser),
            Value::Number(w.created_at.0),
            Value::Number(w.expires_at.0),
        ]
    });
    batch.add(15, &WITHDRAWALS, withdrawals.collect());
}

pub(super) fn add_approvals<'a>(batch: &mut Batch<'a>, members: &[&'a OrdinaryApproval], database: &str) {
    let paid = || {
        members
            .iter()
            .filter_map(|it| Some((*it, it.payment.as_deref()?)))
    };
    if database == "PostgreSQL" {
        let held = paid().map(|(_, it)| Value::Text(it.withdrawal.id.as_str()));
        batch.add(16, &HOLD, held.collect());
    }
    let approvals = paid().flat_map(|(approval, it)| {
        let w = &it.withdrawal;
        let own = [
            Value::Text(w.id.as_str()),
            Value::Text(&w.txn),
            Value::Number(w.amount.get()),
            Value::Number(w.fee.get()),
            Value::Text(&w.reference),
            Value::Text(&it.judged.payee),
            Value::Number(it.judged.today.get()),
            Value::Number(it.judged.day.0),
            Value::Number(it.judged.cool_off_until.0),
            Value::Number(it.judged.held_until.0),
            Value::Number(it.judged.proven),
        ];
        values(approval).into_iter().chain(own)
    });
    batch.add(17, &APPROVE, approvals.collect());
    let time = |at: Option<Timestamp>| Value::Number(at.map_or(0, |at| at.0));
    let steps = paid().flat_map(|(approval, it)| {
        [
            Value::Text(it.withdrawal.id.as_str()),
            Value::Text(it.step.to.as_str()),
            Value::Number(approval.now.0),
            time(it.step.release_at),
            Value::Text(&approval.token_hash),
            time(it.step.expires_at),
            time(it.step.next_at),
            Value::Text(approval.challenge.as_str()),
            Value::Text(approval.request.as_str()),
        ]
    });
    batch.add(18, &STEPS, steps.collect());
}

/// The statement that approves, for the test that compares its states with the policy's.
#[cfg(test)]
pub(in crate::store) fn approving() -> &'static str {
    APPROVE.numbered(1)
}

static CHALLENGES: Rows = Rows::new(
    "INSERT INTO challenges (id, account_id, action, state, live_slot, browser_hash, known_browser, source_prefix, \
     number_sealed, created_at, expires_at, pushed_at) \
     SELECT column1, column2, column3, 'pending', column4, column5, column6, column7, column8, column9, column10, column9 FROM",
    "tttttntbnntt",
    "WHERE column1 <> '' \
     AND NOT EXISTS (SELECT o.id FROM challenges o WHERE o.account_id = column2 AND o.state = 'pending') \
     AND NOT EXISTS (SELECT o.id FROM challenges o WHERE o.account_id = column2 AND o.pushed_at IS NOT NULL) \
     AND NOT EXISTS (SELECT f.failures FROM failure_counters f WHERE f.account_id = column2 AND f.kind = 'withdrawal') \
     AND EXISTS (SELECT p.hash FROM withdrawal_passwords p WHERE p.account_id = column2 AND p.hash = column12) \
     AND NOT EXISTS (SELECT w.id FROM withdrawals w WHERE w.request_key = column11) \
     ON CONFLICT (live_slot) WHERE live_slot IS NOT NULL DO NOTHING RETURNING id",
);
static WITHDRAWALS: Rows = Rows::new(
    "INSERT INTO withdrawals (id, reference, account_id, request_key, state, amount, fee, txn, how, session_hash, \
     challenge_id, place, browser, created_at, expires_at, next_at) \
     SELECT column1, column2, column3, column4, column5, column6, column7, column8, column9, column10, column11, column12, \
     column13, column14, column15, column15 FROM",
    "tttttnnttttttnn",
    "JOIN challenges h ON h.id = column11 WHERE column1 <> ''",
);
/// On PostgreSQL approvals of one account follow each other from here on, so that two of them cannot both be the last within
/// a limit (`accounts::take_turn`), and nobody ends the withdrawal between the approval and its step.
static HOLD: Rows = Rows::new(
    "SELECT '' AS id FROM",
    "t",
    "JOIN withdrawals w ON w.id = column1 JOIN accounts a ON a.id = w.account_id ORDER BY a.id FOR UPDATE OF a, w",
);
static APPROVE: Rows = Rows::new(
    "UPDATE challenges SET state = 'consumed', live_slot = NULL, pushed_at = NULL, decided_at = column2, \
     decided_by = column3, decision_token = column4, decision_hash = column5, match_via = column6, \
     decision_request = column10, consumed_at = column2 FROM",
    "tnttttttttttnnttnnnnn",
    "WHERE challenges.id = column1 AND challenges.state = 'pending' AND challenges.expires_at > column2 \
     AND EXISTS (SELECT d.id FROM devices d JOIN device_keys r ON r.kid = column7 AND r.device_id = d.id \
                 JOIN device_keys a ON a.kid = column8 AND a.device_id = d.id WHERE d.id = column3 AND d.state = 'active') \
     AND NOT EXISTS (SELECT f.failures FROM failure_counters f \
                     WHERE f.account_id = challenges.account_id AND f.kind = 'factor') \
     AND NOT EXISTS (SELECT o.id FROM challenges o WHERE o.account_id = challenges.account_id \
                     AND o.pushed_at IS NOT NULL AND o.id <> challenges.id) \
     AND NOT EXISTS (SELECT n.nonce FROM request_nonces n WHERE n.kid = column7 AND n.nonce = column9) \
     AND EXISTS (SELECT w.id FROM withdrawals w JOIN accounts a ON a.id = w.account_id \
                 JOIN payout_accounts p ON p.active_slot = w.account_id \
                 WHERE w.id = column11 AND w.challenge_id = challenges.id AND w.account_id = challenges.account_id \
                 AND w.state = 'pending' AND w.how = 'app' AND w.expires_at > column2 AND w.txn = column12 \
                 AND w.amount = column13 AND w.fee = column14 AND w.reference = column15 AND p.payee = column16 \
                 AND w.session_hash = challenges.browser_hash AND a.disabled_at IS NULL \
                 AND a.cool_off_until = column19 AND a.withdrawals_held_until = column20) \
     AND column17 = (SELECT CAST(COALESCE(SUM(x.amount), 0) AS BIGINT) FROM withdrawals x \
                     WHERE x.account_id = challenges.account_id AND x.approved_at >= column18 \
                     AND x.state IN ('second', 'held', 'queued', 'placed', 'paid')) \
     AND column21 = (SELECT CAST(COALESCE(SUM(e.proven_at), 0) AS BIGINT) FROM addresses e \
                     WHERE e.account_id = challenges.account_id) \
     RETURNING id",
);
static STEPS: Rows = Rows::new(
    "UPDATE withdrawals SET state = column2, approved_at = column3, release_at = NULLIF(column4, 0), evidence = column5, \
     expires_at = COALESCE(NULLIF(column6, 0), withdrawals.expires_at), next_at = NULLIF(column7, 0), tries = 0 FROM",
    "ttnntnntt",
    "JOIN challenges h ON h.id = column8 AND h.decision_request = column9 \
     WHERE withdrawals.id = column1 AND withdrawals.state = 'pending'",
);

//! What the worker writes of withdrawals on their way: leases, and steps with their leaf and mails (TXN-03).

use warifu_shared::clock::Timestamp;
use warifu_shared::ids::WithdrawalId;

use super::batch::{Batch, Value};
use super::news::News;
use crate::domain::withdrawal::State;
use crate::store::leaves::LeafRow;
use crate::store::rows::Rows;

/// A withdrawal taken for a call, as by `withdrawals::lease`.
#[derive(Debug)]
pub struct Lease {
    /// The withdrawal.
    pub id: WithdrawalId,
    /// The state that it must be in.
    pub state: State,
    /// The tries that it must have.
    pub tries: i64,
    /// When it is looked at again.
    pub until: Timestamp,
}

/// A step of a withdrawal that nobody touched since it was leased.
#[derive(Debug)]
pub struct OrdinaryStep {
    /// The withdrawal.
    pub id: WithdrawalId,
    /// The state that it must be in.
    pub from: State,
    /// The tries that it must have.
    pub tries: i64,
    /// The state that follows.
    pub to: State,
    /// When the worker looks at it again.
    pub next_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// What the audit log says about it.
    pub leaf: LeafRow,
    /// What the customer is told.
    pub news: News,
}

/// On PostgreSQL the rows stay as they are between the leaf and the step.
pub(super) fn hold<'a>(batch: &mut Batch<'a>, members: &[&'a OrdinaryStep], database: &str) {
    if database == "PostgreSQL" {
        let held = members.iter().map(|it| Value::Text(it.id.as_str()));
        batch.add(10, &HOLD, held.collect());
    }
}

pub(super) fn add<'a>(batch: &mut Batch<'a>, members: &[&'a OrdinaryStep], leases: &[&'a Lease]) {
    let steps = members.iter().flat_map(|it| {
        [
            Value::Text(it.id.as_str()),
            Value::Text(it.from.as_str()),
            Value::Number(it.tries),
            Value::Text(it.to.as_str()),
            Value::Number(it.next_at.map_or(0, |at| at.0)),
            Value::Number(it.ended_at.map_or(0, |at| at.0)),
        ]
    });
    batch.add(11, &STEPS, steps.collect());
    let leases = leases.iter().flat_map(|it| {
        [
            Value::Text(it.id.as_str()),
            Value::Text(it.state.as_str()),
            Value::Number(it.tries),
            Value::Number(it.until.0),
        ]
    });
    batch.add(12, &LEASES, leases.collect());
}

static HOLD: Rows = Rows::new(
    "SELECT '' AS id FROM",
    "t",
    "JOIN withdrawals w ON w.id = column1 ORDER BY w.id FOR UPDATE OF w",
);
static STEPS: Rows = Rows::new(
    "UPDATE withdrawals SET state = column4, next_at = NULLIF(column5, 0), \
     ended_at = COALESCE(NULLIF(column6, 0), ended_at), tries = CASE WHEN column2 = 'placed' THEN 1 ELSE 0 END FROM",
    "ttntnn",
    "WHERE withdrawals.id = column1 AND withdrawals.state = column2 AND withdrawals.tries = column3 RETURNING id",
);
static LEASES: Rows = Rows::new(
    "UPDATE withdrawals SET next_at = column4, tries = tries + 1 FROM",
    "ttnn",
    "WHERE withdrawals.id = column1 AND withdrawals.state = column2 AND withdrawals.tries = column3 RETURNING id",
);

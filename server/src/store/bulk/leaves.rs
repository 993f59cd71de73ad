//! The leaves of a group: each is written when its effect is there (AUDIT-03).

use super::batch::{Batch, Value};
use super::steps::OrdinaryStep;
use crate::store::leaves::LeafRow;
use crate::store::rows::Rows;

/// A leaf, and how its effect is known.
pub(super) struct Told<'a> {
    pub(super) leaf: &'a LeafRow,
    /// The challenge that it tells of.
    pub(super) challenge: &'a str,
    /// The request that decided it, empty for a new challenge.
    pub(super) request: &'a str,
}

/// Adds the leaves of challenges and decisions, then those of `steps`.
pub(super) fn add<'a>(batch: &mut Batch<'a>, told: &[Told<'a>], steps: &[&'a OrdinaryStep]) {
    let leaves = told.iter().flat_map(|told| {
        [
            Value::Text(told.leaf.id.as_str()),
            Value::Number(told.leaf.at.0),
            Value::Text(&told.leaf.subject),
            Value::Text(&told.leaf.action),
            Value::Bytes(&told.leaf.entry),
            Value::Text(told.challenge),
            Value::Text(told.request),
        ]
    });
    batch.add_wide(6, &LEAVES, leaves.collect());
    let of_steps = steps.iter().flat_map(|step| {
        [
            Value::Text(step.leaf.id.as_str()),
            Value::Number(step.leaf.at.0),
            Value::Text(&step.leaf.subject),
            Value::Text(&step.leaf.action),
            Value::Bytes(&step.leaf.entry),
            Value::Text(step.id.as_str()),
            Value::Text(step.from.as_str()),
            Value::Number(step.tries),
        ]
    });
    batch.add(9, &LEAVES_OF_STEPS, of_steps.collect());
    let all = told.iter().map(|told| told.leaf);
    let all = all.chain(steps.iter().map(|step| &step.leaf));
    let details = all.flat_map(|leaf| {
        [
            Value::Text(leaf.id.as_str()),
            Value::Text(&leaf.salt),
            Value::Text(&leaf.details),
        ]
    });
    batch.add_wide(7, &DETAILS, details.collect());
}

static LEAVES: Rows = Rows::new(
    "INSERT INTO audit_leaves (id, at, subject, action, entry) SELECT column1, column2, column3, column4, column5 FROM",
    "tnttbtt",
    "JOIN challenges h ON h.id = column6 AND (column7 = '' OR h.decision_request = column7) WHERE column1 <> ''",
);
/// Before the step itself, by the same condition.
static LEAVES_OF_STEPS: Rows = Rows::new(
    "INSERT INTO audit_leaves (id, at, subject, action, entry) SELECT column1, column2, column3, column4, column5 FROM",
    "tnttbttn",
    "JOIN withdrawals w ON w.id = column6 AND w.state = column7 AND w.tries = column8 WHERE column1 <> ''",
);
static DETAILS: Rows = Rows::new(
    "INSERT INTO audit_details (leaf_id, salt, details) SELECT column1, column2, column3 FROM",
    "ttt",
    "JOIN audit_leaves l ON l.id = column1 WHERE column1 <> ''",
);

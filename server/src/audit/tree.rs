//! Proofs out of the stored hashes: a few short reads for each, whatever the size of the log (AUDIT-04).

use std::collections::HashMap;

use warifu_shared::log::proof::{consistency_spans, inclusion_spans};
use warifu_shared::log::{Frontier, Hash, Node, Span, fold};

use crate::store::{Conn, StoreError, log};

/// Every so many levels are stored. Between them lie up to `2^(STEP - 1)` hashes to be read for one that is not.
const STEP: u32 = 4;

/// Whether the hash of a subtree is stored beside the leaves.
#[must_use]
pub const fn is_stored(node: Node) -> bool {
    node.level > 0 && node.level.is_multiple_of(STEP)
}

/// The proof that the leaf at `position` is in the tree of `size` leaves; none when it is not.
///
/// # Errors
/// On a database failure, or when the log has fewer leaves.
pub async fn inclusion(c: &mut Conn, position: u64, size: u64) -> Result<Option<Vec<Hash>>, StoreError> {
    match inclusion_spans(position, size) {
        Some(found) => spans(c, found).await.map(Some),
        None => Ok(None),
    }
}

/// The proof that the tree of `old` leaves is the beginning of the tree of `new`; none when it is larger.
///
/// # Errors
/// As [`inclusion`].
pub async fn consistency(c: &mut Conn, old: u64, new: u64) -> Result<Option<Vec<Hash>>, StoreError> {
    match consistency_spans(old, new) {
        Some(found) => spans(c, found).await.map(Some),
        None => Ok(None),
    }
}

/// The frontier of the first `size` leaves.
///
/// # Errors
/// As [`inclusion`].
pub async fn frontier(c: &mut Conn, size: u64) -> Result<Frontier, StoreError> {
    let hashes = nodes(c, Span { start: 0, end: size }).await?;
    Frontier::of(size, hashes)
        .ok_or_else(|| StoreError::inconsistent("log_nodes", size.to_string(), "frontier"))
}

async fn spans(c: &mut Conn, spans: Vec<Span>) -> Result<Vec<Hash>, StoreError> {
    let mut hashes = Vec::with_capacity(spans.len());
    for span in spans {
        hashes.push(fold(&nodes(c, span).await?));
    }
    Ok(hashes)
}

async fn nodes(c: &mut Conn, span: Span) -> Result<Vec<Hash>, StoreError> {
    let mut hashes = Vec::new();
    for node in span.nodes() {
        let above = node.level % STEP;
        let row = log::hashes(c, node.level - above, node.index << above, 1 << above).await?;
        hashes.push(subtree(row));
    }
    Ok(hashes)
}

/// The hash over a power of two of neighbours.
fn subtree(mut row: Vec<Hash>) -> Hash {
    while row.len() > 1 {
        row = row.chunks(2).map(fold).collect();
    }
    fold(&row)
}

/// Makes many proofs for one tree: rows of stored hashes are read once for neighbours.
pub struct Prover {
    size: u64,
    rows: HashMap<(u32, u64), Vec<Hash>>,
}

impl Prover {
    /// For the tree of the first `size` leaves.
    #[must_use]
    pub fn new(size: u64) -> Self {
        Self {
            size,
            rows: HashMap::new(),
        }
    }

    /// The proof that the leaf at `position` is in the tree; none when it is not.
    ///
    /// # Errors
    /// As [`inclusion`].
    pub async fn prove(&mut self, c: &mut Conn, position: u64) -> Result<Option<Vec<Hash>>, StoreError> {
        let Some(spans) = inclusion_spans(position, self.size) else {
            return Ok(None);
        };
        let mut proof = Vec::with_capacity(spans.len());
        for span in spans {
            let mut hashes = Vec::new();
            for node in span.nodes() {
                hashes.push(self.node(c, node).await?);
            }
            proof.push(fold(&hashes));
        }
        Ok(Some(proof))
    }

    async fn node(&mut self, c: &mut Conn, node: Node) -> Result<Hash, StoreError> {
        let above = node.level % STEP;
        let (level, first) = (node.level - above, node.index << above);
        let place = (level, first >> STEP);
        if !self.rows.contains_key(&place) {
            let start = place.1 << STEP;
            let count = (self.size >> level).saturating_sub(start).min(1 << STEP);
            let row = log::hashes(c, level, start, count).await?;
            if self.rows.len() >= MOST_ROWS {
                self.rows.clear();
            }
            self.rows.insert(place, row);
        }
        let within = usize::try_from(first & ((1 << STEP) - 1)).unwrap_or(usize::MAX);
        let row = self
            .rows
            .get(&place)
            .and_then(|row| row.get(within..within + (1 << above)));
        let row =
            row.ok_or_else(|| StoreError::inconsistent("log_nodes", first.to_string(), "too few hashes"))?;
        Ok(subtree(row.to_vec()))
    }
}

/// Rows that a [`Prover`] keeps, half a kilobyte each.
const MOST_ROWS: usize = 4096;

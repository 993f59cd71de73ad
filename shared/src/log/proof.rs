//! Proofs (RFC 6962 section 2.1.1 and 2.1.2; verified as RFC 9162 section 2.1.3.2 and 2.1.4.2 say): that a leaf is in a tree,
//! and that a tree is the beginning of a larger one.
//!
//! Making a proof is naming the spans whose hashes it consists of; who has the hashes reads them.

use super::tree::{Hash, Span, empty_root, node_hash, split};

/// A proof that does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the proof does not hold")]
pub struct BadProof;

/// The longest proof: a tree of `2^63` leaves has 63 levels, and a consistency proof one hash more.
pub const MOST_HASHES: usize = 64;

/// The spans whose hashes prove that leaf `index` is in the tree of `size` leaves, in order. `None` when it has no such leaf.
#[must_use]
pub fn inclusion_spans(index: u64, size: u64) -> Option<Vec<Span>> {
    if index >= size {
        return None;
    }
    let (mut start, mut end) = (0, size);
    let mut spans = Vec::new();
    while end - start > 1 {
        let middle = start + split(end - start);
        if index < middle {
            spans.push(Span { start: middle, end });
            end = middle;
        } else {
            spans.push(Span { start, end: middle });
            start = middle;
        }
    }
    spans.reverse();
    Some(spans)
}

/// The spans whose hashes prove that the tree of `old` leaves is the beginning of the tree of `new`, in order. Nothing is to
/// be shown for an empty or an equal tree. `None` when `old` is the larger one.
#[must_use]
pub fn consistency_spans(old: u64, new: u64) -> Option<Vec<Span>> {
    if old > new {
        return None;
    }
    if old == 0 || old == new {
        return Some(Vec::new());
    }
    let (mut start, mut end, mut spans) = (0, new, Vec::new());
    while old != end {
        let middle = start + split(end - start);
        if old <= middle {
            spans.push(Span { start: middle, end });
            end = middle;
        } else {
            spans.push(Span { start, end: middle });
            start = middle;
        }
    }
    // The old tree's own root is known to who asks.
    if start > 0 {
        spans.push(Span { start, end });
    }
    spans.reverse();
    Some(spans)
}

/// Checks that `leaf` is leaf `index` of the tree of `size` leaves with this root.
///
/// # Errors
/// [`BadProof`] when it is not shown.
pub fn verify_inclusion(
    leaf: &Hash,
    index: u64,
    size: u64,
    proof: &[Hash],
    root: &Hash,
) -> Result<(), BadProof> {
    if index >= size || proof.len() > MOST_HASHES {
        return Err(BadProof);
    }
    let (mut place, mut last, mut hash) = (index, size - 1, *leaf);
    for sibling in proof {
        if last == 0 {
            return Err(BadProof);
        }
        if place & 1 == 1 || place == last {
            hash = node_hash(sibling, &hash);
            climb_past_edge(&mut place, &mut last);
        } else {
            hash = node_hash(&hash, sibling);
        }
        place >>= 1;
        last >>= 1;
    }
    if last == 0 && hash == *root {
        Ok(())
    } else {
        Err(BadProof)
    }
}

/// Checks that the tree of `old` leaves with `old_root` is the beginning of the tree of `new` leaves with `new_root`.
///
/// # Errors
/// [`BadProof`] when it is not shown.
pub fn verify_consistency(
    old: u64,
    old_root: &Hash,
    new: u64,
    new_root: &Hash,
    proof: &[Hash],
) -> Result<(), BadProof> {
    let holds = |it: bool| if it { Ok(()) } else { Err(BadProof) };
    if old > new || proof.len() > MOST_HASHES {
        return Err(BadProof);
    }
    if old == 0 {
        return holds(proof.is_empty() && *old_root == empty_root());
    }
    if old == new {
        return holds(proof.is_empty() && old_root == new_root);
    }
    let mut hashes = proof.iter();
    let first = if old.is_power_of_two() {
        old_root
    } else {
        hashes.next().ok_or(BadProof)?
    };
    let (mut place, mut last) = (old - 1, new - 1);
    while place & 1 == 1 {
        place >>= 1;
        last >>= 1;
    }
    let (mut of_old, mut of_new) = (*first, *first);
    for sibling in hashes {
        if last == 0 {
            return Err(BadProof);
        }
        if place & 1 == 1 || place == last {
            of_old = node_hash(sibling, &of_old);
            of_new = node_hash(sibling, &of_new);
            climb_past_edge(&mut place, &mut last);
        } else {
            of_new = node_hash(&of_new, sibling);
        }
        place >>= 1;
        last >>= 1;
    }
    holds(last == 0 && of_old == *old_root && of_new == *new_root)
}

/// At the right edge of a tree that is not full, levels without a sibling are left out of the proof.
fn climb_past_edge(place: &mut u64, last: &mut u64) {
    while *place & 1 == 0 && *place != 0 {
        *place >>= 1;
        *last >>= 1;
    }
}

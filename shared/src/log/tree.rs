//! Hashes of the tree (RFC 6962 section 2.1), which subtrees a span of leaves consists of, and growing by one leaf (AUDIT-04).

use sha2::{Digest, Sha256};

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// The hash of a leaf: SHA-256 over `0x00` and the entry.
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Sha256::new()
        .chain_update([0])
        .chain_update(entry)
        .finalize()
        .into()
}

/// The hash of an inner node: SHA-256 over `0x01`, the left and the right hash.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new()
        .chain_update([1])
        .chain_update(left)
        .chain_update(right)
        .finalize()
        .into()
}

/// The root of the tree without leaves: SHA-256 of nothing.
#[must_use]
pub fn empty_root() -> Hash {
    Sha256::digest([]).into()
}

/// A complete subtree: `2^level` leaves from `index * 2^level` on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Node {
    /// Its height; a leaf has 0.
    pub level: u32,
    /// Which one of its level, counted from 0.
    pub index: u64,
}

/// The leaves from `start` to before `end`, as one node of some tree covers them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first leaf.
    pub start: u64,
    /// Behind the last leaf.
    pub end: u64,
}

impl Span {
    /// The complete subtrees that the span consists of, from left to right: one for each bit of its length. [`fold`] makes its
    /// hash of theirs.
    #[must_use]
    pub fn nodes(self) -> Vec<Node> {
        let (mut start, mut rest) = (self.start, self.end.saturating_sub(self.start));
        let mut nodes = Vec::with_capacity(rest.count_ones() as usize);
        while rest > 0 {
            let level = rest.ilog2();
            nodes.push(Node {
                level,
                index: start >> level,
            });
            start += 1 << level;
            rest -= 1 << level;
        }
        nodes
    }
}

/// The hash over complete subtrees from left to right; of none, the empty root.
#[must_use]
pub fn fold(hashes: &[Hash]) -> Hash {
    let mut from_right = hashes.iter().rev();
    match from_right.next() {
        Some(last) => from_right.fold(*last, |right, left| node_hash(left, &right)),
        None => empty_root(),
    }
}

/// Where the tree of `size` leaves (2 or more) divides: the largest power of two below `size`.
pub(super) fn split(size: u64) -> u64 {
    1 << (size - 1).ilog2()
}

/// What is needed of a tree to add leaves: the hashes of its complete subtrees from left to right.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    hashes: Vec<Hash>,
}

impl Frontier {
    /// The frontier of a tree of `size` leaves, out of the hashes of the nodes of its span.
    #[must_use]
    pub fn of(size: u64, hashes: Vec<Hash>) -> Option<Self> {
        (hashes.len() == size.count_ones() as usize).then_some(Self { size, hashes })
    }

    /// How many leaves the tree has.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The root.
    #[must_use]
    pub fn root(&self) -> Hash {
        fold(&self.hashes)
    }

    /// Adds a leaf. `completed` hears of every subtree that it completes, the leaf itself first.
    pub fn push(&mut self, leaf: Hash, mut completed: impl FnMut(Node, &Hash)) {
        let (mut hash, mut node) = (
            leaf,
            Node {
                level: 0,
                index: self.size,
            },
        );
        completed(node, &hash);
        while node.index & 1 == 1 {
            let Some(left) = self.hashes.pop() else { break };
            hash = node_hash(&left, &hash);
            node = Node {
                level: node.level + 1,
                index: node.index >> 1,
            };
            completed(node, &hash);
        }
        self.hashes.push(hash);
        self.size += 1;
    }
}

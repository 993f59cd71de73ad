//! The audit log as anybody can check it: entries, the Merkle tree over them (RFC 6962 section 2.1), signed checkpoints.

pub mod checkpoint;
pub mod entry;
pub mod export;
pub mod proof;
pub mod prune;
pub mod range;
pub mod tree;
pub mod verify;

pub use checkpoint::{Checkpoint, LogKey, NoteError, SignedNote};
pub use entry::{BadEntry, Entry};
pub use tree::{Frontier, Hash, Node, Span, empty_root, fold, leaf_hash, node_hash};

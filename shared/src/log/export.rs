//! The exported log: which files there are, and the lines of their entries (AUDIT-06).
//!
//! `entries/<first position>.jsonl` holds [`PART_ENTRIES`] entries, a line each; `checkpoints/<size>` is a signed note.

use super::entry::{Entry, MAX_ENTRY_LEN};
use super::tree::Hash;
use crate::b64;

/// Entries in one file.
pub const PART_ENTRIES: u64 = 4096;
/// The folder of the entries.
pub const ENTRIES: &str = "entries";
/// The folder of the checkpoints.
pub const CHECKPOINTS: &str = "checkpoints";
/// The longest line, without its line feed.
pub const MAX_LINE_LEN: usize = MAX_ENTRY_LEN + 128;

/// The name of the file that holds the entry at `position`.
#[must_use]
pub fn part_name(position: u64) -> String {
    format!("{:012}.jsonl", position - position % PART_ENTRIES)
}

/// The name of the file of a checkpoint.
#[must_use]
pub fn checkpoint_name(size: u64) -> String {
    format!("{size:012}")
}

/// One line of an exported log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The position of the entry.
    pub position: u64,
    /// Its hash in the tree.
    pub hash: Hash,
    /// Its bytes; none when they were taken out of the log.
    pub entry: Option<Vec<u8>>,
}

/// What is wrong with one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineProblem {
    /// Not a line of an exported log.
    Malformed,
    /// The line of another position.
    Position(u64),
    /// The entry does not have the hash that stands beside it.
    Changed,
    /// Only the hash is there.
    TakenOut,
}

impl Line {
    /// The line, without a line feed.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let head = format!(
            "{{\"position\":{},\"hash\":\"{}\",\"entry\":",
            self.position,
            b64::encode(self.hash)
        );
        let entry: &[u8] = self.entry.as_deref().unwrap_or(b"null");
        [head.as_bytes(), entry, b"}"].concat()
    }

    /// Reads a line. There is one way to write it. The hash is not compared: see [`Self::check`].
    ///
    /// # Errors
    /// [`LineProblem::Malformed`].
    pub fn read(line: &[u8]) -> Result<Self, LineProblem> {
        let read = Self::take_apart(line).ok_or(LineProblem::Malformed)?;
        if read.write() == line {
            Ok(read)
        } else {
            Err(LineProblem::Malformed)
        }
    }

    fn take_apart(line: &[u8]) -> Option<Self> {
        if line.len() > MAX_LINE_LEN {
            return None;
        }
        let line = line.strip_prefix(b"{\"position\":")?;
        let comma = line.iter().position(|b| *b == b',')?;
        let position = std::str::from_utf8(&line[..comma]).ok()?.parse().ok()?;
        let (hash, rest) = line[comma..]
            .strip_prefix(b",\"hash\":\"")?
            .split_at_checked(HASH_LEN)?;
        let hash = b64::decode_array(std::str::from_utf8(hash).ok()?).ok()?;
        let entry = rest.strip_prefix(b"\",\"entry\":")?.strip_suffix(b"}")?;
        Some(Self {
            position,
            hash,
            entry: (entry != b"null").then(|| entry.to_vec()),
        })
    }

    /// Whether this is the line of `position`, and its entry the one that was hashed.
    ///
    /// # Errors
    /// [`LineProblem`].
    pub fn check(&self, position: u64) -> Result<Entry, LineProblem> {
        if self.position != position {
            return Err(LineProblem::Position(self.position));
        }
        let bytes = self.entry.as_deref().ok_or(LineProblem::TakenOut)?;
        if super::leaf_hash(bytes) != self.hash {
            return Err(LineProblem::Changed);
        }
        Entry::read(bytes).map_err(|_| LineProblem::Malformed)
    }
}

/// 32 bytes in base64url.
const HASH_LEN: usize = 43;

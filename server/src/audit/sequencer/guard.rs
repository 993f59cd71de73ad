//! What is looked at before a head is signed: that it goes on from everything that was signed before (AUDIT-05).

use warifu_shared::log::proof::verify_consistency;
use warifu_shared::log::{Checkpoint, Frontier, LogKey, empty_root};

use super::SequencerError;
use crate::audit::tree;
use crate::store::Conn;
use crate::store::log::{self, Head};

/// What this process has seen of the log.
#[derive(Default)]
pub(super) struct Guard {
    /// The newest head that this process signed or checked.
    known: Option<Checkpoint>,
    /// Its frontier.
    frontier: Frontier,
}

impl Guard {
    /// The frontier of the head that is stored, if that head is the continuation of what was signed: its signature is ours,
    /// the stored hashes give its root, and the newest checkpoints known here, published and exported are its beginnings.
    /// `None`: another process went on since the head was read, so that it is no longer the head.
    pub(super) async fn frontier(
        &mut self,
        c: &mut Conn,
        head: &Head,
        key: &LogKey,
        exported: Option<Checkpoint>,
    ) -> Result<Option<Frontier>, SequencerError> {
        let stored = stored_head(head, key)?;
        if self.known.as_ref() == Some(&stored) {
            return Ok(Some(self.frontier.clone()));
        }
        let frontier = tree::frontier(c, stored.size).await.map_err(broken)?;
        if frontier.root() != stored.root {
            return Err(SequencerError::Inconsistent(
                "the stored hashes do not give the signed root",
            ));
        }
        let published = match log::newest_checkpoint(c).await? {
            Some(note) => Some(read(&note, key)?),
            None => None,
        };
        // What was known stays known when the stored head is refused.
        for earlier in [self.known.clone(), published, exported].into_iter().flatten() {
            if earlier.size > stored.size && log::head(c).await?.size > stored.size {
                return Ok(None);
            }
            begins(c, &earlier, &stored).await?;
        }
        self.known = Some(stored);
        self.frontier = frontier.clone();
        Ok(Some(frontier))
    }

    /// This process signed a head, and it is stored.
    pub(super) fn signed(&mut self, frontier: Frontier, key: &LogKey) {
        self.known = Some(Checkpoint {
            origin: key.name().to_owned(),
            size: frontier.size(),
            root: frontier.root(),
        });
        self.frontier = frontier;
    }
}

fn stored_head(head: &Head, key: &LogKey) -> Result<Checkpoint, SequencerError> {
    if head.size == 0 && head.note.is_empty() {
        return Ok(Checkpoint {
            origin: key.name().to_owned(),
            size: 0,
            root: empty_root(),
        });
    }
    let stored = read(&head.note, key)?;
    if stored.size == head.size {
        Ok(stored)
    } else {
        Err(SequencerError::Inconsistent(
            "the head has another size than its checkpoint",
        ))
    }
}

fn read(note: &str, key: &LogKey) -> Result<Checkpoint, SequencerError> {
    Checkpoint::verify(note, key)
        .map_err(|_| SequencerError::Inconsistent("a stored checkpoint is not signed by the key of the log"))
}

async fn begins(c: &mut Conn, earlier: &Checkpoint, stored: &Checkpoint) -> Result<(), SequencerError> {
    let proof = tree::consistency(c, earlier.size, stored.size)
        .await
        .map_err(broken)?;
    let proof = proof.ok_or(SequencerError::Inconsistent("it is shorter than what was signed"))?;
    verify_consistency(earlier.size, &earlier.root, stored.size, &stored.root, &proof)
        .map_err(|_| SequencerError::Inconsistent("it is not the continuation of a signed checkpoint"))
}

/// A hash that is gone is no failure of the database.
fn broken(error: crate::store::StoreError) -> SequencerError {
    match error {
        crate::store::StoreError::Inconsistent { .. } => {
            SequencerError::Inconsistent("stored hashes are missing")
        }
        other => other.into(),
    }
}

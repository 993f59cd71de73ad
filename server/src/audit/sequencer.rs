//! The sequencer: gives every leaf its position, a moment after its effect, and signs the head of the tree (AUDIT-03..05).
//!
//! Approvals never wait for it. One round reads leaves without a position, hashes them, signs the new head and writes all of
//! it in one transaction, if nobody else did meanwhile. Every process has one; the database lets one at a time (decision 20).

mod guard;
mod search;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use warifu_shared::clock::{SharedClock, Timestamp};
use warifu_shared::keys::SigningKey;
use warifu_shared::log::{Checkpoint, Entry, Frontier, LogKey, NoteError, leaf_hash};

use super::export::Export;
use super::tree;
use crate::store::log::{self, Head, Leaf, NewPosition, Round};
use crate::store::{Store, StoreError};

use guard::Guard;
use search::Search;

/// Gives positions and signs heads. One for each process.
pub struct Sequencer {
    store: Store,
    key: Arc<SigningKey>,
    log: LogKey,
    export: Option<Export>,
    state: Mutex<State>,
}

/// What a round remembers for the next.
struct State {
    search: Search,
    guard: Guard,
}

/// How a round went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Done {
    /// Leaves that got a position.
    pub placed: usize,
    /// Whether a checkpoint was published.
    pub published: bool,
    /// Whether there may be more to do at once.
    pub more: bool,
}

const NOTHING: Done = Done {
    placed: 0,
    published: false,
    more: false,
};

/// Why a round could not be done.
#[derive(Debug, thiserror::Error)]
pub enum SequencerError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is stored is not the continuation of what was signed: nothing is signed any more (AUDIT-05).
    #[error("the stored log does not continue what was signed: {0}")]
    Inconsistent(&'static str),
    /// The exported copy.
    #[error("the exported log: {0}")]
    Export(#[from] super::export::ExportError),
    /// A name that no checkpoint can bear.
    #[error(transparent)]
    Note(#[from] NoteError),
}

/// What a round publishes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Publish {
    /// What has come due.
    Due,
    /// Whatever is not published yet.
    All,
}

impl Sequencer {
    /// The sequencer of this process. `log` is the public half of `key` under the name of the log, `export` the folder of the
    /// copy.
    #[must_use]
    pub fn new(store: Store, key: Arc<SigningKey>, log: LogKey, export: Option<PathBuf>) -> Self {
        Self {
            export: export.map(|folder| Export::at(folder, log.clone())),
            state: Mutex::new(State {
                search: Search::default(),
                guard: Guard::default(),
            }),
            store,
            key,
            log,
        }
    }

    /// One round: up to some hundreds of leaves, and what has come due of checkpoints.
    ///
    /// # Errors
    /// [`SequencerError`]. The round has had no effect then.
    pub async fn round(&self, now: Timestamp) -> Result<Done, SequencerError> {
        self.publish(now, Publish::Due).await
    }

    /// Rounds until nothing is left, then the copy: what tests step, and what runs again and again.
    ///
    /// # Errors
    /// [`SequencerError`].
    pub async fn step(&self, now: Timestamp) -> Result<Done, SequencerError> {
        self.until_done(now, Publish::Due).await
    }

    /// The last step of a process: a checkpoint for everything (AUDIT-05).
    ///
    /// # Errors
    /// [`SequencerError`].
    pub async fn finish(&self, now: Timestamp) -> Result<Done, SequencerError> {
        self.until_done(now, Publish::All).await
    }

    async fn until_done(&self, now: Timestamp, what: Publish) -> Result<Done, SequencerError> {
        let mut all = NOTHING;
        loop {
            let done = self.publish(now, what).await?;
            all.placed += done.placed;
            all.published |= done.published;
            if !done.more {
                break;
            }
        }
        if let Some(export) = &self.export {
            export.catch_up(&self.store).await?;
        }
        Ok(all)
    }

    async fn publish(&self, now: Timestamp, what: Publish) -> Result<Done, SequencerError> {
        let mut state = self.state.lock().await;
        let State { search, guard } = &mut *state;
        let mut c = self.store.read().await?;
        // The head is read before the leaves: a leaf that another process takes meanwhile changes the head.
        let head = log::head(&mut c).await?;
        let found = search.look(&mut c, now).await?;
        let size = head.size + found.leaves.len() as u64;
        let due = size > head.published_size
            && (what == Publish::All
                || size - head.published_size >= EVERY_ENTRIES
                || now.secs_since(head.published_at) >= EVERY_SECS);
        if found.leaves.is_empty() && !due {
            let more = found.more;
            search.took(found, now);
            return Ok(Done { more, ..NOTHING });
        }
        let exported = match &self.export {
            Some(export) => export.newest_checkpoint().await?,
            None => None,
        };
        let frontier = guard.frontier(&mut c, &head, &self.log, exported).await?;
        drop(c);
        let Some(frontier) = frontier else {
            return Ok(Done {
                more: true,
                ..NOTHING
            });
        };
        let (round, frontier) = self.make(head, frontier, &found.leaves, due.then_some(now))?;
        let (placed, more) = (round.positions.len(), found.more);
        let done = self
            .store
            .write_again(move |c| Box::pin(async move { log::append(c, &round, now).await }));
        if !done.await? {
            // Another process went on; the next round begins where it stopped.
            return Ok(Done {
                more: true,
                ..NOTHING
            });
        }
        guard.signed(frontier, &self.log);
        search.took(found, now);
        Ok(Done {
            placed,
            published: due,
            more,
        })
    }

    /// Hashes the leaves and signs the head with them.
    fn make(
        &self,
        from: Head,
        mut frontier: Frontier,
        leaves: &[Leaf],
        publish: Option<Timestamp>,
    ) -> Result<(Round, Frontier), SequencerError> {
        let mut nodes = Vec::new();
        let mut positions = Vec::with_capacity(leaves.len());
        for leaf in leaves {
            let hash = leaf_hash(&leaf.entry);
            frontier.push(hash, |node, hash| {
                if tree::is_stored(node) {
                    nodes.push((node, *hash));
                }
            });
            // A leaf that cannot be read gets its position too: the log shows what is there.
            let (subject, object, actor, action) = match Entry::read(&leaf.entry) {
                Ok(entry) => (entry.subject, entry.object, entry.actor, entry.action),
                Err(_) => ("-".to_owned(), "-".to_owned(), "-".to_owned(), "-".to_owned()),
            };
            positions.push(NewPosition {
                leaf_id: leaf.id.clone(),
                hash,
                subject,
                object,
                actor,
                action,
            });
        }
        let checkpoint = Checkpoint {
            origin: self.log.name().to_owned(),
            size: frontier.size(),
            root: frontier.root(),
        };
        let to = Head {
            size: checkpoint.size,
            note: checkpoint.sign(&self.key)?,
            published_size: publish.map_or(from.published_size, |_| checkpoint.size),
            published_at: publish.unwrap_or(from.published_at),
        };
        let round = Round {
            from,
            to,
            positions,
            nodes,
        };
        Ok((round, frontier))
    }
}

/// Sequences until dropped: soon after each commit, at most a few rounds a second, and now and then for what another process
/// left behind.
pub async fn run(sequencer: Arc<Sequencer>, clock: SharedClock) {
    let written = Arc::clone(&sequencer.store.written);
    let mut told = Timestamp(0);
    loop {
        let now = clock.now();
        if let Err(error) = sequencer.step(now).await
            && now.secs_since(told) >= TELL_AGAIN_SECS
        {
            told = now;
            let event = match error {
                SequencerError::Inconsistent(_) => "log.inconsistent",
                SequencerError::Export(_) => "log.export",
                SequencerError::Store(_) | SequencerError::Note(_) => "log.failed",
            };
            tracing::error!(event, %error, "the audit log does not go on");
        }
        tokio::time::sleep(BETWEEN_ROUNDS).await;
        drop(tokio::time::timeout(IDLE, written.notified()).await);
    }
}

/// Entries after which a checkpoint is published at the latest.
const EVERY_ENTRIES: u64 = 1000;
/// Seconds after which it is.
const EVERY_SECS: i64 = 3600;
const BETWEEN_ROUNDS: Duration = Duration::from_millis(250);
/// A look without having been woken.
const IDLE: Duration = Duration::from_secs(5);
/// The same trouble is told once in this time.
const TELL_AGAIN_SECS: i64 = 60;

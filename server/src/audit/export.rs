//! The copy of the log in a folder, for people who must not depend on the database (AUDIT-06). Files only grow; what a crash
//! cut off is written again, and nothing twice.

mod files;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use warifu_shared::log::export::Line;
use warifu_shared::log::{Checkpoint, LogKey};

use crate::store::log;
use crate::store::{Store, StoreError};

use files::Files;

/// Why the copy does not go on.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file.
    #[error("{0}: {1}")]
    Io(PathBuf, std::io::Error),
    /// Another process writes there.
    #[error("{0} is written by another process; give each process a folder of its own")]
    Locked(PathBuf),
    /// Something there is not what was written.
    #[error("{0} was changed")]
    Changed(PathBuf),
    /// The log has no leaf at a position below its size.
    #[error("position {0} is missing in the database")]
    Missing(u64),
    /// The thread that writes files ended.
    #[error("the writer of the exported log ended")]
    Writer,
}

/// A folder that the log is copied to.
pub struct Export {
    folder: PathBuf,
    log: LogKey,
    files: Arc<Mutex<Option<Files>>>,
}

impl Export {
    /// The copy in `folder`, of the log with this key. Nothing is touched yet.
    #[must_use]
    pub fn at(folder: PathBuf, log: LogKey) -> Self {
        Self {
            folder,
            log,
            files: Arc::default(),
        }
    }

    /// Writes what the folder does not have yet: entries first, then checkpoints.
    ///
    /// # Errors
    /// [`ExportError`]. What was written stays.
    pub async fn catch_up(&self, store: &Store) -> Result<(), ExportError> {
        let (mut next, mut checkpoint) = self
            .with(|files| Ok((files.next, files.checkpoint_size())))
            .await?;
        let mut c = store.read().await?;
        let size = log::head(&mut c).await?.size;
        while next < size {
            let placed = log::from_position(&mut c, next, AT_ONCE.min(size - next)).await?;
            let mut lines = Vec::with_capacity(placed.len());
            for it in placed {
                if it.position != next {
                    return Err(ExportError::Missing(next));
                }
                next += 1;
                lines.push(Line {
                    position: it.position,
                    hash: it.hash,
                    entry: it.entry,
                });
            }
            if lines.is_empty() {
                return Err(ExportError::Missing(next));
            }
            self.with(move |files| files.append(&lines)).await?;
        }
        loop {
            let notes = log::checkpoints_above(&mut c, checkpoint, 100).await?;
            let Some((last, _)) = notes.last() else {
                return Ok(());
            };
            checkpoint = *last;
            self.with(move |files| files.checkpoints(&notes)).await?;
        }
    }

    /// The newest checkpoint of the copy.
    ///
    /// # Errors
    /// When it cannot be read, or is not one of this log.
    pub async fn newest_checkpoint(&self) -> Result<Option<Checkpoint>, ExportError> {
        self.with(|files| Ok(files.newest.clone())).await
    }

    /// Does something with the files, on a thread that may wait for the disk. After a failure they are opened anew.
    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Files) -> Result<T, ExportError> + Send + 'static,
    ) -> Result<T, ExportError> {
        let (files, folder, log) = (Arc::clone(&self.files), self.folder.clone(), self.log.clone());
        let done = tokio::task::spawn_blocking(move || {
            let mut files = files.lock().unwrap_or_else(PoisonError::into_inner);
            let open = match files.take() {
                Some(open) => files.insert(open),
                None => files.insert(Files::open(&folder, &log)?),
            };
            let done = work(open);
            if done.is_err() {
                *files = None;
            }
            done
        });
        done.await.map_err(|_| ExportError::Writer)?
    }
}

/// Entries that are read and written at once.
const AT_ONCE: u64 = 1000;

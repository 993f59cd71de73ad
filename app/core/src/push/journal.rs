//! The journal: which hints were taken, written before the relay is told that it may forget them.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use warifu_shared::b64;
use warifu_shared::push_payload::Hinted;

use crate::vault::files;

/// Versions that are remembered: more than a relay keeps for one app.
const MAX_SEEN: usize = 256;
/// Hints that may wait for their challenge to be fetched.
const MAX_WAITING: usize = 64;

/// The journal of one data folder.
pub(crate) struct Journal {
    path: PathBuf,
    pages: Mutex<Pages>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
struct Pages {
    /// Hashes of message ids, oldest first: relays deliver again until they are told.
    seen: VecDeque<String>,
    /// Challenges that were announced and not fetched yet.
    waiting: VecDeque<Hint>,
}

/// What a push message named, of one service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Hint {
    /// The service's handle.
    pub(crate) service: String,
    /// What it names.
    #[serde(rename = "challenge")]
    pub(crate) hinted: Hinted,
}

/// What [`Journal::note`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Noted {
    /// Written down, and durable.
    New,
    /// Delivered before: tell the relay again, do nothing else.
    Seen,
}

impl Journal {
    /// Opens the journal; an unreadable one starts empty, which costs at most a second look at a challenge.
    pub(crate) fn open(data_dir: &Path) -> Self {
        let path = data_dir.join("push-journal.json");
        let bytes = files::read(&path).ok().flatten().unwrap_or_default();
        Self {
            path,
            pages: Mutex::new(Pages::read(&bytes)),
        }
    }

    /// Writes one message down. Blocks until it is on the disk.
    ///
    /// # Errors
    /// When it cannot be written: the relay must then not be told.
    pub(crate) fn note(&self, version: &str, hint: &Hint) -> std::io::Result<Noted> {
        let mut pages = self.pages();
        let Some(next) = pages.noted(version, hint) else {
            return Ok(Noted::Seen);
        };
        self.write(&next)?;
        *pages = next;
        Ok(Noted::New)
    }

    /// Hints that were taken and not followed up yet, e.g. because the app was killed in between.
    pub(crate) fn waiting(&self) -> Vec<Hint> {
        self.pages().waiting.iter().cloned().collect()
    }

    /// The challenge was fetched, or is over.
    pub(crate) fn done(&self, hint: &Hint) -> std::io::Result<()> {
        let mut pages = self.pages();
        if !pages.waiting.contains(hint) {
            return Ok(());
        }
        let mut next = pages.clone();
        next.waiting.retain(|other| other != hint);
        self.write(&next)?;
        *pages = next;
        Ok(())
    }

    fn write(&self, pages: &Pages) -> std::io::Result<()> {
        files::write(&self.path, &serde_json::to_vec(pages)?)
    }

    fn pages(&self) -> std::sync::MutexGuard<'_, Pages> {
        self.pages
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Pages {
    /// Reads the file; what cannot be read is empty.
    fn read(bytes: &[u8]) -> Self {
        let mut pages: Self = serde_json::from_slice(bytes).unwrap_or_default();
        // A file that this program did not write must not stay large.
        pages.seen.drain(..pages.seen.len().saturating_sub(MAX_SEEN));
        pages
            .waiting
            .drain(..pages.waiting.len().saturating_sub(MAX_WAITING));
        pages
    }

    /// These pages with one more message, or `None` when it was delivered before.
    fn noted(&self, version: &str, hint: &Hint) -> Option<Self> {
        let mark = b64::encode(&Sha256::digest(version.as_bytes())[..15]);
        if self.seen.contains(&mark) {
            return None;
        }
        let mut next = self.clone();
        push_capped(&mut next.seen, mark, MAX_SEEN);
        if !next.waiting.contains(hint) {
            push_capped(&mut next.waiting, hint.clone(), MAX_WAITING);
        }
        Some(next)
    }
}

/// For the fuzz target: reads a journal, notes one message, and gives how many messages and hints are kept then, and
/// whether the note was the first.
pub(super) fn noted_after(bytes: &[u8], version: &str) -> Option<(usize, usize, bool)> {
    let hint = Hint {
        service: "sv_1".to_owned(),
        hinted: Hinted::Challenge("ch_8Yk".parse().ok()?),
    };
    let pages = Pages::read(bytes);
    let Some(next) = pages.noted(version, &hint) else {
        return Some((pages.seen.len(), pages.waiting.len(), false));
    };
    let again = Pages::read(&serde_json::to_vec(&next).ok()?);
    // What was written down is known from then on.
    again
        .noted(version, &hint)
        .is_none()
        .then_some((again.seen.len(), again.waiting.len(), true))
}

fn push_capped<T>(queue: &mut VecDeque<T>, item: T, max: usize) {
    while queue.len() >= max {
        queue.pop_front();
    }
    queue.push_back(item);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint() -> Hint {
        Hint {
            service: "sv_1".into(),
            hinted: Hinted::Challenge(warifu_shared::ids::ChallengeId::random()),
        }
    }

    #[test]
    fn push_journal_survives_a_restart_between_ack_and_fetch() {
        let dir = tempfile::tempdir().unwrap();
        let hint = hint();
        assert_eq!(Journal::open(dir.path()).note("v1", &hint).unwrap(), Noted::New);
        let again = Journal::open(dir.path());
        assert_eq!(again.waiting(), std::slice::from_ref(&hint));
        assert_eq!(again.note("v1", &hint).unwrap(), Noted::Seen);
        again.done(&hint).unwrap();
        let last = Journal::open(dir.path());
        assert!(last.waiting().is_empty());
        assert_eq!(
            last.note("v1", &hint).unwrap(),
            Noted::Seen,
            "a redelivery after the fetch is still a redelivery"
        );
    }

    #[test]
    fn push_journal_stays_small_and_takes_what_it_cannot_read_as_empty() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("push-journal.json"), "{").unwrap();
        let journal = Journal::open(dir.path());
        journal.note("v", &hint()).unwrap();
        assert_eq!(journal.waiting().len(), 1);
        let mut queue = VecDeque::new();
        for n in 0..300 {
            push_capped(&mut queue, n, MAX_SEEN);
        }
        assert_eq!(
            (queue.len(), queue.front(), queue.back()),
            (MAX_SEEN, Some(&(300 - MAX_SEEN)), Some(&299))
        );
    }

    #[test]
    fn push_journal_that_cannot_be_written_does_not_pretend() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::open(&dir.path().join("missing"));
        assert!(journal.note("v1", &hint()).is_err());
        assert!(journal.waiting().is_empty());
    }
}

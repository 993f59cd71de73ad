//! Verifying an exported log with nothing but its folder and the log's key (AUDIT-07).

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use super::checkpoint::{Checkpoint, LogKey, MAX_NOTE_LEN, NoteError};
use super::export::{CHECKPOINTS, ENTRIES, Line, LineProblem, MAX_LINE_LEN, PART_ENTRIES, part_name};
use super::prune::Prune;
use super::tree::{Frontier, Hash};

/// What is wrong with an exported log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// A file or folder cannot be read.
    Unreadable(PathBuf, String),
    /// A file that is no part of an exported log, or not the next one.
    Stray(PathBuf),
    /// An entry.
    Entry {
        /// Its position.
        position: u64,
        /// What is wrong with it.
        what: LineProblem,
    },
    /// The last line has no end: it was cut, or is being written.
    Unfinished {
        /// The position of its entry.
        position: u64,
    },
    /// A checkpoint.
    Checkpoint(PathBuf, NoteError),
    /// A checkpoint says more entries than there are: the end was cut off.
    Truncated {
        /// The entries of the checkpoint.
        size: u64,
        /// The entries that are there.
        found: u64,
    },
    /// The entries do not give the root that was signed: one of these was changed, inserted, taken out or moved.
    Mismatch {
        /// Up to here everything is as signed.
        from: u64,
        /// The size of the checkpoint that does not fit.
        to: u64,
    },
    /// There is no checkpoint at all, so nothing shows that anything is as it was.
    NoCheckpoint,
}

/// A record of pruning that counts (AUDIT-09).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pruned {
    /// What it says.
    pub prune: Prune,
    /// Its own position.
    pub record: u64,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogReport {
    /// Entries read.
    pub entries: u64,
    /// Checkpoints that fit.
    pub checkpoints: usize,
    /// The size of the largest of them: later entries are not covered by any.
    pub covered: u64,
    /// What was pruned, as records in the log say that a checkpoint covers.
    pub pruned: Vec<Pruned>,
    /// What is wrong; empty when the log is as it was signed.
    pub problems: Vec<Problem>,
}

impl LogReport {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.problems.is_empty()
    }
}

/// Verifies the log in `folder`. `others` are files of checkpoints that were kept elsewhere: only they show that the end was
/// not cut off together with its checkpoints.
#[must_use]
pub fn verify(folder: &Path, key: &LogKey, others: &[PathBuf]) -> LogReport {
    let mut report = LogReport::default();
    let checkpoints = match checkpoints(folder, key, others) {
        Ok(checkpoints) => checkpoints,
        Err(problem) => {
            report.problems.push(problem);
            return report;
        }
    };
    if checkpoints.is_empty() {
        report.problems.push(Problem::NoCheckpoint);
    }
    let mut walk = Walk {
        frontier: Frontier::default(),
        checkpoints,
        report,
        taken: Vec::new(),
        records: Vec::new(),
    };
    if let Err(problem) = walk.compare().and_then(|()| walk.parts(folder)) {
        walk.report.problems.push(problem);
    } else if let Some((size, _)) = walk.checkpoints.last_key_value() {
        let (size, found) = (*size, walk.frontier.size());
        walk.report.problems.push(Problem::Truncated { size, found });
    }
    walk.report.entries = walk.frontier.size();
    walk.judge_taken();
    walk.report
}

/// All checkpoints by size. Two of one size with different roots are a mismatch by themselves.
fn checkpoints(
    folder: &Path,
    key: &LogKey,
    others: &[PathBuf],
) -> Result<BTreeMap<u64, Vec<Checkpoint>>, Problem> {
    let own = folder.join(CHECKPOINTS);
    let mut files: Vec<(PathBuf, bool)> = list(&own)?.into_iter().map(|path| (path, true)).collect();
    files.extend(others.iter().map(|path| (path.clone(), false)));
    let mut all: BTreeMap<u64, Vec<Checkpoint>> = BTreeMap::new();
    for (path, named) in files {
        let unreadable = |error: std::io::Error| Problem::Unreadable(path.clone(), error.to_string());
        let file = File::open(&path).map_err(unreadable)?;
        let mut bytes = Vec::new();
        file.take(MAX_NOTE_LEN as u64 + 1)
            .read_to_end(&mut bytes)
            .map_err(unreadable)?;
        let note =
            String::from_utf8(bytes).map_err(|_| Problem::Checkpoint(path.clone(), NoteError::Malformed))?;
        let checkpoint =
            Checkpoint::verify(&note, key).map_err(|error| Problem::Checkpoint(path.clone(), error))?;
        let name = super::export::checkpoint_name(checkpoint.size);
        if named && path.file_name().is_none_or(|found| *found != *name) {
            return Err(Problem::Stray(path));
        }
        all.entry(checkpoint.size).or_default().push(checkpoint);
    }
    Ok(all)
}

/// The files of a folder in order of their names.
fn list(folder: &Path) -> Result<Vec<PathBuf>, Problem> {
    let unreadable = |error: std::io::Error| Problem::Unreadable(folder.to_owned(), error.to_string());
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        files.push(entry.map_err(unreadable)?.path());
    }
    files.sort();
    Ok(files)
}

struct Walk {
    frontier: Frontier,
    /// Those that were not reached yet.
    checkpoints: BTreeMap<u64, Vec<Checkpoint>>,
    report: LogReport,
    /// Runs of positions of which only the hash is there: first and last.
    taken: Vec<(u64, u64)>,
    /// What records in the log say was pruned.
    records: Vec<Pruned>,
}

impl Walk {
    fn parts(&mut self, folder: &Path) -> Result<(), Problem> {
        for path in list(&folder.join(ENTRIES))? {
            let expected = part_name(self.frontier.size());
            let begins = self.frontier.size().is_multiple_of(PART_ENTRIES);
            if !begins || path.file_name().is_none_or(|name| *name != *expected) {
                return Err(Problem::Stray(path));
            }
            self.part(&path)?;
        }
        Ok(())
    }

    fn part(&mut self, path: &Path) -> Result<(), Problem> {
        let unreadable = |error: std::io::Error| Problem::Unreadable(path.to_owned(), error.to_string());
        let mut lines = BufReader::with_capacity(1 << 18, File::open(path).map_err(unreadable)?);
        let mut line = Vec::new();
        let last = self.frontier.size() + PART_ENTRIES;
        loop {
            line.clear();
            // One byte more than allowed shows that it is too long.
            let most = MAX_LINE_LEN as u64 + 2;
            let read = lines.by_ref().take(most).read_until(b'\n', &mut line);
            if read.map_err(unreadable)? == 0 {
                return Ok(());
            }
            let position = self.frontier.size();
            if position == last {
                return Err(Problem::Stray(path.to_owned()));
            }
            match line.strip_suffix(b"\n") {
                Some(line) => self.line(line)?,
                None if line.len() > MAX_LINE_LEN => {
                    let what = LineProblem::Malformed;
                    return Err(Problem::Entry { position, what });
                }
                None => return Err(Problem::Unfinished { position }),
            }
        }
    }

    /// An entry that does not fit the hash beside it is told, and its hash taken: so it is seen whether others fit.
    fn line(&mut self, line: &[u8]) -> Result<(), Problem> {
        let position = self.frontier.size();
        let told = |what| Problem::Entry { position, what };
        let read = Line::read(line).map_err(told)?;
        match read.check(position) {
            Ok(entry) => self.records.extend(Prune::read(&entry).map(|prune| Pruned {
                prune,
                record: position,
            })),
            Err(LineProblem::TakenOut) => self.taken_out(position),
            Err(what @ LineProblem::Changed) => self.tell(told(what)),
            Err(what) => return Err(told(what)),
        }
        self.frontier.push(read.hash, |_, _| {});
        self.compare()
    }

    /// A damaged log of millions of entries is told by its first ones.
    fn tell(&mut self, problem: Problem) {
        if self.report.problems.len() < MOST_TOLD {
            self.report.problems.push(problem);
        }
    }

    fn taken_out(&mut self, position: u64) {
        match self.taken.last_mut() {
            Some((_, last)) if *last + 1 == position => *last = position,
            _ => self.taken.push((position, position)),
        }
    }

    /// Entries may be gone when a later record says so, under a checkpoint: otherwise anybody could write one behind the end.
    fn judge_taken(&mut self) {
        let covered = self.report.covered;
        self.records
            .retain(|it| it.record < covered && it.prune.last < it.record);
        for (first, last) in std::mem::take(&mut self.taken) {
            let mut next = first;
            while next <= last && self.report.problems.len() < MOST_TOLD {
                let record = self
                    .records
                    .iter()
                    .find(|it| it.prune.first <= next && next <= it.prune.last);
                match record.map(|it| it.prune.last) {
                    Some(until) => next = until + 1,
                    None => {
                        let what = LineProblem::TakenOut;
                        self.tell(Problem::Entry { position: next, what });
                        next += 1;
                    }
                }
            }
        }
        self.report.pruned = std::mem::take(&mut self.records);
    }

    fn compare(&mut self) -> Result<(), Problem> {
        let size = self.frontier.size();
        let Some(here) = self.checkpoints.remove(&size) else {
            return Ok(());
        };
        let root: Hash = self.frontier.root();
        if here.iter().any(|checkpoint| checkpoint.root != root) {
            return Err(Problem::Mismatch {
                from: self.report.covered,
                to: size,
            });
        }
        self.report.checkpoints += here.len();
        self.report.covered = size;
        Ok(())
    }
}

/// Changed entries that are told one by one.
const MOST_TOLD: usize = 100;

//! A part of the log in one file, as auditors download it: a head, a line for each entry with its inclusion proof, an end
//! (AUDIT-08). It verifies with nothing but the log's key.

use std::io::{BufRead, Read};

use serde::{Deserialize, Serialize};

use super::checkpoint::{Checkpoint, LogKey, MAX_NOTE_LEN, NoteError};
use super::export::{Line, LineProblem, MAX_LINE_LEN};
use super::proof::{MOST_HASHES, verify_inclusion};
use super::tree::Hash;
use crate::b64;

/// The version of the format.
const VERSION: u8 = 1;
/// The longest line: an entry and the hashes of its proof; or a head with a checkpoint, whose line feeds are escaped.
const MOST_BYTES: usize = max(MAX_LINE_LEN + MOST_HASHES * 46 + 16, 2 * MAX_NOTE_LEN);
/// Where the proof begins in a line. In a text of the entry its quotation marks would be escaped.
const PROOF: &[u8] = b",\"proof\":";

const fn max(a: usize, b: usize) -> usize {
    if a > b { a } else { b }
}

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    warifu_log: u8,
    entries: u64,
    checkpoint: String,
}

/// The last line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    end: u64,
}

/// The first line of a file of `entries` entries, proven against a signed checkpoint; with its line feed.
#[must_use]
pub fn head(checkpoint: &str, entries: u64) -> Vec<u8> {
    json(&Head {
        warifu_log: VERSION,
        entries,
        checkpoint: checkpoint.to_owned(),
    })
}

/// The last line, with its line feed: without it the file was cut off.
#[must_use]
pub fn end(entries: u64) -> Vec<u8> {
    json(&End { end: entries })
}

/// The line of an entry, with its line feed.
#[must_use]
pub fn line(entry: &Line, proof: &[Hash]) -> Vec<u8> {
    let mut line = entry.write();
    line.pop();
    line.extend_from_slice(PROOF);
    let hashes: Vec<String> = proof.iter().map(b64::encode).collect();
    line.extend(json(&hashes));
    line.pop();
    line.extend_from_slice(b"}\n");
    line
}

fn json(value: &impl Serialize) -> Vec<u8> {
    let mut line = serde_json::to_vec(value).unwrap_or_default();
    line.push(b'\n');
    line
}

/// What is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RangeProblem {
    /// It cannot be read.
    Unreadable(String),
    /// It does not begin with the head of a part of a log.
    Head,
    /// Its checkpoint.
    Checkpoint(NoteError),
    /// A line, counted from 1.
    Line(u64, LineProblem),
    /// The proof of the entry at this position does not hold: it is not in the log that was signed.
    Proof(u64),
    /// Positions do not grow from line to line.
    Order(u64),
    /// The end is missing, or says another number of entries.
    Truncated {
        /// The entries that the head or the end says.
        said: u64,
        /// The entries that are there.
        found: u64,
    },
}

/// What a file shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RangeReport {
    /// Entries whose proof holds.
    pub entries: u64,
    /// Of these, those of which only the hash is left.
    pub pruned: u64,
    /// The entries of the checkpoint.
    pub size: u64,
    /// The first and the last position.
    pub span: Option<(u64, u64)>,
    /// The first thing that is wrong.
    pub problem: Option<RangeProblem>,
}

impl RangeReport {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.problem.is_none()
    }

    /// Whether every entry between the first and the last is there. Otherwise it is a selection, and does not show that
    /// nothing was left out.
    #[must_use]
    pub fn is_gapless(&self) -> bool {
        self.span
            .is_some_and(|(first, last)| last - first + 1 == self.entries)
    }
}

/// Verifies a file.
#[must_use]
pub fn verify(file: impl BufRead, key: &LogKey) -> RangeReport {
    let mut report = RangeReport::default();
    let mut lines = Lines { file, read: 0 };
    report.problem = walk(&mut lines, key, &mut report).err();
    report
}

fn walk<R: BufRead>(
    lines: &mut Lines<R>,
    key: &LogKey,
    report: &mut RangeReport,
) -> Result<(), RangeProblem> {
    let first = match lines.next() {
        Ok(Some(first)) => first,
        Ok(None) | Err(RangeProblem::Line(..)) => return Err(RangeProblem::Head),
        Err(problem) => return Err(problem),
    };
    let head: Head = strict(&first).ok_or(RangeProblem::Head)?;
    if head.warifu_log != VERSION {
        return Err(RangeProblem::Head);
    }
    let signed = Checkpoint::verify(&head.checkpoint, key).map_err(RangeProblem::Checkpoint)?;
    report.size = signed.size;
    let cut = |found| RangeProblem::Truncated {
        said: head.entries,
        found,
    };
    loop {
        let line = lines.next()?.ok_or_else(|| cut(report.entries))?;
        if let Some(End { end }) = strict(&line) {
            if end != report.entries || end != head.entries {
                return Err(cut(report.entries));
            }
            return match lines.next()? {
                None => Ok(()),
                Some(_) => Err(RangeProblem::Line(lines.read, LineProblem::Malformed)),
            };
        }
        one(&line, lines.read, &signed, report)?;
    }
}

fn one(line: &[u8], at: u64, signed: &Checkpoint, report: &mut RangeReport) -> Result<(), RangeProblem> {
    let told = |what| RangeProblem::Line(at, what);
    let (entry, proof) = take_apart(line).ok_or(told(LineProblem::Malformed))?;
    if report.span.is_some_and(|(_, last)| entry.position <= last) {
        return Err(RangeProblem::Order(at));
    }
    match entry.check(entry.position) {
        Ok(_) => {}
        Err(LineProblem::TakenOut) => report.pruned += 1,
        Err(what) => return Err(told(what)),
    }
    verify_inclusion(&entry.hash, entry.position, signed.size, &proof, &signed.root)
        .map_err(|_| RangeProblem::Proof(entry.position))?;
    report.entries += 1;
    report.span = Some((
        report.span.map_or(entry.position, |(first, _)| first),
        entry.position,
    ));
    Ok(())
}

/// The entry and the proof of a line. There is one way to write it.
fn take_apart(bytes: &[u8]) -> Option<(Line, Vec<Hash>)> {
    let at = bytes.windows(PROOF.len()).rposition(|it| it == PROOF)?;
    let entry = Line::read(&[&bytes[..at], b"}"].concat()).ok()?;
    let hashes = bytes[at + PROOF.len()..].strip_suffix(b"}")?;
    let hashes: Vec<String> = serde_json::from_slice(hashes).ok()?;
    let hashes = hashes
        .iter()
        .map(|it| b64::decode_array(it).ok())
        .collect::<Option<Vec<Hash>>>()?;
    (line(&entry, &hashes).strip_suffix(b"\n")? == bytes).then_some((entry, hashes))
}

/// Reads JSON that is written in the one way we write it.
fn strict<T: Serialize + for<'a> Deserialize<'a>>(line: &[u8]) -> Option<T> {
    let read: T = serde_json::from_slice(line).ok()?;
    (serde_json::to_vec(&read).ok()? == line).then_some(read)
}

struct Lines<R> {
    file: R,
    read: u64,
}

impl<R: BufRead> Lines<R> {
    /// The next line without its line feed. A last line without one was cut off.
    fn next(&mut self) -> Result<Option<Vec<u8>>, RangeProblem> {
        let mut line = Vec::new();
        let read = self
            .file
            .by_ref()
            .take(MOST_BYTES as u64 + 1)
            .read_until(b'\n', &mut line);
        if read.map_err(|error| RangeProblem::Unreadable(error.to_string()))? == 0 {
            return Ok(None);
        }
        self.read += 1;
        if line.pop() == Some(b'\n') {
            Ok(Some(line))
        } else {
            Err(RangeProblem::Line(self.read, LineProblem::Malformed))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::proof::inclusion_spans;
    use super::super::tree::{Frontier, leaf_hash};
    use super::*;
    use crate::clock::Timestamp;
    use crate::keys::SigningKey;
    use crate::log::Entry;
    use crate::log::entry::Words;

    fn entries(count: u64) -> Vec<Vec<u8>> {
        let entry = |n: u64| {
            let id = format!("au_{n}");
            let words = Words {
                actor: "customer",
                subject: "ac_,\"proof\":[",
                action: "login.completed",
                outcome: "ok",
                object: "-",
                request: "rq_1",
            };
            Entry::new(&id, Timestamp(1), words, "-", "-").encode().unwrap()
        };
        (0..count).map(entry).collect()
    }

    /// A file of these positions of a log of seven, and its key.
    fn file(positions: &[u64]) -> (Vec<u8>, LogKey) {
        let (entries, key) = (entries(7), SigningKey::from_seed(&[7; 32]));
        let log = LogKey::new("example/audit", key.public()).unwrap();
        let hashes: Vec<Hash> = entries.iter().map(|it| leaf_hash(it)).collect();
        let root = |from: u64, to: u64| {
            let mut tree = Frontier::default();
            for hash in &hashes[from as usize..to as usize] {
                tree.push(*hash, |_, _| {});
            }
            tree.root()
        };
        let checkpoint = Checkpoint {
            origin: "example/audit".to_owned(),
            size: 7,
            root: root(0, 7),
        };
        let mut bytes = head(&checkpoint.sign(&key).unwrap(), positions.len() as u64);
        for position in positions {
            let spans = inclusion_spans(*position, 7).unwrap();
            let proof: Vec<Hash> = spans.iter().map(|it| root(it.start, it.end)).collect();
            let entry = Line {
                position: *position,
                hash: hashes[*position as usize],
                entry: Some(entries[*position as usize].clone()),
            };
            bytes.extend(line(&entry, &proof));
        }
        bytes.extend(end(positions.len() as u64));
        (bytes, log)
    }

    #[test]
    fn audit_08_a_part_of_the_log_verifies_alone_and_says_whether_it_has_gaps() {
        let (bytes, key) = file(&[2, 3, 4]);
        let report = verify(bytes.as_slice(), &key);
        assert_eq!(
            (report.problem.clone(), report.entries, report.span),
            (None, 3, Some((2, 4)))
        );
        assert!(report.is_gapless());
        let (bytes, key) = file(&[0, 6]);
        let report = verify(bytes.as_slice(), &key);
        assert!(report.holds() && !report.is_gapless());
        let (bytes, key) = file(&[]);
        assert!(verify(bytes.as_slice(), &key).holds());
    }

    #[test]
    fn audit_07_every_flipped_byte_of_a_part_is_found() {
        let (bytes, key) = file(&[1, 5]);
        for at in 0..bytes.len() {
            for bit in [1, 0x20] {
                let mut changed = bytes.clone();
                changed[at] ^= bit;
                assert!(!verify(changed.as_slice(), &key).holds(), "byte {at}");
            }
            assert!(!verify(&bytes[..at], &key).holds(), "cut at {at}");
        }
    }

    #[test]
    fn audit_07_lines_taken_out_doubled_or_moved_are_found() {
        let (bytes, key) = file(&[1, 2, 5]);
        let lines: Vec<&[u8]> = bytes.split_inclusive(|b| *b == b'\n').collect();
        for order in [
            vec![0, 1, 3, 4],
            vec![0, 1, 1, 2, 3, 4],
            vec![0, 2, 1, 3, 4],
            vec![0, 1, 2, 3, 4, 4],
        ] {
            let changed: Vec<u8> = order.iter().flat_map(|n| lines[*n].to_vec()).collect();
            assert!(!verify(changed.as_slice(), &key).holds(), "{order:?}");
        }
        let other = LogKey::new("example/audit", SigningKey::from_seed(&[8; 32]).public()).unwrap();
        let report = verify(bytes.as_slice(), &other);
        assert!(
            matches!(report.problem, Some(RangeProblem::Checkpoint(_))),
            "{report:?}"
        );
    }
}

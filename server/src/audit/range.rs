//! A part of the log as an auditor takes it away: entries with their proofs, as JSON lines that verify alone or as a table
//! (AUDIT-08, STAFF-09). Written piece by piece: however many entries, a few hundred are in memory.

use warifu_shared::error::ErrorCode;
use warifu_shared::log::export::Line;
use warifu_shared::log::{Checkpoint, Entry, Hash, range};

use super::csv;
use super::tree::Prover;
use crate::app::App;
use crate::operations::Refusal;
use crate::store::log_search::{self, Filter};
use crate::store::{Conn, StoreError, log};

/// The form of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// JSON lines that `warifu-verify log` verifies.
    Lines,
    /// A table for a spreadsheet, with the same proofs in words.
    Table,
}

impl Form {
    /// How files of it end; also its name in forms.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Lines => "jsonl",
            Self::Table => "csv",
        }
    }

    /// Its media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Lines => "application/jsonl; charset=utf-8",
            Self::Table => "text/csv; charset=utf-8",
        }
    }
}

/// Entries that were asked for, by their positions, under one signed head.
pub struct Range {
    positions: Vec<u64>,
    note: String,
    signed: Checkpoint,
    prover: Prover,
    form: Form,
    next: usize,
    begun: bool,
}

impl Range {
    /// Finds the positions of what was asked for. Entries that have none yet are not in it.
    ///
    /// # Errors
    /// `LogRangeTooLarge` above [`MOST_ENTRIES`], or when it would look at too many others; `Unavailable` before the first
    /// checkpoint.
    pub async fn find(app: &App, filter: &Filter, form: Form) -> Result<Self, Refusal> {
        let mut c = app.store.read().await?;
        let note = log::head(&mut c).await?.note;
        let signed = Checkpoint::verify(&note, &app.log_key).map_err(|_| ErrorCode::Unavailable)?;
        let mut positions = positions(&mut c, filter).await?;
        positions.retain(|it| *it < signed.size);
        positions.sort_unstable();
        Ok(Self {
            prover: Prover::new(signed.size),
            positions,
            note,
            signed,
            form,
            next: 0,
            begun: false,
        })
    }

    /// The form of its file.
    #[must_use]
    pub const fn form(&self) -> Form {
        self.form
    }

    /// The same without anything left to write.
    #[must_use]
    pub fn ended(mut self) -> Self {
        self.begun = true;
        self.next = self.positions.len();
        self
    }

    /// How many entries it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.positions.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.positions.is_empty()
    }

    /// The next piece of the file; none after the last.
    ///
    /// # Errors
    /// On a database failure: then the file has no end, and whoever reads it sees that.
    pub async fn piece(&mut self, app: &App) -> Result<Option<Vec<u8>>, StoreError> {
        let mut bytes = Vec::new();
        if !self.begun {
            self.begun = true;
            let entries = self.positions.len() as u64;
            match self.form {
                Form::Lines => bytes.extend(range::head(&self.note, entries)),
                Form::Table => bytes.extend(csv::head()),
            }
        } else if self.next >= self.positions.len() {
            return Ok(None);
        }
        let mut c = app.store.read().await?;
        let to = self.positions.len().min(self.next + AT_ONCE);
        while self.next < to {
            let run = run(&self.positions[self.next..to]);
            let first = self.positions[self.next];
            for it in log::from_position(&mut c, first, run as u64).await? {
                let line = Line {
                    position: it.position,
                    hash: it.hash,
                    entry: it.entry,
                };
                let proof = self.prover.prove(&mut c, it.position).await?.unwrap_or_default();
                self.write(&line, &proof, &mut bytes);
            }
            self.next += run;
        }
        if self.next == self.positions.len() && self.form == Form::Lines {
            bytes.extend(range::end(self.positions.len() as u64));
        }
        Ok(Some(bytes))
    }

    fn write(&self, line: &Line, proof: &[Hash], bytes: &mut Vec<u8>) {
        match self.form {
            Form::Lines => bytes.extend(range::line(line, proof)),
            Form::Table => {
                let entry = line.entry.as_deref().and_then(|it| Entry::read(it).ok());
                bytes.extend(csv::row(line, entry.as_ref(), proof, &self.signed));
            }
        }
    }
}

/// How many of these positions follow each other without a gap.
fn run(positions: &[u64]) -> usize {
    let steps = positions.windows(2).take_while(|it| it[0] + 1 == it[1]).count();
    steps + 1
}

async fn positions(c: &mut Conn, filter: &Filter) -> Result<Vec<u64>, Refusal> {
    let (mut found, mut filter) = (Vec::new(), filter.clone());
    for _ in 0..MOST_PARTS {
        let part = log_search::part(c, &filter, PART).await?;
        found.extend(part.hits.iter().filter_map(|it| it.position));
        if found.len() > MOST_ENTRIES {
            break;
        }
        match part.next {
            Some(next) => filter.to = next,
            None => return Ok(found),
        }
    }
    Err(ErrorCode::LogRangeTooLarge.into())
}

/// Entries of one export.
pub const MOST_ENTRIES: usize = 50_000;
/// Entries found at once.
const PART: usize = 2000;
/// Looks at the index: an export that finds little among a million others ends here.
const MOST_PARTS: usize = 100;
/// Entries of one piece.
const AT_ONCE: usize = 200;

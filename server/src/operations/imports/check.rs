//! The dry run: one piece of the file in one transaction. Where it stands is in the database, so any process goes on.

use std::collections::BTreeMap;

use super::{MOST_ROWS, PART, end};
use crate::app::App;
use crate::domain::customer_file::{Characters, Piece, Problem, is_header, judge, read_piece};
use crate::store::imports::rows::{self, Good, Wrong};
use crate::store::imports::{self, Checked, Import, State};
use crate::store::{Conn, StoreError};

/// One piece.
pub(super) async fn step(app: &App, it: Import) -> Result<(), StoreError> {
    let part = i64::try_from(PART).unwrap_or(i64::MAX);
    let mut c = app.store.read().await?;
    let window = imports::parts(&mut c, &it.id, it.bytes_read / part, 2).await?;
    drop(c);
    let from = usize::try_from(it.bytes_read % part)
        .unwrap_or(0)
        .min(window.len());
    let window = &window[from..];
    let last = it.bytes_read + i64::try_from(window.len()).unwrap_or(i64::MAX) >= it.bytes;
    let Some(characters) = Characters::read(&it.characters) else {
        return Err(StoreError::inconsistent("imports", it.id.as_str(), "characters"));
    };
    let begins = it.lines_read == 0 && it.bytes_read == characters.skipped();
    let mut piece = read_piece(characters, window, it.lines_read, last, AT_ONCE);
    if begins {
        piece.stopped = piece.stopped.or_else(|| match piece.records.first() {
            Some(first) if is_header(&first.fields) => None,
            Some(first) => Some((first.line, Problem::Header)),
            None => Some((1, Problem::Header)),
        });
        if !piece.records.is_empty() {
            piece.records.remove(0);
        }
    }
    let many = i64::try_from(piece.records.len()).unwrap_or(i64::MAX);
    if piece.stopped.is_none() && it.rows_read + many > MOST_ROWS {
        let line = piece.records.last().map_or(1, |it| it.line);
        piece.stopped = Some((line, Problem::TooManyRows));
    }
    let (now, over) = (app.now(), last && piece.bytes == window.len());
    app.store
        .write_again(move |c| Box::pin(async move { write(c, &it, Judged::of(&piece), over, now).await }))
        .await
}

/// A piece with its rows judged one by one.
struct Judged {
    good: Vec<Good>,
    wrong: Vec<Wrong>,
    bad: i64,
    bytes: i64,
    lines: i64,
    stopped: Option<(i64, Problem)>,
}

impl Judged {
    fn of(piece: &Piece) -> Self {
        let (mut good, mut wrong, mut bad) = (Vec::new(), Vec::new(), 0);
        for record in &piece.records {
            let line = record.line;
            match judge(&record.fields) {
                Ok(customer) => good.push(Good { line, customer }),
                Err(problems) => {
                    bad += 1;
                    wrong.extend(problems.into_iter().map(|problem| Wrong {
                        line,
                        problem,
                        other_line: None,
                    }));
                }
            }
        }
        Self {
            good,
            wrong,
            bad,
            bytes: i64::try_from(piece.bytes).unwrap_or(i64::MAX),
            lines: piece.lines,
            stopped: piece.stopped,
        }
    }

    /// Puts rows whose number stands elsewhere among the bad ones.
    async fn compare(&mut self, c: &mut Conn, it: &Import) -> Result<(), StoreError> {
        let numbers: Vec<&str> = self.good.iter().map(|it| it.customer.number.as_str()).collect();
        let mut seen = rows::seen(c, &it.id, &numbers).await?;
        let taken = rows::taken(c, &numbers).await?;
        let mut here = BTreeMap::new();
        let (good, mut bad) = (std::mem::take(&mut self.good), Vec::new());
        for row in good {
            let number = row.customer.number.as_str().to_owned();
            let (problem, other_line) = if let Some(line) = seen.remove(&number) {
                seen.insert(number, line);
                (Problem::NumberTwice, Some(line))
            } else if let Some(line) = here.get(&number) {
                (Problem::NumberTwice, Some(*line))
            } else if taken.contains(&number) {
                (Problem::NumberTaken, None)
            } else {
                here.insert(number, row.line);
                self.good.push(row);
                continue;
            };
            bad.push(Wrong {
                line: row.line,
                problem,
                other_line,
            });
        }
        self.bad += i64::try_from(bad.len()).unwrap_or(i64::MAX);
        self.wrong.extend(bad);
        Ok(())
    }
}

async fn write(
    c: &mut Conn,
    it: &Import,
    mut piece: Judged,
    over: bool,
    now: warifu_shared::clock::Timestamp,
) -> Result<(), StoreError> {
    if let Some((line, problem)) = piece.stopped {
        if end(c, it, &[State::Checking], State::Unfit, now).await? {
            let wrong = Wrong {
                line,
                problem,
                other_line: None,
            };
            // What was found before the fault may stand on the same line; the fault is what matters.
            piece.wrong.retain(|it| it.line != line);
            piece.wrong.push(wrong);
            rows::complain(c, &it.id, &piece.wrong).await?;
        }
        return Ok(());
    }
    piece.compare(c, it).await?;
    let step = Checked {
        bytes: piece.bytes,
        lines: piece.lines,
        good: i64::try_from(piece.good.len()).unwrap_or(i64::MAX),
        bad: piece.bad,
    };
    if !imports::check_on(c, it, step, now).await? {
        return Ok(());
    }
    rows::keep(c, &it.id, &piece.good).await?;
    rows::complain(c, &it.id, &piece.wrong).await?;
    if over && imports::go(c, &it.id, &[State::Checking], State::Checked, now).await? {
        imports::erase_parts(c, &it.id).await?;
    }
    Ok(())
}

/// Rows of one piece.
const AT_ONCE: usize = 1000;

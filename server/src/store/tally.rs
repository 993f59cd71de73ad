//! Counts of many requests, sent to the database together: one statement and one commit for all that wait (RISK-07).
//!
//! One batch at a time and its keys in order, so that processes which count the same keys never wait for each other in
//! a circle.

use std::collections::BTreeMap;

use tokio::sync::{mpsc, oneshot};
use warifu_shared::clock::Timestamp;

use super::{Conn, Dialect, StoreError, WriteDoor, row};

/// A use to count: its key and its window.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Counted {
    /// Whose count.
    pub key: String,
    /// First second of the window.
    pub start: i64,
    /// The second after its last.
    pub end: i64,
}

struct Job {
    uses: Vec<Counted>,
    answer: oneshot::Sender<Result<Vec<i64>, StoreError>>,
}

/// The sending half.
#[derive(Clone)]
pub(super) struct Tally(mpsc::Sender<Job>);

impl Tally {
    /// Starts the counting behind `door`.
    pub(super) fn open(door: WriteDoor, dialect: Dialect) -> Self {
        let (sender, jobs) = mpsc::channel(QUEUE);
        tokio::spawn(count_batches(door, dialect, jobs));
        Self(sender)
    }

    /// Counts the uses of one request and gives each count with it, in order.
    pub(super) async fn count(&self, uses: Vec<Counted>) -> Result<Vec<i64>, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.0
            .send(Job { uses, answer })
            .await
            .map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Closed)?
    }
}

async fn count_batches(door: WriteDoor, dialect: Dialect, mut jobs: mpsc::Receiver<Job>) {
    let mut batch = Vec::with_capacity(BATCH);
    while jobs.recv_many(&mut batch, BATCH).await > 0 {
        let mut added: BTreeMap<Counted, i64> = BTreeMap::new();
        for one in batch.iter().flat_map(|job: &Job| &job.uses) {
            *added.entry(one.clone()).or_default() += 1;
        }
        let sent = added.clone();
        let counted = door
            .write(move |c| Box::pin(async move { add(c, dialect, &sent).await }))
            .await;
        answer(batch.drain(..), &added, counted);
    }
}

/// Gives each request the counts as if all had come one after the other.
fn answer(
    batch: impl Iterator<Item = Job>,
    added: &BTreeMap<Counted, i64>,
    counted: Result<BTreeMap<Counted, i64>, StoreError>,
) {
    let why = counted.as_ref().err().map(ToString::to_string);
    let mut at = counted.unwrap_or_default();
    for (key, count) in &mut at {
        *count -= added.get(key).copied().unwrap_or_default();
    }
    for job in batch {
        let result = match &why {
            Some(why) => Err(StoreError::Commit(why.clone())),
            None => Ok(job.uses.iter().map(|one| next(&mut at, one)).collect()),
        };
        // Who went away needs no answer.
        drop(job.answer.send(result));
    }
}

fn next(at: &mut BTreeMap<Counted, i64>, key: &Counted) -> i64 {
    let count = at.entry(key.clone()).or_default();
    *count += 1;
    *count
}

async fn add(
    c: &mut Conn,
    dialect: Dialect,
    added: &BTreeMap<Counted, i64>,
) -> Result<BTreeMap<Counted, i64>, StoreError> {
    if let Some(sql) = dialect.without_waiting_for_the_disk() {
        sqlx::query(sql).execute(&mut *c).await?;
    }
    let mut counts = BTreeMap::new();
    // In chunks, because a statement takes a limited number of values.
    let all: Vec<_> = added.iter().collect();
    for chunk in all.chunks(CHUNK) {
        let values: Vec<String> = (0..chunk.len())
            .map(|i| format!("(${}, ${}, ${}, ${})", 4 * i + 1, 4 * i + 2, 4 * i + 3, 4 * i + 4))
            .collect();
        let sql = format!(
            "INSERT INTO rate_counters (key, window_start, count, expires_at) VALUES {} \
             ON CONFLICT (key, window_start) DO UPDATE SET count = rate_counters.count + excluded.count \
             RETURNING key, window_start, count",
            values.join(", ")
        );
        let mut query = sqlx::query(sqlx::AssertSqlSafe(sql));
        for (one, count) in chunk {
            query = query
                .bind(&one.key)
                .bind(one.start)
                .bind(**count)
                .bind(Timestamp::from_secs(one.end).0);
        }
        for found in &query.fetch_all(&mut *c).await? {
            let (key, start) = (row::text(found, "key")?, row::int(found, "window_start")?);
            let asked = chunk.iter().find(|(one, _)| one.key == key && one.start == start);
            if let Some((one, _)) = asked {
                counts.insert((*one).clone(), row::int(found, "count")?);
            }
        }
    }
    Ok(counts)
}

/// Most requests of one batch.
const BATCH: usize = 256;
/// Most rows of one statement.
const CHUNK: usize = 100;
/// Requests that may wait before senders wait too.
const QUEUE: usize = 1024;

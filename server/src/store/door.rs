//! The write door: every write passes here and is answered after its group's durable commit.
//!
//! Writes that wait at the same time share one transaction and one fsync. Each member runs inside its own savepoint, so
//! a failing member fails alone. Inside a member nothing is awaited but SQL.

use std::any::Any;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;

use futures_util::FutureExt;
use sqlx::{Any as AnyDb, AnyConnection, AnyPool, Connection, Transaction};
use tokio::sync::{mpsc, oneshot};

use super::dialect::Dialect;
use super::error::StoreError;

/// The future of one member's work.
pub type Work<'c, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'c>>;

type Erased = Box<dyn Any + Send>;
type Member = Box<dyn for<'c> FnOnce(&'c mut AnyConnection) -> Work<'c, Erased> + Send>;

struct Job {
    member: Member,
    answer: oneshot::Sender<Result<Erased, StoreError>>,
}

/// The sending half: cheap to clone.
#[derive(Clone)]
pub struct WriteDoor {
    lanes: std::sync::Arc<[mpsc::Sender<Job>]>,
    next: std::sync::Arc<std::sync::atomic::AtomicUsize>,
}

impl WriteDoor {
    /// Opens the door with `lanes` writers (one for SQLite; several make sense on PostgreSQL).
    #[must_use]
    pub fn open(pool: &AnyPool, dialect: Dialect, lanes: usize) -> Self {
        let lanes = (0..lanes.max(1))
            .map(|_| {
                let (sender, receiver) = mpsc::channel(QUEUE);
                tokio::spawn(write_groups(pool.clone(), dialect, receiver));
                sender
            })
            .collect();
        Self {
            lanes,
            next: std::sync::Arc::default(),
        }
    }

    /// Runs `work` in the next group and answers after the commit.
    ///
    /// # Errors
    /// What `work` returned (its effects are rolled back), or [`StoreError::Commit`] when the group failed.
    pub async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut AnyConnection) -> Work<'c, T> + Send + 'static,
    {
        let member: Member = Box::new(move |connection| {
            let running = work(connection);
            Box::pin(async move { running.await.map(|value| Box::new(value) as Erased) })
        });
        let (answer, answered) = oneshot::channel();
        let turn = self.next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let lane = &self.lanes[turn % self.lanes.len()];
        lane.send(Job { member, answer })
            .await
            .map_err(|_| StoreError::Closed)?;
        let value = answered.await.map_err(|_| StoreError::Closed)??;
        value
            .downcast()
            .map(|value| *value)
            .map_err(|_| StoreError::Closed)
    }
}

async fn write_groups(pool: AnyPool, dialect: Dialect, mut jobs: mpsc::Receiver<Job>) {
    let mut group = Vec::with_capacity(GROUP);
    while jobs.recv_many(&mut group, GROUP).await > 0 {
        let (answers, outcome) = run_group(&pool, dialect, group.drain(..)).await;
        let failure = outcome.err().map(|e| e.to_string());
        for (answer, result) in answers {
            let result = match (&failure, result) {
                (Some(why), Ok(_)) => Err(StoreError::Commit(why.clone())),
                (_, result) => result,
            };
            // A caller that went away does not undo what was committed.
            drop(answer.send(result));
        }
    }
}

type Answers = Vec<(
    oneshot::Sender<Result<Erased, StoreError>>,
    Result<Erased, StoreError>,
)>;

async fn run_group(
    pool: &AnyPool,
    dialect: Dialect,
    mut jobs: impl ExactSizeIterator<Item = Job>,
) -> (Answers, Result<(), StoreError>) {
    let mut answers = Answers::with_capacity(jobs.len());
    let mut tx = match pool.begin_with(dialect.begin_write()).await {
        Ok(tx) => tx,
        Err(error) => {
            let why = error.to_string();
            answers.extend(jobs.map(|job| (job.answer, Err(StoreError::Commit(why.clone())))));
            return (answers, Err(error.into()));
        }
    };
    let alone = jobs.len() == 1;
    let mut spoiled = false;
    for job in jobs.by_ref() {
        // A member that panics must not take the writer, and with it every later write, along.
        let running = AssertUnwindSafe(async {
            if alone {
                (job.member)(&mut tx).await
            } else {
                run_member(&mut tx, job.member).await
            }
        });
        let result = running.catch_unwind().await;
        let panicked = result.is_err();
        answers.push((job.answer, result.unwrap_or_else(|_| Err(StoreError::Panicked))));
        if panicked {
            spoiled = true;
            break;
        }
    }
    answers.extend(jobs.map(|job| {
        (
            job.answer,
            Err(StoreError::Commit("another write of the group panicked".into())),
        )
    }));
    let failed_alone = alone && answers.iter().any(|(_, result)| result.is_err());
    if spoiled {
        drop(tx.rollback().await);
        return (
            answers,
            Err(StoreError::Commit("a write of the group panicked".into())),
        );
    }
    let outcome = if failed_alone {
        tx.rollback().await
    } else {
        tx.commit().await
    };
    (answers, outcome.map_err(StoreError::from))
}

async fn run_member(tx: &mut Transaction<'_, AnyDb>, member: Member) -> Result<Erased, StoreError> {
    let mut savepoint = Connection::begin(&mut **tx).await?;
    match member(&mut savepoint).await {
        Ok(value) => savepoint.commit().await.map(|()| value).map_err(StoreError::from),
        Err(error) => {
            savepoint.rollback().await?;
            Err(error)
        }
    }
}

/// Most writes that share one commit.
const GROUP: usize = 64;
/// Writes that may wait before senders wait too.
const QUEUE: usize = 1024;

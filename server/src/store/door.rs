//! The write door: every write passes here and is answered after its group's durable commit.
//!
//! Writes that wait at the same time share one transaction and one fsync. Those of the hot path go first, many rows to a
//! statement (`bulk`). Each other member runs inside its own savepoint, so that a failing member fails alone. Inside a member
//! nothing is awaited but SQL.

use std::any::Any;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;

use futures_util::FutureExt;
use sqlx::pool::PoolConnection;
use sqlx::{Any as AnyDb, AnyConnection, AnyPool, Connection, Executor, Transaction};
use tokio::sync::{mpsc, oneshot};

use super::bulk::{self, Hot};
use super::dialect::Dialect;
use super::error::StoreError;
use super::gather::wait_for_company;

/// The future of one member's work.
pub type Work<'c, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'c>>;

type Erased = Box<dyn Any + Send>;
type Member = Box<dyn for<'c> FnOnce(&'c mut AnyConnection) -> Work<'c, Erased> + Send>;

struct Plain {
    member: Member,
    answer: oneshot::Sender<Result<Erased, StoreError>>,
}

enum Job {
    Plain(Plain),
    Hot(Hot, HotAnswer),
}

type HotAnswer = oneshot::Sender<Result<bool, StoreError>>;

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
        lane.send(Job::Plain(Plain { member, answer }))
            .await
            .map_err(|_| StoreError::Closed)?;
        let value = answered.await.map_err(|_| StoreError::Closed)??;
        value
            .downcast()
            .map(|value| *value)
            .map_err(|_| StoreError::Closed)
    }

    /// Writes `hot` with the next group and answers after the commit. `false`: nothing was written, take the plain road.
    ///
    /// # Errors
    /// [`StoreError::Commit`] when the group could not be committed.
    pub async fn write_hot(&self, hot: Hot) -> Result<bool, StoreError> {
        let (answer, answered) = oneshot::channel();
        // One lane for all of them: the more there are in a group, the less each of them costs.
        self.lanes[0]
            .send(Job::Hot(hot, answer))
            .await
            .map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Closed)?
    }
}

async fn write_groups(pool: AnyPool, dialect: Dialect, mut jobs: mpsc::Receiver<Job>) {
    let mut waiting = Vec::with_capacity(GROUP);
    let mut kept = None;
    // The pool waits for the kept connection when it is closed.
    let mut closing = pool.close_event();
    while closing
        .do_until(jobs.recv_many(&mut waiting, GROUP))
        .await
        .is_ok_and(|count| count > 0)
    {
        wait_for_company(&mut jobs, &mut waiting, GROUP).await;
        let mut group = Group::default();
        for job in waiting.drain(..) {
            match job {
                Job::Plain(plain) => group.plain.push(plain),
                Job::Hot(hot, answer) => group.hot.push((hot, answer)),
            }
        }
        match connection(&pool, &mut kept, dialect).await {
            Ok(c) => {
                answer_hot(c, std::mem::take(&mut group.hot)).await;
                group.run(c, dialect).await;
            }
            Err(error) => group.fail(&error.to_string()),
        }
    }
}

/// The connection that is kept between groups: taking one from the pool and giving it back costs as much as several
/// statements. A database server may be gone meanwhile, so its connection is asked first.
async fn connection<'k>(
    pool: &AnyPool,
    kept: &'k mut Option<PoolConnection<AnyDb>>,
    dialect: Dialect,
) -> Result<&'k mut AnyConnection, sqlx::Error> {
    if dialect == Dialect::Postgres
        && let Some(c) = kept.as_mut()
        && c.ping().await.is_err()
    {
        *kept = None;
    }
    Ok(match kept {
        Some(c) => c,
        None => {
            let mut c = pool.acquire().await?;
            for statement in dialect.on_writing() {
                c.execute(*statement).await?;
            }
            kept.insert(c)
        }
    })
}

/// Writes the members of the hot path in a transaction of their own. A caller that went away does not undo what was committed.
async fn answer_hot(c: &mut AnyConnection, members: Vec<(Hot, HotAnswer)>) {
    if members.is_empty() {
        return;
    }
    let (hot, answers): (Vec<_>, Vec<_>) = members.into_iter().unzip();
    let done = bulk::write(c, &hot).await.unwrap_or_else(|error| {
        tracing::warn!(event = "store.group", %error, members = hot.len(), "a group failed; its members go one by one");
        vec![false; hot.len()]
    });
    for (answer, done) in answers.into_iter().zip(done) {
        drop(answer.send(Ok(done)));
    }
}

#[derive(Default)]
struct Group {
    hot: Vec<(Hot, HotAnswer)>,
    plain: Vec<Plain>,
}

impl Group {
    /// Writes the plain members and answers.
    async fn run(self, c: &mut AnyConnection, dialect: Dialect) {
        if self.plain.is_empty() {
            return;
        }
        let mut tx = match c.begin_with(dialect.begin_write()).await {
            Ok(tx) => tx,
            Err(error) => return self.fail(&error.to_string()),
        };
        let (answers, spoiled) = write_plain(&mut tx, self.plain).await;
        let outcome = if spoiled {
            tx.rollback().await
        } else {
            tx.commit().await
        };
        let failure = outcome.err().map(|error| error.to_string());
        for (answer, result) in answers {
            drop(answer.send(match (&failure, result) {
                (Some(why), Ok(_)) => Err(StoreError::Commit(why.clone())),
                (None, Ok(_)) if spoiled => {
                    Err(StoreError::Commit("another write of the group panicked".into()))
                }
                (_, result) => result,
            }));
        }
    }

    fn fail(self, why: &str) {
        let error = || StoreError::Commit(why.to_owned());
        for (_, answer) in self.hot {
            drop(answer.send(Err(error())));
        }
        for plain in self.plain {
            drop(plain.answer.send(Err(error())));
        }
    }
}

type Answers = Vec<(
    oneshot::Sender<Result<Erased, StoreError>>,
    Result<Erased, StoreError>,
)>;

/// Gives every member's result, and whether the whole group has to be rolled back.
async fn write_plain(tx: &mut Transaction<'_, AnyDb>, members: Vec<Plain>) -> (Answers, bool) {
    let alone = members.len() == 1;
    let mut answers = Answers::with_capacity(members.len());
    let mut spoiled = false;
    for Plain { member, answer } in members {
        if spoiled {
            let error = StoreError::Commit("another write of the group panicked".into());
            answers.push((answer, Err(error)));
            continue;
        }
        // A member that panics must not take the writer, and with it every later write, along.
        let running = AssertUnwindSafe(async {
            if alone {
                member(tx).await
            } else {
                in_savepoint(tx, async |c: &mut AnyConnection| member(c).await).await
            }
        });
        let result = running.catch_unwind().await;
        // What failed alone is rolled back as a whole; with others, its savepoint was.
        spoiled = result.is_err() || (alone && matches!(result, Ok(Err(_))));
        answers.push((answer, result.unwrap_or_else(|_| Err(StoreError::Panicked))));
    }
    (answers, spoiled)
}

async fn in_savepoint<T>(
    tx: &mut Transaction<'_, AnyDb>,
    work: impl AsyncFnOnce(&mut AnyConnection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let mut savepoint = Connection::begin(&mut **tx).await?;
    match work(&mut savepoint).await {
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

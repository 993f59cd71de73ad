//! Reads of the hot path: questions that wait at the same time are answered by one query. Nothing is remembered, so an answer
//! is never older than its question.

use std::future::Future;
use std::pin::Pin;

use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyConnection, AnyPool};
use tokio::sync::{mpsc, oneshot};

use super::error::StoreError;
use super::rows::MOST;

/// The rows of one query, each with the key it answers.
pub type Rows<'c, K, V> = Pin<Box<dyn Future<Output = Result<Vec<(K, V)>, StoreError>> + Send + 'c>>;

type Question<K, V> = (K, oneshot::Sender<Result<Vec<V>, StoreError>>);

/// Gathers questions of one kind.
pub struct Gather<K, V>(mpsc::Sender<Question<K, V>>);

impl<K, V> Clone for Gather<K, V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K, V> Gather<K, V>
where
    K: Clone + PartialEq + Send + Sync + 'static,
    V: Clone + Send + 'static,
{
    /// Starts gathering for `read`, which answers all keys with one query.
    #[must_use]
    pub fn start(pool: &AnyPool, read: for<'c> fn(&'c mut AnyConnection, &'c [K]) -> Rows<'c, K, V>) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        tokio::spawn(answer_all(pool.clone(), receiver, read));
        Self(sender)
    }

    /// Everything that the database has for `key`, at this moment.
    ///
    /// # Errors
    /// When the query fails.
    pub async fn all(&self, key: K) -> Result<Vec<V>, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.0.send((key, answer)).await.map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Closed)?
    }

    /// The one thing that the database has for `key`.
    ///
    /// # Errors
    /// When the query fails.
    pub async fn one(&self, key: K) -> Result<Option<V>, StoreError> {
        Ok(self.all(key).await?.pop())
    }
}

async fn answer_all<K, V>(
    pool: AnyPool,
    mut questions: mpsc::Receiver<Question<K, V>>,
    read: for<'c> fn(&'c mut AnyConnection, &'c [K]) -> Rows<'c, K, V>,
) where
    K: Clone + PartialEq + Send + Sync + 'static,
    V: Clone + Send + 'static,
{
    let mut waiting = Vec::with_capacity(MOST);
    let mut kept = None;
    // The pool waits for the kept connection when it is closed.
    let mut closing = pool.close_event();
    while closing
        .do_until(questions.recv_many(&mut waiting, MOST))
        .await
        .is_ok_and(|count| count > 0)
    {
        wait_for_company(&mut questions, &mut waiting, MOST).await;
        let keys: Vec<K> = waiting.iter().map(|(key, _)| key.clone()).collect();
        let found = read_kept(&pool, &mut kept, &keys, read).await;
        if found.as_ref().is_err_and(StoreError::is_unreadable) {
            // One row cannot be read: whoever asked for it is told so, the others get their answer.
            for (key, answer) in waiting.drain(..) {
                let alone = read_kept(&pool, &mut kept, std::slice::from_ref(&key), read).await;
                drop(answer.send(alone.map(|rows| rows.into_iter().map(|(_, v)| v).collect())));
            }
            continue;
        }
        for (key, answer) in waiting.drain(..) {
            let mine = |rows: &Vec<(K, V)>| {
                rows.iter()
                    .filter(|(of, _)| *of == key)
                    .map(|(_, v)| v.clone())
                    .collect()
            };
            // Nobody may be waiting any more.
            drop(answer.send(match &found {
                Ok(rows) => Ok(mine(rows)),
                Err(error) => Err(StoreError::Gathered(error.to_string())),
            }));
        }
    }
}

/// Lets whatever is ready to run come first, and takes what it sends: a machine that is busy gathers more with each turn, an
/// idle one loses nothing.
pub(super) async fn wait_for_company<T>(from: &mut mpsc::Receiver<T>, into: &mut Vec<T>, most: usize) {
    for _ in 0..TURNS {
        tokio::task::yield_now().await;
        while into.len() < most
            && let Ok(another) = from.try_recv()
        {
            into.push(another);
        }
    }
}

/// Reads on the connection that is kept between queries; one that broke is replaced once.
async fn read_kept<K, V>(
    pool: &AnyPool,
    kept: &mut Option<PoolConnection<Any>>,
    keys: &[K],
    read: for<'c> fn(&'c mut AnyConnection, &'c [K]) -> Rows<'c, K, V>,
) -> Result<Vec<(K, V)>, StoreError> {
    if let Some(c) = kept.as_mut() {
        match read(c, keys).await {
            Err(StoreError::Database(error)) => {
                tracing::warn!(event = "store.reconnect", %error, "a shared read failed; trying a new connection");
                *kept = None;
            }
            other => return other,
        }
    }
    let c = kept.insert(pool.acquire().await?);
    let found = read(c, keys).await;
    if found.is_err() {
        *kept = None;
    }
    found
}

const QUEUE: usize = 1024;
/// How often others may run first.
const TURNS: usize = 16;

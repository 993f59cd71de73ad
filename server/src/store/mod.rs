//! The one door to the database: one SQL text for SQLite and PostgreSQL. Each file beside this one holds an aggregate.

pub mod accounts;
pub mod activations;
pub mod activity;
pub mod address_changes;
pub mod addresses;
pub mod attempts;
pub mod bulk;
pub mod case_list;
pub mod cases;
pub mod challenges;
pub mod codes;
pub mod device_life;
pub mod devices;
pub mod dialect;
pub mod door;
pub mod enrolments;
pub mod error;
pub mod gather;
pub mod history;
pub mod hot_reads;
pub mod imports;
pub mod kept_forms;
pub mod leaves;
pub mod limits;
pub mod log;
pub mod log_search;
pub mod login_notices;
pub mod mails;
pub mod money_reads;
pub mod new_password;
pub mod notices;
pub mod payout;
pub mod prunes;
pub mod push_health;
pub mod receipts;
pub mod recoveries;
pub mod recovery_codes;
pub mod relay;
pub mod session_list;
pub mod sessions;
pub mod signals;
pub mod staff;
pub mod unconfirmed;
pub mod withdrawals;
pub mod wrong_passwords;

mod row;
mod rows;
mod tally;

use std::path::Path;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{AnyPool, Executor};

pub use dialect::Dialect;
pub use door::{Work, WriteDoor};
pub use error::StoreError;
pub use hot_reads::HotReads;
pub use money_reads::MoneyReads;
pub use tally::Counted;

/// A connection inside a transaction of the write door, or one that only reads.
pub use sqlx::AnyConnection as Conn;

/// The database. Clones share pool and door.
#[derive(Clone)]
pub struct Store {
    pool: AnyPool,
    door: WriteDoor,
    tally: tally::Tally,
    dialect: Dialect,
    /// Shared reads of the hot path.
    pub hot: HotReads,
    /// Shared reads of withdrawals.
    pub money: MoneyReads,
    /// Wakes the sequencer after every commit: there may be a new leaf.
    pub written: std::sync::Arc<tokio::sync::Notify>,
}

impl Store {
    /// Connects, applies the migrations and opens the write door.
    ///
    /// `url` is `sqlite:PATH` (the file is made when missing) or `postgres://…`.
    ///
    /// # Errors
    /// When the URL is of another kind, the database is out of reach or a migration fails.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        let dialect =
            Dialect::of(url).ok_or_else(|| sqlx::Error::Configuration("unknown database kind".into()))?;
        let url = match dialect {
            Dialect::Sqlite if !url.contains('?') => format!("{url}?mode=rwc"),
            _ => url.to_owned(),
        };
        let options: AnyConnectOptions = url.parse()?;
        let pool = AnyPoolOptions::new()
            .max_connections(MAX_CONNECTIONS)
            .acquire_timeout(std::time::Duration::from_secs(10))
            // A file does not go away as a database server does; asking it each time costs as much as the query.
            .test_before_acquire(dialect == Dialect::Postgres)
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    for statement in dialect.on_connect() {
                        connection.execute(*statement).await?;
                    }
                    Ok(())
                })
            })
            .connect_with(options)
            .await?;
        migrate(&pool, dialect).await?;
        let door = WriteDoor::open(&pool, dialect, dialect.write_lanes());
        let (hot, money) = (HotReads::start(&pool), MoneyReads::start(&pool));
        // Counts hold their rows for the time of a transaction, so they share none with other writes where writers run side
        // by side.
        let counting = match dialect {
            Dialect::Sqlite => door.clone(),
            Dialect::Postgres => WriteDoor::open(&pool, dialect, 1),
        };
        let tally = tally::Tally::open(counting, dialect);
        Ok(Self {
            pool,
            door,
            tally,
            dialect,
            hot,
            money,
            written: std::sync::Arc::default(),
        })
    }

    /// Runs `work` as one member of the next write group; the answer comes after the commit.
    ///
    /// ```ignore
    /// store.write(move |c| Box::pin(async move { accounts::insert(c, &account).await })).await?;
    /// ```
    ///
    /// # Errors
    /// What `work` returned, or a failed commit.
    pub async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Conn) -> Work<'c, T> + Send + 'static,
    {
        let done = self.door.write(work).await?;
        self.written.notify_one();
        Ok(done)
    }

    /// Writes something of the hot path with the next group; the answer comes after the commit. `false`: nothing was
    /// written, take the plain road through [`Self::write`].
    ///
    /// # Errors
    /// When the group could not be committed.
    pub async fn write_hot(&self, hot: bulk::Hot) -> Result<bool, StoreError> {
        let done = self.door.write_hot(hot).await?;
        self.written.notify_one();
        Ok(done)
    }

    /// Counts the uses of one request together with those of all others that wait, and gives each count with it.
    ///
    /// # Errors
    /// On a database failure.
    pub async fn count(&self, uses: Vec<Counted>) -> Result<Vec<i64>, StoreError> {
        self.tally.count(uses).await
    }

    /// The same, tried again when it was the victim of a deadlock. A group holds the rows of all its members until its
    /// commit, so two lanes or two processes that touch the same rows in another order can meet in one on PostgreSQL.
    ///
    /// # Errors
    /// As [`Self::write`]; after several deadlocks in a row the last one.
    pub async fn write_again<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Conn) -> Work<'c, T> + Clone + Send + 'static,
    {
        for _ in 1..TRIES {
            match self.write(work.clone()).await {
                Err(error) if error.is_deadlock() => {
                    tracing::info!(
                        event = "store.deadlock",
                        "a write met a deadlock and is tried again"
                    );
                }
                done => return done,
            }
        }
        self.write(work).await
    }

    /// A connection for reading.
    ///
    /// # Errors
    /// When no connection can be had in time.
    pub async fn read(&self) -> Result<sqlx::pool::PoolConnection<sqlx::Any>, StoreError> {
        Ok(self.pool.acquire().await?)
    }

    /// Which database this is.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Closes the connections; waiting writes are done first.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

async fn migrate(pool: &AnyPool, dialect: Dialect) -> Result<(), StoreError> {
    match dialect {
        Dialect::Sqlite => SQLITE_MIGRATIONS.run(pool).await?,
        Dialect::Postgres => POSTGRES_MIGRATIONS.run(pool).await?,
    }
    Ok(())
}

/// The URL of a SQLite file.
#[must_use]
pub fn sqlite_url(path: &Path) -> String {
    format!("sqlite:{}", path.display())
}

static SQLITE_MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES_MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("migrations/postgres");
/// How often a write is tried that meets deadlocks.
const TRIES: u32 = 4;
const MAX_CONNECTIONS: u32 = 17;

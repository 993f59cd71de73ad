//! What can go wrong at the database.

/// A failure of the store. Its text goes to the log, never to a client.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused or was out of reach.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// The migrations could not be applied.
    #[error("migration: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// A stored value cannot be what the code wrote (names table and row).
    #[error("inconsistent row in {table}: {row}: {what}")]
    Inconsistent {
        /// The table.
        table: &'static str,
        /// The row's key.
        row: String,
        /// What is wrong.
        what: String,
    },
    /// The writer has stopped: the server is shutting down.
    #[error("the store is closed")]
    Closed,
    /// The write itself panicked; its group was rolled back.
    #[error("a write panicked")]
    Panicked,
    /// A query that answered several questions at once failed.
    #[error("a shared read failed: {0}")]
    Gathered(String),
    /// The group that this write belonged to could not be committed.
    #[error("commit failed: {0}")]
    Commit(String),
}

impl StoreError {
    /// Whether a row was found and cannot be what the code wrote.
    #[must_use]
    pub const fn is_unreadable(&self) -> bool {
        matches!(
            self,
            Self::Inconsistent { .. }
                | Self::Database(sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_))
        )
    }

    /// A row that cannot be read back.
    pub fn inconsistent(table: &'static str, row: impl Into<String>, what: impl std::fmt::Display) -> Self {
        Self::Inconsistent {
            table,
            row: row.into(),
            what: what.to_string(),
        }
    }

    /// Whether PostgreSQL undid the write to end a deadlock: nothing of it was done, and it may be tried again.
    #[must_use]
    pub fn is_deadlock(&self) -> bool {
        matches!(self, Self::Database(sqlx::Error::Database(e)) if e.code().as_deref() == Some(DEADLOCK))
    }

    /// Whether the write hit a unique constraint.
    #[must_use]
    pub fn is_unique_violation(&self) -> bool {
        matches!(self, Self::Database(sqlx::Error::Database(e)) if e.is_unique_violation())
    }
}

/// The SQLSTATE `deadlock_detected`.
const DEADLOCK: &str = "40P01";

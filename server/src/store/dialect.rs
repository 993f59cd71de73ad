//! The few differences between SQLite and PostgreSQL, all in this file.

/// Which database the store talks to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// The embedded default.
    Sqlite,
    /// Production.
    Postgres,
}

impl Dialect {
    /// Reads the dialect from a database URL.
    #[must_use]
    pub fn of(url: &str) -> Option<Self> {
        match url.split(':').next() {
            Some("sqlite") => Some(Self::Sqlite),
            Some("postgres" | "postgresql") => Some(Self::Postgres),
            _ => None,
        }
    }

    /// How a writing transaction begins. SQLite takes the write lock at once, so a reader never has to upgrade.
    #[must_use]
    pub const fn begin_write(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN IMMEDIATE",
            Self::Postgres => "BEGIN",
        }
    }

    /// Statements for each new connection. FULL makes every acknowledged commit survive a power cut.
    #[must_use]
    pub const fn on_connect(self) -> &'static [&'static str] {
        match self {
            Self::Sqlite => &[
                "PRAGMA journal_mode = WAL",
                "PRAGMA synchronous = FULL",
                "PRAGMA foreign_keys = ON",
                "PRAGMA busy_timeout = 5000",
                "PRAGMA cache_size = -8192",
                // 32 MiB of log between two checkpoints: a page that changes often is copied back once for many commits.
                "PRAGMA wal_autocheckpoint = 8000",
            ],
            Self::Postgres => &["SET TIME ZONE 'UTC'", "SET statement_timeout = '10s'"],
        }
    }

    /// Statements for the connection that writes. What a statement changes is kept until it is known not to fail; SQLite does
    /// so in a temporary file, page by page, unless it is told to use memory. Not where indexes are built: those take as much
    /// as they are large. Nobody else changes the file, so its pages stay good in its cache, and it may hold more of them.
    #[must_use]
    pub const fn on_writing(self) -> &'static [&'static str] {
        match self {
            Self::Sqlite => &["PRAGMA temp_store = MEMORY", "PRAGMA cache_size = -32768"],
            Self::Postgres => &[],
        }
    }

    /// For a transaction of counts alone: a power cut may forget the last ones. SQLite has one setting for all.
    #[must_use]
    pub const fn without_waiting_for_the_disk(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some("SET LOCAL synchronous_commit TO OFF"),
        }
    }

    /// Writers that run side by side.
    #[must_use]
    pub const fn write_lanes(self) -> usize {
        match self {
            Self::Sqlite => 1,
            Self::Postgres => 4,
        }
    }
}

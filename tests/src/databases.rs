//! A database for one test alone, of either kind: a SQLite file, or a PostgreSQL database cloned from a template.

use std::fmt;
use std::future::Future;
use std::path::Path;

use tempfile::TempDir;
use url::Url;

use crate::postgres::{Cluster, Durability, execute};

/// An empty database with the present schema or, on SQLite, a file yet to be made. Gone when dropped.
pub struct Database {
    url: String,
    kind: Kind,
    _folder: Option<TempDir>,
    _on_server: Option<DropOnServer>,
}

/// Which database a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The embedded default.
    Sqlite,
    /// Production.
    Postgres,
}

impl Database {
    /// A SQLite file in a folder of its own. It is as durable as in production.
    ///
    /// # Panics
    /// When no folder can be made.
    #[must_use]
    pub fn sqlite() -> Self {
        Self::sqlite_below(&std::env::temp_dir())
    }

    /// The same below `parent`, for one that grows large.
    ///
    /// # Panics
    /// When no folder can be made.
    #[must_use]
    pub fn sqlite_below(parent: &Path) -> Self {
        let folder = TempDir::with_prefix_in("warifu-sqlite-", parent).expect("a folder");
        let url = warifu_server::store::sqlite_url(&folder.path().join("warifu.db"));
        Self {
            url,
            kind: Kind::Sqlite,
            _folder: Some(folder),
            _on_server: None,
        }
    }

    /// A PostgreSQL database that does not wait for the disk.
    ///
    /// # Panics
    /// When PostgreSQL is not installed or does not start.
    pub async fn postgres() -> Self {
        Self::on_postgres(Durability::Fast).await
    }

    /// A PostgreSQL database whose commits wait for the disk, for tests that kill processes or measure.
    ///
    /// # Panics
    /// When PostgreSQL is not installed or does not start.
    pub async fn postgres_durable() -> Self {
        Self::on_postgres(Durability::Durable).await
    }

    /// What `warifu_server::store::Store::open` takes.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Which kind it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    async fn on_postgres(durability: Durability) -> Self {
        let name = format!("t_{}", hex(&warifu_shared::random::bytes::<8>()));
        let (url, admin) = match std::env::var("WARIFU_TEST_PG_URL") {
            Ok(given) => {
                // Somebody else's server: no template that could outlive its schema.
                execute(&given, &format!("CREATE DATABASE {name}")).await;
                (with_database(&given, &name), given)
            }
            Err(_) => {
                let cluster = Cluster::shared(durability).await;
                cluster.make_database(&name).await;
                (cluster.url(&name), cluster.url("postgres"))
            }
        };
        Self {
            url,
            kind: Kind::Postgres,
            _folder: None,
            _on_server: Some(DropOnServer { admin, name }),
        }
    }
}

/// Runs the same test on SQLite and then on PostgreSQL, each with a database of its own.
///
/// # Panics
/// When the test does. The failing kind is printed.
pub async fn for_each_database<F, Fut>(test: F)
where
    F: Fn(Database) -> Fut,
    Fut: Future<Output = ()>,
{
    for database in [Database::sqlite(), Database::postgres().await] {
        let _named = NamedOnFailure(database.kind());
        test(database).await;
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        })
    }
}

struct NamedOnFailure(Kind);

impl Drop for NamedOnFailure {
    fn drop(&mut self) {
        if std::thread::panicking() {
            use std::io::Write as _;
            let _unseen = writeln!(std::io::stderr(), "--- this was on {}", self.0);
        }
    }
}

struct DropOnServer {
    admin: String,
    name: String,
}

impl Drop for DropOnServer {
    fn drop(&mut self) {
        let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        let admin = std::mem::take(&mut self.admin);
        // A drop cannot wait inside the test's runtime; this thread has its own.
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(execute(&admin, &sql));
        });
        let _reported_by_the_thread = thread.join();
    }
}

fn with_database(url: &str, name: &str) -> String {
    let mut url = Url::parse(url).expect("WARIFU_TEST_PG_URL is a URL");
    url.set_path(name);
    url.into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

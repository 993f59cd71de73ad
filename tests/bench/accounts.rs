//! Whether a cycle costs more when many accounts are stored: the same customers act, more and more others lie between them.

use std::path::Path;
use std::time::{Duration, Instant};

use warifu_server::store::sqlite_url;
use warifu_tests::databases::Database;

use super::cycle::Target;
use super::serve::People;
use super::table::Crowded;

/// Cycles of 32 customers at once on one database. The sizes take turns, so that whatever else the machine does meets all alike.
pub async fn rows(folder: &Path, name: &'static str, how_long: Duration) -> Vec<Crowded> {
    let mut servers = Vec::new();
    for stored in STORED {
        eprintln!("{name}: {stored} accounts are written");
        servers.push(Stored::start(folder, name, stored).await);
    }
    for turn in 0..TURNS {
        eprintln!("{name}: cycles, turn {} of {TURNS}", turn + 1);
        for server in &mut servers {
            server.run(how_long / TURNS).await;
        }
    }
    let mut rows = Vec::new();
    for server in servers {
        rows.extend(server.stop().await);
    }
    rows
}

struct Stored {
    target: Target,
    name: &'static str,
    row: Option<Crowded>,
    stored: u32,
    seeding: Duration,
    /// Gone when dropped.
    _database: Option<Database>,
}

impl Stored {
    async fn start(folder: &Path, name: &'static str, stored: u32) -> Self {
        let folder = folder.join(format!("{name}-{stored}"));
        std::fs::create_dir_all(&folder).expect("a folder");
        let (url, database) = if name == "SQLite" {
            (sqlite_url(&folder.join("warifu.sqlite3")), None)
        } else {
            let database = Database::postgres_durable().await;
            (database.url().to_owned(), Some(database))
        };
        let people = People {
            active: ACTIVE,
            others: stored - ACTIVE,
        };
        let start = now();
        let target = Target::start(&folder, &url, people).await;
        Self {
            target,
            name,
            row: None,
            stored,
            seeding: start.elapsed(),
            _database: database,
        }
    }

    async fn run(&mut self, how_long: Duration) {
        let cycles = self.target.cycles(self.name, 32, how_long).await;
        match &mut self.row {
            Some(row) => row.cycles.add(cycles),
            None => {
                self.row = Some(Crowded {
                    stored: self.stored,
                    seeding: self.seeding,
                    cycles,
                });
            }
        }
    }

    async fn stop(self) -> Option<Crowded> {
        self.target.stop().await;
        self.row
    }
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures elapsed time")]
fn now() -> Instant {
    Instant::now()
}

const STORED: [u32; 3] = [1_000, 100_000, 1_000_000];
/// Customers who act, in each of them.
const ACTIVE: u32 = 1_000;
const TURNS: u32 = 5;

//! A PostgreSQL cluster of the test process's own, started on demand, reached only through a socket in its folder.

use std::ffi::OsString;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use sqlx::{ConnectOptions, Connection, PgConnection};
use tokio::sync::OnceCell;
use warifu_server::store::Store;

use crate::process::{Program, Running, find};
use crate::reaper;

/// A running cluster with a template database that has the schema.
pub struct Cluster {
    folder: PathBuf,
    _server: Running,
}

/// Whether a commit waits for the disk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Durability {
    /// No: the usual test does not cut the power, and is several times faster so.
    Fast,
    /// Yes, as in production.
    Durable,
}

impl Cluster {
    /// The cluster that all tests of this process share.
    ///
    /// # Panics
    /// When PostgreSQL is not installed or does not start.
    pub async fn shared(durability: Durability) -> &'static Self {
        let cell = match durability {
            Durability::Fast => &FAST,
            Durability::Durable => &DURABLE,
        };
        cell.get_or_init(|| Self::start(durability)).await
    }

    /// The URL of the database `name` of this cluster.
    #[must_use]
    pub fn url(&self, name: &str) -> String {
        format!(
            "postgres://{SUPERUSER}@localhost/{name}?host={}",
            self.folder.display()
        )
    }

    /// Makes the database `name` with the present schema.
    ///
    /// # Panics
    /// When there is one of this name.
    pub async fn make_database(&self, name: &str) {
        execute(
            &self.url("postgres"),
            &format!("CREATE DATABASE {name} TEMPLATE {TEMPLATE}"),
        )
        .await;
    }

    async fn start(durability: Durability) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("warifu-pg-")
            .tempdir_in("/tmp")
            .expect("a folder")
            .keep();
        reaper::watch_folder(&folder);
        let owner = Owner::of_clusters();
        owner.give(&folder);
        let data = folder.join("data");
        owner.run(
            "initdb",
            &[
                "-A",
                "trust",
                "-U",
                SUPERUSER,
                "-E",
                "UTF8",
                "--locale=C",
                "--no-sync",
                "-D",
            ],
            &data,
        );
        let server = owner
            .program("postgres")
            .arg("-D")
            .arg(&data)
            .args(settings(durability, &folder))
            .start();
        server.line_with("ready to accept connections", START_LIMIT).await;
        let cluster = Self {
            folder,
            _server: server,
        };
        execute(&cluster.url("postgres"), &format!("CREATE DATABASE {TEMPLATE}")).await;
        let store = Store::open(&cluster.url(TEMPLATE))
            .await
            .expect("the schema applies to PostgreSQL");
        store.close().await;
        cluster
    }
}

/// Runs one statement on a connection of its own.
///
/// # Panics
/// When it fails.
pub async fn execute(url: &str, sql: &str) {
    let options: sqlx::postgres::PgConnectOptions = url.parse().expect("a PostgreSQL URL");
    let mut connection: PgConnection = options.connect().await.expect("PostgreSQL answers");
    let done = sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
        .execute(&mut connection)
        .await;
    done.unwrap_or_else(|error| panic!("{sql}: {error}"));
    connection.close().await.expect("PostgreSQL says goodbye");
}

fn settings(durability: Durability, folder: &Path) -> Vec<String> {
    let mut all = vec![
        "listen_addresses=".to_owned(),
        format!("unix_socket_directories={}", folder.display()),
        "max_connections=400".to_owned(),
        "shared_buffers=64MB".to_owned(),
        "timezone=UTC".to_owned(),
    ];
    if durability == Durability::Fast {
        all.extend(["fsync=off", "synchronous_commit=off", "full_page_writes=off"].map(str::to_owned));
    }
    all.into_iter()
        .flat_map(|setting| ["-c".to_owned(), setting])
        .collect()
}

/// Who runs a cluster: PostgreSQL refuses to run as root, so root hands it to the user `postgres`.
struct Owner {
    bin: PathBuf,
    /// User and group to change to.
    change: Option<(u32, u32)>,
}

impl Owner {
    fn of_clusters() -> Self {
        let root = rustix::process::geteuid().is_root();
        Self {
            bin: programs(),
            change: root.then(|| (id_of("-u"), id_of("-g"))),
        }
    }

    fn give(&self, folder: &Path) {
        if let Some((user, group)) = self.change {
            chown(folder, Some(user), Some(group)).expect("root may give a folder away");
        }
    }

    fn program(&self, name: &str) -> Program {
        let program = self.bin.join(name);
        match self.change {
            None => Program::at(program),
            Some((user, group)) => Program::system("setpriv")
                .args([
                    format!("--reuid={user}"),
                    format!("--regid={group}"),
                    "--clear-groups".to_owned(),
                ])
                .arg(program),
        }
        .ended_by("QUIT")
    }

    /// Runs a program that ends by itself.
    fn run(&self, name: &str, args: &[&str], last: &Path) {
        let mut words: Vec<OsString> = Vec::new();
        if let Some((user, group)) = self.change {
            words.extend([
                "setpriv".into(),
                format!("--reuid={user}").into(),
                format!("--regid={group}").into(),
            ]);
            words.push("--clear-groups".into());
        }
        words.push(self.bin.join(name).into());
        words.extend(args.iter().map(OsString::from));
        words.push(last.into());
        let done = Command::new(&words[0])
            .args(&words[1..])
            .current_dir("/")
            .output()
            .expect("it starts");
        assert!(
            done.status.success(),
            "{name}: {}",
            String::from_utf8_lossy(&done.stderr)
        );
    }
}

/// The folder with `initdb` and `postgres`: the newest version of Debian's layout, or the one in `PATH`.
fn programs() -> PathBuf {
    let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            Some((
                entry.file_name().to_str()?.parse().ok()?,
                entry.path().join("bin"),
            ))
        })
        .filter(|(_, bin)| bin.join("initdb").exists())
        .collect();
    versions.sort();
    let newest = versions.pop().map(|(_, bin)| bin);
    newest.or_else(|| Some(find("initdb")?.parent()?.to_owned())).expect(
        "PostgreSQL is not installed: `make test` installs it, or set WARIFU_TEST_PG_URL to a server that may be filled \
         with test databases",
    )
}

fn id_of(which: &str) -> u32 {
    let answer = Command::new("id")
        .args([which, "postgres"])
        .output()
        .expect("`id` runs");
    let text = String::from_utf8_lossy(&answer.stdout);
    text.trim()
        .parse()
        .expect("there is a user `postgres`, as PostgreSQL's package makes it")
}

static FAST: OnceCell<Cluster> = OnceCell::const_new();
static DURABLE: OnceCell<Cluster> = OnceCell::const_new();
const SUPERUSER: &str = "warifu";
const TEMPLATE: &str = "warifu_template";
const START_LIMIT: Duration = Duration::from_secs(60);

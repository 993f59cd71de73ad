//! What auditors wait for: searches, one entry and its proof in a log of a million entries. `WARIFU_BENCH_ENTRIES` changes
//! how many.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use warifu_server::audit::sequencer::Sequencer;
use warifu_server::audit::tree;
use warifu_server::store::log_search::{self, Filter};
use warifu_server::store::{Store, log, sqlite_url};
use warifu_shared::clock::Timestamp;
use warifu_shared::ids::EntryId;
use warifu_shared::keys::SigningKey;
use warifu_shared::log::entry::Words;
use warifu_shared::log::{Entry, LogKey};
use warifu_tests::databases::Database;

/// Prints the rows of both databases.
#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
pub async fn measure(folder: &Path) {
    std::fs::create_dir_all(folder).expect("a folder");
    let entries = std::env::var("WARIFU_BENCH_ENTRIES").ok();
    let entries = entries.and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    let postgres = Database::postgres().await;
    let sqlite = sqlite_url(&folder.join("search.sqlite3"));
    for (name, url) in [("SQLite", sqlite.as_str()), ("PostgreSQL", postgres.url())] {
        let store = Store::open(url).await.expect("a database");
        fill(&store, entries, name == "SQLite").await;
        println!("{name}, {entries} entries: p50, p99 in milliseconds");
        for (what, filter) in searches(entries) {
            let (p50, p99) = quantiles(async || page(&store, &filter).await).await;
            println!("  {what}: {p50:.1}, {p99:.1}");
        }
        let (p50, p99) = quantiles(async || entry(&store, entries).await).await;
        println!("  one entry with its proof: {p50:.1}, {p99:.1}");
    }
}

/// One in a hundred thousand is about the account; half are of the customer, a tenth logins; one member has a few.
fn words(n: i64) -> (String, String, &'static str) {
    let subject = format!("ac_{:022}", n % 100_000);
    let action = [
        "login.password",
        "challenge.created",
        "challenge.approve",
        "login.completed",
        "session.ended",
    ];
    let action = action[usize::try_from(n / 2 % 5).unwrap_or(0)];
    match n % 10_000 {
        7 => (
            subject,
            "staff:sf_0000000000000000000001".to_owned(),
            "staff.revealed",
        ),
        other if other % 2 == 0 => (subject, "customer".to_owned(), action),
        other if other % 4 == 1 => (subject, format!("device:dv_{:022}", n % 50_000), action),
        _ => (subject, "server".to_owned(), "session.swept"),
    }
}

fn searches(entries: i64) -> Vec<(&'static str, Filter)> {
    let all = Filter {
        to: log::END.to_owned(),
        ..Filter::default()
    };
    let action = |action: &str| Filter {
        action: action.to_owned(),
        ..all.clone()
    };
    let moment = |n: i64| EntryId::from_moment(Timestamp(BEGAN + n * STEP));
    vec![
        ("the newest", all.clone()),
        (
            "one account",
            Filter {
                subject: format!("ac_{:022}", 4242),
                ..all.clone()
            },
        ),
        ("a common action", action("login.completed")),
        ("a rare action", action("staff.revealed")),
        ("an action that is not there", action("staff.bootstrap")),
        (
            "one member of staff",
            Filter {
                actor: "staff:sf_0000000000000000000001".to_owned(),
                ..all.clone()
            },
        ),
        (
            "a common action that the server never does",
            Filter {
                actor: "server".to_owned(),
                ..action("login.completed")
            },
        ),
        (
            "what the server does",
            Filter {
                actor: "server".to_owned(),
                ..all.clone()
            },
        ),
        (
            "an action in an hour long ago",
            Filter {
                from: moment(entries / 10),
                to: moment(entries / 10 + 3600 * 1000 / STEP),
                ..action("login.completed")
            },
        ),
    ]
}

async fn page(store: &Store, filter: &Filter) {
    let mut c = store.read().await.expect("a connection");
    let part = log_search::part(&mut c, filter, 50).await.expect("a part");
    assert!(part.hits.len() <= 50);
}

async fn entry(store: &Store, entries: i64) {
    let position = i64::from(warifu_shared::random::below(
        u32::try_from(entries).unwrap_or(u32::MAX),
    ));
    let mut c = store.read().await.expect("a connection");
    let id = log_search::id_at(&mut c, position)
        .await
        .expect("read")
        .expect("it is there");
    let kept = log_search::kept(&mut c, &id)
        .await
        .expect("read")
        .expect("it is there");
    let head = log::head(&mut c).await.expect("a head");
    let (position, _) = kept.placed.expect("a position");
    assert!(
        tree::inclusion(&mut c, position, head.size)
            .await
            .expect("read")
            .is_some()
    );
}

async fn quantiles(work: impl AsyncFn()) -> (f64, f64) {
    let mut took = Vec::new();
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        work().await;
        took.push(begun.elapsed());
    }
    took.sort();
    let millis = |it: Duration| it.as_secs_f64() * 1e3;
    (millis(took[ROUNDS / 2]), millis(took[ROUNDS * 99 / 100]))
}

/// Leaves and their positions.
async fn fill(store: &Store, entries: i64, sqlite: bool) {
    let leaf = |n: i64| {
        let (subject, actor, action) = words(n);
        Leaf {
            at: Timestamp(BEGAN + n * STEP),
            subject,
            actor,
            action,
            outcome: "ok",
        }
    };
    write_leaves(store, entries, sqlite, leaf).await;
    let key = Arc::new(SigningKey::generate());
    let name = LogKey::new("bench/audit", key.public()).expect("a name");
    let sequencer = Sequencer::new(store.clone(), key, name, None);
    sequencer
        .finish(Timestamp(BEGAN + entries * STEP))
        .await
        .expect("sequenced");
}

/// What a leaf says.
pub struct Leaf {
    /// When.
    pub at: Timestamp,
    /// Whom it is about.
    pub subject: String,
    /// Who did it.
    pub actor: String,
    /// What.
    pub action: &'static str,
    /// How it ended.
    pub outcome: &'static str,
}

/// Writes leaves as the server does, many to a statement. The sequencer gives them their positions afterwards.
pub async fn write_leaves(store: &Store, entries: i64, sqlite: bool, leaf: impl Fn(i64) -> Leaf) {
    let mut next = 0;
    while next < entries {
        let to = entries.min(next + 500);
        let rows: Vec<String> = (next..to).map(|n| row(&leaf(n), sqlite)).collect();
        let sql = format!(
            "INSERT INTO audit_leaves (id, at, subject, action, entry) VALUES {}",
            rows.join(", ")
        );
        let mut c = store.read().await.expect("a connection");
        sqlx::query(sqlx::AssertSqlSafe(sql))
            .persistent(false)
            .execute(&mut *c)
            .await
            .expect("written");
        next = to;
    }
}

fn row(leaf: &Leaf, sqlite: bool) -> String {
    let (at, subject, action) = (leaf.at, &leaf.subject, leaf.action);
    let id = EntryId::at(at);
    let words = Words {
        actor: &leaf.actor,
        subject,
        action,
        outcome: leaf.outcome,
        object: "ch_0000000000000000000000",
        request: "rq_0000000000000000000000",
    };
    let entry = Entry::new(id.as_str(), at, words, &"d".repeat(43), "-")
        .encode()
        .expect("JSON");
    let entry = String::from_utf8(entry).expect("text");
    let entry = if sqlite {
        format!("CAST('{entry}' AS BLOB)")
    } else {
        format!("convert_to('{entry}', 'UTF8')")
    };
    format!("('{id}', {}, '{subject}', '{action}', {entry})", at.0)
}

/// 2026, and an entry each second.
const BEGAN: i64 = 1_767_225_600_000;
const STEP: i64 = 1000;
const ROUNDS: usize = 200;

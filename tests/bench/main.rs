//! `make bench`: what an approval costs on this machine, in one run: its parts, then whole cycles under load.

mod accounts;
mod cpu;
mod cycle;
mod idle;
mod import;
mod latency;
mod log;
mod parts;
mod search;
mod serve;
mod staff;
mod staff_firm;
mod start;
mod table;
mod two_cores;
mod whole_login;
mod withdraw;

/// The people at the console, as its tests have them.
#[expect(dead_code, reason = "the tests use more of it")]
#[path = "../staff/scene.rs"]
mod scene;

use std::path::Path;
use std::time::Duration;

use warifu_server::store::sqlite_url;
use warifu_tests::databases::Database;

use cycle::Target;
use serve::People;
use table::{Cycles, Parts, print_crowded, print_cycles, print_idle, print_start};

/// A login makes hundreds of small allocations on several threads; the system's allocator took a fifth of its time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    match arguments
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .as_slice()
    {
        ["serve", database, active, others, folder] => {
            let number = |text: &str| text.parse().expect("a number of customers");
            let people = People {
                active: number(active),
                others: number(others),
            };
            runtime.block_on(serve::serve(Path::new(folder), database, people));
        }
        // Alone they need no other row.
        [alone @ ("search" | "staff" | "import")] => {
            let folder = tempfile::tempdir_in("target").expect("a folder");
            match *alone {
                "staff" => runtime.block_on(staff::measure(folder.path())),
                "import" => runtime.block_on(import::measure(folder.path())),
                _ => runtime.block_on(search::measure(folder.path())),
            }
        }
        only => runtime.block_on(bench(only)),
    }
}

/// Everything, or what is named: `parts`, `sqlite`, `postgres`, `accounts`, `log`, `search`, `staff`, `import`, `idle`, `start`, `logins`. `money`
/// beside a database leaves out its rows of approvals alone.
#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
async fn bench(only: &[&str]) {
    let wanted = |name: &str| only.is_empty() || only.contains(&name);
    let secs = std::env::var("WARIFU_BENCH_SECONDS")
        .ok()
        .and_then(|text| text.parse().ok());
    let how_long = Duration::from_secs(secs.unwrap_or(10));
    let folder = tempfile::Builder::new()
        .prefix("warifu-bench-")
        .tempdir_in("target")
        .expect("a folder");
    let parts = parts::measure(folder.path()).await;
    parts.print();
    let sum = sum_of_parts(&parts);
    let rows = cycles(folder.path(), only, how_long).await;
    if !rows.is_empty() {
        println!("sum of the parts of one cycle: {sum:.0} us; ratios are to it");
        print_cycles(&rows, sum);
    }
    if wanted("accounts") {
        for name in ["SQLite", "PostgreSQL"] {
            print_crowded(&accounts::rows(folder.path(), name, how_long).await);
        }
    }
    if wanted("log") {
        log::measure(&folder.path().join("log")).await;
    }
    if wanted("search") {
        search::measure(&folder.path().join("search")).await;
    }
    if wanted("staff") {
        staff::measure(folder.path()).await;
    }
    if wanted("import") {
        import::measure(folder.path()).await;
    }
    if wanted("idle") {
        print_idle(&idle_devices(&folder.path().join("idle")).await);
    }
    if wanted("start") {
        print_start(&start::measure(&folder.path().join("start")).await);
    }
    if wanted("logins") {
        let mut logins = Parts::default();
        for (what, micros) in latency::rows().await {
            logins.add_micros(what, micros);
        }
        logins.print();
    }
}

/// The rows of the databases that are wanted.
async fn cycles(folder: &Path, only: &[&str], how_long: Duration) -> Vec<Cycles> {
    let wanted = |name: &str| only.is_empty() || only.contains(&name);
    let only_money = only.contains(&"money");
    let mut rows = Vec::new();
    if wanted("sqlite") {
        let url = sqlite_url(&folder.join("warifu.sqlite3"));
        rows.extend(on(&folder.join("sqlite"), &url, "SQLite", how_long, only_money).await);
    }
    if wanted("postgres") {
        let database = Database::postgres_durable().await;
        let folder = folder.join("postgres");
        rows.extend(on(&folder, database.url(), "PostgreSQL", how_long, only_money).await);
    }
    rows
}

async fn idle_devices(folder: &Path) -> idle::Idle {
    let url = sqlite_url(&folder.join("warifu.sqlite3"));
    let nobody = People { active: 0, others: 0 };
    let target = Target::start(folder, &url, nobody).await;
    let measured = idle::measure(&target, &folder.join("secrets"), DEVICES).await;
    target.stop().await;
    measured
}

async fn on(folder: &Path, url: &str, name: &str, how_long: Duration, only_money: bool) -> Vec<Cycles> {
    let people = People {
        active: CUSTOMERS,
        others: 0,
    };
    let target = Target::start(folder, url, people).await;
    if only_money {
        let rows = money(&target, name, how_long).await;
        target.stop().await;
        return rows;
    }
    let mut rows = Vec::new();
    for at_once in [1, 8, 32, 128] {
        eprintln!("{name}: {at_once} customers at once");
        rows.push(target.cycles(name, at_once, how_long).await);
    }
    let without = format!("{name}, no push, no relay");
    rows.push(target.cycles_without_push(&without, 32, how_long).await);
    rows.push(
        target
            .cycles_by_pages(&format!("{name}, by the pages"), 32, how_long)
            .await,
    );
    rows.extend(money(&target, name, how_long).await);
    target.stop().await;
    rows
}

/// Logins and withdrawals beside each other, each whole and in parts.
async fn money(target: &Target, name: &str, how_long: Duration) -> Vec<Cycles> {
    let label = |what: &str| format!("{name}, {what}");
    eprintln!("{name}: logins and withdrawals");
    let mut rows = vec![
        target.cycles(&label("login, approval"), 32, how_long).await,
        target.whole_logins(&label("login, whole"), 32, how_long).await,
    ];
    for (what, route) in [
        ("withdrawal, approval", "withdraw-approval"),
        ("withdrawal, no order", "withdraw-held"),
        ("withdrawal, whole", "withdraw"),
        ("withdrawal, core in memory", "withdraw-apart"),
    ] {
        rows.push(target.withdrawals(&label(what), route, 32, how_long).await);
    }
    rows
}

/// Three verifications, one signature, one encrypted push, four requests (a bare one costs the server about half of what it
/// costs both ends), and three writes of the hot path.
fn sum_of_parts(parts: &Parts) -> f64 {
    3.0 * parts.of(parts::VERIFY)
        + parts.of(parts::SIGN)
        + parts.of(parts::PUSH)
        + 4.0 * parts.of(parts::BARE_REQUEST) / 2.0
        + 3.0 * parts.of(parts::HOT_ROW)
}

/// Enough that nobody is asked twice within the life of a challenge.
const CUSTOMERS: u32 = 4_000;
/// Idle devices, when as many files may be open.
const DEVICES: usize = 10_000;

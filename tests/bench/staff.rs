//! What staff wait for: each page of the console by itself, over real HTTP, with a million accounts and a million entries of
//! the log behind it. `WARIFU_BENCH_ACCOUNTS` and `WARIFU_BENCH_ENTRIES` change how many, `WARIFU_BENCH_ROUNDS` how often each
//! page is asked for, `WARIFU_BENCH_DATABASES` (`sqlite`, `postgres`) on what.

use std::path::Path;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::Instant;
use warifu_tests::databases::Database;

use super::staff_firm::{Customer, Firm};

/// One of the rows: what it is called, and what is asked for each time.
type Row = (&'static str, fn(&Firm) -> Ask);

/// What is asked for.
enum Ask {
    /// A page.
    Page(String),
    /// A search for a customer: by what, and the words.
    Find(&'static str, String),
}

/// Every page by itself. A new page of the console is a new line here.
const ROWS: &[Row] = &[
    ("home", |_| Ask::Page("/".to_owned())),
    ("watch, a day", |_| Ask::Page("/watch?range=day".to_owned())),
    ("watch, a month", |_| Ask::Page("/watch?range=month".to_owned())),
    ("search: account number", |firm| {
        Ask::Find("number", firm.anybody().number.clone())
    }),
    ("search: name", |firm| {
        Ask::Find("name", firm.anybody().name.clone())
    }),
    ("search: a name that many have", |firm| {
        Ask::Find("name", firm.common_name.clone())
    }),
    ("search: mail address", |firm| {
        Ask::Find("mail", firm.anybody().mail.clone())
    }),
    ("search: nobody", |firm| {
        Ask::Find("mail", format!("x{}", firm.anybody().mail))
    }),
    ("customer", |firm| screen(firm.anybody())),
    ("customer with a long history", |firm| {
        screen(firm.somebody_busy())
    }),
    ("proposals", |_| Ask::Page("/proposals".to_owned())),
    ("cases: the list", |_| Ask::Page("/cases".to_owned())),
    ("log: the newest", |_| log("")),
    ("log: an account", |firm| {
        log(&format!("account={}", firm.somebody_busy().id))
    }),
    ("log: a rare action", |_| log("action=staff.revealed")),
    ("log: a frequent action", |_| log("action=login.completed")),
    ("log: an action that is not there", |_| {
        log("action=staff.bootstrap")
    }),
    ("log: one member of staff", |firm| {
        log(&format!("actor={}", firm.colleague))
    }),
    ("log: what the server does", |_| log("actor=server")),
    ("log: an action the server never does", |_| {
        log("actor=server&action=login.completed")
    }),
    ("log: an action in some hour", |firm| {
        let (from, to) = firm.some_hour();
        log(&format!("action=login.completed&from={from}&to={to}"))
    }),
    ("log: some hour", |firm| {
        let (from, to) = firm.some_hour();
        log(&format!("from={from}&to={to}"))
    }),
    ("log: an account and an action", |firm| {
        log(&format!(
            "account={}&action=challenge.created",
            firm.somebody_busy().id
        ))
    }),
    ("log: deep in the past", |firm| {
        log(&format!("before={}", firm.any_entry()))
    }),
    ("log: a frequent action, deep in the past", |firm| {
        log(&format!("action=login.completed&before={}", firm.any_entry()))
    }),
    ("an entry with its proof", |firm| {
        Ask::Page(format!("/log/entries/{}", firm.any_entry()))
    }),
    ("checkpoints", |_| Ask::Page("/log/checkpoints".to_owned())),
];

fn screen(customer: &Customer) -> Ask {
    Ask::Page(format!("/customers/{}", customer.id))
}

fn log(query: &str) -> Ask {
    Ask::Page(format!("/log?{query}"))
}

/// Prints the rows of both databases.
pub async fn measure(folder: &Path) {
    let rounds = number("WARIFU_BENCH_ROUNDS", 500);
    let (accounts, entries) = (
        number("WARIFU_BENCH_ACCOUNTS", 1_000_000),
        number("WARIFU_BENCH_ENTRIES", 1_000_000),
    );
    let wanted = std::env::var("WARIFU_BENCH_DATABASES").unwrap_or_else(|_| "sqlite postgres".to_owned());
    for name in ["SQLite", "PostgreSQL"] {
        if !wanted.contains(&name.to_lowercase()[..6]) {
            continue;
        }
        let database = if name == "SQLite" {
            Database::sqlite_below(folder)
        } else {
            Database::postgres().await
        };
        let mut firm = Firm::fill(&database, accounts, entries).await;
        firm.enter().await;
        print(name, &mut firm, rounds as usize).await;
    }
}

#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
async fn print(name: &str, firm: &mut Firm, rounds: usize) {
    println!(
        "{name}: {} accounts and {} entries, written in {:.0} s and {:.0} s",
        firm.accounts,
        firm.entries,
        firm.took[0].as_secs_f64(),
        firm.took[1].as_secs_f64()
    );
    println!("  the target is a p99 below {TARGET_MS:.0} ms; {rounds} of each, milliseconds");
    println!(
        "  {:<42} {:>9} {:>9} {:>12} {:>12}",
        "page", "1: p50", "1: p99", "4: p50", "4: p99"
    );
    for (what, next) in ROWS {
        let mut cells = String::new();
        let mut worst: f64 = 0.0;
        for at_once in [1, MANY] {
            let (p50, p99) = quantiles(firm, next, at_once, rounds).await;
            let width = if at_once == 1 { 9 } else { 12 };
            cells.push_str(&format!(" {p50:>width$.1} {p99:>width$.1}"));
            worst = worst.max(p99);
        }
        let missed = if worst < TARGET_MS {
            ""
        } else {
            "  over the target"
        };
        println!("  {what:<42}{cells}{missed}");
    }
    println!();
}

/// The clock goes on with each request by more than the console takes as one access, so that each of them is noted, as those
/// of a person are.
async fn quantiles(firm: &mut Firm, next: &fn(&Firm) -> Ask, at_once: usize, rounds: usize) -> (f64, f64) {
    // A session lasts twelve hours of that clock.
    firm.log_in_again().await;
    let firm = &*firm;
    let one_after_another = async |count: usize| {
        let mut took = Vec::with_capacity(count);
        for _ in 0..count {
            let ask = next(firm);
            firm.move_on();
            let begun = Instant::now();
            answer(firm, &ask).await;
            took.push(begun.elapsed());
        }
        took
    };
    // Connections and prepared statements are made before anything counts.
    join_all((0..at_once).map(|_| one_after_another(WARM_UP))).await;
    let each = rounds.div_ceil(at_once);
    let mut took = join_all((0..at_once).map(|_| one_after_another(each)))
        .await
        .concat();
    took.sort();
    let millis = |it: Duration| it.as_secs_f64() * 1e3;
    (millis(took[took.len() / 2]), millis(took[took.len() * 99 / 100]))
}

async fn answer(firm: &Firm, ask: &Ask) {
    match ask {
        Ask::Page(path) => {
            let page = firm.browser().get(path).await;
            assert!(
                page.status.is_success(),
                "{path}: {} {:?}",
                page.status,
                page.location
            );
        }
        Ask::Find(by, words) => {
            let page = firm.find(by, words).await;
            let found = page.location.is_some() || page.status.is_success();
            assert!(found, "{by} {words}: {}", page.status);
        }
    }
}

fn number(name: &str, otherwise: u32) -> u32 {
    let given = std::env::var(name).ok();
    given.and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

const MANY: usize = 4;
const WARM_UP: usize = 10;
const TARGET_MS: f64 = 100.0;

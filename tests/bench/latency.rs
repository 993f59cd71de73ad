//! How long a refused login takes for an unknown, a known and a locked account: a stranger must not tell them apart (CHAL-11).
//!
//! With the password hashing of production. The accounts take turns, so that whatever else the machine does meets all alike.

use warifu_server::pages::paths;
use warifu_tests::customer::{AnonymousBrowser, Answer};
use warifu_tests::databases::Database;
use warifu_tests::server::{HANAKO, TARO, TestServer};

/// Medians of a refused login in microseconds, and of the difference between each two.
///
/// # Panics
/// When the server answers anything but the refusal, or when a difference is [`MOST_MICROS`] or more.
pub async fn rows() -> Vec<(String, f64)> {
    let db = Database::sqlite();
    let server = TestServer::with(&db, |config| {
        config.password.memory_kib = 47_104;
        // The known account stays open however often it is guessed at, the other one is locked once and for all.
        config.counters.password_failures = i64::MAX;
        config.admission.per_address = i64::MAX;
        config.admission.per_network = i64::MAX;
        config.admission.per_account = i64::MAX;
        config.admission.everyone = i64::MAX;
    })
    .await;
    lock(&server).await;
    let browser = server.browser();
    let page = browser.get(paths::LOGIN).await;
    let accounts = [
        ("unknown", "9999999"),
        ("known", TARO.number),
        ("locked", HANAKO.number),
    ];
    let mut took = accounts.map(|_| Vec::with_capacity(RUNS));
    for round in 0..RUNS {
        // Each account comes first, second and last equally often.
        for turn in 0..accounts.len() {
            let one = (round + turn) % accounts.len();
            took[one].push(refused(&browser, &page, accounts[one].1).await);
        }
    }
    let mut rows: Vec<_> = accounts
        .iter()
        .zip(&took)
        .map(|((who, _), times)| {
            (
                format!("login refused, {who} account, median of {RUNS}"),
                median(times),
            )
        })
        .collect();
    for (one, other) in [(0, 1), (0, 2), (1, 2)] {
        // Of tries of the same moment, so that a machine that slows down meanwhile changes nothing.
        let pairs = took[one].iter().zip(&took[other]);
        let differences: Vec<f64> = pairs.map(|(a, b)| a - b).collect();
        let difference = median(&differences).abs();
        let what = format!("  difference of {} and {}", accounts[one].0, accounts[other].0);
        assert!(
            difference < MOST_MICROS,
            "CHAL-11: {what}: {difference:.0} microseconds, {rows:?}"
        );
        rows.push((what, difference));
    }
    rows
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures elapsed time")]
async fn refused(browser: &AnonymousBrowser, page: &Answer, number: &str) -> f64 {
    let filled = [("account_number", number), ("password", "a wrong password")];
    let start = std::time::Instant::now();
    let answer = browser.submit(page, paths::LOGIN, &filled).await;
    let took = start.elapsed();
    assert_eq!(answer.status, 403, "{}", answer.body);
    took.as_secs_f64() * 1e6
}

/// Locks HANAKO's password for strangers.
async fn lock(server: &TestServer) {
    let done = server.server.app.store.write(move |c| {
        Box::pin(async move {
            sqlx::query(
                "INSERT INTO failure_counters (account_id, kind, lane, failures, locks, locked_until) \
                 SELECT id, 'password', 'unknown', 10, 1, $2 FROM accounts WHERE number = $1",
            )
            .bind(HANAKO.number)
            .bind(i64::MAX)
            .execute(c)
            .await?;
            Ok(())
        })
    });
    done.await.expect("locked");
}

fn median(times: &[f64]) -> f64 {
    let mut times = times.to_vec();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

const RUNS: usize = 200;
/// What CHAL-11 allows.
const MOST_MICROS: f64 = 10_000.0;

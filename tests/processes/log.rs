//! The real program: a leaf is in the log within a second; killed again and again it loses nothing and writes nothing twice
//! (AUDIT-03, AUDIT-05, AUDIT-06).

use std::path::PathBuf;

use warifu_server::store::log;
use warifu_shared::api::paths;
use warifu_shared::clock::{Clock, SystemClock};
use warifu_shared::log::verify::{LogReport, verify};
use warifu_shared::published::PublishedKeys;
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::server::TARO;

use crate::firm::{Firm, Plan};

/// A firm that copies its log into a folder.
async fn firm(db: &Database) -> (Firm, tempfile::TempDir) {
    let copy = tempfile::tempdir().expect("a folder");
    let plan = Plan {
        more: format!("[audit]\nexport = \"{}\"\n", copy.path().display()),
        ..Plan::new()
    };
    (Firm::prepare(db, &plan).await, copy)
}

async fn keys(firm: &Firm) -> PublishedKeys {
    let answer = firm.browser().get(paths::KEYS).await;
    PublishedKeys::read(answer.body.as_bytes()).expect("published keys")
}

fn check(copy: &tempfile::TempDir, keys: &PublishedKeys, kept: &[PathBuf]) -> LogReport {
    let report = verify(copy.path(), &keys.log, kept);
    assert!(report.holds(), "{report:?}");
    report
}

/// Leaves, and how many of them have a position.
const LEAVES: &str = "SELECT COUNT(*) FROM audit_leaves";
const POSITIONS: &str = "SELECT COUNT(*) FROM log_positions";

#[tokio::test]
async fn audit_03_audit_06_a_killed_server_loses_no_leaf_and_doubles_none() {
    for_each_database(|db| async move {
        let (mut firm, copy) = firm(&db).await;
        let mut kept = Vec::new();
        for round in 0..6 {
            firm.start().await;
            for wrong in 0..3 {
                firm.browser()
                    .enter_password(TARO.number, &format!("wrong {wrong}"))
                    .await;
            }
            let keys = keys(&firm).await;
            if round % 2 == 0 {
                firm.kill();
            } else {
                assert_eq!(firm.stop().await, Some(0));
                let report = check(&copy, &keys, &kept);
                assert_eq!(
                    report.covered, report.entries,
                    "AUDIT-05: a checkpoint at the end"
                );
                let leaves = firm.count(LEAVES).await;
                assert_eq!(leaves, firm.count(POSITIONS).await);
                assert_eq!(report.entries, leaves as u64);
                // What was kept elsewhere stays true for ever.
                let name = format!("{:012}", report.covered);
                let elsewhere = copy.path().join(format!("kept-{round}"));
                std::fs::copy(copy.path().join("checkpoints").join(name), &elsewhere).expect("copied");
                kept.push(elsewhere);
            }
        }
        assert_eq!(kept.len(), 3);
    })
    .await;
}

#[tokio::test]
async fn audit_03_a_leaf_is_proven_within_a_second() {
    let db = Database::sqlite();
    let (mut firm, _copy) = firm(&db).await;
    firm.start().await;
    let store = firm.store().await;
    let mut waited = Vec::new();
    for _ in 0..5 {
        firm.browser().enter_password(TARO.number, "wrong").await;
        let since = SystemClock.now();
        // The queries themselves take their time: nothing waits besides.
        loop {
            let mut c = store.read().await.expect("a connection");
            let head = log::head(&mut c).await.expect("a head");
            let leaves: i64 = sqlx::query_scalar(LEAVES)
                .fetch_one(&mut *c)
                .await
                .expect("a number");
            if head.size == leaves as u64 {
                break;
            }
            assert!(SystemClock.now().secs_since(since) < 10, "never");
        }
        waited.push(SystemClock.now().0 - since.0);
    }
    waited.sort();
    assert!(waited[2] < 1000, "milliseconds: {waited:?}");
    store.close().await;
}

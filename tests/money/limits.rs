//! Limits say what is possible, count what was approved, and hold at the approval too (TXN-07, ENROL-09).

use warifu_server::domain::withdrawal::State;
use warifu_shared::error::ErrorCode;
use warifu_tests::databases::Database;

use crate::rules;
use crate::scene::{Scene, yen};

#[tokio::test]
async fn txn_03_the_days_limit_counts_what_was_approved_today() {
    let db = Database::sqlite();
    let scene = Scene::with(&db, |config| config.withdrawal.per_day = yen(100_000)).await;
    let owner = scene.owner(1).await;
    scene.approved(&owner, "60000").await;
    let refused = scene.ask(&owner, "40001").await.expect_err("above the limit");
    assert_eq!(
        (refused.code, refused.possible),
        (ErrorCode::DayLimit, Some(yen(40_000)))
    );
    // What was denied or given up counts for nothing.
    let given_up = scene.ask(&owner, "40000").await.unwrap();
    scene.cancel(&given_up).await;
    scene.approved(&owner, "40000").await;
    let refused = scene.ask(&owner, "1").await.expect_err("nothing is left");
    assert_eq!(
        (refused.code, refused.possible),
        (ErrorCode::DayLimit, Some(yen(0)))
    );
    // One that was asked for before midnight and is approved after it is of the new day.
    let now = scene.server().now();
    let midnight = 86_400 - (now.secs() + 9 * 3600).rem_euclid(86_400);
    scene.wait(midnight + 86_400 - 30);
    let late = scene.ask(&owner, "70000").await.unwrap();
    let before = rules::day(scene.server().now());
    scene.wait(60);
    assert_eq!(rules::day(scene.server().now()), before + 1);
    scene.approve(&owner.devices[0], &late).await;
    assert_eq!(scene.state(&late).await, State::Queued);
    let refused = scene.ask(&owner, "30001").await.expect_err("above the limit");
    assert_eq!(
        (refused.code, refused.possible),
        (ErrorCode::DayLimit, Some(yen(30_000)))
    );
}

#[tokio::test]
async fn txn_07_a_firm_can_close_withdrawals_at_once() {
    let db = Database::sqlite();
    let scene = Scene::with(&db, |config| config.withdrawal.open = false).await;
    let owner = scene.owner(1).await;
    let refused = scene.ask(&owner, "1").await.map_err(|refusal| refusal.code);
    assert_eq!(refused, Err(ErrorCode::WithdrawalsClosed));
}

#[tokio::test]
async fn chal_05_slow_checks_do_not_let_an_approval_outlive_its_withdrawal() {
    let db = Database::sqlite();
    let scene = Scene::open(&db).await;
    let owner = scene.owner(1).await;
    let id = scene.ask(&owner, "1").await.unwrap();
    let mut c = scene.store().read().await.unwrap();
    let challenge = scene.challenge(&id).await;
    let challenge = warifu_server::store::challenges::by_id(&mut c, &challenge)
        .await
        .unwrap()
        .unwrap();
    drop(c);
    assert_eq!(challenge.expires_at, scene.withdrawal(&id).await.expires_at);
}

//! A core system that is down, slow, forgetful or contrary: an order that may have left is never taken back (TXN-03).

use std::sync::atomic::Ordering;

use warifu_server::domain::withdrawal::State;
use warifu_shared::error::ErrorCode;
use warifu_shared::jws::approval::DenyReason;
use warifu_tests::databases::for_each_database;

use crate::flaky::Fault;
use crate::scene::{Book, START, Scene, other_payee, yen};

const ONCE: Book = Book {
    available: START - 10_000,
    reserved: 0,
    paid: 10_000,
};

#[tokio::test(flavor = "multi_thread")]
async fn txn_03_a_core_system_that_is_down_for_an_hour_pays_once_afterwards() {
    for_each_database(|db| async move {
        for fault in [
            Fault::Down,
            Fault::Busy,
            Fault::Lost,
            Fault::Late,
            Fault::DiesAfter,
            Fault::DiesBefore,
            Fault::Conflict,
        ] {
            let mut scene = Scene::open(&db).await;
            let owner = scene.owner(1).await;
            let id = scene.approved(&owner, "10000").await;
            scene.core.dark.store(true, Ordering::Relaxed);
            let refused = scene.ask(&owner, "1").await.map_err(|refusal| refusal.code);
            assert_eq!(refused, Err(ErrorCode::BalanceUnknown));
            for minute in 0..60 {
                scene.core.next(&[fault]);
                scene.work().await;
                scene.core.heal();
                assert_eq!(scene.state(&id).await, State::Queued, "{fault:?} {minute}");
                assert_eq!(
                    scene.recall(&id).await.map_err(|r| r.code),
                    Err(ErrorCode::WithdrawalEnded)
                );
                scene.wait(60);
            }
            scene.core.dark.store(false, Ordering::Relaxed);
            let sent = scene.core.sent();
            // Ever more slowly, and always the same order.
            assert!((5..40).contains(&sent.len()), "{fault:?}: {}", sent.len());
            assert!(sent.iter().all(|order| *order == sent[0] && order.key == id));
            scene.restart().await;
            scene.drain().await;
            assert_eq!(
                (scene.state(&id).await, scene.book(&owner).await),
                (State::Paid, ONCE),
                "{fault:?}"
            );
            assert_eq!(scene.leaves(&owner, "withdrawal.paid", "paid").await, 1);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn txn_03_an_order_that_may_have_left_is_neither_held_nor_refused_here() {
    for_each_database(|db| async move {
        let scene = Scene::open(&db).await;
        for fault in [Fault::Lost, Fault::DiesAfter, Fault::Late] {
            let owner = scene.owner(1).await;
            let id = scene.approved(&owner, "10000").await;
            scene.core.next(&[fault]);
            scene.work().await;
            // The payout account changes and somebody is on the phone: the money is gone all the same.
            scene.enter_payout(&owner, other_payee()).await;
            let next = scene.ask(&owner, "20000").await.unwrap();
            let challenge = scene.challenge(&next).await;
            assert_eq!(
                scene
                    .deny(&owner.devices[0], &challenge, DenyReason::Phone)
                    .await
                    .status,
                200
            );
            assert_eq!(scene.state(&id).await, State::Queued);
            assert_eq!(
                scene.recall(&id).await.map_err(|r| r.code),
                Err(ErrorCode::WithdrawalEnded)
            );
            scene.core.deliver().await;
            scene.drain().await;
            assert_eq!(
                (scene.state(&id).await, scene.book(&owner).await),
                (State::Paid, ONCE),
                "{fault:?}"
            );
            assert_eq!(scene.state(&next).await, State::Denied);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn txn_03_an_order_that_is_forgotten_after_it_was_taken_is_placed_again_and_not_held() {
    for_each_database(|db| async move {
        let scene = Scene::open(&db).await;
        let owner = scene.owner(1).await;
        let id = scene.approved(&owner, "10000").await;
        scene.work().await;
        assert_eq!(scene.state(&id).await, State::Placed);
        scene.wait(5);
        scene.core.next(&[Fault::Unknown]);
        scene.work().await;
        assert_eq!(scene.state(&id).await, State::Queued);
        // The core system has it: holding it here and taking it back would only look like it.
        let next = scene.ask(&owner, "20000").await.unwrap();
        let challenge = scene.challenge(&next).await;
        assert_eq!(
            scene
                .deny(&owner.devices[0], &challenge, DenyReason::Phone)
                .await
                .status,
            200
        );
        assert_eq!(scene.state(&id).await, State::Queued);
        scene.enter_payout(&owner, other_payee()).await;
        scene.drain().await;
        assert_eq!(
            (scene.state(&id).await, scene.book(&owner).await),
            (State::Paid, ONCE)
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn txn_02_a_row_changed_after_a_lost_answer_follows_the_core_system() {
    for_each_database(|db| async move {
        let scene = Scene::open(&db).await;
        // Taken before the change: what the core system has is what was signed, and it is paid.
        let taken = scene.owner(1).await;
        let id = scene.approved(&taken, "10000").await;
        // Never heard: nothing leaves.
        let unheard = scene.owner(1).await;
        let other = scene.approved(&unheard, "10000").await;
        scene
            .tamper(format!("UPDATE withdrawals SET next_at = 1 WHERE id = '{id}'"))
            .await;
        scene.core.next(&[Fault::Lost, Fault::Down]);
        scene.work().await;
        for id in [&id, &other] {
            let sql = r#"UPDATE withdrawals SET txn = REPLACE(txn, '"10000"', '"90000"'), amount = 90000 WHERE id = "#;
            scene.tamper(format!("{sql}'{id}'")).await;
        }
        scene.drain().await;
        assert_eq!(scene.book(&taken).await, ONCE);
        assert_eq!(scene.state(&id).await, State::Paid);
        assert_eq!(scene.book(&unheard).await, Book::UNTOUCHED);
        let found = scene.withdrawal(&other).await;
        assert_eq!((found.state, found.reason), (State::Refused, Some(ErrorCode::DetailsChanged)));
    })
    .await;
}

#[tokio::test]
async fn txn_03_what_the_core_system_refuses_is_over_and_gives_the_day_back() {
    let db = warifu_tests::databases::Database::sqlite();
    let scene = Scene::with(&db, |config| config.withdrawal.per_day = yen(1_000_000)).await;
    let owner = scene.owner(1).await;
    let id = scene.approved(&owner, "1000000").await;
    // Spent elsewhere meanwhile.
    scene
        .tamper(format!(
            "UPDATE ledger_accounts SET available = 5 WHERE account_number = '{}'",
            owner.number.as_str()
        ))
        .await;
    scene.work().await;
    let found = scene.withdrawal(&id).await;
    assert_eq!(
        (found.state, found.reason),
        (State::Refused, Some(ErrorCode::BalanceTooLow))
    );
    scene
        .tamper(format!(
            "UPDATE ledger_accounts SET available = 3000000 WHERE account_number = '{}'",
            owner.number.as_str()
        ))
        .await;
    scene.approved(&owner, "1000000").await;
}

#[tokio::test]
async fn txn_03_an_account_closed_while_its_withdrawal_is_held_keeps_its_money() {
    let db = warifu_tests::databases::Database::sqlite();
    let scene = Scene::with(&db, |config| config.withdrawal.hold_from = yen(10_000)).await;
    let owner = scene.owner(1).await;
    let held = scene.approved(&owner, "10000").await;
    let queued = scene.approved(&owner, "9999").await;
    scene
        .tamper(format!(
            "UPDATE accounts SET disabled_at = 1 WHERE id = '{}'",
            owner.account
        ))
        .await;
    scene.drain().await;
    for id in [&held, &queued] {
        let found = scene.withdrawal(id).await;
        assert_eq!(
            (found.state, found.reason),
            (State::Refused, Some(ErrorCode::CoreRefused))
        );
    }
    assert_eq!(scene.book(&owner).await, Book::UNTOUCHED);
}

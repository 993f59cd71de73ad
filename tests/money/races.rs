//! Many at once: one approval, one order, one outcome (CHAL-09, TXN-03, OPS-02).

use futures_util::future::{join, join_all};
use warifu_server::domain::withdrawal::State;
use warifu_server::operations::withdrawal::{by_code, work};
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::WithdrawalId;
use warifu_tests::databases::for_each_database;

use crate::scene::{Book, Owner, START, Scene, caller, yen};

#[tokio::test(flavor = "multi_thread")]
async fn txn_03_chal_09_fifty_approvals_on_two_devices_pay_once() {
    for_each_database(|db| async move {
        let scene = Scene::open(&db).await;
        let owner = scene.owner(2).await;
        let id = scene.ask(&owner, "10000").await.unwrap();
        let challenge = scene.challenge(&id).await;
        let mut tokens = Vec::new();
        for at in 0..50 {
            // Some are the very same token, most are not.
            let again = (at % 5 == 4).then(|| tokens.last().cloned()).flatten();
            let by = at % 2;
            tokens.push(match again {
                Some(same) => same,
                None => (by, scene.yes(&owner.devices[by], &challenge).await),
            });
        }
        let sent = tokens
            .iter()
            .map(|(by, token)| scene.send(&owner.devices[*by], &challenge, token));
        let answers = join_all(sent).await;
        let recorded = warifu_tests::evidence::challenge(scene.store(), &challenge).await;
        for ((_, token), answer) in tokens.iter().zip(&answers) {
            let won = recorded.decision_hash == Some(warifu_server::crypto::mac::token_hash(token));
            let expected = if won { 200 } else { 409 };
            assert_eq!(answer.status, expected, "{}", answer.text);
        }
        // Ten workers at once.
        for _ in 0..3 {
            join_all((0..10).map(|_| work::step(scene.app()))).await;
            scene.wait(30);
        }
        let once = Book {
            available: START - 10_000,
            reserved: 0,
            paid: 10_000,
        };
        assert_eq!(
            (scene.state(&id).await, scene.book(&owner).await),
            (State::Paid, once)
        );
        assert_eq!(scene.leaves(&owner, "withdrawal.approved", "queued").await, 1);
        assert_eq!(scene.leaves(&owner, "withdrawal.paid", "paid").await, 1);
    })
    .await;
}

/// A second withdrawal beside the first, both waiting: as if its form had come just before the first was stored.
async fn two_that_wait(scene: &Scene, owner: &Owner, amount: &str) -> [WithdrawalId; 2] {
    let first = scene.ask(owner, amount).await.expect("it is possible");
    let expires_at = scene.withdrawal(&first).await.expires_at.0;
    scene
        .tamper(format!(
            "UPDATE withdrawals SET expires_at = 0 WHERE id = '{first}'; \
             UPDATE challenges SET live_slot = NULL WHERE account_id = '{}'",
            owner.account
        ))
        .await;
    let second = scene.ask(owner, amount).await.expect("it is possible");
    scene
        .tamper(format!(
            "UPDATE withdrawals SET expires_at = {expires_at} WHERE id = '{first}'"
        ))
        .await;
    [first, second]
}

async fn assert_one_within_the_limit(scene: &Scene, both: &[WithdrawalId; 2], limit: ErrorCode) {
    let (a, b) = (scene.withdrawal(&both[0]).await, scene.withdrawal(&both[1]).await);
    let states = [a.state, b.state];
    assert!(
        states.contains(&State::Queued) && states.contains(&State::Refused),
        "{states:?}"
    );
    assert_eq!(a.reason.or(b.reason), Some(limit));
}

#[tokio::test(flavor = "multi_thread")]
async fn txn_03_two_approvals_at_once_do_not_pass_the_days_limit() {
    for_each_database(|db| async move {
        let scene = Scene::with(&db, |config| config.withdrawal.per_day = yen(1_000_000)).await;
        for _ in 0..8 {
            let owner = scene.owner(2).await;
            let both = two_that_wait(&scene, &owner, "600000").await;
            let (one, two) = join(
                scene.approve(&owner.devices[0], &both[0]),
                scene.approve(&owner.devices[1], &both[1]),
            )
            .await;
            assert_eq!((one.status.as_u16(), two.status.as_u16()), (200, 200));
            assert_one_within_the_limit(&scene, &both, ErrorCode::DayLimit).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn txn_07_two_codes_at_once_do_not_pass_the_days_limit() {
    for_each_database(|db| async move {
        let scene = Scene::open(&db).await;
        for _ in 0..3 {
            let owner = scene.owner(0).await;
            let first = scene.ask(&owner, "600000").await.unwrap();
            let code = scene.mailed_code(&owner).await;
            scene
                .tamper(format!(
                    "UPDATE withdrawals SET state = 'expired' WHERE id = '{first}'"
                ))
                .await;
            scene.wait(1);
            let second = scene.ask(&owner, "600000").await.unwrap();
            let other = scene.mailed_code(&owner).await;
            scene
                .tamper(format!(
                    "UPDATE withdrawals SET state = 'pending' WHERE id = '{first}'"
                ))
                .await;
            let (a, b) = (scene.withdrawal(&first).await, scene.withdrawal(&second).await);
            let (caller, app) = (caller(), scene.app());
            let (one, two) = join(
                by_code::run(app, &caller, &a, &code),
                by_code::run(app, &caller, &b, &other),
            )
            .await;
            assert_eq!((one, two), (Ok(()), Ok(())), "both codes are right");
            assert_one_within_the_limit(&scene, &[first, second], ErrorCode::MailedCodeLimit).await;
            scene.wait(3600);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn txn_03_of_recall_and_release_one_happens() {
    for_each_database(|db| async move {
        let scene = Scene::with(&db, |config| config.withdrawal.hold_from = yen(1)).await;
        let owner = scene.owner(1).await;
        let (mut recalled, mut paid) = (0, 0);
        for round in 0..50 {
            let id = scene.approved(&owner, "1000").await;
            scene.wait(24 * 3600);
            let (taken_back, ()) = if round % 2 == 0 {
                join(scene.recall(&id), scene.work()).await
            } else {
                let (worked, taken_back) = join(scene.work(), scene.recall(&id)).await;
                (taken_back, worked)
            };
            scene.work().await;
            scene.wait(60);
            scene.work().await;
            let state = scene.state(&id).await;
            match taken_back {
                Ok(()) => recalled += i64::from(state == State::Recalled),
                Err(_) => paid += i64::from(state == State::Paid),
            }
        }
        assert_eq!(recalled + paid, 50);
        let sum = paid * 1000;
        let expected = Book {
            available: START - sum,
            reserved: 0,
            paid: sum,
        };
        assert_eq!(scene.book(&owner).await, expected);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chal_09_of_approval_denial_and_cancellation_one_happens() {
    for_each_database(|db| async move {
        let scene = Scene::with(&db, |config| config.pushes.per_day = 1000).await;
        let owner = scene.owner(2).await;
        let mut sum = 0;
        for _ in 0..20 {
            let id = scene.ask(&owner, "1000").await.unwrap();
            let challenge = scene.challenge(&id).await;
            let reason = warifu_shared::jws::approval::DenyReason::Cancelled;
            let decisions = join(
                scene.approve(&owner.devices[0], &id),
                scene.deny(&owner.devices[1], &challenge, reason),
            );
            let ((yes, no), ()) = join(decisions, scene.cancel(&id)).await;
            let state = scene.state(&id).await;
            let expected = match (yes.status.as_u16(), no.status.as_u16()) {
                (200, 409) => State::Queued,
                (409, 200) => State::Denied,
                (409, 409) => State::Cancelled,
                other => panic!("{other:?}: {} {}", yes.text, no.text),
            };
            assert_eq!(state, expected);
            sum += i64::from(state == State::Queued) * 1000;
        }
        scene.drain().await;
        let expected = Book {
            available: START - sum,
            reserved: 0,
            paid: sum,
        };
        assert_eq!(scene.book(&owner).await, expected);
    })
    .await;
}

//! The second approval of a large withdrawal: another device, in time, or nothing leaves (TXN-09).

use warifu_server::domain::withdrawal::State;
use warifu_server::mail::Remover;
use warifu_server::operations::revoke_device;
use warifu_server::store::devices;
use warifu_shared::error::ErrorCode;
use warifu_shared::jws::approval::DenyReason;
use warifu_tests::databases::{Database, for_each_database};

use crate::scene::{Book, Owner, START, Scene, caller, yen};

async fn firm(db: &Database) -> Scene {
    Scene::with(db, |config| config.withdrawal.second_approval_from = yen(500_000)).await
}

async fn revoke(scene: &Scene, owner: &Owner, at: usize) {
    let mut c = scene.store().read().await.expect("a connection");
    let device = devices::by_id(&mut c, &owner.devices[at].id)
        .await
        .expect("it answers")
        .expect("it is there");
    drop(c);
    let asked = revoke_device::Asked {
        nonce: None,
        keep: None,
    };
    let gone = revoke_device::run(scene.app(), &caller(), &device, Remover::Customer, asked).await;
    assert_eq!(gone, Ok(true));
}

#[tokio::test(flavor = "multi_thread")]
async fn txn_09_only_another_device_gives_the_second_approval() {
    for_each_database(|db| async move {
        let scene = firm(&db).await;
        let owner = scene.owner(2).await;
        let (one, two) = (&owner.devices[0], &owner.devices[1]);
        let below = scene.approved(&owner, "499999").await;
        assert_eq!(scene.state(&below).await, State::Queued);
        let id = scene.approved(&owner, "500000").await;
        assert_eq!(scene.state(&id).await, State::Second);
        // The first challenge is used up for everybody.
        assert_eq!(scene.approve(two, &id).await.refusal(), (409, 1303));
        let challenge = scene.ask_second(&owner, &id).await.unwrap();
        assert!(scene.seen(one, &challenge).await.is_none());
        assert_eq!(scene.approve(one, &id).await.refusal(), (404, 1301));
        // Not even with the bytes that the other device signs.
        let (_, jws) = scene.seen(two, &challenge).await.unwrap();
        let number = scene.number(&challenge).await;
        let stolen = one.token(&(challenge.clone(), jws), Some(&number), scene.server().now());
        assert_eq!(scene.send(one, &challenge, &stolen).await.refusal(), (404, 1301));
        assert_eq!(scene.send(two, &challenge, &stolen).await.refusal(), (400, 1304));
        let again = scene
            .ask_second(&owner, &id)
            .await
            .map_err(|refusal| refusal.code);
        assert_eq!(again, Err(ErrorCode::WithdrawalOpen));
        assert_eq!(scene.approve(two, &id).await.json["outcome"], "approved");
        assert_eq!(scene.state(&id).await, State::Queued);
        let again = scene
            .ask_second(&owner, &id)
            .await
            .map_err(|refusal| refusal.code);
        assert_eq!(again, Err(ErrorCode::WithdrawalEnded));
        scene.drain().await;
        assert_eq!(scene.book(&owner).await.paid, 999_999);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn txn_09_without_the_second_approval_nothing_leaves() {
    for_each_database(|db| async move {
        let scene = firm(&db).await;
        let owner = scene.owner(2).await;
        let two = &owner.devices[1];
        // Nobody asks; nobody answers; the other device says no; the owner takes it back.
        let mut ids = vec![scene.approved(&owner, "500000").await];
        let id = scene.approved(&owner, "500000").await;
        let late = scene.ask_second(&owner, &id).await.unwrap();
        scene.wait(121);
        assert_eq!(scene.approve(two, &id).await.refusal().1, 1302);
        assert_eq!(scene.state(&id).await, State::Second, "it can be asked for again");
        let again = scene.ask_second(&owner, &id).await.unwrap();
        assert_ne!(again, late);
        assert_eq!(
            scene.deny(two, &late, DenyReason::Cancelled).await.refusal().1,
            1302
        );
        scene.wait(121);
        ids.push(id);
        let denied = scene.approved(&owner, "500000").await;
        let challenge = scene.ask_second(&owner, &denied).await.unwrap();
        assert_eq!(
            scene.deny(two, &challenge, DenyReason::Cancelled).await.status,
            200
        );
        let recalled = scene.approved(&owner, "500000").await;
        let challenge = scene.ask_second(&owner, &recalled).await.unwrap();
        let token = scene.yes(two, &challenge).await;
        scene.recall(&recalled).await.unwrap();
        assert_eq!(scene.send(two, &challenge, &token).await.refusal(), (409, 1303));
        scene.drain().await;
        for id in &ids {
            assert_eq!(scene.state(id).await, State::Expired);
            let refused = scene.ask_second(&owner, id).await.map_err(|refusal| refusal.code);
            assert_eq!(refused, Err(ErrorCode::WithdrawalEnded));
        }
        assert_eq!(scene.state(&denied).await, State::Denied);
        assert_eq!(scene.state(&recalled).await, State::Recalled);
        assert_eq!(scene.book(&owner).await, Book::UNTOUCHED);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn txn_09_a_device_that_is_gone_gives_no_second_approval() {
    for_each_database(|db| async move {
        let scene = firm(&db).await;
        let owner = scene.owner(2).await;
        let id = scene.approved(&owner, "500000").await;
        let challenge = scene.ask_second(&owner, &id).await.unwrap();
        let token = scene.yes(&owner.devices[1], &challenge).await;
        revoke(&scene, &owner, 1).await;
        let answer = scene.send(&owner.devices[1], &challenge, &token).await;
        assert!(answer.status.is_client_error(), "{}", answer.text);
        let refused = scene
            .ask_second(&owner, &id)
            .await
            .map_err(|refusal| refusal.code);
        assert_eq!(refused, Err(ErrorCode::DeviceNotActive));
        assert_eq!(scene.state(&id).await, State::Second);
        scene.drain().await;
        assert_eq!(scene.book(&owner).await, Book::UNTOUCHED);
    })
    .await;
}

#[tokio::test]
async fn txn_08_txn_09_an_approval_stays_one_when_its_device_goes_later() {
    let db = Database::sqlite();
    let scene = firm(&db).await;
    let owner = scene.owner(3).await;
    let id = scene.approved(&owner, "500000").await;
    scene.ask_second(&owner, &id).await.unwrap();
    revoke(&scene, &owner, 0).await;
    assert_eq!(scene.approve(&owner.devices[1], &id).await.status, 200);
    revoke(&scene, &owner, 1).await;
    scene.drain().await;
    let expected = Book {
        available: START - 500_000,
        reserved: 0,
        paid: 500_000,
    };
    assert_eq!(
        (scene.state(&id).await, scene.book(&owner).await),
        (State::Paid, expected)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn txn_02_txn_09_a_second_approval_that_was_changed_pays_nothing() {
    for_each_database(|db| async move {
        let scene = firm(&db).await;
        for sql in [
            "UPDATE challenges SET decision_token = 'a.b.c' WHERE id = '{second}'",
            "UPDATE challenges SET state = 'pending' WHERE id = '{second}'",
            "UPDATE challenge_copies SET jws = 'a.b.c' WHERE challenge_id = '{second}'",
            "UPDATE withdrawals SET second_challenge_id = 'nonsense-of-somebody' WHERE id = '{id}'",
        ] {
            let owner = scene.owner(2).await;
            let id = scene.approved(&owner, "500000").await;
            let second = scene.ask_second(&owner, &id).await.unwrap();
            assert_eq!(scene.approve(&owner.devices[1], &id).await.status, 200);
            let sql = sql
                .replace("{second}", second.as_str())
                .replace("{id}", id.as_str());
            scene.tamper(sql.clone()).await;
            scene.drain().await;
            assert_eq!(scene.book(&owner).await, Book::UNTOUCHED, "{sql}");
        }
    })
    .await;
}

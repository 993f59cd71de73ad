//! Saying no: what each reason does to the withdrawal, the session, and what is on its way (CHAL-13).

use warifu_server::domain::withdrawal::State;
use warifu_shared::jws::approval::DenyReason;
use warifu_tests::databases::for_each_database;

use crate::scene::{Book, Scene, yen};

#[tokio::test(flavor = "multi_thread")]
async fn chal_13_each_no_ends_the_withdrawal_and_an_alarm_ends_the_session() {
    for_each_database(|db| async move {
        let scene = Scene::open(&db).await;
        for (reason, name, session_lives, held) in [
            (DenyReason::Cancelled, "cancelled", true, false),
            (DenyReason::WrongDetails, "wrong_details", true, false),
            (DenyReason::NotMe, "not_me", false, false),
            (DenyReason::Phone, "phone", false, true),
        ] {
            let owner = scene.owner(1).await;
            let id = scene.ask(&owner, "10000").await.unwrap();
            let challenge = scene.challenge(&id).await;
            let answer = scene.deny(&owner.devices[0], &challenge, reason).await;
            assert_eq!(answer.json["outcome"], "denied", "{}", answer.text);
            assert_eq!(scene.state(&id).await, State::Denied);
            assert_eq!(scene.leaves(&owner, "withdrawal.denied", name).await, 1);
            assert_eq!(scene.session_lives(&owner.session).await, session_lives, "{name}");
            let account = scene.account(&owner).await;
            let now = scene.server().now();
            assert_eq!(account.withdrawals_held_until > now, held, "{name}");
            assert_eq!(account.blocks(false, now), !session_lives, "{name}");
            scene.drain().await;
            assert_eq!(scene.book(&owner).await, Book::UNTOUCHED);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chal_13_someone_on_the_phone_holds_what_is_queued_or_held() {
    for_each_database(|db| async move {
        let scene = Scene::with(&db, |config| {
            config.withdrawal.hold_from = yen(50_000);
            config.withdrawal.hold_hours = 2;
        })
        .await;
        let owner = scene.owner(1).await;
        let held = scene.approved(&owner, "50000").await;
        let queued = scene.approved(&owner, "10000").await;
        let third = scene.ask(&owner, "1").await.unwrap();
        let challenge = scene.challenge(&third).await;
        assert_eq!(
            scene
                .deny(&owner.devices[0], &challenge, DenyReason::Phone)
                .await
                .status,
            200
        );
        let until = scene.server().now().plus_secs(24 * 3600);
        for id in [&held, &queued] {
            let found = scene.withdrawal(id).await;
            assert_eq!((found.state, found.release_at), (State::Held, Some(until)));
        }
        // What is approved now is held as well, and all of it can be recalled.
        let later = scene.approved(&owner, "10000").await;
        assert_eq!(scene.withdrawal(&later).await.release_at, Some(until));
        scene.wait(24 * 3600 - 1);
        scene.work().await;
        for id in [&held, &queued, &later] {
            assert_eq!(scene.state(id).await, State::Held);
            scene.recall(id).await.unwrap();
        }
        scene.drain().await;
        assert_eq!(scene.book(&owner).await, Book::UNTOUCHED);
    })
    .await;
}

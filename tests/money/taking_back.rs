//! Devices take withdrawals back: who may take back what, when, by which token.

use reqwest::Method;
use serde_json::json;
use warifu_server::domain::withdrawal::State;
use warifu_shared::api::paths;
use warifu_shared::clock::Timestamp;
use warifu_shared::ids::{RecallId, WithdrawalId};
use warifu_shared::jws::challenge::device_urn;
use warifu_shared::jws::recall::Recall;
use warifu_shared::log::entry::evidence_of;
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::raw_device::{RawAnswer, RawDevice, RawRequest};

use crate::scene::{Owner, Scene, yen};

const DAY: i64 = 86_400;

/// A firm that holds every withdrawal for a day, and an owner with one that is held.
pub async fn held(db: &Database) -> (Scene, Owner, WithdrawalId) {
    let scene = Scene::with(db, |config| {
        config.withdrawal.hold_from = yen(1);
        config.withdrawal.hold_hours = 24;
    })
    .await;
    let owner = scene.owner(2).await;
    let id = scene.approved(&owner, "150000").await;
    assert_eq!(scene.state(&id).await, State::Held);
    (scene, owner, id)
}

/// The claims of a good recall.
async fn recall(scene: &Scene, device: &RawDevice, id: &WithdrawalId) -> Recall {
    let now = scene.server().now().secs();
    Recall {
        iss: device_urn(&device.id),
        aud: device.origin.clone(),
        jti: RecallId::random(),
        iat: now,
        nbf: now,
        exp: now + 600,
        wd: id.clone(),
        reference: scene.withdrawal(id).await.reference,
    }
}

/// The request that carries a recall token.
fn carry(device: &RawDevice, id: &WithdrawalId, token: &str, now: Timestamp) -> RawRequest {
    let body = json!({ "token": token }).to_string();
    device.sign(Method::POST, &paths::recall(id), body.as_bytes(), now)
}

async fn send(scene: &Scene, device: &RawDevice, id: &WithdrawalId, token: &str) -> RawAnswer {
    device.send(&carry(device, id, token, scene.server().now())).await
}

/// A device takes a withdrawal back as it should be done.
async fn take_back(scene: &Scene, device: &RawDevice, id: &WithdrawalId) -> RawAnswer {
    let token = recall(scene, device, id)
        .await
        .sign(&device.request)
        .expect("signed");
    send(scene, device, id, &token).await
}

pub async fn list(scene: &Scene, device: &RawDevice, query: &str) -> RawAnswer {
    let path = format!("{}{query}", paths::WITHDRAWALS);
    device.get(&path, scene.server().now()).await
}

#[tokio::test]
async fn txn_08_any_device_takes_a_held_withdrawal_back_and_the_log_has_its_token() {
    for_each_database(|db| async move {
        let (scene, owner, id) = held(&db).await;
        let other = &owner.devices[1];
        let token = recall(&scene, other, &id)
            .await
            .sign(&other.request)
            .expect("signed");
        assert_eq!(send(&scene, other, &id, &token).await.status, 204);
        assert_eq!(scene.state(&id).await, State::Recalled);
        let leaves = warifu_tests::evidence::leaves(scene.store()).await;
        let leaf = leaves.iter().find(|leaf| leaf["action"] == "withdrawal.recalled");
        let leaf = leaf.expect("it is written down");
        assert_eq!(leaf["actor"], format!("device:{}", other.id));
        assert_eq!(
            leaf["evidence"],
            evidence_of(&token),
            "what the device signed shows it"
        );
        let mail = scene.leaves(&owner, "withdrawal.recalled", "ok").await;
        assert_eq!(mail, 1);

        assert_eq!(
            send(&scene, other, &id, &token).await.status,
            204,
            "APPR-10: the same token again"
        );
        assert_eq!(
            scene.leaves(&owner, "withdrawal.recalled", "ok").await,
            1,
            "is done once"
        );
        let anew = take_back(&scene, other, &id).await;
        assert_eq!(anew.refusal(), (409, 1613), "another one comes too late");
        scene.drain().await;
        assert_eq!(scene.book(&owner).await.paid, 0, "no money was moved");
    })
    .await;
}

#[tokio::test]
async fn appr_07_a_recall_sent_twice_is_a_replay_and_the_token_alone_does_nothing() {
    let db = Database::sqlite();
    let (scene, owner, id) = held(&db).await;
    let device = &owner.devices[0];
    let token = recall(&scene, device, &id)
        .await
        .sign(&device.request)
        .expect("signed");
    let request = carry(device, &id, &token, scene.server().now());
    for part in ["signature", "signature-input"] {
        let unsigned = device.send(&request.clone().without(part)).await;
        assert_eq!(
            unsigned.refusal(),
            (401, 1101),
            "whoever saw the token has no key"
        );
    }
    assert_eq!(scene.state(&id).await, State::Held);
    assert_eq!(device.send(&request).await.status, 204);
    assert_eq!(device.send(&request).await.refusal(), (401, 1104));
    // Another device of the account cannot carry it: it names its own.
    let by_other = send(&scene, &owner.devices[1], &id, &token).await;
    assert_eq!(by_other.refusal(), (400, 1630));
}

#[tokio::test]
async fn key_03_key_10_a_recall_counts_only_by_the_request_key_about_this_withdrawal_now() {
    let db = Database::sqlite();
    let (scene, owner, id) = held(&db).await;
    let (device, other) = (&owner.devices[0], &owner.devices[1]);
    let good = recall(&scene, device, &id).await;
    let second = scene.approved(&owner, "20000").await;
    let mut tokens = vec![
        ("signed by the approval key", good.sign(&device.approval)),
        ("signed by another device", good.sign(&other.request)),
    ];
    let mut but = |why, change: &dyn Fn(&mut Recall)| {
        let mut claims = good.clone();
        change(&mut claims);
        tokens.push((why, claims.sign(&device.request)));
    };
    but("another reference", &|it| {
        it.reference = "W-261122-00000000".to_owned();
    });
    but("another withdrawal", &|it| it.wd = second.clone());
    but("another service", &|it| {
        it.aud = "https://evil.example".to_owned();
    });
    but("another device", &|it| it.iss = device_urn(&other.id));
    but("from the future", &|it| {
        (it.iat, it.nbf, it.exp) = (it.iat + 90, it.iat + 90, it.iat + 120);
    });
    but("an old one", &|it| {
        (it.iat, it.nbf, it.exp) = (it.iat - 300, it.iat - 300, it.iat);
    });
    let challenge = scene.challenge(&id).await;
    let seen = scene.seen(device, &challenge).await.expect("a copy");
    let no = device.token(&seen, None, scene.server().now());
    tokens.push(("a denial", Ok(no)));
    tokens.push(("garbage", Ok("a.b.c".to_owned())));
    tokens.push(("nothing", Ok(String::new())));
    for (why, token) in tokens {
        let answer = send(&scene, device, &id, &token.expect("signed")).await;
        assert_eq!(answer.refusal(), (400, 1630), "{why}: {}", answer.text);
    }
    let body = br#"{"token":"x","id":"y"}"#;
    let surplus = device.sign(Method::POST, &paths::recall(&id), body, scene.server().now());
    assert_eq!(device.send(&surplus).await.refusal(), (400, 1001));
    for one in [&id, &second] {
        assert_eq!(scene.state(one).await, State::Held, "none of it counted");
    }
    assert_eq!(take_back(&scene, device, &id).await.status, 204);
}

#[tokio::test]
async fn key_11_a_recall_ends_at_its_exp() {
    let db = Database::sqlite();
    let (scene, owner, id) = held(&db).await;
    let device = &owner.devices[0];
    let token = recall(&scene, device, &id)
        .await
        .sign(&device.request)
        .expect("signed");
    scene.wait(600);
    assert_eq!(send(&scene, device, &id, &token).await.refusal(), (400, 1630));
    assert_eq!(take_back(&scene, device, &id).await.status, 204);
}

#[tokio::test]
async fn web_08_a_withdrawal_of_another_account_is_as_absent_as_none() {
    let db = Database::sqlite();
    let (scene, owner, id) = held(&db).await;
    let stranger = scene.owner(1).await;
    let device = &stranger.devices[0];
    let good = recall(&scene, device, &id)
        .await
        .sign(&device.request)
        .expect("signed");
    let foreign = send(&scene, device, &id, &good).await;
    let absent = send(&scene, device, &WithdrawalId::random(), &good).await;
    let no_id = device.sign(
        Method::POST,
        "/v1/device/withdrawals/x/recall",
        b"{}",
        scene.server().now(),
    );
    for answer in [&foreign, &absent, &device.send(&no_id).await] {
        assert_eq!(answer.refusal(), (404, 1002), "{}", answer.text);
    }
    assert_eq!(list(&scene, device, "").await.json["withdrawals"], json!([]));
    let before = format!(
        "?before={}",
        WithdrawalId::at(scene.server().now().plus_secs(DAY))
    );
    assert_eq!(list(&scene, device, &before).await.json["withdrawals"], json!([]));
    assert_eq!(scene.state(&id).await, State::Held);
    assert_eq!(
        list(&scene, &owner.devices[1], "").await.json["withdrawals"][0]["id"],
        id.as_str()
    );
}

#[tokio::test]
async fn txn_03_what_has_left_or_ended_is_not_taken_back() {
    for_each_database(|db| async move {
        let (scene, owner, id) = held(&db).await;
        let device = &owner.devices[0];
        scene.wait(DAY + 1);
        scene.work().await;
        assert_ne!(scene.state(&id).await, State::Held, "the hold is over");
        assert_eq!(take_back(&scene, device, &id).await.refusal(), (409, 1613));
        let told = list(&scene, device, "").await;
        assert_eq!(told.json["withdrawals"][0]["recallable"], false, "{}", told.text);
        scene.drain().await;
        assert_eq!(
            (scene.state(&id).await, scene.book(&owner).await.paid),
            (State::Paid, 150_000)
        );
        assert_eq!(take_back(&scene, device, &id).await.refusal(), (409, 1613));

        let waits = scene.ask(&owner, "1000").await.expect("asked");
        let early = take_back(&scene, device, &waits).await;
        assert_eq!(
            early.refusal(),
            (409, 1613),
            "what nobody approved is denied, not taken back"
        );
        assert_eq!(scene.state(&waits).await, State::Pending);
    })
    .await;
}

#[tokio::test]
async fn enrol_12_enrol_13_a_revoked_or_suspended_device_takes_nothing_back_and_sees_nothing() {
    let db = Database::sqlite();
    let (scene, owner, id) = held(&db).await;
    let device = &owner.devices[1];
    for (state, refusal) in [
        ("suspended", (403, 1208)),
        ("pending", (403, 1206)),
        ("revoked", (403, 1207)),
    ] {
        scene
            .tamper(format!(
                "UPDATE devices SET state = '{state}' WHERE id = '{}'",
                device.id
            ))
            .await;
        assert_eq!(take_back(&scene, device, &id).await.refusal(), refusal, "{state}");
        assert_eq!(list(&scene, device, "").await.refusal(), refusal, "{state}");
    }
    assert_eq!(scene.state(&id).await, State::Held);
}

#[tokio::test]
async fn txn_09_what_waits_for_its_second_approval_is_taken_back_with_its_request() {
    let db = Database::sqlite();
    let scene = Scene::with(&db, |config| config.withdrawal.second_approval_from = yen(1)).await;
    let owner = scene.owner(2).await;
    let id = scene.approved(&owner, "150000").await;
    assert_eq!(scene.state(&id).await, State::Second);
    let second = scene.ask_second(&owner, &id).await.expect("asked");
    let token = scene.yes(&owner.devices[1], &second).await;
    assert_eq!(take_back(&scene, &owner.devices[0], &id).await.status, 204);
    let late = scene.send(&owner.devices[1], &second, &token).await;
    assert_eq!(late.refusal(), (409, 1303), "{}", late.text);
    assert_eq!(scene.state(&id).await, State::Recalled);
}

#[tokio::test]
async fn txn_03_a_recall_and_the_end_of_the_hold_at_once_leave_one_of_them() {
    for_each_database(|db| async move {
        let (scene, owner, id) = held(&db).await;
        let device = &owner.devices[0];
        scene.wait(DAY + 1);
        let token = recall(&scene, device, &id)
            .await
            .sign(&device.request)
            .expect("signed");
        let now = scene.server().now();
        let requests = [0; 8].map(|_| carry(device, &id, &token, now));
        let sent = futures_util::future::join_all(requests.iter().map(|request| device.send(request)));
        let (answers, ()) = tokio::join!(sent, scene.work());
        let taken = scene.state(&id).await == State::Recalled;
        for answer in &answers {
            let done = answer.status == 204;
            assert!(
                done == taken && (done || answer.refusal() == (409, 1613)),
                "{}",
                answer.text
            );
        }
        scene.drain().await;
        let paid = scene.book(&owner).await.paid;
        assert_eq!(paid, if taken { 0 } else { 150_000 });
    })
    .await;
}

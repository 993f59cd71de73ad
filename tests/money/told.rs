//! What devices are told of withdrawals: as it was signed, newest first, a page at a time.

use serde_json::{Value, json};
use warifu_server::mail::CoolOff;
use warifu_server::operations::cool_off_refused;
use warifu_server::store::accounts::{self, Address};
use warifu_server::store::addresses;
use warifu_shared::jws::approval::DenyReason;
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::evidence;

use crate::scene::{Scene, caller};
use crate::taking_back::{held, list};

#[tokio::test]
async fn txn_01_a_device_is_told_what_was_signed_newest_first_twenty_a_page() {
    let db = Database::sqlite();
    let (scene, owner, id) = held(&db).await;
    let device = &owner.devices[1];
    let told = list(&scene, device, "").await.json["withdrawals"][0].clone();
    let row = scene.withdrawal(&id).await;
    for (name, value) in [
        ("id", json!(id)),
        ("reference", json!(row.reference)),
        ("state", json!("held")),
        ("reason", Value::Null),
        ("amount", json!("150000")),
        ("fee", json!("0")),
        ("currency", json!("JPY")),
        ("created_at", json!(row.created_at)),
        ("approved_at", json!(row.approved_at)),
        ("release_at", json!(row.release_at)),
        ("ended_at", Value::Null),
        ("recallable", json!(true)),
        ("challenge", json!(row.challenge)),
    ] {
        assert_eq!(told[name], value, "{name} of {told}");
    }
    let signed: Value = serde_json::from_str(&row.txn).expect("JSON");
    assert_eq!(told["payee"], signed["payee"]);

    for _ in 0..22 {
        scene.wait(1);
        let next = scene.ask(&owner, "100").await.expect("asked");
        scene.cancel(&next).await;
    }
    let first = list(&scene, device, "").await.json;
    let ids = |page: &Value| -> Vec<String> {
        let all = page["withdrawals"].as_array().expect("a list").iter();
        all.map(|it| it["id"].as_str().expect("text").to_owned())
            .collect()
    };
    let mut all = ids(&first);
    assert_eq!((all.len(), &first["more"]), (20, &json!(true)));
    assert_eq!(first["withdrawals"][0]["state"], "cancelled");
    assert_eq!(
        first["withdrawals"][0]["challenge"],
        Value::Null,
        "nobody has decided"
    );
    let rest = list(&scene, device, &format!("?before={}", all[19])).await.json;
    assert_eq!((ids(&rest).len(), &rest["more"]), (3, &json!(false)));
    all.extend(ids(&rest));
    assert!(all.is_sorted_by(|newer, older| newer > older), "{all:?}");
    assert_eq!(all.last().map(String::as_str), Some(id.as_str()));
    for bad in ["?before=", "?before=x", "?after=wd_1", "?before=wd_1&before=wd_2"] {
        assert_eq!(list(&scene, device, bad).await.refusal(), (400, 1001), "{bad}");
    }
}

#[tokio::test]
async fn txn_08_denied_and_refused_ones_name_their_challenge_too() {
    let db = Database::sqlite();
    let scene = Scene::open(&db).await;
    let owner = scene.owner(1).await;
    let device = &owner.devices[0];
    let denied = scene.ask(&owner, "1000").await.expect("asked");
    let challenge = scene.challenge(&denied).await;
    let reason = DenyReason::WrongDetails;
    assert_eq!(scene.deny(device, &challenge, reason).await.status, 200);
    let told = list(&scene, device, "").await.json["withdrawals"][0].clone();
    assert_eq!(
        (&told["state"], &told["challenge"]),
        (&json!("denied"), &json!(challenge))
    );

    scene.wait(1);
    let changed = scene.ask(&owner, "2000").await.expect("asked");
    scene
        .tamper(format!("UPDATE withdrawals SET fee = 7 WHERE id = '{changed}'"))
        .await;
    assert_eq!(scene.approve(device, &changed).await.status, 200);
    let told = list(&scene, device, "").await.json["withdrawals"][0].clone();
    assert_eq!(
        (&told["state"], &told["reason"]),
        (&json!("refused"), &json!(1620))
    );
    assert_eq!(
        (&told["fee"], &told["challenge"].is_null()),
        (&json!("0"), &false),
        "as it was signed"
    );
}

#[tokio::test]
async fn enrol_09_a_refused_withdrawal_and_a_refused_payout_account_are_told_each_once_a_day() {
    let db = Database::sqlite();
    let scene = Scene::open(&db).await;
    let owner = scene.owner(1).await;
    let (account, until) = (scene.account(&owner).await, scene.server().now().plus_secs(3600));
    for _ in 0..2 {
        for what in [CoolOff::Withdrawal, CoolOff::PayoutAccount] {
            let done = cool_off_refused::run(scene.app(), (&caller(), &account), what, until).await;
            assert_eq!(done, Ok(()));
        }
    }
    let mails = scene.mails(&owner).await;
    for subject in [
        "出金を受け付けませんでした",
        "出金先口座の変更を受け付けませんでした",
    ] {
        let told = mails.iter().filter(|mail| mail.subject.contains(subject)).count();
        assert_eq!(told, 1, "{subject}: {mails:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn txn_04_an_address_that_comes_or_goes_between_request_and_approval_counts() {
    for_each_database(|db| async move {
        let scene = Scene::open(&db).await;
        let owner = scene.owner(1).await;
        let second = format!("x{}", owner.mail);
        let approve_with = async |there: bool| {
            let id = scene.ask(&owner, "1000").await.expect("asked");
            let before = scene.mails_to(&second).await.len();
            scene.wait(1);
            let (account, now) = (owner.account.clone(), scene.server().now());
            let address = Address {
                address: second.clone(),
                authentication: false,
                proven: true,
            };
            let changed = scene.store().write(move |c| {
                Box::pin(async move {
                    if there {
                        accounts::add_address(c, &account, &address, now).await
                    } else {
                        addresses::remove_second(c, &account).await.map(drop)
                    }
                })
            });
            changed.await.expect("it answers");
            assert_eq!(scene.approve(&owner.devices[0], &id).await.status, 200);
            scene.wait(1);
            scene.mails_to(&second).await.len() - before
        };
        assert_eq!(
            approve_with(true).await,
            1,
            "a new address is told of the approval"
        );
        scene.drain().await;
        assert_eq!(approve_with(false).await, 0, "an old one is not");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn push_03_what_a_push_told_or_the_only_device_did_wakes_nobody_again() {
    for_each_database(|db| async move {
        let scene = Scene::open(&db).await;
        let mut owner = scene.owner(1).await;
        for (devices, waiting) in [(1, 0), (2, 1)] {
            let kept = async |sql: &'static str| evidence::count(scene.store(), sql).await;
            let before = kept("SELECT COUNT(*) FROM notices").await;
            let id = scene.ask(&owner, "1000").await.expect("asked");
            assert_eq!(kept("SELECT COUNT(*) FROM notices").await, before + 1);
            assert_eq!(kept(TO_HINT).await, 0, "the challenge was pushed");
            assert_eq!(scene.approve(&owner.devices[0], &id).await.status, 200);
            assert_eq!(kept("SELECT COUNT(*) FROM notices").await, before + 2);
            assert_eq!(kept(TO_HINT).await, waiting, "{devices} devices");
            scene.wait(1);
            scene.add_device(&mut owner).await;
        }
    })
    .await;
}

const TO_HINT: &str = "SELECT COUNT(*) FROM notices WHERE hinted = 0";

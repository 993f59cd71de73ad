//! An approval counts for what it was given and for nothing else; a form counts once (TXN-02, TXN-03, CHAL-08, CHAL-09).

use futures_util::future::join_all;
use warifu_server::config::Site;
use warifu_server::domain::session::Assurance;
use warifu_server::domain::withdrawal::State;
use warifu_server::operations::change_payout;
use warifu_server::operations::create_challenge::{self, Asked, With};
use warifu_server::operations::finish_login::{self, BrowserTokens};
use warifu_server::operations::withdrawal::request::Asker;
use warifu_server::store::attempts::{Attempt, AttemptFactor};
use warifu_server::store::payout;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::{ChallengeId, RequestId};
use warifu_shared::jws::approval::DenyReason;
use warifu_shared::jws::challenge::Action;
use warifu_tests::databases::{Database, for_each_database};

use crate::scene::{Book, Owner, PASSWORD, Scene, caller, other_payee, payee};

/// A login that waits, and its attempt.
async fn login(scene: &Scene, owner: &Owner) -> (ChallengeId, Attempt) {
    let now = scene.server().now();
    let attempt = Attempt {
        factor: AttemptFactor::App,
        ..Attempt::begin(&owner.account, "browser", Site::Browser, true, now, 900)
    };
    let asked = Asked {
        account: owner.account.clone(),
        action: Action::Login,
        browser_hash: "browser".to_owned(),
        known_browser: true,
        txn: None,
        but: None,
    };
    let with = With::Attempt(Box::new(attempt.clone()));
    let made = create_challenge::run(scene.app(), &caller(), asked, with)
        .await
        .expect("a slot");
    let attempt = Attempt {
        challenge: Some(made.id.clone()),
        ..attempt
    };
    (made.id, attempt)
}

async fn change(scene: &Scene, owner: &Owner) -> ChallengeId {
    let (caller, account) = (caller(), scene.account(owner).await);
    let asker = Asker {
        caller: &caller,
        account: &account,
        session_hash: &owner.session,
    };
    let id = change_payout::request(scene.app(), &asker, other_payee(), PASSWORD)
        .await
        .expect("possible");
    let mut c = scene.store().read().await.expect("a connection");
    let found = payout::by_id(&mut c, &id)
        .await
        .expect("it answers")
        .expect("a proposal");
    found.challenge.expect("a challenge")
}

async fn active_payee(scene: &Scene, owner: &Owner) -> warifu_shared::jws::withdrawal::Payee {
    let mut c = scene.store().read().await.expect("a connection");
    payout::active(&mut c, &owner.account)
        .await
        .expect("it answers")
        .expect("one")
        .payee
}

#[tokio::test]
async fn txn_02_chal_08_an_approval_of_one_thing_is_none_of_another() {
    let db = Database::sqlite();
    let scene = Scene::open(&db).await;
    let (owner, other) = (scene.owner(1).await, scene.owner(1).await);
    let device = &owner.devices[0];
    let mine = scene.ask(&owner, "10000").await.unwrap();
    let theirs = scene.ask(&other, "10000").await.unwrap();
    let (login, _) = login(&scene, &owner).await;
    let change = change(&scene, &owner).await;
    let challenges = [
        scene.challenge(&mine).await,
        scene.challenge(&theirs).await,
        login,
        change,
    ];
    for (from, source) in challenges.iter().enumerate() {
        let by = if from == 1 { &other.devices[0] } else { device };
        let token = scene.yes(by, source).await;
        for (to, target) in challenges.iter().enumerate().filter(|(to, _)| *to != from) {
            let answer = scene.send(by, target, &token).await;
            // A challenge of another account is as absent as one that never was.
            let absent = (from == 1) != (to == 1);
            let expected = if absent { (404, 1301) } else { (400, 1304) };
            assert_eq!(answer.refusal(), expected, "{from} at {to}");
            // Not even with the other's number in it.
            let number = scene.number(target).await;
            let seen = scene.seen(by, source).await.expect("a copy");
            let crossed = by.token(&seen, Some(&number), scene.server().now());
            let answer = scene.send(by, target, &crossed).await;
            assert_eq!(answer.refusal(), expected, "{from} at {to} with its number");
        }
    }
    for id in [&mine, &theirs] {
        assert_eq!(scene.state(id).await, State::Pending);
    }
    assert_eq!(active_payee(&scene, &owner).await, payee());
    // Each does what it says, and only that.
    assert_eq!(scene.approve(device, &mine).await.status, 200);
    assert_eq!(scene.state(&mine).await, State::Queued);
    assert_eq!(scene.state(&theirs).await, State::Pending);
    assert_eq!(active_payee(&scene, &owner).await, payee());
}

#[tokio::test]
async fn chal_08_chal_09_a_withdrawals_approval_opens_no_session() {
    let db = Database::sqlite();
    let scene = Scene::open(&db).await;
    let owner = scene.owner(1).await;
    let id = scene.approved(&owner, "10000").await;
    let challenge = scene.challenge(&id).await;
    // Whoever sits in that session tries to pass the approval off as the one of a login.
    let (_, attempt) = login(&scene, &owner).await;
    for hash in [owner.session.clone(), "browser".to_owned()] {
        let forged = Attempt {
            challenge: Some(challenge.clone()),
            browser_hash: hash,
            ..attempt.clone()
        };
        let done = finish_login::by_approval(scene.app(), &caller(), &forged, BrowserTokens::default()).await;
        let refused = done.err().map(|refusal| refusal.code);
        assert_eq!(refused, Some(ErrorCode::ChallengeClosed));
    }
    // And the approval of the login moves no money.
    let second = scene.ask(&owner, "20000").await.unwrap();
    let login = attempt.challenge.clone().unwrap();
    let token = scene.yes(&owner.devices[0], &login).await;
    assert_eq!(scene.send(&owner.devices[0], &login, &token).await.status, 200);
    scene.work().await;
    assert_eq!(scene.state(&second).await, State::Pending);
}

#[tokio::test(flavor = "multi_thread")]
async fn txn_03_a_form_sent_twice_is_one_withdrawal() {
    for_each_database(|db| async move {
        let scene = Scene::open(&db).await;
        let (owner, other) = (scene.owner(1).await, scene.owner(1).await);
        let key = RequestId::random().to_string();
        let asks = (0..20).map(|_| scene.ask_as(&owner, &owner.session, "10000", &key));
        let answers = join_all(asks).await;
        let first = answers[0].clone().expect("it is possible");
        for answer in &answers {
            assert_eq!(answer.as_ref(), Ok(&first));
        }
        assert_eq!(
            scene.ask_as(&owner, &owner.session, "99", &key).await.as_ref(),
            Ok(&first)
        );
        // Somebody else's key is nobody's business: another session, another account.
        let elsewhere = scene.session(&owner, Assurance::App).await;
        for (who, session) in [(&owner, &elsewhere), (&other, &other.session)] {
            let refused = scene.ask_as(who, session, "10000", &key).await;
            assert_eq!(refused.map_err(|r| r.code), Err(ErrorCode::StaleForm));
        }
        scene.approve(&owner.devices[0], &first).await;
        assert_eq!(
            scene.ask_as(&owner, &owner.session, "10000", &key).await.as_ref(),
            Ok(&first)
        );
        scene.drain().await;
        let once = Book {
            available: 2_990_000,
            reserved: 0,
            paid: 10_000,
        };
        assert_eq!(scene.book(&owner).await, once);
        assert_eq!(scene.leaves(&owner, "withdrawal.requested", "app").await, 1);
        for bad in ["", "short", &"x".repeat(65)] {
            let refused = scene.ask_as(&owner, &owner.session, "10000", bad).await;
            assert_eq!(refused.map_err(|r| r.code), Err(ErrorCode::BadRequest));
        }
    })
    .await;
}

#[tokio::test]
async fn txn_03_while_one_waits_there_is_no_second_one() {
    let db = Database::sqlite();
    let scene = Scene::open(&db).await;
    let owner = scene.owner(1).await;
    let asks = (0..10).map(|_| scene.ask(&owner, "10000"));
    let answers = join_all(asks).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    let elsewhere = scene.session(&owner, Assurance::App).await;
    let key = RequestId::random().to_string();
    let refused = scene.ask_as(&owner, &elsewhere, "1", &key).await;
    assert_eq!(refused.map_err(|r| r.code), Err(ErrorCode::WithdrawalOpen));
    scene.wait(121);
    assert!(scene.ask_as(&owner, &elsewhere, "1", &key).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn chal_09_appr_10_what_ended_stays_ended() {
    for_each_database(|db| async move {
        let scene = Scene::with(&db, |config| config.withdrawal.hold_from = crate::scene::yen(1)).await;
        let owner = scene.owner(2).await;
        let (one, two) = (&owner.devices[0], &owner.devices[1]);
        let expired = scene.ask(&owner, "10000").await.unwrap();
        let token = scene.yes(one, &scene.challenge(&expired).await).await;
        scene.wait(120);
        let late = scene.send(one, &scene.challenge(&expired).await, &token).await;
        assert!(
            [(410, 1302), (400, 1304)].contains(&late.refusal()),
            "{}",
            late.text
        );
        assert_eq!(scene.approve(one, &expired).await.refusal().1, 1302);
        assert_eq!(scene.state(&expired).await, State::Expired);

        let cancelled = scene.ask(&owner, "10000").await.unwrap();
        scene.cancel(&cancelled).await;
        assert_eq!(scene.approve(one, &cancelled).await.refusal(), (409, 1303));
        assert_eq!(scene.state(&cancelled).await, State::Cancelled);

        let denied = scene.ask(&owner, "10000").await.unwrap();
        let challenge = scene.challenge(&denied).await;
        assert_eq!(
            scene.deny(two, &challenge, DenyReason::Cancelled).await.status,
            200
        );
        assert_eq!(scene.approve(one, &denied).await.refusal(), (409, 1303));
        assert_eq!(scene.state(&denied).await, State::Denied);

        let held = scene.ask(&owner, "10000").await.unwrap();
        let challenge = scene.challenge(&held).await;
        let token = scene.yes(one, &challenge).await;
        assert_eq!(scene.send(one, &challenge, &token).await.status, 200);
        // Too late to say no this way; the same yes again is the same outcome; another yes is too late.
        assert_eq!(
            scene.deny(two, &challenge, DenyReason::NotMe).await.refusal(),
            (409, 1303)
        );
        assert_eq!(
            scene.send(one, &challenge, &token).await.json["outcome"],
            "approved"
        );
        assert_eq!(scene.approve(two, &held).await.refusal(), (409, 1303));
        scene.cancel(&held).await;
        assert_eq!(scene.state(&held).await, State::Held);
        scene.recall(&held).await.unwrap();
        assert_eq!(
            scene.send(one, &challenge, &token).await.json["outcome"],
            "approved"
        );
        for id in [&expired, &cancelled, &denied, &held] {
            let refused = scene.recall(id).await.map_err(|refusal| refusal.code);
            assert_eq!(refused, Err(ErrorCode::WithdrawalEnded));
        }
        scene.drain().await;
        assert_eq!(scene.state(&held).await, State::Recalled);
        assert_eq!(scene.book(&owner).await, Book::UNTOUCHED);
    })
    .await;
}

#[tokio::test]
async fn chal_05_three_wrong_numbers_end_the_request_for_money() {
    let db = Database::sqlite();
    let scene = Scene::open(&db).await;
    let owner = scene.owner(1).await;
    let device = &owner.devices[0];
    let id = scene.ask(&owner, "10000").await.unwrap();
    let challenge = scene.challenge(&id).await;
    let right = scene.number(&challenge).await;
    let wrong = if right == "000000" { "000001" } else { "000000" };
    let seen = scene.seen(device, &challenge).await.unwrap();
    for expected in [1305, 1305, 1306] {
        let answer = device.decide(&seen, Some(wrong), scene.server().now()).await;
        assert_eq!(answer.refusal().1, expected);
    }
    assert_eq!(scene.approve(device, &id).await.refusal(), (409, 1303));
    scene.drain().await;
    assert_eq!(scene.state(&id).await, State::Expired);
    assert_eq!(scene.book(&owner).await, Book::UNTOUCHED);
}

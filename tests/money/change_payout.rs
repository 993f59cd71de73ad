//! Another payout account: with an approval only, told to everybody, followed by the cool-off (TXN-05, ENROL-09, CODE-12).

use warifu_server::domain::session::Assurance;
use warifu_server::domain::withdrawal::State;
use warifu_server::operations::change_payout;
use warifu_server::operations::withdrawal::request::Asker;
use warifu_server::store::accounts::{self, Address};
use warifu_server::store::payout;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::ChallengeId;
use warifu_shared::jws::approval::DenyReason;
use warifu_shared::jws::withdrawal::Payee;
use warifu_tests::databases::{Database, for_each_database};

use crate::scene::{Book, Owner, PASSWORD, Scene, caller, other_payee, payee, yen};

async fn request(
    scene: &Scene,
    owner: &Owner,
    session: &str,
    password: &str,
) -> Result<ChallengeId, ErrorCode> {
    let (caller, account) = (caller(), scene.account(owner).await);
    let asker = Asker {
        caller: &caller,
        account: &account,
        session_hash: session,
    };
    let id = change_payout::request(scene.app(), &asker, other_payee(), password).await;
    let id = id.map_err(|refusal| refusal.code)?;
    let mut c = scene.store().read().await.expect("a connection");
    let found = payout::by_id(&mut c, &id)
        .await
        .expect("it answers")
        .expect("a proposal");
    Ok(found.challenge.expect("a challenge"))
}

async fn active(scene: &Scene, owner: &Owner) -> Payee {
    let mut c = scene.store().read().await.expect("a connection");
    payout::active(&mut c, &owner.account)
        .await
        .expect("it answers")
        .expect("one")
        .payee
}

async fn approve(scene: &Scene, owner: &Owner, challenge: &ChallengeId) -> u16 {
    let device = &owner.devices[0];
    let token = scene.yes(device, challenge).await;
    scene.send(device, challenge, &token).await.status.as_u16()
}

#[tokio::test]
async fn txn_05_code_12_without_an_approved_session_and_an_active_device_there_is_no_change() {
    let db = Database::sqlite();
    let scene = Scene::open(&db).await;
    let without = scene.owner(0).await;
    let refused = request(&scene, &without, &without.session, PASSWORD).await;
    assert_eq!(refused, Err(ErrorCode::PayoutAccountNeedsApp));
    let mut owner = scene.owner(0).await;
    // Logged in by mailed code, and a device came later: the session stays what it was.
    scene.add_device(&mut owner).await;
    let by_password = scene.session(&owner, Assurance::Password).await;
    for session in [
        &owner.session,
        &by_password,
        &without.session,
        &"nobody".to_owned(),
    ] {
        let refused = request(&scene, &owner, session, PASSWORD).await;
        assert_eq!(refused, Err(ErrorCode::AssuranceTooLow));
    }
    let good = scene.session(&owner, Assurance::App).await;
    assert_eq!(
        request(&scene, &owner, &good, "a wrong one").await,
        Err(ErrorCode::WithdrawalPasswordWrong)
    );
    scene
        .tamper(format!(
            "UPDATE devices SET state = 'suspended' WHERE id = '{}'",
            owner.devices[0].id
        ))
        .await;
    let refused = request(&scene, &owner, &good, PASSWORD).await;
    assert_eq!(refused, Err(ErrorCode::PayoutAccountNeedsApp));
    scene
        .tamper(format!(
            "UPDATE devices SET state = 'active' WHERE id = '{}'",
            owner.devices[0].id
        ))
        .await;
    assert!(request(&scene, &owner, &good, PASSWORD).await.is_ok());
    let refused = request(&scene, &owner, &good, PASSWORD).await;
    assert_eq!(refused, Err(ErrorCode::PayoutAccountOpen));
    assert_eq!(active(&scene, &owner).await, payee());
}

#[tokio::test(flavor = "multi_thread")]
async fn txn_05_enrol_09_a_change_is_told_everywhere_and_cools_off() {
    for_each_database(|db| async move {
        let scene = Scene::with(&db, |config| config.withdrawal.hold_from = yen(2_000_000)).await;
        let owner = scene.owner(1).await;
        let (account, now) = (owner.account.clone(), scene.server().now());
        let second = Address {
            address: format!("x{}", owner.mail),
            authentication: false,
            proven: true,
        };
        let added = scene
            .store()
            .write(move |c| Box::pin(async move { accounts::add_address(c, &account, &second, now).await }));
        added.await.unwrap();
        // One is held, one is on its way, and one waits, all to the old account.
        let held = scene.approved(&owner, "2000000").await;
        let queued = scene.approved(&owner, "100000").await;
        let pending = scene.ask(&owner, "100000").await.unwrap();
        let challenge = request(&scene, &owner, &owner.session, PASSWORD).await.unwrap();
        assert_eq!(
            active(&scene, &owner).await,
            payee(),
            "nothing before the approval"
        );
        assert_eq!(approve(&scene, &owner, &challenge).await, 200);
        assert_eq!(active(&scene, &owner).await, other_payee());
        for address in [owner.mail.clone(), format!("x{}", owner.mail)] {
            let mails = scene.mails_to(&address).await;
            assert!(mails.iter().any(|mail| mail.text.contains("*321")), "{mails:#?}");
        }
        assert_eq!(scene.approve(&owner.devices[0], &pending).await.status, 200);
        scene.drain().await;
        for id in [&held, &queued, &pending] {
            let found = scene.withdrawal(id).await;
            let expected = (State::Refused, Some(ErrorCode::DetailsChanged));
            assert_eq!((found.state, found.reason), expected);
        }
        assert_eq!(scene.book(&owner).await, Book::UNTOUCHED);
    })
    .await;
}

#[tokio::test]
async fn enrol_09_in_the_cool_off_little_leaves_and_nothing_changes() {
    let db = Database::sqlite();
    let scene = Scene::open(&db).await;
    let owner = scene.owner(1).await;
    let challenge = request(&scene, &owner, &owner.session, PASSWORD).await.unwrap();
    assert_eq!(approve(&scene, &owner, &challenge).await, 200);
    let until = scene.account(&owner).await.cool_off_until;
    assert_eq!(until, scene.server().now().plus_secs(24 * 3600));
    let refused = request(&scene, &owner, &owner.session, PASSWORD).await;
    assert_eq!(refused, Err(ErrorCode::PayoutAccountCoolOff));
    assert_eq!(
        scene.leaves(&owner, "payout_account.refused", "cool_off").await,
        1
    );
    let refused = scene.ask(&owner, "1000001").await.expect_err("too much for now");
    assert_eq!(
        (refused.code, refused.possible, refused.retry_at),
        (ErrorCode::CoolOffLimit, Some(yen(1_000_000)), Some(until))
    );
    let id = scene.approved(&owner, "1000000").await;
    let refused = scene.ask(&owner, "1").await.expect_err("nothing more");
    assert_eq!(
        (refused.code, refused.possible),
        (ErrorCode::CoolOffLimit, Some(yen(0)))
    );
    scene.work().await;
    let sent = scene.core.sent();
    assert_eq!(sent[0].payee, other_payee());
    assert_eq!(scene.state(&id).await, State::Placed);
    scene.wait(24 * 3600);
    let session = scene.session(&owner, Assurance::App).await;
    assert!(request(&scene, &owner, &session, PASSWORD).await.is_ok());
    assert!(scene.ask(&owner, "1500000").await.is_ok());
}

#[tokio::test]
async fn txn_05_chal_13_a_change_that_is_denied_ends_the_session_that_asked() {
    let db = Database::sqlite();
    let scene = Scene::open(&db).await;
    for (reason, session_lives, held) in [
        (DenyReason::Cancelled, true, false),
        (DenyReason::WrongDetails, true, false),
        (DenyReason::NotMe, false, false),
        (DenyReason::Phone, false, true),
    ] {
        let owner = scene.owner(1).await;
        let challenge = request(&scene, &owner, &owner.session, PASSWORD).await.unwrap();
        assert_eq!(
            scene.deny(&owner.devices[0], &challenge, reason).await.status,
            200
        );
        assert_eq!(approve(&scene, &owner, &challenge).await, 409);
        assert_eq!(active(&scene, &owner).await, payee());
        assert_eq!(
            scene.session_lives(&owner.session).await,
            session_lives,
            "{reason:?}"
        );
        let until = scene.account(&owner).await.withdrawals_held_until;
        assert_eq!(until > scene.server().now(), held, "{reason:?}");
    }
}

#[tokio::test]
async fn txn_05_a_proposal_that_was_changed_after_it_was_shown_changes_nothing() {
    let db = Database::sqlite();
    let scene = Scene::open(&db).await;
    let owner = scene.owner(1).await;
    let challenge = request(&scene, &owner, &owner.session, PASSWORD).await.unwrap();
    scene
        .tamper(format!(
            "UPDATE payout_accounts SET payee = REPLACE(payee, '7654321', '6666666') WHERE challenge_id = '{challenge}'"
        ))
        .await;
    assert_eq!(approve(&scene, &owner, &challenge).await, 200);
    assert_eq!(active(&scene, &owner).await, payee());
    assert_eq!(
        scene
            .leaves(&owner, "payout_account.changed", "details_changed")
            .await,
        1
    );
}

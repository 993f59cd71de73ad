//! The withdrawal password: a lock of its own, rules, and what it takes to set another (TXN-07, PASS-03, ENROL-09).

use futures_util::future::join_all;
use warifu_server::domain::session::Assurance;
use warifu_server::operations::Refusal;
use warifu_server::operations::withdrawal::request::Asker;
use warifu_server::operations::withdrawal_password::{self, Form, Proof};
use warifu_server::store::sessions;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::RequestId;
use warifu_tests::databases::{Database, for_each_database};

use crate::scene::{LOGIN_PASSWORD, Owner, PASSWORD, Scene, caller, form, yen};

async fn guess(scene: &Scene, owner: &Owner, password: &str) -> Result<(), Refusal> {
    let (caller, account) = (caller(), scene.account(owner).await);
    withdrawal_password::check(scene.app(), &caller, &account, password).await
}

fn code_of(done: Result<(), Refusal>) -> Result<(), ErrorCode> {
    done.map_err(|refusal| refusal.code)
}

async fn set_in(
    scene: &Scene,
    owner: &Owner,
    session: &str,
    proof: Proof,
    new: [&str; 2],
) -> Result<(), ErrorCode> {
    let (caller, account) = (caller(), scene.account(owner).await);
    let asker = Asker {
        caller: &caller,
        account: &account,
        session_hash: session,
    };
    let mut c = scene.store().read().await.expect("a connection");
    let live = sessions::live(&mut c, session, scene.server().now())
        .await
        .expect("it answers");
    drop(c);
    let form = Form {
        proof,
        new: new[0].to_owned().into(),
        again: new[1].to_owned().into(),
    };
    let session = live.expect("a session").session;
    code_of(withdrawal_password::set(scene.app(), &asker, &session, form).await)
}

fn present(password: &str) -> Proof {
    Proof::Present(password.to_owned().into())
}

fn login(password: &str) -> Proof {
    Proof::Login(password.to_owned().into())
}

const NEW: &str = "kawazu-tobikomu-29";

/// Whether the login of this owner gets as far as the second factor.
async fn login_goes_on(scene: &Scene, owner: &Owner) -> bool {
    let browser = scene.server().browser();
    let page = browser
        .enter_password(owner.number.as_str(), LOGIN_PASSWORD)
        .await;
    page.path.starts_with("/login/")
}

#[tokio::test(flavor = "multi_thread")]
async fn txn_07_chal_06_five_wrong_passwords_lock_withdrawals_and_not_the_login() {
    for_each_database(|db| async move {
        let scene = Scene::open(&db).await;
        let owner = scene.owner(1).await;
        for left in [4, 3, 2, 1] {
            let refused = guess(&scene, &owner, "wrong").await.expect_err("wrong");
            assert_eq!(
                (refused.code, refused.tries_left),
                (ErrorCode::WithdrawalPasswordWrong, Some(left))
            );
        }
        let until = scene.server().now().plus_secs(900);
        let refused = guess(&scene, &owner, "wrong").await.expect_err("the last");
        assert_eq!(
            (refused.code, refused.retry_at),
            (ErrorCode::WithdrawalPasswordLocked, Some(until))
        );
        let refused = guess(&scene, &owner, PASSWORD).await.expect_err("locked");
        assert_eq!(
            (refused.code, refused.retry_at),
            (ErrorCode::WithdrawalPasswordLocked, Some(until))
        );
        let refused = scene.ask(&owner, "1").await.map_err(|refusal| refusal.code);
        assert_eq!(refused, Err(ErrorCode::WithdrawalPasswordLocked));
        assert!(login_goes_on(&scene, &owner).await);
        let mails = scene.mails(&owner).await;
        assert_eq!(
            mails.iter().filter(|mail| mail.text.contains("出金")).count(),
            1,
            "{mails:#?}"
        );
        scene.wait(900);
        assert!(scene.ask(&owner, "1").await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn txn_07_a_locked_login_locks_no_withdrawal() {
    let db = Database::sqlite();
    let scene = Scene::open(&db).await;
    let owner = scene.owner(1).await;
    let browser = scene.server().browser();
    for _ in 0..10 {
        browser.enter_password(owner.number.as_str(), "wrong").await;
    }
    assert!(!login_goes_on(&scene, &owner).await, "the login is locked");
    assert!(scene.ask(&owner, "1").await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn txn_07_ops_02_guesses_at_once_are_no_further_tries() {
    for_each_database(|db| async move {
        let scene = Scene::open(&db).await;
        for at in 0..3 {
            let owner = scene.owner(1).await;
            let mut all = vec!["wrong"; 30];
            // The right one comes after the mistakes that lock.
            all[29 - at] = PASSWORD;
            let answers = join_all(all.iter().map(|typed| guess(&scene, &owner, typed))).await;
            let wrong = answers
                .iter()
                .filter(|a| matches!(a, Err(r) if r.code == ErrorCode::WithdrawalPasswordWrong));
            let right = answers.iter().filter(|answer| answer.is_ok()).count();
            // A right one in between starts the count again, once.
            assert!(wrong.count() <= 4 + 4 * right, "{answers:?}");
            assert_eq!(
                code_of(guess(&scene, &owner, PASSWORD).await),
                Err(ErrorCode::WithdrawalPasswordLocked)
            );
        }
    })
    .await;
}

#[tokio::test]
async fn txn_07_after_very_many_mistakes_only_a_new_password_helps() {
    let db = Database::sqlite();
    let scene = Scene::with(&db, |config| config.counters.hard_stop = 10).await;
    let owner = scene.owner(1).await;
    for _ in 0..10 {
        assert!(guess(&scene, &owner, "wrong").await.is_err());
        scene.wait(3600);
    }
    scene.wait(30 * 86_400);
    let refused = guess(&scene, &owner, PASSWORD).await.expect_err("stopped");
    assert_eq!(
        (refused.code, refused.retry_at),
        (ErrorCode::WithdrawalPasswordLocked, None)
    );
    let session = scene.session(&owner, Assurance::App).await;
    assert_eq!(
        set_in(&scene, &owner, &session, present(PASSWORD), [NEW, NEW]).await,
        Err(ErrorCode::WithdrawalPasswordLocked)
    );
    assert_eq!(
        set_in(&scene, &owner, &session, login(LOGIN_PASSWORD), [NEW, NEW]).await,
        Ok(())
    );
    assert_eq!(
        code_of(guess(&scene, &owner, PASSWORD).await),
        Err(ErrorCode::WithdrawalPasswordWrong)
    );
    assert_eq!(code_of(guess(&scene, &owner, NEW).await), Ok(()));
}

#[tokio::test]
async fn pass_03_a_withdrawal_password_that_everybody_tries_is_refused() {
    let db = Database::sqlite();
    let scene = Scene::open(&db).await;
    let owner = scene.owner(1).await;
    let number = owner.number.as_str().to_owned();
    let long = "k".repeat(129);
    for bad in [
        "",
        "short",
        "1234567",
        "password",
        "Password1!",
        "ｐａｓｓｗｏｒｄ",
        "12345678",
        "abcdefgh",
        "aaaaaaaaaa",
        "ababababab",
        "ひので証券1",
        "Hinode Securities",
        &number,
        &format!("{number}!"),
        &long,
    ] {
        let refused = set_in(&scene, &owner, &owner.session, present(PASSWORD), [bad, bad]).await;
        assert_eq!(refused, Err(ErrorCode::PasswordUnfit), "{bad:?}");
    }
    let set = async |proof, new| set_in(&scene, &owner, &owner.session, proof, new).await;
    assert_eq!(
        set(present(PASSWORD), [NEW, "another-one-77"]).await,
        Err(ErrorCode::PasswordsDiffer)
    );
    assert_eq!(
        set(present(PASSWORD), [LOGIN_PASSWORD; 2]).await,
        Err(ErrorCode::PasswordSame)
    );
    assert_eq!(
        set(present(PASSWORD), [PASSWORD; 2]).await,
        Err(ErrorCode::PasswordSame)
    );
    assert_eq!(
        set(present("wrong"), [NEW; 2]).await,
        Err(ErrorCode::WithdrawalPasswordWrong)
    );
    assert_eq!(
        code_of(guess(&scene, &owner, PASSWORD).await),
        Ok(()),
        "nothing changed"
    );
    assert_eq!(set(present(PASSWORD), [NEW; 2]).await, Ok(()));
    assert_eq!(code_of(guess(&scene, &owner, NEW).await), Ok(()));
    assert_eq!(
        code_of(guess(&scene, &owner, PASSWORD).await),
        Err(ErrorCode::WithdrawalPasswordWrong)
    );
    assert_eq!(
        scene.leaves(&owner, "withdrawal_password.set", "changed").await,
        1
    );
    // Known and changed: nothing cools off.
    assert!(scene.account(&owner).await.cool_off_until <= scene.server().now());
}

#[tokio::test]
async fn enrol_09_sess_07_a_forgotten_one_takes_a_fresh_approval_and_cools_off() {
    let db = Database::sqlite();
    let scene = Scene::with(&db, |config| config.withdrawal.cool_off_per_day = yen(5_000)).await;
    let owner = scene.owner(1).await;
    let by_code = scene.session(&owner, Assurance::Code).await;
    let refused = set_in(&scene, &owner, &by_code, login(LOGIN_PASSWORD), [NEW; 2]).await;
    assert_eq!(
        refused,
        Err(ErrorCode::AssuranceTooLow),
        "the account has a device"
    );
    scene.wait(301);
    let refused = set_in(&scene, &owner, &owner.session, login(LOGIN_PASSWORD), [NEW; 2]).await;
    assert_eq!(
        refused,
        Err(ErrorCode::AssuranceTooLow),
        "an approval of five minutes ago"
    );
    let fresh = scene.session(&owner, Assurance::App).await;
    let refused = set_in(&scene, &owner, &fresh, login("wrong"), [NEW; 2]).await;
    assert_eq!(refused, Err(ErrorCode::LoginPasswordWrong));
    assert_eq!(
        scene
            .leaves(&owner, "withdrawal_password.refused", "LoginPasswordWrong")
            .await,
        1
    );
    assert_eq!(
        set_in(&scene, &owner, &fresh, login(LOGIN_PASSWORD), [NEW; 2]).await,
        Ok(())
    );
    assert_eq!(
        scene.account(&owner).await.cool_off_until,
        scene.server().now().plus_secs(24 * 3600)
    );
    let key = RequestId::random().to_string();
    let refused = scene
        .submit(&owner, &fresh, form("5001", NEW, &key))
        .await
        .expect_err("too much for now");
    assert_eq!(
        (refused.code, refused.possible),
        (ErrorCode::CoolOffLimit, Some(yen(5_000)))
    );
    assert!(
        scene
            .submit(&owner, &fresh, form("5000", NEW, &key))
            .await
            .is_ok()
    );
    assert_eq!(
        scene.mails(&owner).await.len(),
        2,
        "the password, and the withdrawal"
    );
}

#[tokio::test]
async fn enrol_09_without_a_device_the_code_of_the_login_is_fresh_enough_for_the_first_one() {
    let db = Database::sqlite();
    let scene = Scene::open(&db).await;
    let owner = scene.owner(0).await;
    scene
        .tamper(format!(
            "DELETE FROM withdrawal_passwords WHERE account_id = '{}'",
            owner.account
        ))
        .await;
    let refused = scene.ask(&owner, "1").await.map_err(|refusal| refusal.code);
    assert_eq!(refused, Err(ErrorCode::WithdrawalPasswordMissing));
    let refused = set_in(&scene, &owner, &owner.session, present(PASSWORD), [NEW; 2]).await;
    assert_eq!(refused, Err(ErrorCode::WithdrawalPasswordMissing));
    let alone = scene.session(&owner, Assurance::Password).await;
    let refused = set_in(&scene, &owner, &alone, login(LOGIN_PASSWORD), [NEW; 2]).await;
    assert_eq!(refused, Err(ErrorCode::AssuranceTooLow));
    assert_eq!(
        set_in(&scene, &owner, &owner.session, login(LOGIN_PASSWORD), [NEW; 2]).await,
        Ok(())
    );
    assert!(
        scene.account(&owner).await.cool_off_until <= scene.server().now(),
        "nothing was forgotten"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn pass_04_guesses_at_the_login_password_in_a_session_are_counted_at_once() {
    for_each_database(|db| async move {
        let scene = Scene::open(&db).await;
        let owner = scene.owner(1).await;
        let mut all = vec!["wrong"; 40];
        all[39] = LOGIN_PASSWORD;
        let (scene, owner) = (&scene, &owner);
        let tries = all
            .iter()
            .map(|typed| set_in(scene, owner, &owner.session, login(typed), [NEW; 2]));
        let answers = join_all(tries).await;
        let wrong = answers
            .iter()
            .filter(|answer| **answer == Err(ErrorCode::LoginPasswordWrong))
            .count();
        assert!(wrong <= 10, "{answers:?}");
        let refused = set_in(
            scene,
            owner,
            &owner.session,
            login(LOGIN_PASSWORD),
            ["yuki-no-asa-4431"; 2],
        )
        .await;
        assert_eq!(refused, Err(ErrorCode::AccountLocked));
    })
    .await;
}

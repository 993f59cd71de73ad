//! Withdrawals by mailed code: bound to one withdrawal of one session, limited, closed by a device (TXN-07, CODE-03, CODE-10).

use warifu_server::domain::withdrawal::State;
use warifu_server::mail::Remover;
use warifu_server::operations::send_code;
use warifu_server::operations::withdrawal::by_code;
use warifu_server::operations::{Refusal, revoke_device};
use warifu_server::store::devices;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::WithdrawalId;
use warifu_tests::databases::{Database, for_each_database};

use crate::scene::{Book, LOGIN_PASSWORD, Owner, Scene, caller, yen};

async fn type_code(scene: &Scene, id: &WithdrawalId, typed: &str) -> Result<(), Refusal> {
    let withdrawal = scene.withdrawal(id).await;
    by_code::run(scene.app(), &caller(), &withdrawal, typed).await
}

async fn asked(scene: &Scene, owner: &Owner, amount: &str) -> (WithdrawalId, String) {
    let id = scene.ask(owner, amount).await.expect("it is possible");
    (id, scene.mailed_code(owner).await)
}

fn code_of(done: Result<(), Refusal>) -> Result<(), ErrorCode> {
    done.map_err(|refusal| refusal.code)
}

#[tokio::test(flavor = "multi_thread")]
async fn txn_07_code_03_a_code_pays_its_own_withdrawal_once() {
    for_each_database(|db| async move {
        let scene = Scene::open(&db).await;
        let (owner, other) = (scene.owner(0).await, scene.owner(0).await);
        let (mine, code) = asked(&scene, &owner, "10000").await;
        let (theirs, foreign) = asked(&scene, &other, "10000").await;
        assert_eq!(
            code_of(type_code(&scene, &mine, &foreign).await),
            Err(ErrorCode::CodeWrong)
        );
        assert_eq!(
            code_of(type_code(&scene, &theirs, &code).await),
            Err(ErrorCode::CodeWrong)
        );
        // The mail says how much goes where.
        let mail = scene.mails(&owner).await.pop().expect("a mail");
        assert!(
            mail.text.contains("10,000") && mail.text.contains("ヤマダ タロウ"),
            "{}",
            mail.text
        );
        assert!(!mail.subject.contains("10,000"), "{}", mail.subject);
        assert_eq!(code_of(type_code(&scene, &mine, &code).await), Ok(()));
        assert_eq!(scene.state(&mine).await, State::Queued);
        for again in [&code, &foreign] {
            assert_eq!(
                code_of(type_code(&scene, &mine, again).await),
                Err(ErrorCode::NotFound)
            );
        }
        // A code that was used says nothing at the next withdrawal either.
        scene.wait(61);
        let (next, _) = asked(&scene, &owner, "10000").await;
        assert_eq!(
            code_of(type_code(&scene, &next, &code).await),
            Err(ErrorCode::CodeWrong)
        );
        scene.drain().await;
        assert_eq!(scene.book(&owner).await.paid, 10_000);
        assert_eq!(scene.book(&other).await, Book::UNTOUCHED);
    })
    .await;
}

#[tokio::test]
async fn txn_07_code_03_a_logins_code_pays_nothing_and_a_withdrawals_code_opens_nothing() {
    let db = Database::sqlite();
    let scene = Scene::open(&db).await;
    let owner = scene.owner(0).await;
    let (id, code) = asked(&scene, &owner, "10000").await;
    scene.wait(1);
    let browser = scene.server().browser();
    let page = browser
        .enter_password(owner.number.as_str(), LOGIN_PASSWORD)
        .await;
    let for_login = scene.mailed_code(&owner).await;
    assert_ne!(code, for_login);
    assert_eq!(
        code_of(type_code(&scene, &id, &for_login).await),
        Err(ErrorCode::CodeWrong)
    );
    let refused = browser.enter_code(&page, &code).await;
    assert!(refused.path.starts_with("/login"), "{}", refused.path);
    assert_eq!(scene.state(&id).await, State::Pending);
    // Both still do what they are for.
    assert_eq!(code_of(type_code(&scene, &id, &code).await), Ok(()));
    let entered = browser.enter_code(&page, &for_login).await;
    assert!(!entered.path.starts_with("/login"), "{}", entered.path);
}

#[tokio::test(flavor = "multi_thread")]
async fn txn_02_code_03_a_code_is_wrong_for_another_amount_or_payee() {
    for_each_database(|db| async move {
        let scene = Scene::open(&db).await;
        let text = |was: &str, wanted: &str| format!("txn = REPLACE(txn, '{was}', '{wanted}')");
        let amount = text(r#""amount":"10000""#, r#""amount":"90000""#);
        for (set, expected) in [
            (format!("{amount}, amount = 90000"), Err(ErrorCode::CodeWrong)),
            (amount, Err(ErrorCode::CodeWrong)),
            (text("1234567", "7654321"), Err(ErrorCode::CodeWrong)),
            ("session_hash = 'another'".to_owned(), Err(ErrorCode::CodeWrong)),
            // The code is right for the text; the row that differs from its text is stopped all the same.
            ("amount = 90000".to_owned(), Ok(())),
            ("fee = 1".to_owned(), Ok(())),
        ] {
            let owner = scene.owner(0).await;
            let (id, code) = asked(&scene, &owner, "10000").await;
            scene
                .tamper(format!("UPDATE withdrawals SET {set} WHERE id = '{id}'"))
                .await;
            assert_eq!(code_of(type_code(&scene, &id, &code).await), expected, "{set}");
            let ends = if expected.is_ok() {
                State::Refused
            } else {
                State::Pending
            };
            assert_eq!(scene.state(&id).await, ends, "{set}");
            scene.drain().await;
            assert_eq!(scene.book(&owner).await, Book::UNTOUCHED, "{set}");
        }
    })
    .await;
}

#[tokio::test]
async fn txn_07_code_04_codes_of_withdrawals_are_superseded_counted_and_die() {
    let db = Database::sqlite();
    let scene = Scene::open(&db).await;
    let owner = scene.owner(0).await;
    let (id, first) = asked(&scene, &owner, "10000").await;
    scene.wait(61);
    let purpose = (&scene.withdrawal(&id).await).into();
    send_code::run(scene.app(), &caller(), &purpose).await.unwrap();
    let second = scene.mailed_code(&owner).await;
    assert_eq!(
        code_of(type_code(&scene, &id, &first).await),
        Err(ErrorCode::CodeSuperseded)
    );
    let wrong = (0..)
        .map(|n| format!("{n:08}"))
        .filter(|w| ![&first, &second].contains(&w));
    let mut tries = Vec::new();
    for typed in wrong.take(5) {
        tries.push(code_of(type_code(&scene, &id, &typed).await));
    }
    assert_eq!(tries[..4], [Err(ErrorCode::CodeWrong); 4]);
    assert_eq!(
        tries[4],
        Err(ErrorCode::AccountLocked),
        "CHAL-06: five mistakes lock the factor"
    );
    assert_eq!(
        code_of(type_code(&scene, &id, &second).await),
        Err(ErrorCode::AccountLocked)
    );
    // Also after the lock the code stays dead; the withdrawal expires by itself.
    scene.wait(899);
    assert_ne!(code_of(type_code(&scene, &id, &second).await), Ok(()));
    scene.wait(2);
    assert_ne!(code_of(type_code(&scene, &id, &second).await), Ok(()));
    scene.drain().await;
    assert_eq!(scene.state(&id).await, State::Expired);
    assert_eq!(scene.book(&owner).await, Book::UNTOUCHED);
}

#[tokio::test]
async fn txn_07_the_way_of_the_mailed_code_has_a_days_limit_and_an_end() {
    let db = Database::sqlite();
    let scene = Scene::with(&db, |config| config.code.per_hour = 100).await;
    let owner = scene.owner(0).await;
    let refused = scene.ask(&owner, "1000001").await.expect_err("above the limit");
    assert_eq!(
        (refused.code, refused.possible),
        (ErrorCode::MailedCodeLimit, Some(yen(1_000_000)))
    );
    let (id, code) = asked(&scene, &owner, "600000").await;
    assert_eq!(code_of(type_code(&scene, &id, &code).await), Ok(()));
    scene.wait(61);
    let refused = scene
        .ask(&owner, "400001")
        .await
        .expect_err("above what is left today");
    assert_eq!(
        (refused.code, refused.possible),
        (ErrorCode::MailedCodeLimit, Some(yen(400_000)))
    );
    scene.wait(86_400);
    assert!(scene.ask(&owner, "1000000").await.is_ok(), "another day");

    let closed = Scene::with(&db, |config| config.withdrawal.mailed_code.open = false).await;
    let owner = closed.owner(0).await;
    let refused = closed.ask(&owner, "1").await.map_err(|refusal| refusal.code);
    assert_eq!(refused, Err(ErrorCode::MailedCodeWithdrawalsClosed));
}

#[tokio::test]
async fn txn_07_a_code_that_is_typed_after_the_last_day_pays_nothing() {
    let db = Database::sqlite();
    let now = warifu_shared::clock::Clock::now(&warifu_shared::clock::SystemClock);
    let japan = now.secs() + 9 * 3600;
    let today = chrono_day(japan);
    let scene = Scene::with(&db, |config| {
        config.withdrawal.mailed_code.last_day = Some(today);
    })
    .await;
    let owner = scene.owner(0).await;
    // One minute before midnight in Japan.
    scene.wait(86_400 - japan.rem_euclid(86_400) - 60);
    let (id, code) = asked(&scene, &owner, "10000").await;
    scene.wait(61);
    let refused = scene.ask(&owner, "1").await.map_err(|refusal| refusal.code);
    assert_eq!(refused, Err(ErrorCode::WithdrawalOpen));
    assert_eq!(
        code_of(type_code(&scene, &id, &code).await),
        Ok(()),
        "the code itself is right"
    );
    let found = scene.withdrawal(&id).await;
    let reason = Some(ErrorCode::MailedCodeWithdrawalsClosed);
    assert_eq!((found.state, found.reason), (State::Refused, reason));
    let refused = scene.ask(&owner, "1").await.map_err(|refusal| refusal.code);
    assert_eq!(refused, Err(ErrorCode::MailedCodeWithdrawalsClosed));
    scene.drain().await;
    assert_eq!(scene.book(&owner).await, Book::UNTOUCHED);
}

fn chrono_day(secs: i64) -> chrono::NaiveDate {
    chrono::DateTime::from_timestamp(secs, 0)
        .expect("a moment")
        .date_naive()
}

#[tokio::test]
async fn txn_07_a_delayed_one_can_be_recalled_until_it_leaves() {
    let db = Database::sqlite();
    let scene = Scene::with(&db, |config| config.withdrawal.mailed_code.delay_hours = 2).await;
    let owner = scene.owner(0).await;
    let mut ids = Vec::new();
    for _ in 0..2 {
        let (id, code) = asked(&scene, &owner, "10000").await;
        assert_eq!(code_of(type_code(&scene, &id, &code).await), Ok(()));
        assert_eq!(scene.state(&id).await, State::Held);
        ids.push(id);
        scene.wait(61);
    }
    scene.recall(&ids[0]).await.unwrap();
    scene.wait(7200 - 123);
    scene.work().await;
    assert_eq!(scene.state(&ids[1]).await, State::Held, "a second too early");
    scene.drain().await;
    assert_eq!(scene.state(&ids[0]).await, State::Recalled);
    assert_eq!(scene.state(&ids[1]).await, State::Paid);
    assert_eq!(scene.book(&owner).await.paid, 10_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn code_10_a_device_between_mail_and_code_closes_the_way() {
    for_each_database(|db| async move {
        let scene = Scene::open(&db).await;
        let mut owner = scene.owner(0).await;
        let (id, code) = asked(&scene, &owner, "10000").await;
        scene.add_device(&mut owner).await;
        assert_eq!(
            code_of(type_code(&scene, &id, &code).await),
            Err(ErrorCode::NotFound)
        );
        // And it stays closed when the device goes at once: mailed codes open again after the cool-off only.
        let mut c = scene.store().read().await.unwrap();
        let device = devices::by_id(&mut c, &owner.devices[0].id)
            .await
            .unwrap()
            .unwrap();
        drop(c);
        let asked = revoke_device::Asked {
            nonce: None,
            keep: None,
        };
        let gone = revoke_device::run(scene.app(), &caller(), &device, Remover::Customer, asked).await;
        assert_eq!(gone, Ok(true));
        assert_eq!(
            code_of(type_code(&scene, &id, &code).await),
            Err(ErrorCode::NotFound)
        );
        assert_eq!(scene.state(&id).await, State::Pending);
        scene.cancel(&id).await;
        let refused = scene.ask(&owner, "10000").await.map_err(|refusal| refusal.code);
        assert_eq!(refused, Err(ErrorCode::FallbackClosed));
        scene.wait(24 * 3600);
        assert!(scene.ask(&owner, "10000").await.is_ok());
        scene.drain().await;
        assert_eq!(scene.book(&owner).await, Book::UNTOUCHED);
    })
    .await;
}

#[tokio::test]
async fn code_10_a_suspended_device_opens_no_way_by_mail() {
    let db = Database::sqlite();
    let scene = Scene::open(&db).await;
    let owner = scene.owner(1).await;
    scene
        .tamper(format!(
            "UPDATE devices SET state = 'suspended' WHERE id = '{}'",
            owner.devices[0].id
        ))
        .await;
    let refused = scene.ask(&owner, "10000").await.map_err(|refusal| refusal.code);
    assert_eq!(refused, Err(ErrorCode::DeviceSuspended));
}

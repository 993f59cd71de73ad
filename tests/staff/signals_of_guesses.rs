//! Guesses become signals at the fifth, each kind by itself; what was refused for another reason is none (S4, decision 39).

use warifu_server::pages::paths;
use warifu_tests::databases::Database;
use warifu_tests::server::{HANAKO, TARO, TestServer};

#[tokio::test]
async fn s4_wrong_numbers_are_a_signal_at_the_fifth() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let (phone, session) = server.customer_with_device(TARO).await;
    drop(session);
    let mut wrong = 0;
    while wrong < 5 {
        assert_eq!(server.signals().await, [""; 0], "{wrong}");
        let browser = server.browser();
        let waiting = browser.enter_password(TARO.number, TARO.password).await;
        let request = phone.only_request().await;
        let other = if waiting.number() == "000000" {
            "000001"
        } else {
            "000000"
        };
        for _ in 0..3 {
            if wrong < 5 {
                assert!(phone.approve(&request, other).await.is_err());
                wrong += 1;
            }
        }
    }
    let found = server.signals().await;
    assert!(found.contains(&"numbers_guessed".to_owned()), "{found:?}");
}

#[tokio::test]
async fn s4_wrong_codes_are_a_signal_at_the_fifth_and_right_or_late_ones_are_none() {
    let db = Database::sqlite();
    // The lock, which comes at the same number, is another signal.
    let server = TestServer::with(&db, |config| config.counters.failures = 50).await;
    let guess = async |count: usize| {
        let browser = server.browser();
        let page = browser.enter_password(HANAKO.number, HANAKO.password).await;
        let code = server.code_for(HANAKO).await;
        let other = if code == "00000000" {
            "00000001"
        } else {
            "00000000"
        };
        for _ in 0..count {
            browser.enter_code(&page, other).await;
        }
        (browser, page, code)
    };
    // Right ones, and ones that are too late, are no guesses.
    let (browser, page, code) = guess(3).await;
    browser.enter_code(&page, &code).await;
    let (browser, page, code) = guess(1).await;
    server.clock.advance_secs(700);
    for _ in 0..3 {
        browser.enter_code(&page, &code).await;
    }
    assert!(!server.signals().await.contains(&"codes_guessed".to_owned()));
    guess(1).await;
    let found = server.signals().await;
    assert!(found.contains(&"codes_guessed".to_owned()), "{found:?}");
}

#[tokio::test]
async fn s4_a_locked_withdrawal_password_is_a_signal() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let (_phone, session) = server.customer_with_device(TARO).await;
    let enter = async || {
        let form = session.get(paths::WITHDRAW).await;
        let filled = [("amount", "10000"), ("password", "wrong-words-99")];
        session.browser().submit(&form, paths::WITHDRAW, &filled).await
    };
    enter().await;
    assert_eq!(server.signals().await, [""; 0], "once is a slip");
    for _ in 0..5 {
        enter().await;
    }
    assert_eq!(server.signals().await, ["withdrawal_locked"]);
}

#[tokio::test]
async fn s4_twenty_accounts_from_one_address_are_a_signal_and_an_account_counts_once() {
    let db = Database::sqlite();
    let server = TestServer::with(&db, |config| {
        config.watch.accounts = 6;
        config.watch.failed_accounts = 100;
    })
    .await;
    let seeded = warifu_tests::load::seed(&server.server.app, 7_000_001, 6, false).await;
    let accounts = seeded.expect("seeded").customers;
    let right = server.server.app.store.write(|c| {
        Box::pin(async move {
            sqlx::query(
                "UPDATE accounts SET password_hash = (SELECT t.password_hash FROM accounts t WHERE t.number = $1) \
                 WHERE password_hash = '-'",
            )
            .bind(TARO.number)
            .execute(c)
            .await?;
            Ok(())
        })
    });
    right.await.expect("they have passwords");
    // Five people who mistype once and then log in are five.
    for customer in &accounts[..5] {
        for password in ["wrong", TARO.password] {
            server.browser().enter_password(&customer.number, password).await;
        }
    }
    assert_eq!(server.signals().await, [""; 0]);
    server
        .browser()
        .enter_password(&accounts[5].number, TARO.password)
        .await;
    assert_eq!(server.signals().await, ["many_accounts"]);
}

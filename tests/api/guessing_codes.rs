//! Mailed codes under attack: used twice, at once, elsewhere, guessed in parallel, asked for in floods (CODE-02..05).

use futures_util::future::join_all;
use warifu_server::pages::paths;
use warifu_tests::customer::Answer;
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::server::{HANAKO, TARO, TestServer};

fn other_than(code: &str) -> &'static str {
    if code == "00000000" {
        "00000001"
    } else {
        "00000000"
    }
}

fn opened_a_session(answer: &Answer) -> bool {
    answer
        .cookies
        .iter()
        .any(|cookie| cookie.starts_with("warifu-session=") && !cookie.contains("Max-Age=0"))
}

#[tokio::test]
async fn code_02_of_ten_equal_right_tries_at_once_one_opens_a_session() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let browser = server.browser();
        let page = browser.enter_password(TARO.number, TARO.password).await;
        let code = server.code_for(TARO).await;
        let filled = [("code", code.as_str())];
        let tries = (0..10).map(|_| browser.submit(&page, "/code", &filled));
        let answers = join_all(tries).await;
        let opened = answers.iter().filter(|answer| opened_a_session(answer)).count();
        assert_eq!(opened, 1, "{answers:#?}");
        assert_eq!(server.leaves("login.completed").await, 1);
    })
    .await;
}

#[tokio::test]
async fn code_02_code_03_a_code_counts_in_its_attempt_browser_and_account_only() {
    for_each_database(|db| async move {
        let server = TestServer::with(&db, |config| config.counters.failures = 10).await;
        let first = server.browser();
        let page = first.enter_password(TARO.number, TARO.password).await;
        let code = server.code_for(TARO).await;

        let second = server.browser();
        let of_second = second.enter_password(TARO.number, TARO.password).await;
        let told = second.enter_code(&of_second, &code).await;
        assert!(told.body.contains("1401"), "another attempt: {}", told.body);

        let again = first.enter_password(TARO.number, TARO.password).await;
        let told = first.enter_code(&again, &code).await;
        assert!(told.body.contains("1401"), "a later attempt of the same browser");

        let other = server.browser();
        let of_other = other.enter_password(HANAKO.number, HANAKO.password).await;
        let told = other.enter_code(&of_other, &code).await;
        assert!(told.body.contains("1401"), "another account");

        // The form of the first attempt, sent by another browser with a token of its own.
        let mut stolen = page.form("/code");
        let own = other.get(&of_other.path).await.form("/code");
        stolen.fill("csrf", own.value("csrf").expect("a token"));
        stolen.fill("code", &code);
        let answer = other.post(&stolen.action, &stolen.fields).await;
        assert_eq!(answer.status, 404, "another browser");

        assert_eq!(first.enter_code(&page, &code).await.path, paths::ACCOUNT);
    })
    .await;
}

#[tokio::test]
async fn code_04_wrong_tries_at_once_all_count_and_the_right_code_is_dead() {
    for_each_database(|db| async move {
        let server = TestServer::with(&db, |config| config.counters.failures = 10).await;
        let browser = server.browser();
        let page = browser.enter_password(TARO.number, TARO.password).await;
        let code = server.code_for(TARO).await;
        let wrong = [("code", other_than(&code))];
        let tries = (0..9).map(|_| browser.submit(&page, "/code", &wrong));
        let answers = join_all(tries).await;
        let counted = answers
            .iter()
            .filter(|answer| answer.body.contains("1401"))
            .count();
        assert_eq!(counted, 4, "the fifth kills it");
        let right = browser.submit(&page, "/code", &[("code", &code)]).await;
        assert!(
            !opened_a_session(&right) && right.body.contains("1404"),
            "{}",
            right.body
        );
        let locked = browser.submit(&page, "/code", &wrong).await;
        assert!(
            locked.body.contains("止めています"),
            "ten mistakes lock the account, though the code was dead: {}",
            locked.body
        );
    })
    .await;
}

#[tokio::test]
async fn code_04_another_mail_or_another_login_resets_no_count() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let browser = server.browser();
        let page = browser.enter_password(TARO.number, TARO.password).await;
        let code = server.code_for(TARO).await;
        for _ in 0..2 {
            browser.enter_code(&page, other_than(&code)).await;
        }
        server.clock.advance_secs(61);
        browser.submit(&page, "/resend", &[]).await;
        let code = server.code_for(TARO).await;
        browser.enter_code(&page, other_than(&code)).await;
        server.clock.advance_secs(1);
        let later = server.browser();
        let page = later.enter_password(TARO.number, TARO.password).await;
        let code = server.code_for(TARO).await;
        let fourth = later.enter_code(&page, other_than(&code)).await;
        assert!(fourth.body.contains("1401"), "{}", fourth.body);
        let fifth = later.enter_code(&page, other_than(&code)).await;
        assert!(!fifth.body.contains("1401"), "locked: {}", fifth.body);
        let right = later.submit(&page, "/code", &[("code", &code)]).await;
        assert!(!opened_a_session(&right), "{right:?}");
    })
    .await;
}

#[tokio::test]
async fn code_05_of_many_resends_at_once_one_mail_goes_out() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let browser = server.browser();
        let page = browser.enter_password(TARO.number, TARO.password).await;
        server.clock.advance_secs(61);
        let answers = join_all((0..12).map(|_| browser.submit(&page, "/resend", &[]))).await;
        assert!(
            answers
                .iter()
                .all(|answer| matches!(answer.status.as_u16(), 200 | 429)),
            "{answers:#?}"
        );
        assert_eq!(queued(&server).await, 2, "the first, and one more");

        // Logins begun anew, all at once: the hourly limit of five holds.
        let browsers: Vec<_> = (0..8).map(|_| server.browser()).collect();
        let logins = browsers
            .iter()
            .map(|browser| browser.enter_password(TARO.number, TARO.password));
        for page in join_all(logins).await {
            assert!(page.body.contains("one-time-code"), "the page stays the same");
        }
        assert_eq!(queued(&server).await, 5);
    })
    .await;
}

#[tokio::test]
async fn code_05_ten_mails_a_day_for_an_account_and_so_many_an_hour_for_an_address() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    for _ in 0..12 {
        let page = server.browser().enter_password(TARO.number, TARO.password).await;
        assert!(page.body.contains("one-time-code"), "{}", page.body);
        server.clock.advance_secs(1801);
    }
    assert_eq!(queued(&server).await, 10, "in six hours");

    let db = Database::sqlite();
    let server = TestServer::with(&db, |config| {
        config.code.per_hour_and_address = 2;
    })
    .await;
    for customer in [TARO, HANAKO, TARO] {
        let page = server
            .browser()
            .enter_password(customer.number, customer.password)
            .await;
        assert!(
            page.body.contains("one-time-code"),
            "the same page: {}",
            page.body
        );
    }
    assert_eq!(queued(&server).await, 2);
}

/// Code mails that were ever queued.
async fn queued(server: &TestServer) -> i64 {
    let mut c = server.server.app.store.read().await.expect("a connection");
    sqlx::query_scalar("SELECT COUNT(*) FROM mails WHERE code_id IS NOT NULL")
        .fetch_one(&mut *c)
        .await
        .expect("a number")
}

//! Login by mailed code: who may, what each wrong code is told, and what resending does (CODE-01..17).

use warifu_server::pages::paths;
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::server::{HANAKO, TARO, TestServer};

#[tokio::test]
async fn code_01_code_02_a_customer_without_a_device_logs_in_by_mailed_code_once() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let browser = server.browser();
        let page = browser.enter_password(TARO.number, TARO.password).await;
        assert!(page.body.contains("one-time-code"), "CODE-14");
        let code = server.code_for(TARO).await;
        assert_eq!(code.len(), 8);
        let mail = server.outbox.to(TARO.mail).pop().expect("a mail");
        assert!(!mail.subject.contains(&code), "CODE-16");
        let home = browser.enter_code(&page, &code).await;
        assert_eq!(home.path, paths::ACCOUNT);
        let elsewhere = server.browser();
        let again = elsewhere.enter_password(TARO.number, TARO.password).await;
        assert!(
            elsewhere.enter_code(&again, &code).await.body.contains("1401"),
            "CODE-02, CODE-03: used, and another's"
        );
    })
    .await;
}

#[tokio::test]
async fn code_03_code_04_wrong_codes_are_counted_and_kill_the_code() {
    for_each_database(|db| async move {
        let server = TestServer::with(&db, |config| config.counters.failures = 10).await;
        let browser = server.browser();
        let page = browser.enter_password(TARO.number, TARO.password).await;
        let code = server.code_for(TARO).await;
        let wrong = if code == "00000000" {
            "00000001"
        } else {
            "00000000"
        };
        for left in [4, 3, 2, 1] {
            let told = browser.enter_code(&page, wrong).await;
            assert!(told.body.contains("1401"), "{}", told.body);
            assert!(told.body.contains(&format!("{left}")), "tries left");
        }
        assert!(browser.enter_code(&page, wrong).await.body.contains("1404"));
        assert!(
            browser.enter_code(&page, &code).await.body.contains("1404"),
            "the right one is dead too"
        );
    })
    .await;
}

#[tokio::test]
async fn code_02_superseded_and_expired_codes_get_their_own_words() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let browser = server.browser();
    let page = browser.enter_password(TARO.number, TARO.password).await;
    let first = server.code_for(TARO).await;
    let soon = browser.submit(&page, "/resend", &[]).await;
    assert!(
        soon.body.contains("1405"),
        "CODE-05: the cooldown is the server's"
    );
    server.clock.advance_secs(61);
    let page = browser.get(&page.path).await;
    let resent = browser.submit(&page, "/resend", &[]).await;
    assert!(resent.status.is_success(), "{resent:?}");
    let second = server.code_for(TARO).await;
    assert_ne!(first, second);
    assert!(browser.enter_code(&page, &first).await.body.contains("1403"));
    server.clock.advance_secs(300);
    assert!(browser.enter_code(&page, &second).await.body.contains("1402"));
}

#[tokio::test]
async fn code_05_no_more_mails_than_the_hourly_limit_and_the_page_stays_the_same() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let browser = server.browser();
    for _ in 0..8 {
        let page = browser.enter_password(TARO.number, TARO.password).await;
        assert!(page.body.contains("one-time-code"));
        server.send_mail().await;
        server.clock.advance_secs(61);
    }
    assert_eq!(server.outbox.to(TARO.mail).len(), 5);
}

#[tokio::test]
async fn code_10_no_code_for_an_account_with_a_device_nor_right_after_its_removal() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let (device, _) = server.customer_with_device(TARO).await;
        server.send_mail().await;
        let before = server.outbox.to(TARO.mail).len();
        let waiting = server.browser().enter_password(TARO.number, TARO.password).await;
        assert!(!waiting.body.contains("one-time-code"));
        server.send_mail().await;
        assert_eq!(server.outbox.to(TARO.mail).len(), before, "no mail");

        let service = device.core.view().services[0].handle.clone();
        device.core.remove_service(&service).await.expect("removed");
        let closed = server.browser().enter_password(TARO.number, TARO.password).await;
        assert!(
            !closed.body.contains("one-time-code"),
            "ENROL-14: removing a device opens nothing at once"
        );
        server.send_mail().await;
        let told = server.outbox.to(TARO.mail);
        let removed = told
            .iter()
            .filter(|mail| mail.text.contains("太郎の端末"))
            .count();
        assert_eq!(removed, 2, "ENROL-07: registered and removed: {told:#?}");
        server.clock.advance_secs(24 * 3600 + 1);
        let open = server.browser().enter_password(TARO.number, TARO.password).await;
        assert!(open.body.contains("one-time-code"));
    })
    .await;
}

#[tokio::test]
async fn code_17_a_late_mail_is_said_on_the_page_and_never_sent_after_its_code() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let browser = server.browser();
    let page = browser.enter_password(HANAKO.number, HANAKO.password).await;
    server.clock.advance_secs(15);
    assert!(
        browser
            .get(&page.path)
            .await
            .body
            .contains("時間がかかっています"),
        "the page says that the mail is late"
    );
    server.clock.advance_secs(300);
    server.send_mail().await;
    assert!(server.outbox.to(HANAKO.mail).is_empty());
}

#[tokio::test]
async fn code_10_an_attempt_begun_before_the_first_device_is_closed_by_it() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let late = server.browser();
        let page = late.enter_password(TARO.number, TARO.password).await;
        let code = server.code_for(TARO).await;
        server.clock.advance_secs(1);
        let _device = server.customer_with_device(TARO).await;
        late.enter_code(&page, &code).await;
        let home = late.get(paths::ACCOUNT).await;
        assert_eq!(
            home.location.as_deref(),
            Some(paths::LOGIN),
            "the code was right, but there is a device now"
        );
    })
    .await;
}

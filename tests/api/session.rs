//! Sessions: cookie, logout, the automatic logout, and what waits in the background (SESS-01..05).

use reqwest::StatusCode;
use warifu_server::pages::paths;
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::server::{TARO, TestServer};

#[tokio::test]
async fn sess_03_sess_05_logout_ends_the_session_on_the_server() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let session = server.log_in_by_code(TARO).await;
        assert_eq!(session.get(paths::ACCOUNT).await.status, StatusCode::OK);
        let (browser, page) = session.log_out().await;
        assert_eq!(page.headers["clear-site-data"], "\"cache\", \"storage\"");
        assert!(
            page.cookies
                .iter()
                .any(|cookie| cookie.contains("warifu-session=;") && cookie.contains("Max-Age=0"))
        );
        assert_eq!(
            browser.get(paths::ACCOUNT).await.location.as_deref(),
            Some(paths::LOGIN)
        );
    })
    .await;
}

#[tokio::test]
async fn sess_04_the_session_cookie_is_closed_to_scripts_and_ends_with_the_browser() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let browser = server.browser();
    let page = browser.enter_password(TARO.number, TARO.password).await;
    let code = server.code_for(TARO).await;
    let done = browser.submit(&page, "/code", &[("code", &code)]).await;
    let cookie = done
        .cookies
        .iter()
        .find(|cookie| cookie.starts_with("warifu-session="))
        .expect("a session");
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/"),
        "{cookie}"
    );
    assert!(
        !cookie.contains("Max-Age") && !cookie.contains("Domain"),
        "{cookie}"
    );
}

#[tokio::test]
async fn sess_01_the_session_ends_after_180_minutes_and_an_access_in_the_last_five_extends_it() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let session = server.log_in_by_code(TARO).await;
    server.clock.advance_secs(174 * 60);
    assert_eq!(
        session.get(paths::ACCOUNT).await.status,
        StatusCode::OK,
        "too early to extend"
    );
    server.clock.advance_secs(2 * 60);
    assert_eq!(
        session.get(paths::ACCOUNT).await.status,
        StatusCode::OK,
        "minute 176 extends"
    );
    server.clock.advance_secs(179 * 60);
    assert_eq!(session.get(paths::ACCOUNT).await.status, StatusCode::OK);
    server.clock.advance_secs(180 * 60);
    assert_eq!(
        session.get(paths::ACCOUNT).await.location.as_deref(),
        Some(paths::LOGIN)
    );
}

#[tokio::test]
async fn sess_02_polling_never_extends() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let session = server.log_in_by_code(TARO).await;
    let page = session.begin_enrolment().await;
    server.clock.advance_secs(178 * 60);
    assert_eq!(
        session.get(&format!("{}/status", page.path)).await.status,
        StatusCode::OK
    );
    server.clock.advance_secs(2 * 60);
    assert_eq!(
        session.get(paths::ACCOUNT).await.location.as_deref(),
        Some(paths::LOGIN)
    );
}

#[tokio::test]
async fn chal_08_sessions_and_open_attempts_survive_a_restart() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let (device, session) = server.customer_with_device(TARO).await;
    let browser = server.browser();
    let waiting = browser.enter_password(TARO.number, TARO.password).await;
    let number = waiting.number();
    let server = server.restart().await;
    assert_eq!(browser.get(&waiting.path).await.number(), number);
    device
        .approve(&device.only_request().await, &number)
        .await
        .expect("approved after the restart");
    browser.go_on(&waiting).await;
    assert_eq!(session.get(paths::ACCOUNT).await.status, StatusCode::OK);
    drop(server);
}

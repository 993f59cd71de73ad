//! A forgotten password replaced by a code from the app of a registered device (CHAL-13, decision 35).

use futures_util::future::join_all;
use reqwest::StatusCode;
use warifu_server::domain::paper_code::PaperCode;
use warifu_server::pages::paths;
use warifu_shared::error::ErrorCode;
use warifu_tests::customer::{AnonymousBrowser, Answer, CustomerSession};
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::device::{Device, PIN};
use warifu_tests::server::{HANAKO, TARO, TestServer};

const NEW: &str = "yuki-no-hi-ni-yomu-hon";

/// Taro's device, no longer new.
async fn settled(server: &TestServer) -> (CustomerSession, Device) {
    let session = server.log_in_by_code(TARO).await;
    let device = server.enrol(&session).await;
    server.clock.advance_secs(31 * 86_400);
    device.core.refresh().await.expect("the server answers");
    (session, device)
}

async fn ask(device: &Device) -> Result<String, warifu_device_core::CoreError> {
    let service = device.core.view().services[0].handle.clone();
    device
        .core
        .reset_password(&service, PIN)
        .await
        .map(|given| given.code)
}

async fn enter(browser: &AnonymousBrowser, number: &str, code: &str) -> Answer {
    let page = browser.get(paths::RECOVER).await;
    let filled = [("account_number", number), ("code", code)];
    let answer = browser.submit(&page, paths::RECOVER, &filled).await;
    browser.follow(answer).await
}

fn refused_as(answer: &Answer, code: ErrorCode) {
    assert!(answer.body.contains(code.ja()), "{code:?}: {answer:?}");
    assert_eq!(answer.status.as_u16(), code.status());
}

#[tokio::test]
async fn chal_13_a_code_from_the_app_replaces_a_forgotten_password_once() {
    for_each_database(async |db| {
        let server = TestServer::start(&db).await;
        let (_, device) = settled(&server).await;
        let code = ask(&device).await.expect("a code");
        let browser = server.browser();
        let page = enter(&browser, TARO.number, &code).await;
        assert!(page.body.contains("name=\"new\""), "{page:?}");
        let refused = browser
            .submit(&page, "/password", &[("new", "password123")])
            .await;
        refused_as(&refused, ErrorCode::PasswordCommon);
        let all = join_all((0..8).map(|_| browser.submit(&page, "/password", &[("new", NEW)]))).await;
        let won = all.iter().filter(|a| a.status == StatusCode::SEE_OTHER).count();
        assert_eq!(won, 1, "{all:?}");
        let old = server.browser().enter_password(TARO.number, TARO.password).await;
        refused_as(&old, ErrorCode::LoginRefused);
        let new = server.browser().enter_password(TARO.number, NEW).await;
        assert!(new.path.starts_with("/login/"), "{new:?}");
        assert_eq!(device.open_requests().await.len(), 1, "never weaker than login");
        let again = enter(&server.browser(), TARO.number, &code).await;
        refused_as(&again, ErrorCode::RecoveryRefused);
        assert_eq!(server.leaves("recovery.asked").await, 1);
        assert_eq!(server.leaves("recovery.app_completed").await, 1);
    })
    .await;
}

#[tokio::test]
async fn chal_13_a_code_ends_with_its_time_a_newer_one_and_its_device_and_fits_one_account() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let (_, device) = settled(&server).await;
    let first = ask(&device).await.expect("a code");
    let second = ask(&device).await.expect("a code");
    refused_as(
        &enter(&server.browser(), TARO.number, &first).await,
        ErrorCode::RecoveryRefused,
    );
    refused_as(
        &enter(&server.browser(), HANAKO.number, &second).await,
        ErrorCode::RecoveryRefused,
    );
    server.clock.advance_secs(600);
    refused_as(
        &enter(&server.browser(), TARO.number, &second).await,
        ErrorCode::RecoveryRefused,
    );
    let third = ask(&device).await.expect("a code");
    let browser = server.browser();
    let page = enter(&browser, TARO.number, &third).await;
    let service = device.core.view().services[0].handle.clone();
    device.core.remove_service(&service).await.expect("removed");
    let late = browser.submit(&page, "/password", &[("new", NEW)]).await;
    refused_as(&late, ErrorCode::RecoveryEnded);
}

#[tokio::test]
async fn enrol_09_chal_13_a_new_device_gets_no_code() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let session = server.log_in_by_code(TARO).await;
    let device = server.enrol(&session).await;
    let refused = ask(&device).await.expect_err("on probation");
    assert!(refused.is(ErrorCode::DeviceTooNewToReset), "{refused:?}");
    assert_eq!(server.leaves("recovery.asked").await, 0);
}

#[tokio::test]
async fn risk_08_chal_13_guesses_at_the_sheet_do_not_stop_a_code_from_the_app() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let (_, device) = settled(&server).await;
    for _ in 0..5 {
        let guess = enter(&server.browser(), TARO.number, PaperCode::draw().reveal()).await;
        refused_as(&guess, ErrorCode::RecoveryRefused);
    }
    let code = ask(&device).await.expect("a code");
    let page = enter(&server.browser(), TARO.number, &code).await;
    assert!(page.path.starts_with("/recover/rv_"), "{page:?}");
}

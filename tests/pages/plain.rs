//! The pages without scripts: slower, but everything can be done (WEB-10).

use warifu_server::pages::paths;
use warifu_shared::jws::approval::DenyReason;
use warifu_tests::browser::Setup;
use warifu_tests::databases::Database;
use warifu_tests::server::{TARO, TestServer};

use crate::visitor::Visitor;

async fn without_scripts(server: &TestServer) -> Visitor {
    Visitor::with(
        server,
        Setup {
            scripts: false,
            ..Setup::default()
        },
    )
    .await
}

#[tokio::test]
async fn web_10_without_scripts_a_login_shows_its_number_reloads_and_goes_on_by_a_button() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let (device, _) = server.customer_with_device(TARO).await;
    let visitor = without_scripts(&server).await;
    visitor.enter_password(TARO).await;
    visitor.inspect("ja").await;
    let handle = device.only_request().await;
    let number = visitor.number().await;
    assert!(!visitor.shows("#continue").await, "nothing to continue yet");
    device.approve(&handle, &number).await.expect("approved");
    // The page reloads by itself.
    visitor.find("#continue").await;
    assert!(
        visitor.path().await.starts_with("/login/"),
        "without a script nothing is pressed for anybody"
    );
    visitor.inspect("ja").await;
    visitor.press("/continue").await;
    visitor.arrive(paths::ACCOUNT).await;
    visitor.inspect("ja").await;
    visitor.press(paths::LOGOUT).await;
    visitor.wait_for_text("main h1", "ログアウト").await;
    visitor.inspect("ja").await;
}

#[tokio::test]
async fn web_10_without_scripts_a_refusal_and_the_end_of_time_are_shown() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let (device, _) = server.customer_with_device(TARO).await;
    let visitor = without_scripts(&server).await;
    visitor.enter_password(TARO).await;
    device
        .deny(&device.only_request().await, DenyReason::Cancelled)
        .await
        .expect("recorded");
    visitor.wait_for_text("main h1", "やめました").await;
    visitor.inspect("ja").await;
    visitor.enter_password(TARO).await;
    server.clock.advance_secs(121);
    visitor.wait_for_text("main h1", "有効時間が過ぎました").await;
    visitor.inspect("ja").await;
}

#[tokio::test]
async fn web_10_without_scripts_a_mailed_code_is_resent_and_logs_in() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let visitor = without_scripts(&server).await;
    visitor.enter_password(TARO).await;
    visitor.inspect("ja").await;
    let page = visitor.text_of_page().await;
    assert!(page.contains("あと"), "the waiting time is written: {page}");
    server.code_for(TARO).await;
    visitor.press("/resend").await;
    visitor.wait_for_text("#error", "少し待って").await;
    visitor.inspect_refusal("ja", 429).await;
    server.clock.advance_secs(61);
    visitor.press("/resend").await;
    visitor
        .wait_for_text("[role=status]", "新しいコードをお送りしました")
        .await;
    visitor.fill("#code", &server.code_for(TARO).await).await;
    visitor.press("/code").await;
    visitor.arrive(paths::ACCOUNT).await;
    visitor.press(paths::ENROL).await;
    visitor.arrive("/enrol/").await;
    visitor.inspect("ja").await;
}

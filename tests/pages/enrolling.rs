//! Registering the app from the page: QR code, link and typed code; the fingerprint on both screens; a test approval.

use warifu_device_core::EnrolInput;
use warifu_server::pages::paths;
use warifu_shared::link::{Link, read};
use warifu_tests::databases::Database;
use warifu_tests::device::{Device, PIN};
use warifu_tests::server::{TARO, TestServer};

use crate::visitor::Visitor;

#[tokio::test]
async fn enrol_01_enrol_06_a_device_is_registered_with_the_typed_code_and_tested() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let visitor = Visitor::new(&server).await;
    visitor.log_in_by_code(&server, TARO).await;
    visitor.press(paths::ENROL).await;
    let page = visitor.arrive("/enrol/").await;
    visitor.inspect("ja").await;
    let qr = visitor.script("const q = document.querySelector('.scan svg').getBoundingClientRect(); return Math.min(q.width, q.height)");
    assert!(
        qr.await.as_f64().is_some_and(|size| size >= 160.0),
        "a QR code big enough to scan"
    );
    let link = visitor.app_link().await;
    assert!(matches!(read(&link), Ok(Link::Enrol(_))), "{link}");

    assert!(
        !visitor.shows("#short-code").await,
        "typing is for those who open it"
    );
    visitor.click("details summary").await;
    let code = visitor.text("#short-code").await;
    assert_eq!(visitor.text("#link-text").await, link);
    let device = Device::new(&server.clock).await;
    let shown = register_by_typing(&device, &server.origin, code).await;

    // The page moves on to the fingerprint by itself.
    let on_page: String = visitor.text("#fingerprint").await.split_whitespace().collect();
    assert_eq!(on_page, shown, "ENROL-06");
    assert_eq!(visitor.path().await, page);
    visitor.inspect("ja").await;
    visitor.press("/confirm").await;
    visitor.wait_for_text("#main", "太郎の端末").await;
    visitor.inspect("ja").await;

    visitor.press(paths::TEST).await;
    visitor.arrive("/test/").await;
    visitor.inspect("ja").await;
    device
        .approve(&device.only_request().await, &visitor.number().await)
        .await
        .expect("approved");
    visitor.arrive(paths::DEVICES).await;
    visitor.find("[role=status]").await;
    visitor.inspect("ja").await;
}

/// Registers the first customer's device with a typed code, up to the fingerprint.
async fn register_by_typing(device: &Device, server: &str, code: String) -> String {
    let input = EnrolInput::Typed {
        server: server.to_owned(),
        account_number: TARO.number.to_owned(),
        code,
    };
    let preview = device
        .core
        .begin_enrolment(input)
        .await
        .expect("the code is good");
    assert!(preview.needs_fingerprint_first, "ENROL-05");
    let registered = device.core.finish_enrolment(PIN, PIN, "太郎の端末").await;
    registered.expect("registered").fingerprint
}

#[tokio::test]
async fn enrol_06_different_fingerprints_stop_the_registration() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let visitor = Visitor::new(&server).await;
    visitor.log_in_by_code(&server, TARO).await;
    visitor.press(paths::ENROL).await;
    visitor.arrive("/enrol/").await;
    let link = visitor.app_link().await;
    let device = Device::new(&server.clock).await;
    device.enrol(&link).await;
    visitor.find("#fingerprint").await;
    visitor.press("/cancel").await;
    visitor.arrive(paths::DEVICES).await;
    visitor.inspect("ja").await;
    assert!(!visitor.text_of_page().await.contains("太郎の端末"));
    // The page may come back out of the browser's memory; its button finds nothing to confirm any more.
    visitor.client().back().await.expect("back");
    if visitor.shows("#confirm").await {
        visitor.press("/confirm").await;
    }
    visitor.arrive(paths::DEVICES).await;
    assert!(!visitor.text_of_page().await.contains("太郎の端末"));
}

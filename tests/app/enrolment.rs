//! Registering the app: the link from the page, the PIN, the same six digits on both screens, the test approval.

use warifu_tests::browser::Browser;
use warifu_tests::server::TARO;

use crate::scene::Scene;
use crate::{in_app, on_page, pictures};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn enrol_01_06_the_app_is_registered_after_both_screens_show_the_same_digits() {
    let Scene {
        app,
        desktop: _desktop,
        server,
    } = Scene::open().await;
    let browser = Browser::open().await;
    on_page::log_in_by_code(&browser, &server, TARO).await;
    pictures::page(&browser, "account-by-code.png").await;
    let link = on_page::begin_enrolment(&browser).await;
    pictures::page(&browser, "enrol.png").await;
    pictures::app(&app, "app-first-start.png").await;

    let in_the_app = in_app::enrol(&app, &link).await;
    let on_the_page = on_page::fingerprint(&browser).await;
    assert_eq!(in_the_app, on_the_page, "both ends show the same fingerprint");
    pictures::app(&app, "app-enrol-fingerprint.png").await;
    pictures::page(&browser, "fingerprint.png").await;
    // The words on the button are the ones that the app tells the customer to press.
    let button = browser.text("#confirm").await;
    let told = app.text_of_page().await;
    assert!(
        told.contains(&format!("「{button}」")),
        "{button} is not among:\n{told}"
    );

    on_page::confirm_fingerprint(&browser).await;
    pictures::page(&browser, "enrol-done.png").await;
    let said = in_app::close_result(&app, "enrolled").await;
    in_app::wait_until_online(&app).await;
    let offered = browser.text("form[action='/test'] button").await;
    assert!(
        said.contains("テスト承認") && offered.contains("テスト承認"),
        "{said} / {offered}"
    );

    browser.click("form[action='/test'] button").await;
    let number = on_page::number(&browser).await;
    in_app::wait_for_requests(&app, 1).await;
    in_app::open_request(&app, 1).await;
    in_app::approve(&app, &number).await;
    in_app::close_result(&app, "approved").await;
    browser
        .wait_for_text("[role=status]", "テスト承認が完了しました")
        .await;
    assert_eq!(browser.complaints().await, []);
    assert!(!app.log().contains("panicked"), "{}", app.log());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn enrol_06_who_sees_other_digits_stops_on_the_page_and_the_app_learns_it() {
    let Scene {
        app,
        desktop: _desktop,
        server,
    } = Scene::open().await;
    let browser = Browser::open().await;
    on_page::log_in_by_code(&browser, &server, TARO).await;
    let link = on_page::begin_enrolment(&browser).await;
    in_app::enrol(&app, &link).await;
    on_page::fingerprint(&browser).await;
    browser.click("form[action$='/cancel'] .button--danger").await;
    browser.wait_for_text("[role=status]", "登録を中止しました").await;
    app.wait_until_gone("view-enrol-fingerprint").await;
    assert!(
        !app.shows("[data-testid=service][data-state=active]").await,
        "{}",
        app.text_of_page().await
    );

    // The used link registers nothing any more.
    browser.goto(&format!("{}/devices", server.origin)).await;
    assert!(
        browser
            .text_of_page()
            .await
            .contains("登録している端末はありません")
    );
}

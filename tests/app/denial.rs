//! Refusing in the app, without a PIN.

use crate::scene::Scene;
use crate::{in_app, on_page, pictures};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chal_13_not_me_in_the_app_is_said_plainly_on_the_page() {
    let (scene, _known) = Scene::with_device().await;
    let app = &scene.app;
    let browser = scene.waiting_browser().await;
    in_app::wait_for_requests(app, 1).await;
    in_app::open_request(app, 1).await;
    app.click("refuse").await;
    app.find("deny-not_me").await;
    pictures::app(app, "app-refuse.png").await;
    app.click("deny-not_me").await;
    app.find("[data-testid=view-result][data-kind=denied]").await;
    pictures::app(app, "app-denied.png").await;
    let said = in_app::close_result(app, "denied").await;
    assert!(
        said.contains("止めました") && said.contains("パスワード"),
        "{said}"
    );

    browser
        .wait_for_text("main h1", "「私ではありません」が選ばれました")
        .await;
    pictures::page(&browser, "denied.png").await;
    let page = browser.text_of_page().await;
    assert!(page.contains("このログインを止めました"), "{page}");
    assert!(!browser.url().await.path().starts_with("/account"));

    // The same unknown browser gets no further request through.
    on_page::enter_password(&browser, &scene.server.origin, warifu_tests::server::TARO).await;
    browser
        .wait_for_text("main h1", "見慣れない端末からのログインを止めています")
        .await;
    in_app::wait_for_requests(app, 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chal_13_after_not_me_the_app_offers_a_new_password_and_a_new_device_is_told_why_not() {
    let (scene, _known) = Scene::with_device().await;
    let app = &scene.app;
    scene.waiting_browser().await;
    in_app::wait_for_requests(app, 1).await;
    in_app::open_request(app, 1).await;
    app.click("refuse").await;
    app.click("deny-not_me").await;
    app.find("[data-testid=view-result][data-kind=denied]").await;
    app.click("result-reset").await;
    app.find("[data-testid=view-reset][data-step=pin]").await;
    app.fill("pin", in_app::WRONG_PIN).await;
    app.click("reset-send").await;
    in_app::refusal(app, 2001).await;
    app.fill("pin", in_app::PIN).await;
    app.click("reset-send").await;
    // This device was registered a moment ago: its first day it replaces no password.
    let said = in_app::refusal(app, 1751).await;
    assert!(said.contains("登録したばかりの端末"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chal_13_app_10_who_cancels_in_the_app_can_begin_again_and_finds_both_answers_there() {
    let (scene, _known) = Scene::with_device().await;
    let app = &scene.app;
    let browser = scene.waiting_browser().await;
    in_app::wait_for_requests(app, 1).await;
    in_app::open_request(app, 1).await;
    app.click("refuse").await;
    app.click("deny-cancelled").await;
    in_app::close_result(app, "denied").await;
    browser
        .wait_for_text("main h1", "「やめました」が選ばれました")
        .await;

    on_page::enter_password(&browser, &scene.server.origin, warifu_tests::server::TARO).await;
    let number = on_page::number(&browser).await;
    in_app::wait_for_requests(app, 1).await;
    in_app::open_request(app, 1).await;
    let pressed = in_app::approve(app, &number).await;
    on_page::moved_on_by_itself(&browser, pressed).await;

    in_app::close_result(app, "approved").await;
    app.click("home-settings").await;
    app.click("answers").await;
    app.find("[data-testid=view-answers][data-state=list]").await;
    app.find("li:nth-child(1)[data-testid=answer-card][data-approved=true]")
        .await;
    app.find("li:nth-child(2):last-child[data-testid=answer-card][data-approved=false]")
        .await;
    let said = app.text_of_page().await;
    assert!(said.contains("ログイン") && said.contains("やめました"), "{said}");
    pictures::app(app, "app-answers.png").await;
}

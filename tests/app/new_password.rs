//! A forgotten login password replaced with a code from the app, from "not me" to the next login (CHAL-13).

use warifu_server::pages::paths;
use warifu_shared::error::ErrorCode;
use warifu_tests::browser::Browser;
use warifu_tests::server::{Login, TARO};

use crate::scene::Scene;
use crate::{in_app, on_page, pictures};

const NEW: Login = Login {
    password: "yuki-no-hi-ni-yomu-hon",
    ..TARO
};

/// Types account number and code on the page of the recovery.
async fn enter_code(browser: &Browser, origin: &str, code: &str) {
    browser.goto(&format!("{origin}{}", paths::RECOVER)).await;
    browser.fill("#account_number", TARO.number).await;
    browser.fill("#code", code).await;
    browser.click("form[action='/recover'] button[type=submit]").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chal_13_after_not_me_a_code_from_the_app_replaces_the_password_on_the_page() {
    let (scene, browser) = Scene::with_older_device().await;
    let (app, origin) = (&scene.app, &scene.server.origin);
    let stranger = scene.waiting_browser().await;
    in_app::wait_for_requests(app, 1).await;
    in_app::open_request(app, 1).await;
    app.click("refuse").await;
    app.click("deny-not_me").await;
    app.find("[data-testid=view-result][data-kind=denied]").await;
    app.click("result-reset").await;
    app.find("[data-testid=view-reset][data-step=pin]").await;
    app.fill("pin", in_app::PIN).await;
    app.click("reset-send").await;
    app.find("[data-testid=view-reset][data-step=code]").await;
    let code = app.text("reset-code").await;
    pictures::app(app, "app-reset-code.png").await;

    enter_code(&browser, origin, &code).await;
    browser.fill("#new", "password123").await;
    browser
        .click("form[action$='/password'] button[type=submit]")
        .await;
    browser
        .wait_for_text("#error", ErrorCode::PasswordCommon.ja())
        .await;
    browser.fill("#new", NEW.password).await;
    browser
        .click("form[action$='/password'] button[type=submit]")
        .await;
    browser
        .wait_for_text("[role=status]", "新しいパスワードを設定しました")
        .await;
    app.click("reset-close").await;

    // What the stranger knows is worth nothing now, nor is the code a second time.
    on_page::enter_password(&stranger, origin, TARO).await;
    stranger
        .wait_for_text("#error", ErrorCode::LoginRefused.ja())
        .await;
    enter_code(&stranger, origin, &code).await;
    stranger
        .wait_for_text("#error", ErrorCode::RecoveryRefused.ja())
        .await;
    // The new password alone does not suffice either: the app is asked as ever.
    on_page::log_in_with(&browser, &scene.server, NEW, app).await;
}

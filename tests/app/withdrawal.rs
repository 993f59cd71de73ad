//! A withdrawal through the real pages and the real app: approved, held, looked at, proven, taken back.

use warifu_server::demo;
use warifu_shared::api::paths;
use warifu_shared::published::PublishedKeys;
use warifu_tests::browser::Browser;
use warifu_tests::plain_http;
use warifu_tests::server::TARO;

use crate::scene::Scene;
use crate::{in_app, on_page, pictures};

/// Asks for 150,000 yen on the pages; the browser shows a number then.
async fn ask_for_money(browser: &Browser, origin: &str) -> String {
    browser.goto(&format!("{origin}/withdrawals/new")).await;
    browser.fill("#amount", "150000").await;
    browser
        .fill("#password", demo::CUSTOMERS[0].withdrawal_password)
        .await;
    browser
        .click("form[action='/withdrawals/new'] button[type=submit]")
        .await;
    on_page::number(browser).await
}

async fn open_list(scene: &Scene) {
    scene.app.find("view-home").await;
    scene.app.click("service-withdrawals").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn txn_01_txn_08_a_withdrawal_is_approved_held_proven_and_taken_back_in_the_app() {
    let (scene, browser) = Scene::at_a_firm_that_holds().await;
    let app = &scene.app;
    open_list(&scene).await;
    app.find("withdrawals-empty").await;
    app.click("back").await;
    on_page::log_in_with(&browser, &scene.server, TARO, app).await;

    let number = ask_for_money(&browser, &scene.server.origin).await;
    in_app::wait_for_requests(app, 1).await;
    in_app::open_request(app, 1).await;
    assert_eq!(app.text("amount").await, "150,000円");
    let shown = app.text_of_page().await;
    let payee = demo::CUSTOMERS[0].payee();
    for part in [
        &payee.bank_name,
        &payee.branch_name,
        &payee.acct,
        &payee.name,
        "受付番号",
    ] {
        assert!(shown.contains(part), "the request says {part}:\n{shown}");
    }
    pictures::app(app, "app-withdrawal-challenge.png").await;
    in_app::type_number(app, &number).await;
    let pin_step = app.text_of_page().await;
    assert!(
        pin_step.contains("150,000円") && pin_step.contains(&payee.name),
        "{pin_step}"
    );
    pictures::app(app, "app-withdrawal-pin.png").await;
    in_app::approve_with(app, in_app::PIN).await;
    app.find("[data-testid=view-result][data-kind=approved]").await;
    let said = app.text("result-message").await;
    assert!(
        said.contains("まで取り消せます") && said.contains("受付番号: W-"),
        "{said}"
    );
    pictures::app(app, "app-withdrawal-result.png").await;

    app.click("result-withdrawal").await;
    app.find("[data-testid=view-withdrawal][data-state=held]").await;
    pictures::app(app, "app-withdrawal-held.png").await;
    save_receipt(&scene).await;
    app.click("back").await;
    app.find("[data-testid=withdrawal-card][data-state=held]").await;
    pictures::app(app, "app-withdrawals.png").await;
    app.click("withdrawal-card").await;
    app.click("take-back").await;
    app.find("recall-sheet").await;
    pictures::app(app, "app-withdrawal-recall.png").await;
    app.click("recall-confirm").await;
    app.find("[data-testid=view-withdrawal][data-state=recalled]")
        .await;
    assert!(!app.shows("take-back").await, "it is over");

    browser
        .goto(&format!("{}/withdrawals", scene.server.origin))
        .await;
    let page = browser.text_of_page().await;
    assert!(page.contains("取り消し済み"), "{page}");
    assert!(!app.log().contains("panicked"), "{}", app.log());
}

/// Saves the receipt of the withdrawal on the screen, and verifies the file with nothing but the published keys.
async fn save_receipt(scene: &Scene) {
    let app = &scene.app;
    app.click("save-receipt").await;
    let file = app.text("receipt-file").await;
    pictures::app(app, "app-withdrawal-receipt.png").await;
    let file = std::path::PathBuf::from(file);
    assert!(file.starts_with(scene.desktop.saved()), "{}", file.display());
    let http = plain_http::client().build().expect("a client");
    let keys = http
        .get(format!("{}{}", scene.server.origin, paths::KEYS))
        .send()
        .await;
    let keys = keys.expect("an answer").bytes().await.expect("a body");
    let keys = PublishedKeys::read(&keys).expect("keys");
    let report = warifu_shared::receipt::verify(&std::fs::read(&file).expect("a file"), &keys);
    let report = report.unwrap_or_else(|fault| panic!("{fault:?} in {}", file.display()));
    let signed = report.signed.expect("a device has signed");
    let txn = signed.challenge.txn.expect("a withdrawal");
    assert!(
        file.to_string_lossy()
            .contains(txn.reference().expect("a reference"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn app_04_a_list_that_cannot_be_read_says_so_and_is_read_when_the_firm_is_back() {
    let (mut scene, _browser) = Scene::with_device().await;
    scene.server.stop().await;
    open_list(&scene).await;
    scene
        .app
        .find("[data-testid=view-withdrawals][data-state=error]")
        .await;
    in_app::refusal(&scene.app, 2005).await;
    scene
        .server
        .start_again(warifu_tests::live_server::Relay::Running)
        .await;
    scene.app.click("refresh").await;
    scene
        .app
        .find("[data-testid=view-withdrawals][data-state=empty]")
        .await;
}

//! What the firm tells a device, and what the person stops from there without a PIN (ENROL-09, ENROL-14).

use std::sync::Arc;
use std::time::Duration;

use warifu_server::pages::paths;
use warifu_shared::clock::{ManualClock, SystemClock, Timestamp};
use warifu_tests::app::App;
use warifu_tests::browser::Browser;
use warifu_tests::device::Device;
use warifu_tests::server::TARO;

use crate::scene::Scene;
use crate::{in_app, on_page, pictures};

/// Registers another device of the customer who is logged in: another phone, without a window.
async fn another_device(browser: &Browser, origin: &str) -> Device {
    browser.goto(&format!("{origin}{}", paths::DEVICES)).await;
    let link = on_page::begin_enrolment(browser).await;
    let by_the_system = |options: &mut warifu_device_core::Options| options.clock = Arc::new(SystemClock);
    let device = Device::with(&ManualClock::new(Timestamp(0)), by_the_system).await;
    device.enrol(&link).await;
    on_page::confirm_fingerprint(browser).await;
    device.core.refresh().await.expect("it is active");
    device
}

/// Opens the unread notice of the only service with this heading. Others may be newer: a login is told when its mail is sent.
async fn open_unread(app: &App, heading: &str) {
    app.find("view-home").await;
    app.find("[data-testid=service-notices]:not([data-unread='0'])")
        .await;
    app.click("service-notices").await;
    app.wait_for_text("view-notices", heading).await;
    let handle = app
        .script(&format!(
            "return [...document.querySelectorAll('[data-testid=notice-card][data-unread=true]')]\
             .find((card) => card.textContent.includes('{heading}'))?.dataset.handle"
        ))
        .await;
    let handle = handle.as_str().expect("it is unread").to_owned();
    app.click(&format!("[data-handle='{handle}']")).await;
    app.wait_for_text("heading", heading).await;
    app.find("view-notice").await;
}

/// From a notice to the home screen.
async fn go_home(app: &App) {
    app.click("notice-close").await;
    app.find("view-notices").await;
    app.click("back").await;
    app.find("view-home").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn enrol_09_the_person_stops_a_new_device_from_the_notice_in_the_app() {
    let (scene, browser) = Scene::with_device().await;
    let (app, origin) = (&scene.app, &scene.server.origin);
    on_page::log_in_with(&browser, &scene.server, TARO, app).await;
    let told = scene.desktop.notifications.all().len();
    let new = another_device(&browser, origin).await;
    scene.desktop.notifications.wait_for(told + 1, LIMIT).await;
    open_unread(app, "新しい端末が登録されました").await;
    let said = app.text_of_page().await;
    assert!(said.contains("太郎の端末"), "it names the device: {said}");
    pictures::app(app, "app-notice.png").await;
    app.click("veto-registration").await;
    app.find("veto-sheet").await;
    app.click("veto-cancel").await;
    app.wait_until_gone("veto-sheet").await;
    assert!(!app.shows("notice-vetoed").await, "asked once more, it was kept");
    app.click("veto-registration").await;
    app.click("veto-confirm").await;
    app.find("notice-vetoed").await;
    assert!(!app.shows("veto-registration").await, "once");

    // The device hears it, and the page shows the old one alone.
    drop(new.core.refresh().await);
    let state = serde_json::to_value(new.core.view().services[0].state).expect("JSON");
    assert_eq!(state, "revoked");
    go_home(app).await;
    browser.goto(&format!("{origin}{}", paths::DEVICES)).await;
    let page = browser.text_of_page().await;
    assert!(!page.contains("太郎の端末"), "{page}");
    assert!(browser.shows(".device").await, "the old one stays: {page}");
    browser.goto(&format!("{origin}{}", paths::HISTORY)).await;
    let page = browser.text_of_page().await;
    assert!(page.contains("取り消し"), "{page}");
    assert!(!app.log().contains("panicked"), "{}", app.log());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn enrol_14_the_last_device_is_told_that_it_is_to_leave_and_the_person_keeps_it() {
    let (scene, browser) = Scene::with_device().await;
    let (app, origin) = (&scene.app, &scene.server.origin);
    on_page::log_in_with(&browser, &scene.server, TARO, app).await;
    browser.goto(&format!("{origin}{}", paths::DEVICES)).await;
    browser.click(".device__foot a").await;
    browser.click("a[href$='/remove']").await;
    browser.click("form[action$='/remove'] button[type=submit]").await;
    browser.find("form[action$='/keep']").await;
    let page = browser.url().await;

    open_unread(app, "最後の端末の解除を受け付けました").await;
    pictures::app(app, "app-notice-removal.png").await;
    // A protection: one press, nothing asked.
    app.click("veto-removal").await;
    app.find("notice-vetoed").await;
    assert!(!app.shows("veto-removal").await, "once");
    go_home(app).await;
    browser.goto(page.as_str()).await;
    browser.find("a[href$='/remove']").await;
    assert!(!browser.shows("form[action$='/keep']").await, "it stays");
    in_app::wait_until_online(app).await;
    on_page::log_out(&browser).await;
    on_page::log_in_with(&browser, &scene.server, TARO, app).await;
}

const LIMIT: Duration = Duration::from_secs(60);

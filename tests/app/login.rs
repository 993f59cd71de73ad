//! The main job: a login that a browser waits for, approved in the app.

use std::time::Duration;

use tokio::time::Instant;

use warifu_tests::browser::{Browser, Setup};
use warifu_tests::server::TARO;

use crate::scene::Scene;
use crate::{in_app, on_page, pictures};

/// A push crosses the machine in less than a second; the rest is for a busy one.
const AT_ONCE: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chal_10_chal_14_web_10_a_pushed_login_is_approved_and_the_page_moves_on_by_itself() {
    let (Scene { app, desktop, server }, _known) = Scene::with_device().await;
    pictures::app(&app, "app-home-empty.png").await;
    let browser = Browser::open().await;
    browser.goto(&format!("{}/login", server.origin)).await;
    pictures::page(&browser, "login.png").await;
    on_page::enter_password(&browser, &server.origin, TARO).await;
    let number = on_page::number(&browser).await;

    let asked = Instant::now();
    let told = desktop.notifications.wait_for(1, AT_ONCE).await;
    in_app::wait_for_requests(&app, 1).await;
    assert!(
        asked.elapsed() < AT_ONCE,
        "the request came after {:?}",
        asked.elapsed()
    );
    assert_eq!(
        (told.summary.as_str(), told.body.as_str()),
        ("Warifu", "承認の依頼があります")
    );
    pictures::page(&browser, "wait.png").await;
    pictures::app(&app, "app-home.png").await;

    in_app::open_request(&app, 1).await;
    let shown = app.text_of_page().await;
    for part in ["ひので証券", "ログインの承認", "東京都", "Chrom"] {
        assert!(shown.contains(part), "the request says {part}:\n{shown}");
    }
    assert!(
        !shown.contains(&number),
        "CHAL-03: the app never shows the number"
    );
    app.fill("number", &number).await;
    pictures::app(&app, "app-challenge.png").await;
    app.click("to-pin").await;
    pictures::app(&app, "app-pin.png").await;
    let pressed = in_app::approve_with(&app, in_app::PIN).await;
    on_page::moved_on_by_itself(&browser, pressed).await;
    pictures::page(&browser, "account.png").await;
    app.find("[data-testid=view-result][data-kind=approved]").await;
    pictures::app(&app, "app-result.png").await;
    in_app::close_result(&app, "approved").await;
    in_app::wait_for_requests(&app, 0).await;

    assert_eq!(browser.complaints().await, []);
    assert_eq!(
        desktop.notifications.all().len(),
        1,
        "one request, one notification"
    );
    assert!(
        !app.log().contains(&number) && !app.log().contains("panicked"),
        "{}",
        app.log()
    );
    pictures::side_by_side("wait.png", "app-challenge.png", "login-and-app.png").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chal_07_two_requests_stand_side_by_side_and_approving_one_leaves_the_other() {
    let (scene, _known) = Scene::with_device().await;
    let app = &scene.app;
    let first = scene.waiting_browser().await;
    let second = Browser::with(Setup {
        dark: true,
        ..Setup::default()
    })
    .await;
    on_page::enter_password(&second, &scene.server.origin, TARO).await;
    let (first_number, second_number) = (on_page::number(&first).await, on_page::number(&second).await);
    pictures::page(&second, "wait-dark.png").await;
    in_app::wait_for_requests(app, 2).await;
    pictures::app(app, "app-home-two.png").await;

    in_app::open_request(app, 2).await;
    let pressed = in_app::approve(app, &second_number).await;
    on_page::moved_on_by_itself(&second, pressed).await;
    in_app::close_result(app, "approved").await;
    in_app::wait_for_requests(app, 1).await;
    on_page::still_waits(&first).await;
    assert_eq!(on_page::number(&first).await, first_number);

    in_app::open_request(app, 1).await;
    let pressed = in_app::approve(app, &first_number).await;
    on_page::moved_on_by_itself(&first, pressed).await;
}

//! Parts of the product are down: the app says so, and goes on when they are back.

use warifu_tests::live_server::Relay;

use crate::scene::Scene;
use crate::{in_app, on_page, pictures};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chal_10_push_08_with_the_relay_down_the_login_completes_by_asking() {
    let (mut scene, _known) = Scene::with_device().await;
    scene.server.stop().await;
    scene.server.start_again(Relay::Down).await;
    let app = &scene.app;
    app.find("[data-testid=service]:not([data-connection=online])")
        .await;
    pictures::app(app, "app-relay-down.png").await;

    let browser = scene.waiting_browser().await;
    let number = on_page::number(&browser).await;
    in_app::wait_for_requests(app, 0).await;
    assert_eq!(scene.desktop.notifications.all(), [], "no push arrives");
    app.click("refresh").await;
    in_app::wait_for_requests(app, 1).await;
    in_app::open_request(app, 1).await;
    let pressed = in_app::approve(app, &number).await;
    on_page::moved_on_by_itself(&browser, pressed).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn app_04_a_server_that_does_not_answer_is_said_and_forgotten_when_it_is_back() {
    let (mut scene, _known) = Scene::with_device().await;
    scene.server.stop().await;
    scene.app.click("refresh").await;
    let said = in_app::refusal(&scene.app, 2005).await;
    assert!(said.contains("サーバーにつながりません"), "{said}");
    pictures::app(&scene.app, "app-unreachable.png").await;

    scene.server.start_again(Relay::Running).await;
    scene.app.click("refresh").await;
    scene.app.wait_until_gone("problem").await;
    in_app::wait_until_online(&scene.app).await;
    let browser = scene.waiting_browser().await;
    let number = on_page::number(&browser).await;
    in_app::wait_for_requests(&scene.app, 1).await;
    in_app::open_request(&scene.app, 1).await;
    let pressed = in_app::approve(&scene.app, &number).await;
    on_page::moved_on_by_itself(&browser, pressed).await;
}

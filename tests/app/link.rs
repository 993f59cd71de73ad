//! The page's link opens the running app with the number filled in (APPR-12).

use crate::in_app::PIN;
use crate::scene::Scene;
use crate::{in_app, on_page, pictures};
use warifu_tests::server::TARO;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn appr_12_from_a_known_browser_on_this_network_nothing_is_typed() {
    let (scene, known) = Scene::with_device().await;
    let app = &scene.app;
    on_page::enter_password(&known, &scene.server.origin, TARO).await;
    let link = on_page::link(&known, "challenge").await;
    app.open_link(&scene.desktop, &link).await;
    app.find("[data-testid=view-challenge][data-number=link]").await;
    app.find("number-from-link").await;
    pictures::app(app, "app-from-link.png").await;
    app.click("to-pin").await;
    let pressed = in_app::approve_with(app, PIN).await;
    on_page::moved_on_by_itself(&known, pressed).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn appr_12_from_an_unknown_browser_the_number_must_be_typed() {
    let (scene, _known) = Scene::with_device().await;
    let app = &scene.app;
    let unknown = scene.waiting_browser().await;
    let (link, number) = (
        on_page::link(&unknown, "challenge").await,
        on_page::number(&unknown).await,
    );
    app.open_link(&scene.desktop, &link).await;
    app.find("[data-testid=view-challenge][data-number=link]").await;
    app.click("to-pin").await;
    in_app::approve_with(app, PIN).await;
    in_app::refusal(app, 1307).await;
    app.find("[data-testid=view-challenge][data-number=typed]").await;
    on_page::still_waits(&unknown).await;

    let pressed = in_app::approve(app, &number).await;
    on_page::moved_on_by_itself(&unknown, pressed).await;
}

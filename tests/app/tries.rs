//! Wrong entries: each says what is left, and nothing else is lost.

use crate::in_app::{PIN, WRONG_PIN};
use crate::scene::Scene;
use crate::{in_app, on_page, pictures};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chal_05_a_wrong_number_and_a_wrong_pin_say_how_many_tries_are_left() {
    let (scene, _known) = Scene::with_device().await;
    let app = &scene.app;
    let browser = scene.waiting_browser().await;
    let number = on_page::number(&browser).await;
    in_app::wait_for_requests(app, 1).await;
    in_app::open_request(app, 1).await;

    in_app::type_number(app, &another(&number)).await;
    in_app::approve_with(app, PIN).await;
    let said = in_app::refusal(app, 1305).await;
    assert!(
        said.contains("番号が違います") && said.contains("あと2回"),
        "{said}"
    );
    pictures::app(app, "app-wrong-number.png").await;
    on_page::still_waits(&browser).await;

    in_app::type_number(app, &number).await;
    in_app::approve_with(app, WRONG_PIN).await;
    let said = in_app::refusal(app, 2001).await;
    assert!(said.contains("PIN") && said.contains("あと4回"), "{said}");
    pictures::app(app, "app-wrong-pin.png").await;
    on_page::still_waits(&browser).await;

    let pressed = in_app::approve_with(app, PIN).await;
    on_page::moved_on_by_itself(&browser, pressed).await;
    in_app::close_result(app, "approved").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chal_05_the_third_wrong_number_ends_the_request_on_both_sides() {
    let (scene, _known) = Scene::with_device().await;
    let app = &scene.app;
    let browser = scene.waiting_browser().await;
    let wrong = another(&on_page::number(&browser).await);
    in_app::wait_for_requests(app, 1).await;
    in_app::open_request(app, 1).await;
    for left in ["あと2回", "あと1回"] {
        in_app::approve(app, &wrong).await;
        app.wait_for_text("problem", left).await;
    }
    in_app::approve(app, &wrong).await;
    app.find("[data-testid=view-result][data-kind=tries_used]").await;
    browser.wait_for_text("main h1", "間違いが続いたため").await;
    in_app::close_result(app, "tries_used").await;
    in_app::wait_for_requests(app, 0).await;
}

/// Six other digits.
fn another(number: &str) -> String {
    number
        .chars()
        .map(|digit| {
            if digit == '9' {
                '0'
            } else {
                char::from(digit as u8 + 1)
            }
        })
        .collect()
}

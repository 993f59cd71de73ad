//! The real app opens its window under WebDriver.

use warifu_tests::app::App;
use warifu_tests::desktop::{Desktop, Keyring};

#[tokio::test]
async fn the_app_shows_its_page_in_its_window() {
    let desktop = Desktop::start(Keyring::Unlocked).await;
    let app = App::start(&desktop).await;
    assert_eq!(app.url().await.scheme(), "tauri");
    let heading = app.find("heading").await;
    assert!(!heading.text().await.expect("an element").is_empty());
    assert!(!app.log().contains("panicked"), "{}", app.log());
    let picture = desktop.home().join("window.png");
    app.screenshot(&picture).await;
    assert!(std::fs::read(&picture).expect("written").starts_with(b"\x89PNG"));
}

#[tokio::test]
async fn a_second_start_hands_its_link_over_and_ends() {
    let desktop = Desktop::start(Keyring::Unlocked).await;
    let app = App::start(&desktop).await;
    app.find("heading").await;
    app.open_link(&desktop, "warifu://enrol?o=nonsense").await;
    assert_eq!(app.url().await.scheme(), "tauri", "the first one goes on");
}

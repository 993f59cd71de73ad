//! The desktop: its bus, its notifications, its keyring and its screen.

use std::time::Duration;

use futures_util::StreamExt as _;
use warifu_tests::desktop::{Desktop, Keyring};
use warifu_tests::process::Program;

const LIMIT: Duration = Duration::from_secs(10);

#[tokio::test]
async fn notifications_are_recorded_and_can_be_clicked() {
    let desktop = Desktop::start(Keyring::None).await;
    assert!(desktop.notifications.all().is_empty());
    let sent = Program::system("gdbus")
        .envs(desktop.environment())
        .args(["call", "--session", "--dest", "org.freedesktop.Notifications"])
        .args(["--object-path", "/org/freedesktop/Notifications"])
        .args(["--method", "org.freedesktop.Notifications.Notify"])
        .args([
            "Warifu",
            "0",
            "",
            "ログインの承認",
            "アプリを開いてください",
            "['default', 'Open']",
            "{}",
            "1000",
        ])
        .start();
    assert!(sent.exit(LIMIT).await.success(), "{}", sent.log());
    let shown = desktop.notifications.wait_for(1, LIMIT).await;
    assert_eq!(
        (shown.app.as_str(), shown.summary.as_str()),
        ("Warifu", "ログインの承認")
    );
    assert_eq!(shown.body, "アプリを開いてください");
    assert_eq!(shown.actions, ["default", "Open"]);

    let name = "org.freedesktop.Notifications";
    let application = zbus::connection::Builder::address(desktop.bus())
        .expect("an address")
        .build()
        .await
        .expect("a bus");
    let service = zbus::Proxy::new(&application, name, "/org/freedesktop/Notifications", name)
        .await
        .expect("a service");
    let mut clicks = service.receive_signal("ActionInvoked").await.expect("signals");
    desktop.notifications.click(shown.id, "default").await;
    let click = tokio::time::timeout(LIMIT, clicks.next())
        .await
        .expect("in time")
        .expect("a signal");
    assert_eq!(
        click.body().deserialize::<(u32, String)>().expect("a body"),
        (shown.id, "default".into())
    );
}

#[tokio::test]
async fn a_desktop_without_a_keyring_has_no_secret_service() {
    let desktop = Desktop::start(Keyring::None).await;
    assert!(
        !default_collection(&desktop)
            .await
            .contains("/org/freedesktop/secrets/")
    );
}

#[tokio::test]
async fn an_unlocked_keyring_has_a_default_collection() {
    let desktop = Desktop::start(Keyring::Unlocked).await;
    let collection = default_collection(&desktop).await;
    assert!(
        collection.contains("/org/freedesktop/secrets/collection/"),
        "{collection}"
    );
}

#[tokio::test]
async fn the_screen_can_be_photographed() {
    let desktop = Desktop::start(Keyring::None).await;
    let picture = desktop.home().join("screen.png");
    desktop.screenshot(&picture).await;
    assert!(std::fs::read(&picture).expect("written").starts_with(b"\x89PNG"));
}

async fn default_collection(desktop: &Desktop) -> String {
    let asked = Program::system("gdbus")
        .envs(desktop.environment())
        .args([
            "call",
            "--session",
            "--dest",
            "org.freedesktop.secrets",
            "--object-path",
            "/org/freedesktop/secrets",
        ])
        .args(["--method", "org.freedesktop.Secret.Service.ReadAlias", "default"])
        .start();
    asked.exit(LIMIT).await;
    asked.log()
}

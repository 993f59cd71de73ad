//! The Secret Service itself: a keyring of its own on a bus of its own, unlocked and locked.

#![cfg(target_os = "linux")]

use std::process::{Command, Stdio};

use super::{Condition, Keystore};
use crate::error::LocalCode;
use crate::options::KeystoreChoice;

/// Set in the process that runs inside the private bus.
const INSIDE: &str = "WARIFU_TEST_KEYRING";

/// Runs this test binary's inner test on a private bus. `None` when the machine has no keyring daemon to test with.
fn run_inside(state: &str, inner: &str) -> Option<bool> {
    let home = tempfile::tempdir().unwrap();
    let present = |name: &str| {
        Command::new(name)
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok()
    };
    if !present("gnome-keyring-daemon") || !present("dbus-run-session") {
        return None;
    }
    let unlock = if state == "unlocked" {
        "printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1;"
    } else {
        ""
    };
    let script = format!("{unlock} exec \"$0\" --exact {inner} --nocapture --ignored");
    let status = Command::new("timeout")
        .args(["60", "dbus-run-session", "--", "sh", "-c", &script])
        .arg(std::env::current_exe().unwrap())
        .env("HOME", home.path())
        .env("XDG_RUNTIME_DIR", home.path())
        .env("XDG_DATA_HOME", home.path())
        .env_remove("DISPLAY")
        .env(INSIDE, state)
        .stdout(Stdio::null())
        .status();
    Some(status.unwrap().success())
}

#[test]
fn app_06_an_unlocked_keyring_keeps_secrets() {
    let passed = run_inside(
        "unlocked",
        "keystore::secret_service_tests::inside_an_unlocked_keyring",
    );
    assert_ne!(passed, Some(false));
}

#[test]
fn app_06_no_secret_service_on_the_bus_is_said_at_once() {
    let passed = run_inside(
        "none",
        "keystore::secret_service_tests::inside_a_bus_without_an_unlocked_keyring",
    );
    assert_ne!(passed, Some(false));
}

#[tokio::test]
#[ignore = "run by app_06_an_unlocked_keyring_keeps_secrets inside a private bus"]
async fn inside_an_unlocked_keyring() {
    assert_eq!(std::env::var(INSIDE).as_deref(), Ok("unlocked"));
    let keystore = Keystore::open(KeystoreChoice::Os).await;
    assert_eq!(keystore.condition(), Condition::Os);
    let secret = || zeroize::Zeroizing::new(vec![0, 1, 255]);
    keystore.set("sv_1", "secret", secret()).await.unwrap();
    let again = Keystore::open(KeystoreChoice::Os).await;
    assert_eq!(again.get("sv_1", "secret").await.unwrap(), secret());
    again.delete("sv_1", "secret").await.unwrap();
    assert!(
        again
            .get("sv_1", "secret")
            .await
            .unwrap_err()
            .is_local(LocalCode::KeyLost)
    );
}

#[tokio::test]
#[ignore = "run by app_06_no_secret_service_on_the_bus_is_said_at_once inside a private bus"]
async fn inside_a_bus_without_an_unlocked_keyring() {
    assert_eq!(std::env::var(INSIDE).as_deref(), Ok("none"));
    let keystore = Keystore::open(KeystoreChoice::Os).await;
    assert_eq!(keystore.condition(), Condition::Unavailable);
    assert!(
        keystore
            .get("sv_1", "secret")
            .await
            .unwrap_err()
            .is_local(LocalCode::KeystoreLocked)
    );
}

//! The real app in its real window, driven through tauri-driver and WebKitWebDriver on a desktop of the test's own.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;
use url::Url;

use crate::desktop::{self, Desktop};
use crate::page::Page;
use crate::plain_http;
use crate::process::{Program, Running, find, free_port, our_binary};

/// The app, running. Dropping it closes it; its data stays in the desktop's home for the next start.
pub struct App {
    page: Page,
    driver: Running,
    environment: Vec<(String, String)>,
}

impl App {
    /// Starts the app.
    ///
    /// # Panics
    /// When it is not built, a driver is missing, or it opens no window.
    pub async fn start(desktop: &Desktop) -> Self {
        Self::start_with(desktop, &[]).await
    }

    /// Starts the app by a link, as a click on it does while the app is not running.
    ///
    /// # Panics
    /// As [`Self::start`].
    pub async fn start_by_link(desktop: &Desktop, link: &str) -> Self {
        Self::start_with(desktop, &[link]).await
    }

    /// Opens a link while the app runs: starts the program a second time, which hands the link over and ends.
    ///
    /// # Panics
    /// When the second start does not end by itself, or fails.
    pub async fn open_link(&self, desktop: &Desktop, link: &str) {
        let second = Program::ours(NAME).envs(desktop.environment()).arg(link).start();
        let status = second.exit(START_LIMIT).await;
        assert!(status.success(), "the second start failed: {}", second.log());
    }

    /// Writes a picture of the app's window to a PNG file, cut from the screen. (WebKitWebDriver's own picture never
    /// comes under Xvfb.)
    ///
    /// # Panics
    /// When the screen cannot be photographed.
    pub async fn screenshot(&self, path: &Path) {
        let place =
            "return [innerWidth, innerHeight, screenX, screenY].map((length) => length * devicePixelRatio);";
        let place = self.page.script(place).await;
        let at = |index: usize| place[index].as_f64().expect("a length").round();
        let crop = format!("{}x{}+{}+{}", at(0), at(1), at(2), at(3));
        desktop::screenshot(&self.environment, Some(&crop), path).await;
    }

    /// What the app and its drivers printed.
    #[must_use]
    pub fn log(&self) -> String {
        self.driver.log()
    }

    async fn start_with(desktop: &Desktop, args: &[&str]) -> Self {
        let app = our_binary(NAME);
        assert!(
            app.exists(),
            "{} is not built; `make test` builds it before the tests",
            app.display()
        );
        let (driver, url) = start_driver(desktop).await;
        let capabilities = json!({ "tauri:options": { "application": app, "args": args } });
        let page = Page::begin(&url, capabilities).await;
        Self {
            page,
            driver,
            environment: desktop.environment(),
        }
    }
}

impl Deref for App {
    type Target = Page;

    fn deref(&self) -> &Page {
        &self.page
    }
}

/// tauri-driver takes no port 0 and says nothing when it is ready, so it is asked until it answers.
async fn start_driver(desktop: &Desktop) -> (Running, Url) {
    let port = free_port();
    let driver = Program::at(tauri_driver())
        .arg("--port")
        .arg(port.to_string())
        .arg("--native-port")
        .arg(free_port().to_string())
        .envs(desktop.environment())
        .start();
    let url = Url::parse(&format!("http://127.0.0.1:{port}/")).expect("a URL");
    let status = url.join("status").expect("a URL");
    let client = plain_http::client().build().expect("a client");
    let answers = async {
        let mut beat = tokio::time::interval(Duration::from_millis(50));
        loop {
            beat.tick().await;
            let answer = client.get(status.clone()).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                break;
            }
            assert!(
                driver.try_exit().is_none(),
                "tauri-driver ended:\n{}",
                driver.log()
            );
        }
    };
    let ready = tokio::time::timeout(START_LIMIT, answers).await;
    assert!(ready.is_ok(), "tauri-driver does not answer:\n{}", driver.log());
    (driver, url)
}

/// `WARIFU_TAURI_DRIVER`, or `tauri-driver` from `PATH` or from where `make test` builds it.
fn tauri_driver() -> PathBuf {
    let given = std::env::var_os("WARIFU_TAURI_DRIVER").map(PathBuf::from);
    let built = our_binary("../tools/bin/tauri-driver");
    let found = given
        .or_else(|| find("tauri-driver"))
        .or_else(|| built.exists().then_some(built));
    found.expect("tauri-driver is not installed; `make test` builds it")
}

const NAME: &str = "warifu";
const START_LIMIT: Duration = Duration::from_secs(60);

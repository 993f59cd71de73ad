//! Real Chromium through chromedriver: one driver for the test process, a fresh profile for each browser.

use std::ops::Deref;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::OnceCell;
use url::Url;

use crate::page::Page;
use crate::process::{Program, Running};

/// How a person's browser is set up.
#[derive(Debug, Clone)]
pub struct Setup {
    /// `Accept-Language` and the locale of scripts, e.g. `ja` or `en-US`.
    pub language: &'static str,
    /// Whether pages are asked for dark colours.
    pub dark: bool,
    /// Whether it is a phone: 390 × 844, touch. A desktop window is 1280 × 900.
    pub phone: bool,
    /// Whether pages may run scripts.
    pub scripts: bool,
    /// Names that lead to the loopback address, for pages of several origins.
    pub local_names: Vec<String>,
}

/// A browser with one window, closed when dropped. It reaches this machine and nothing else.
pub struct Browser {
    page: Page,
    _profile: TempDir,
}

/// What the console or the browser itself complained about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// `SEVERE`, `WARNING`, …
    pub level: String,
    /// `security` (a violated policy), `network`, `javascript`, …
    pub source: String,
    /// The text.
    pub message: String,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            language: "ja",
            dark: false,
            phone: false,
            scripts: true,
            local_names: Vec::new(),
        }
    }
}

impl Browser {
    /// Opens a Japanese desktop browser.
    ///
    /// # Panics
    /// When Chromium or its driver is not installed or does not start.
    pub async fn open() -> Self {
        Self::with(Setup::default()).await
    }

    /// Opens a browser of this setup.
    ///
    /// # Panics
    /// When Chromium or its driver is not installed or does not start.
    pub async fn with(setup: Setup) -> Self {
        let driver = DRIVER.get_or_init(Driver::start).await;
        let profile = tempfile::Builder::new()
            .prefix("warifu-browser-")
            .tempdir()
            .expect("a folder");
        crate::reaper::watch_folder(profile.path());
        let capabilities = json!({
            "browserName": "chrome",
            "goog:chromeOptions": { "args": arguments(&setup, &profile) },
            "goog:loggingPrefs": { "browser": "ALL" },
            "timeouts": { "implicit": 0, "pageLoad": 20_000, "script": 20_000 },
        });
        let page = Page::begin(&driver.url, capabilities).await;
        let browser = Self {
            page,
            _profile: profile,
        };
        browser.emulate(&setup).await;
        browser
    }

    /// Complaints since the last call: errors, policy violations, failed requests. A good page has none.
    ///
    /// # Panics
    /// When the driver does not answer.
    pub async fn complaints(&self) -> Vec<Complaint> {
        let entries = self.page.command("se/log", &json!({ "type": "browser" })).await;
        let text = |entry: &Value, key: &str| entry[key].as_str().unwrap_or_default().to_owned();
        let entries = entries.as_array().cloned().unwrap_or_default();
        entries
            .iter()
            .map(|entry| Complaint {
                level: text(entry, "level"),
                source: text(entry, "source"),
                message: text(entry, "message"),
            })
            .filter(|complaint| matches!(complaint.level.as_str(), "SEVERE" | "WARNING"))
            .collect()
    }

    /// Sends a command of the DevTools protocol.
    ///
    /// # Panics
    /// When Chromium refuses it.
    pub async fn devtools(&self, method: &str, parameters: Value) -> Value {
        self.page
            .command(
                "goog/cdp/execute",
                &json!({ "cmd": method, "params": parameters }),
            )
            .await
    }

    async fn emulate(&self, setup: &Setup) {
        let scheme = if setup.dark { "dark" } else { "light" };
        let media = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": media }))
            .await;
        self.devtools(
            "Emulation.setTimezoneOverride",
            json!({ "timezoneId": "Asia/Tokyo" }),
        )
        .await;
        self.devtools("Emulation.setLocaleOverride", json!({ "locale": setup.language }))
            .await;
        if setup.phone {
            let size = json!({ "width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": true });
            self.devtools("Emulation.setDeviceMetricsOverride", size).await;
            self.devtools("Emulation.setTouchEmulationEnabled", json!({ "enabled": true }))
                .await;
        }
        if !setup.scripts {
            self.devtools("Emulation.setScriptExecutionDisabled", json!({ "value": true }))
                .await;
        }
    }
}

impl Deref for Browser {
    type Target = Page;

    fn deref(&self) -> &Page {
        &self.page
    }
}

struct Driver {
    url: Url,
    _process: Running,
}

impl Driver {
    async fn start() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("warifu-driver-")
            .tempdir()
            .expect("a folder")
            .keep();
        crate::reaper::watch_folder(&folder);
        let process = Program::system("chromedriver")
            .arg("--port=0")
            // The fonts of a Japanese desktop.
            .env("FC_LANG", "ja")
            .envs([
                ("HOME", &folder),
                ("XDG_CONFIG_HOME", &folder),
                ("XDG_CACHE_HOME", &folder),
            ])
            .start();
        let line = process
            .line_with("started successfully on port", START_LIMIT)
            .await;
        let digits: String = line.chars().filter(char::is_ascii_digit).collect();
        let url = Url::parse(&format!("http://127.0.0.1:{digits}/")).expect("the line names a port");
        Self {
            url,
            _process: process,
        }
    }
}

fn arguments(setup: &Setup, profile: &TempDir) -> Vec<String> {
    let locals: String = setup
        .local_names
        .iter()
        .map(|name| format!("MAP {name} 127.0.0.1, "))
        .collect();
    let mut all: Vec<String> = FLAGS.map(str::to_owned).to_vec();
    all.push(format!("--user-data-dir={}", profile.path().display()));
    all.push(format!("--accept-lang={}", setup.language));
    all.push(format!(
        "--host-resolver-rules={locals}MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"
    ));
    all
}

const FLAGS: [&str; 13] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-default-browser-check",
    "--no-first-run",
    "--no-proxy-server",
    "--window-size=1280,900",
];
static DRIVER: OnceCell<Driver> = OnceCell::const_new();
const START_LIMIT: Duration = Duration::from_secs(30);

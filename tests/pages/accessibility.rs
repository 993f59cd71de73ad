//! WCAG 2.2 AA with axe in real Chromium, the weight of pages, and that nothing moves while they load.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use warifu_server::pages::paths;
use warifu_tests::browser::{Browser, Setup};
use warifu_tests::databases::Database;
use warifu_tests::server::{TARO, TestServer};

use crate::visitor::Visitor;

#[path = "../../server/examples/samples/mod.rs"]
mod samples;

/// The script of axe; installed when it is not there yet.
fn axe() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the root");
    let done = std::process::Command::new(root.join("scripts/install-axe.sh"))
        .status()
        .expect("the script starts");
    assert!(done.success(), "scripts/install-axe.sh");
    let folders = std::fs::read_dir(root.join("target/tools")).expect("the tools");
    let mut found: Vec<PathBuf> = folders
        .filter_map(|entry| Some(entry.ok()?.path().join("axe.min.js")))
        .filter(|path| path.exists())
        .collect();
    found.sort();
    std::fs::read_to_string(found.last().expect("axe")).expect("its text")
}

/// What axe objects to on the page that is open: rule and element.
async fn violations(browser: &Browser, axe: &str) -> Vec<String> {
    // Colours that still change would be measured half way.
    browser
        .script("return Promise.all(document.getAnimations().map((a) => a.finished.catch(() => null))).then(() => null)")
        .await;
    browser.script(axe).await;
    let found = browser
        .script(
            "return axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa'] }) \
             .then((r) => r.violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.html.slice(0, 160)} ${n.any.map((c) => c.message).join(' ')}`)))",
        )
        .await;
    serde_json::from_value(found).expect("sentences")
}

async fn small(browser: &Browser) {
    let size = json!({ "width": 320, "height": 640, "deviceScaleFactor": 1, "mobile": false });
    browser.devtools("Emulation.setDeviceMetricsOverride", size).await;
}

/// Every sample of every page: the list is that of `render_pages`, so that a new page is looked at from its first day.
async fn samples_are_accessible(dark: bool, narrow: bool) {
    let axe = axe();
    let folder = tempfile::tempdir().expect("a folder");
    samples::render_all(folder.path()).expect("rendered");
    let browser = Browser::with(Setup {
        dark,
        ..Setup::default()
    })
    .await;
    if narrow {
        small(&browser).await;
    }
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for language in ["ja", "en"] {
        let mut pages: Vec<PathBuf> = std::fs::read_dir(folder.path().join(language))
            .expect("pages")
            .filter_map(|entry| Some(entry.ok()?.path()))
            .collect();
        pages.sort();
        for page in pages {
            browser.goto(&format!("file://{}", page.display())).await;
            let name = page
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            for one in violations(&browser, &axe).await {
                wrong.push(format!("{language}/{name}: {one}"));
            }
            let width = browser
                .script("return document.documentElement.scrollWidth - innerWidth")
                .await;
            if width.as_i64().unwrap_or(1) > 0 {
                wrong.push(format!("{language}/{name}: scrolls sideways by {width}"));
            }
            seen += 1;
        }
    }
    assert!(seen > 80, "the samples have moved: {seen}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn web_10_axe_finds_nothing_on_any_page_at_320_pixels() {
    samples_are_accessible(false, true).await;
}

#[tokio::test]
async fn web_10_axe_finds_nothing_on_any_page_on_a_dark_desktop() {
    samples_are_accessible(true, false).await;
}

#[tokio::test]
async fn web_10_axe_finds_nothing_on_live_pages_and_the_open_keyboard() {
    let axe = axe();
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    for dark in [false, true] {
        let setup = Setup {
            dark,
            ..Setup::default()
        };
        let visitor = Visitor::with(&server, setup).await.narrow().await;
        visitor.open(paths::LOGIN).await;
        visitor.click("button[data-keyboard=password]").await;
        for mode in ["symbols", "upper"] {
            visitor.click(&format!(".keyboard [data-mode={mode}]")).await;
            assert_eq!(violations(&visitor, &axe).await, [""; 0], "keyboard {mode}");
        }
        // The check is no formality: it sees what is wrong, and the page's own policy did not stop it.
        visitor.script("document.querySelector('label').remove()").await;
        assert!(!violations(&visitor, &axe).await.is_empty());
        visitor.open("/nowhere").await;
        assert_eq!(violations(&visitor, &axe).await, [""; 0], "an error");
        visitor.log_in_by_code(&server, TARO).await;
        for path in AFTER_LOGIN {
            visitor.open(path).await;
            visitor.find("main h1").await;
            assert_eq!(violations(&visitor, &axe).await, [""; 0], "{path}");
        }
        server.clock.advance_secs(600);
    }
}

#[tokio::test]
async fn web_10_pages_weigh_less_than_100_kilobytes_and_nothing_moves_while_they_load() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let session = server.log_in_by_code(TARO).await;
    drop(session);
    server.clock.advance_secs(600);
    let visitor = Visitor::new(&server).await.narrow().await;
    let watch = "new PerformanceObserver((l) => { window.moved = (window.moved ?? 0) + l.getEntries().reduce((s, e) => s + e.value, 0); }) \
                 .observe({ type: 'layout-shift', buffered: true });";
    visitor
        .devtools(
            "Page.addScriptToEvaluateOnNewDocument",
            json!({ "source": watch }),
        )
        .await;
    visitor.open(paths::LOGIN).await;
    weigh(&visitor, paths::LOGIN).await;
    visitor.log_in_by_code(&server, TARO).await;
    for path in AFTER_LOGIN {
        visitor.open(path).await;
        weigh(&visitor, path).await;
    }
}

async fn weigh(visitor: &Visitor, path: &str) {
    visitor.find("main h1").await;
    // Two frames after everything has loaded: fonts and scripts have had their say.
    let moved = visitor
        .script(
            "return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(window.moved ?? 0), 0))))",
        )
        .await;
    assert_eq!(moved.as_f64(), Some(0.0), "{path} moves while it loads");
    let all = visitor
        .script(
            "return [performance.getEntriesByType('navigation')[0].decodedBodySize, \
             ...performance.getEntriesByType('resource').map((r) => r.decodedBodySize)]",
        )
        .await;
    let total: f64 = all
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_f64)
        .sum();
    assert!(total > 5_000.0, "{path}: {all}");
    assert!(total < 100_000.0, "{path} weighs {total}: {all}");
}

/// Every page of a customer that needs nothing but the login.
const AFTER_LOGIN: &[&str] = &[
    paths::ACCOUNT,
    paths::DEVICES,
    paths::WITHDRAWALS,
    paths::WITHDRAWAL_PASSWORD,
    paths::PAYOUT,
    paths::SECURITY,
    paths::HISTORY,
    paths::PASSWORD,
    paths::RECOVERY_CODES,
    paths::DEVICES_MOVE,
    paths::SESSIONS,
    paths::WITHDRAW,
];

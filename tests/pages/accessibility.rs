//! WCAG 2.2 AA with axe in real Chromium, the weight of pages, and that nothing moves while they load.

use std::path::PathBuf;

use serde_json::{Value, json};
use warifu_server::pages::paths;
use warifu_tests::axe::{self, violations};
use warifu_tests::browser::{Browser, Setup};
use warifu_tests::databases::Database;
use warifu_tests::server::{TARO, TestServer};

use crate::visitor::Visitor;

#[path = "../../server/examples/samples/mod.rs"]
mod samples;

async fn small(browser: &Browser) {
    let size = json!({ "width": 320, "height": 640, "deviceScaleFactor": 1, "mobile": false });
    browser.devtools("Emulation.setDeviceMetricsOverride", size).await;
}

/// Every sample of every page: the list is that of `render_pages`, so that a new page is looked at from its first day.
async fn samples_are_accessible(dark: bool, narrow: bool) {
    let axe = axe::script();
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
    let axe = axe::script();
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
    visitor
        .devtools(
            "Page.addScriptToEvaluateOnNewDocument",
            json!({ "source": WATCH }),
        )
        .await;
    visitor.open(paths::LOGIN).await;
    weigh(&visitor, paths::LOGIN).await;
    // A page that comes in pieces, as over a weak connection, on the phone and on a desk.
    visitor.slowly(20_000).await;
    for wide in [false, true] {
        if wide {
            visitor.sized(1280, 800).await;
        }
        for path in [paths::LOGIN, paths::ACTIVATE, paths::LOST] {
            visitor.open(path).await;
            weigh(&visitor, path).await;
        }
    }
    visitor.slowly(-1).await;
    visitor.sized(320, 640).await;
    visitor.log_in_by_code(&server, TARO).await;
    for path in AFTER_LOGIN {
        visitor.open(path).await;
        weigh(&visitor, path).await;
    }
}

/// Notes what moved by itself on a page, and which part: shifts that answer a touch or another size of the window are no
/// faults (the browser marks them).
const WATCH: &str = "window.moved = []; \
    new PerformanceObserver((list) => { \
      for (const e of list.getEntries()) if (!e.hadRecentInput) window.moved.push([e.value, ...e.sources.map((s) => \
        [(s.node?.outerHTML ?? s.node?.textContent ?? '').slice(0, 80), s.previousRect, s.currentRect])]); \
    }).observe({ type: 'layout-shift', buffered: true });";

async fn weigh(visitor: &Visitor, path: &str) {
    visitor.find("main h1").await;
    // Two frames after everything has loaded: fonts and scripts have had their say.
    let moved = visitor
        .script(
            "return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(window.moved), 0))))",
        )
        .await;
    assert_eq!(moved, json!([]), "{path} moves while it loads");
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

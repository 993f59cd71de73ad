//! WCAG 2.2 AA with axe in real Chromium, the weight of pages, and that nothing moves while they load.

use serde_json::{Value, json};
use warifu_server::pages::paths;
use warifu_tests::axe::{self, violations};
use warifu_tests::browser::Setup;
use warifu_tests::databases::Database;
use warifu_tests::server::{TARO, TestServer};

use crate::visitor::Visitor;

#[tokio::test]
async fn web_10_axe_finds_nothing_on_live_pages_and_the_open_keyboard() {
    let axe = axe::script();
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let inside = after_login(&server).await;
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
        for path in &inside {
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
    let inside = after_login(&server).await;
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
    for path in &inside {
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

/// Every page of a customer that needs nothing but the login: of all paths that there are, those that answer a logged-in
/// customer with a page of the inside. So a new page is among them from its first day.
async fn after_login(server: &TestServer) -> Vec<&'static str> {
    let session = server.log_in_by_code(TARO).await;
    let mut inside = Vec::new();
    for path in every_path() {
        let answer = session.get(path).await;
        if answer.path == path && answer.status.is_success() && answer.body.contains(LOGS_OUT) {
            inside.push(path);
        }
    }
    session.log_out().await;
    // The next login has a code of its own.
    server.clock.advance_secs(600);
    for known in [paths::ACCOUNT, paths::ADDRESSES, paths::NOTICES, paths::WITHDRAW] {
        assert!(inside.contains(&known), "{known} is not among {inside:?}");
    }
    assert!(inside.len() >= 14, "{inside:?}");
    inside
}

/// The value of every constant of `paths.rs`.
fn every_path() -> Vec<&'static str> {
    let source = include_str!("../../server/src/pages/paths.rs");
    let constants = source
        .lines()
        .filter_map(|line| line.strip_prefix("pub const ")?.split('"').nth(1));
    constants.filter(|path| *path != paths::ASSETS).collect()
}

const LOGS_OUT: &str = "action=\"/logout\"";

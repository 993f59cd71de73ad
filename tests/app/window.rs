//! What a window that turned against its user can reach: nothing but the declared commands and its own pages.

use serde_json::{Value, json};
use warifu_tests::app::App;
use warifu_tests::desktop::{Desktop, Keyring};
use warifu_tests::page::Page;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn app_02_commands_that_are_not_declared_fail() {
    let desktop = Desktop::start(Keyring::Unlocked).await;
    let app = App::start(&desktop).await;
    app.find("view-first-start").await;
    let reached = invoke(&app, "set_language", json!({ "language": "ja" })).await;
    assert_eq!(
        reached["outcome"], "answered",
        "a declared command works: {reached}"
    );
    for (command, arguments) in [
        (
            "plugin:event|listen",
            json!({ "event": "deep-link://new-url", "target": { "kind": "Any" }, "handler": 1 }),
        ),
        ("plugin:window|close", json!({ "label": "main" })),
        (
            "plugin:webview|create_webview_window",
            json!({ "options": { "label": "x", "url": "https://example.com/" } }),
        ),
        ("plugin:deep-link|get_current", json!({})),
        (
            "plugin:notification|notify",
            json!({ "options": { "title": "x" } }),
        ),
        ("plugin:path|resolve_directory", json!({ "directory": 1 })),
        ("plugin:fs|read_text_file", json!({ "path": "/etc/passwd" })),
        ("plugin:shell|execute", json!({ "program": "true" })),
        ("approve_all", json!({})),
    ] {
        let refused = invoke(&app, command, arguments).await;
        assert_eq!(refused["outcome"], "refused", "{command}: {refused}");
    }
    app.find("view-first-start").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn app_02_app_03_the_bridge_cannot_be_reached_past_the_guard() {
    let desktop = Desktop::start(Keyring::Unlocked).await;
    let app = App::start(&desktop).await;
    app.find("view-first-start").await;
    for command in ["refresh", "plugin:event|listen"] {
        let address = format!("ipc://localhost/{command}");
        let script = "const [address, done] = arguments;\
            fetch(address, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' })\
            .then((answer) => done(answer.ok && answer.headers.get('Tauri-Response') === 'ok' ? 'answered' : 'refused'), () => done('refused'));";
        let outcome = app
            .client()
            .execute_async(script, vec![json!(address)])
            .await
            .expect("the script runs");
        assert_eq!(outcome, "refused", "{command}");
    }
    let global = app.script("return typeof window.__TAURI__;").await;
    assert_eq!(global, "undefined", "APP-03: no global bridge");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn app_01_the_window_stays_on_its_own_pages() {
    let desktop = Desktop::start(Keyring::Unlocked).await;
    let app = App::start(&desktop).await;
    app.find("view-first-start").await;
    let home = app.url().await;
    let elsewhere = warifu_tests::live_server::LiveServer::start().await;
    let login = format!("{}/login", elsewhere.origin);
    for address in [
        login.as_str(),
        "https://example.com/",
        "file:///etc/passwd",
        "data:text/html,x",
    ] {
        app.script(&format!("window.location.href = {address:?};")).await;
        app.script(&format!(
            "const link = document.createElement('a'); link.href = {address:?}; link.target = '_blank';\
             document.body.append(link); link.click(); link.remove();"
        ))
        .await;
        let opened = app
            .script(&format!("return window.open({address:?}) === null;"))
            .await;
        assert_eq!(opened, true, "no window opens for {address}");
        stays(&app, home.as_str()).await;
    }
    assert_eq!(app.client().windows().await.expect("the driver answers").len(), 1);
    app.click("start-enrolment").await;
    app.find("view-enrol-input").await;
}

/// A navigation begins after the script that asked for it: two answers of the page's own event loop lie in between.
async fn stays(app: &Page, home: &str) {
    for _ in 0..2 {
        let script = "const done = arguments[0]; setTimeout(() => requestAnimationFrame(() => done(location.href)), 200);";
        let now = app
            .client()
            .execute_async(script, Vec::new())
            .await
            .expect("the page is still there");
        assert_eq!(now, home);
    }
    app.find("view-first-start").await;
}

async fn invoke(app: &App, command: &str, arguments: Value) -> Value {
    let script = "const [command, given, done] = arguments;\
        window.__TAURI_INTERNALS__.invoke(command, given).then(\
            (value) => done({ outcome: 'answered', value }),\
            (error) => done({ outcome: 'refused', error: String(error) }));";
    let answer = app
        .client()
        .execute_async(script, vec![json!(command), arguments])
        .await;
    answer.unwrap_or_else(|error| panic!("{command}: {error}"))
}

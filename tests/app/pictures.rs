//! Pictures of the real screens, taken on the way when `WARIFU_SCREENS` names a folder; `docs/screens` comes from them.

use std::path::{Path, PathBuf};

use serde_json::json;
use warifu_tests::app::App;
use warifu_tests::browser::Browser;

/// Keeps a picture of the page as a desktop browser of 1280 × 800 shows it.
pub async fn page(browser: &Browser, name: &str) {
    let Some(file) = file(name) else { return };
    browser
        .devtools("Emulation.setScrollbarsHidden", json!({ "hidden": true }))
        .await;
    size(browser, 1280, 800).await;
    browser.screenshot(&file).await;
    browser
        .devtools("Emulation.clearDeviceMetricsOverride", json!({}))
        .await;
}

/// Keeps a picture of the app's window.
pub async fn app(app: &App, name: &str) {
    let Some(file) = file(name) else { return };
    app.screenshot(&file).await;
}

/// Puts the pictures `page` and `app` side by side.
pub async fn side_by_side(page: &str, app: &str, name: &str) {
    let (Some(page), Some(app), Some(to)) = (file(page), file(app), file(name)) else {
        return;
    };
    let html = to.with_extension("html");
    let text = TABLE
        .replace("PAGE", &address(&page))
        .replace("APP", &address(&app));
    std::fs::write(&html, text).expect("the picture's page is written");
    let browser = Browser::open().await;
    size(&browser, 1280, 680).await;
    browser.goto(&address(&html)).await;
    browser.screenshot(&to).await;
    std::fs::remove_file(&html).expect("the picture's page is removed");
}

async fn size(browser: &Browser, width: u32, height: u32) {
    let size = json!({ "width": width, "height": height, "deviceScaleFactor": 2, "mobile": false });
    browser.devtools("Emulation.setDeviceMetricsOverride", size).await;
}

fn file(name: &str) -> Option<PathBuf> {
    let folder = PathBuf::from(std::env::var_os("WARIFU_SCREENS")?);
    std::fs::create_dir_all(&folder).expect("a folder for the pictures");
    Some(folder.join(name))
}

fn address(file: &Path) -> String {
    format!("file://{}", std::path::absolute(file).expect("a path").display())
}

const TABLE: &str = r"<!doctype html><meta charset=utf-8><style>
body { margin: 0; height: 680px; display: flex; align-items: center; justify-content: center; gap: 32px; background: #E4E0D6 }
img { display: block; border-radius: 12px; box-shadow: 0 8px 28px rgb(28 30 34 / .18) }
.page { width: 872px } .app { height: 600px }
</style><img class=page src='PAGE' alt=''><img class=app src='APP' alt=''>";

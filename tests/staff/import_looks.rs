//! The page of an import in real Chromium follows the worker without being loaded anew, also under trusted types (WEB-01).

use std::time::Duration;

use serde_json::json;
use warifu_server::domain::staff::Role;
use warifu_tests::browser::Browser;
use warifu_tests::databases::Database;

use crate::import_scene::{Team, many};
use crate::looks::cookie;
use crate::scene::Console;

#[tokio::test]
async fn the_page_of_an_import_follows_by_itself() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let team = Team::of(&console).await;
    let path = team.check(&many(970_000, 1200)).await;
    team.start(&console, &path).await;
    let token = console.token(&[Role::Approver]).await;
    let person = console.set_up(&token, "watcher").await;
    let (name, value) = cookie(&console, &person).await;
    let browser = Browser::open().await;
    let held = json!({ "name": name, "value": value, "url": console.origin(), "httpOnly": true });
    browser.devtools("Network.setCookie", held).await;
    browser.goto(&format!("{}{path}", console.origin())).await;
    let state = async || {
        let found = browser
            .script(
                "window.stayed ??= 0; return [window.stayed++, document.querySelector('#state').textContent]",
            )
            .await;
        (
            found[0].as_i64().expect("a count"),
            found[1].as_str().expect("a state").to_owned(),
        )
    };
    assert_eq!(state().await, (0, "開設中".to_owned()));
    team.worker.all().await.expect("it works");
    let followed = tokio::time::timeout(Duration::from_secs(30), async {
        let mut beat = tokio::time::interval(Duration::from_millis(200));
        loop {
            beat.tick().await;
            let (times, state) = state().await;
            if state == "完了" {
                return times;
            }
        }
    });
    assert!(followed.await.expect("it follows") > 0, "the same document");
}

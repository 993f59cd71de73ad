//! The automatic logout in real Chromium: said once, counted by the server's clock, stayed, and cleared at the end (SESS-09).

use serde_json::json;
use warifu_server::pages::paths;
use warifu_tests::databases::Database;
use warifu_tests::server::{TARO, TestServer};

use crate::visitor::Visitor;

const BAR: &str = "aside.session-end.is-near";

/// Lets time pass for the server and for the page alike.
async fn pass(server: &TestServer, visitor: &Visitor, secs: i64) {
    server.clock.advance_secs(secs);
    let later = format!(
        "const was = performance.now.bind(performance); performance.now = () => was() + {};",
        secs * 1000
    );
    visitor.script(&later).await;
}

#[tokio::test]
async fn sess_02_sess_09_the_end_is_announced_a_person_can_stay_and_nothing_is_left_on_the_page() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let visitor = Visitor::new(&server).await.narrow().await;
    visitor.log_in_by_code(&server, TARO).await;
    visitor.open(paths::WITHDRAW).await;
    visitor.fill("#amount", "150,000").await;
    visitor.fill("#password", "half-typed").await;
    assert!(!visitor.shows(BAR).await);

    pass(&server, &visitor, 175 * 60 + 30).await;
    visitor.find(BAR).await;
    let said = visitor.text(&format!("{BAR} [data-session-says]")).await;
    assert!(said.contains("4分"), "{said}");
    visitor.inspect("ja").await;
    visitor.press(paths::SESSION_EXTEND).await;
    visitor.wait_until_gone(BAR).await;
    let typed = visitor
        .script("return document.getElementById('amount').value")
        .await;
    assert_eq!(typed, "150,000", "staying leaves the form alone");

    // Nobody is there any more: 180 minutes from the wish to stay, and not one later.
    pass(&server, &visitor, 180 * 60 - 60).await;
    visitor.find(BAR).await;
    pass(&server, &visitor, 60).await;
    visitor.find("main.narrow--centre h1").await;
    let left = visitor
        .script("return [document.querySelectorAll('input[name=amount], nav, form').length, document.title]")
        .await;
    assert_eq!(left[0], json!(0), "{left}");
    let words = visitor.script("return document.body.textContent").await;
    assert!(!words.as_str().unwrap_or_default().contains("150,000"), "{words}");

    // The same account finds what was typed; never the password.
    visitor.log_in_by_code(&server, TARO).await;
    visitor.open(paths::WITHDRAW).await;
    let kept = visitor
        .script("return [document.getElementById('amount').value, document.getElementById('password').value]")
        .await;
    assert_eq!(kept, json!(["150,000", ""]));
    visitor.inspect("ja").await;
}

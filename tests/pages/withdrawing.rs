//! A withdrawal on its way in real Chromium: the page goes on by itself when the order does (WEB-10, TXN-01).

use warifu_server::operations::withdrawal::work;
use warifu_server::pages::paths;
use warifu_tests::databases::Database;
use warifu_tests::server::{TARO, TestServer};

use crate::visitor::Visitor;

#[tokio::test]
async fn web_10_txn_01_the_page_of_a_withdrawal_shows_it_paid_without_being_touched() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let visitor = Visitor::new(&server).await;
    visitor.log_in_by_code(&server, TARO).await;
    server.clock.advance_secs(120);
    visitor.open(paths::WITHDRAW).await;
    visitor.fill("#amount", "1,000").await;
    visitor.fill("#password", TARO.withdrawal_password).await;
    visitor.press(paths::WITHDRAW).await;
    visitor.find("#code").await;
    visitor.fill("#code", &server.code_for(TARO).await).await;
    visitor.press("/code").await;
    visitor.find("main[data-stage=queued]").await;
    visitor.inspect("ja").await;
    work::step(&server.server.app).await.expect("the order goes out");
    visitor.find("main[data-stage=placed]").await;
    // The demo firm pays a little later.
    server.clock.advance_secs(60);
    work::step(&server.server.app)
        .await
        .expect("it asks for the order");
    visitor.wait_until_gone("main[data-moves]").await;
    let words = visitor.text_of_page().await;
    assert!(words.contains("1,000円"), "{words}");
    visitor.inspect("ja").await;
}

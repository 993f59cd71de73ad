//! Codes by a real SMTP conversation, and a mail server that is down.

use std::time::Duration;

use warifu_tests::databases::Database;
use warifu_tests::outbox::Mail;
use warifu_tests::process::free_port;
use warifu_tests::server::HANAKO;
use warifu_tests::smtp_server::{Protection, SmtpServer};

use crate::firm::{Firm, Plan};

fn smtp(port: u16) -> Plan {
    let mail = format!(
        "transport = \"smtp\"\n[mail.smtp]\nhost = \"127.0.0.1\"\nport = {port}\nsecurity = \"insecure_loopback\"\n"
    );
    Plan { mail, ..Plan::new() }
}

#[tokio::test]
async fn code_01_code_16_a_code_arrives_by_smtp_and_logs_in() {
    let server = SmtpServer::start(Protection::Clear).await;
    let db = Database::sqlite();
    let mut firm = Firm::prepare(&db, &smtp(server.address().port())).await;
    firm.start().await;
    let browser = firm.browser();
    let page = browser.enter_password(HANAKO.number, HANAKO.password).await;
    let received = server.wait_for(1).await.remove(0);
    assert_eq!(received.to, [HANAKO.mail]);
    let mail = Mail::read(&received.data);
    let home = browser.enter_code(&page, &mail.code()).await;
    assert_eq!(home.path, "/account", "{}", home.body);
    let log = firm.server().log();
    assert!(
        !log.contains(&mail.code()) && !log.contains(HANAKO.mail),
        "CODE-16: nothing of it in the log"
    );
}

#[tokio::test]
async fn code_17_with_smtp_down_the_page_says_that_the_mail_is_late_and_it_comes_afterwards() {
    let port = free_port();
    let db = Database::sqlite();
    let mut firm = Firm::prepare(&db, &smtp(port)).await;
    firm.start().await;
    let browser = firm.browser();
    let page = browser.enter_password(HANAKO.number, HANAKO.password).await;
    assert!(
        page.body.contains("one-time-code"),
        "the page comes at once: {}",
        page.body
    );
    let told = async {
        let mut beat = tokio::time::interval(Duration::from_millis(250));
        while !browser
            .get(&page.path)
            .await
            .body
            .contains("メールの送信に時間がかかっています")
        {
            beat.tick().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), told)
        .await
        .expect("the page says that the mail is late");

    let server = SmtpServer::start_at(([127, 0, 0, 1], port).into(), Protection::Clear).await;
    let arrived = async {
        let mut beat = tokio::time::interval(Duration::from_millis(250));
        while server.received().is_empty() {
            beat.tick().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), arrived)
        .await
        .expect("it is sent once the server answers");
    let mail = Mail::read(&server.received()[0].data);
    let home = browser.enter_code(&page, &mail.code()).await;
    assert_eq!(home.path, "/account", "{}", home.body);
}

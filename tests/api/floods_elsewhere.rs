//! Floods of code tries and of calls that nobody signed; and headers that pretend another address or host.

use reqwest::header::HOST;
use serde_json::json;
use warifu_server::pages::paths as pages;
use warifu_shared::api::paths;
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::plain_http;
use warifu_tests::server::{HANAKO, TARO, TestServer};

use crate::floods::{behind_a_proxy, browser_at};

/// An unsigned call of the device API from this address: its status, its number and whether it says when to come back.
async fn call(server: &TestServer, path: &str, address: &str) -> (u16, i64, bool) {
    let body = json!({ "how": "link", "code": "A".repeat(22), "commitment": "A".repeat(43) });
    let client = plain_http::client().build().expect("a client");
    let sent = client
        .post(format!("{}{path}", server.origin))
        .header("x-forwarded-for", address)
        .json(&body)
        .send();
    let answer = sent.await.expect("an answer");
    let (status, wait) = (
        answer.status().as_u16(),
        answer.headers().contains_key("retry-after"),
    );
    let problem: serde_json::Value = answer.json().await.expect("json");
    (status, problem["code"].as_i64().unwrap_or_default(), wait)
}

#[tokio::test]
async fn risk_07_enrol_01_guessing_of_enrolment_codes_is_stopped_by_address_and_for_everyone() {
    for_each_database(|db| async move {
        let server = behind_a_proxy(&db, |limits| {
            (limits.enrolments_per_address, limits.enrolments) = (3, 5);
        })
        .await;
        for _ in 0..3 {
            assert_eq!(
                call(&server, paths::ENROL_BEGIN, "198.51.100.7").await,
                (404, 1201, false)
            );
        }
        assert_eq!(
            call(&server, paths::ENROL_BEGIN, "198.51.100.7").await,
            (429, 1005, true)
        );
        for (address, wanted) in [("2001:db8::1", 404), ("203.0.113.2", 404), ("203.0.113.3", 429)] {
            assert_eq!(
                call(&server, paths::ENROL_BEGIN, address).await.0,
                wanted,
                "{address}"
            );
        }
        server.clock.advance_secs(60);
        assert_eq!(call(&server, paths::ENROL_BEGIN, "198.51.100.7").await.0, 404);
    })
    .await;
}

#[tokio::test]
async fn code_05_risk_07_code_tries_and_resends_of_one_address_have_a_limit() {
    let db = Database::sqlite();
    let server = behind_a_proxy(&db, |limits| limits.codes_per_address = 3).await;
    let browser = browser_at(&server, "198.51.100.7");
    let page = browser.enter_password(TARO.number, TARO.password).await;
    let code = server.code_for(TARO).await;
    for _ in 0..3 {
        browser.submit(&page, "/code", &[("code", "not a code")]).await;
    }
    let stopped = browser.submit(&page, "/code", &[("code", &code)]).await;
    assert_eq!(stopped.status, 429);
    assert!(stopped.headers.contains_key("retry-after"));
    assert!(
        stopped.body.contains("1005") && stopped.body.contains("one-time-code"),
        "the page stays: {}",
        stopped.body
    );
    assert_eq!(browser.submit(&page, "/resend", &[]).await.status, 429);
    server.clock.advance_secs(60);
    assert_eq!(
        browser.enter_code(&page, &code).await.path,
        pages::ACCOUNT,
        "the code was not touched"
    );
}

#[tokio::test]
async fn risk_05_what_a_client_says_about_its_address_changes_no_limit() {
    let db = Database::sqlite();
    let server = TestServer::with(&db, |config| config.admission.per_address = 3).await;
    let mut seen = Vec::new();
    for host in 1..=5 {
        let address = format!("198.51.{host}.7");
        let liar = server
            .browser()
            .sending("x-forwarded-for", &address)
            .sending("x-real-ip", &address)
            .sending("true-client-ip", &address)
            .sending("forwarded", &format!("for={address}"));
        let page = liar.get(pages::LOGIN).await;
        let filled = [("account_number", "9999999"), ("password", "a guess")];
        seen.push(liar.submit(&page, pages::LOGIN, &filled).await.status.as_u16());
    }
    assert_eq!(seen, [403, 403, 403, 429, 429], "no proxy is declared");

    // Behind a declared proxy only what the proxy itself wrote counts: the last entry.
    let db = Database::sqlite();
    let server = behind_a_proxy(&db, |limits| limits.per_address = 3).await;
    seen.clear();
    for host in 1..=5 {
        let liar = browser_at(&server, &format!("198.51.{host}.7, 203.0.113.9"));
        let page = liar.get(pages::LOGIN).await;
        let filled = [("account_number", "9999999"), ("password", "a guess")];
        seen.push(liar.submit(&page, pages::LOGIN, &filled).await.status.as_u16());
    }
    assert_eq!(seen, [403, 403, 403, 429, 429]);
}

#[tokio::test]
async fn risk_05_appr_08_spoofed_hosts_change_no_link_no_origin_and_no_mail() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let liar = server
        .browser()
        .sending("x-forwarded-host", "evil.example")
        .sending("x-forwarded-proto", "https")
        .sending("x-original-url", "/evil")
        .sending("forwarded", "host=evil.example;proto=https");
    let page = liar.enter_password(HANAKO.number, HANAKO.password).await;
    assert!(!page.body.contains("evil.example"));
    server.send_mail().await;
    let mail = server.outbox.to(HANAKO.mail).pop().expect("a mail");
    assert!(!mail.text.contains("evil.example"), "{}", mail.text);
    assert!(mail.text.contains("@127.0.0.1 #"), "CODE-14: {}", mail.text);

    let session = liar
        .log_in_by_code(TARO.number, TARO.password, async || server.code_for(TARO).await)
        .await;
    let enrol = session.begin_enrolment().await;
    assert!(!enrol.body.contains("evil.example"), "{}", enrol.body);
    let link = warifu_shared::link::read(&enrol.link());
    let Ok(warifu_shared::link::Link::Enrol(link)) = link else {
        panic!("an enrolment link")
    };
    assert_eq!(link.origin, server.origin);

    let client = plain_http::client().build().expect("a client");
    let service = client
        .get(format!("{}{}", server.origin, paths::SERVICE))
        .header(HOST, "evil.example")
        .header("x-forwarded-host", "evil.example")
        .send();
    let service: serde_json::Value = service.await.expect("an answer").json().await.expect("json");
    assert_eq!(service["origin"], server.origin.as_str());
    assert!(!service.to_string().contains("evil.example"));
}

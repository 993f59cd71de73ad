//! Withdrawals on the command line of a device: approved, listed, proven, taken back.

use serde_json::Value;
use warifu_server::demo;
use warifu_server::domain::yen::Yen;
use warifu_shared::api::paths;
use warifu_shared::published::PublishedKeys;
use warifu_tests::customer::{AnonymousBrowser, Answer, CustomerSession};
use warifu_tests::live_server::LiveServer;
use warifu_tests::plain_http;
use warifu_tests::server::TARO;

use crate::authenticator::Authenticator;

/// A firm that holds every withdrawal, and a customer logged in with this device.
async fn logged_in(server: &LiveServer, device: &Authenticator) -> CustomerSession {
    let browser = AnonymousBrowser::at(&server.origin);
    let read = async || server.code_for(TARO).await;
    let session = browser.log_in_by_code(TARO.number, TARO.password, read).await;
    let page = session.begin_enrolment().await;
    device.run(["enrol", &page.link()]).await;
    let compare = session.get(&page.path).await;
    let done = session.browser().submit(&compare, "/confirm", &[]).await;
    session.browser().follow(done).await;
    let (browser, _) = session.log_out().await;
    let waiting = browser.enter_password(TARO.number, TARO.password).await;
    device.run(["approve", "--number", &waiting.number()]).await;
    browser.go_on(&waiting).await
}

async fn ask(session: &CustomerSession) -> Answer {
    let page = session.get("/withdrawals/new").await;
    let password = demo::CUSTOMERS[0].withdrawal_password;
    let filled = [("amount", "150000"), ("password", password)];
    let answer = session.browser().submit(&page, "/withdrawals/new", &filled).await;
    session.browser().follow(answer).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn txn_08_a_withdrawal_is_listed_proven_and_taken_back_from_a_terminal() {
    let server = LiveServer::with(|config| {
        config.withdrawal.hold_from = Yen::new(1).expect("a sum");
        config.withdrawal.hold_hours = 24;
    })
    .await;
    let device = Authenticator::new("file");
    let session = logged_in(&server, &device).await;
    let none = device.run(["withdrawals"]).await.json("withdrawals");
    assert_eq!(none["withdrawals"], Value::Array(Vec::new()));

    let waiting = ask(&session).await;
    let done = device
        .run(["approve", "--number", &waiting.number()])
        .await
        .json("outcome");
    assert_eq!(
        (done["outcome"].as_str(), done["withdrawal"]["refused"].as_bool()),
        (Some("approved"), Some(false))
    );
    let list = device.run(["withdrawals"]).await.json("withdrawals");
    let card = &list["withdrawals"][0];
    assert_eq!(
        (card["amount"].as_str(), card["state"].as_str()),
        (Some("150,000円"), Some("held"))
    );
    let reference = card["reference"].as_str().expect("text");
    assert!(
        done["message"].as_str().expect("text").contains(reference),
        "{done}"
    );

    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("receipt.json");
    let out = file.display().to_string();
    device.run(["receipt", reference, "--out", &out]).await;
    let http = plain_http::client().build().expect("a client");
    let keys = http.get(format!("{}{}", server.origin, paths::KEYS)).send().await;
    let keys = PublishedKeys::read(&keys.expect("an answer").bytes().await.expect("a body")).expect("keys");
    let report = warifu_shared::receipt::verify(&std::fs::read(&file).expect("a file"), &keys);
    assert!(report.expect("it holds").signed.is_some());

    let unknown = device
        .attempt(["recall", "W-000000-00000000"], "")
        .await
        .refusal();
    assert_eq!(unknown["code"], 2026, "{unknown}");
    // Without a PIN: it is a protection.
    let taken = device.attempt(["recall", &reference[..12]], "").await;
    assert_eq!(taken.json("state")["state"], "recalled", "{}", taken.log);
    let again = device.run(["recall", reference]).await.json("state");
    assert_eq!(
        again["state"], "recalled",
        "asked for once more, it is what was wanted"
    );
    let page = session.get("/withdrawals").await;
    assert!(page.body.contains("取り消し済み"), "{}", page.body);
}

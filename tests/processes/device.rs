//! The main job with real programs: enrol by link, hear of a request through the real relay, approve, refuse.

use serde_json::Value;
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::server::{HANAKO, TARO};

use crate::authenticator::Authenticator;
use crate::firm::{Firm, LIMIT, Plan};

#[tokio::test]
async fn push_01_push_05_chal_10_a_login_is_pushed_through_the_relay_and_approved_with_the_number() {
    for_each_database(|db| async move {
        let firm = Firm::open(&db).await;
        let device = firm.customer_with_device(TARO).await;
        let watch = subscribed_watch(&firm, &device).await;

        let browser = firm.browser();
        let waiting = browser.enter_password(TARO.number, TARO.password).await;
        let (status, log) = watch.output(LIMIT).await;
        assert_eq!(status.code(), Some(0), "{log}");
        let arrived: Value = log
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .find(|value: &Value| value.get("screen").is_some())
            .unwrap_or_else(|| panic!("no request in {log}"));
        let text = arrived.to_string();
        assert!(
            text.contains("Chrome 145 / Windows") && text.contains("ひので証券"),
            "CHAL-12: {text}"
        );
        assert!(!log.contains(&waiting.number()), "CHAL-03");

        let list = device.run(["list"]).await.list();
        assert_eq!(list.len(), 1, "{list:?}");
        assert_eq!(list[0]["handle"], arrived["handle"]);
        assert_eq!(browser.live_status(&waiting).await.state, "pending");

        let handle = list[0]["handle"].as_str().expect("a handle");
        let done = device
            .run(["approve", handle, "--number", &waiting.number()])
            .await;
        assert_eq!(done.json("outcome")["outcome"], "approved");
        assert_eq!(browser.live_status(&waiting).await.state, "approved");
        browser.go_on(&waiting).await;
        assert_eq!(device.run(["list"]).await.list(), Vec::<Value>::new());
    })
    .await;
}

/// A `watch` that the server knows a way to: the first one subscribes, which the next request needs.
pub async fn subscribed_watch(firm: &Firm, device: &Authenticator) -> warifu_tests::process::Running {
    let watch = device.start(["watch", "--once", "--poll", "3600"]);
    watch.line_with("\"online\"", LIMIT).await;
    let subscribed = async {
        let mut beat = tokio::time::interval(std::time::Duration::from_millis(100));
        while firm.count("SELECT COUNT(*) FROM subscriptions").await == 0 {
            beat.tick().await;
        }
    };
    tokio::time::timeout(LIMIT, subscribed)
        .await
        .expect("the device subscribes");
    watch
}

#[tokio::test]
async fn chal_13_a_refusal_needs_no_pin_and_the_page_says_it_plainly() {
    let db = Database::sqlite();
    let firm = Firm::open(&db).await;
    let device = firm.customer_with_device(TARO).await;
    for (reason, words) in [
        ("cancelled", "やめました"),
        ("wrong-details", "内容が違います"),
        ("not-me", "私ではありません"),
    ] {
        let browser = firm.browser();
        let waiting = browser.enter_password(TARO.number, TARO.password).await;
        let done = device.attempt(["deny", "--reason", reason], "").await;
        assert_eq!(
            (done.code, done.json("outcome")["outcome"].as_str()),
            (0, Some("denied")),
            "{}",
            done.log
        );
        assert_eq!(browser.live_status(&waiting).await.state, "denied");
        let page = browser.get(&waiting.path).await;
        assert!(
            page.body.contains(words) && !page.body.contains("warifu://"),
            "{}",
            page.body
        );
    }
}

#[tokio::test]
async fn app_06_without_a_keystore_everything_opens_with_the_pin_alone() {
    let db = Database::sqlite();
    let firm = Firm::open(&db).await;
    let device = Authenticator::new("none");
    firm.enrol(&firm.log_in_by_code(HANAKO).await, &device).await;
    let status = device.run(["status"]).await.json("services");
    assert_eq!(status["services"][0]["state"], "active", "{status}");
    assert_eq!(status["services"][0]["protection"], "pin_only", "{status}");
    assert!(status["keystore_note"].as_str().is_some(), "it says so: {status}");
    let closed = device.attempt(["list"], "000000").await.refusal();
    assert_eq!(closed["code"], 2001, "{closed}");

    let browser = firm.browser();
    let waiting = browser.enter_password(HANAKO.number, HANAKO.password).await;
    device.run(["approve", "--number", &waiting.number()]).await;
    browser.go_on(&waiting).await;
}

#[tokio::test]
async fn appr_12_the_link_of_the_page_fills_in_the_number_for_a_known_browser() {
    let db = Database::sqlite();
    let firm = Firm::open(&db).await;
    let device = Authenticator::new("file");
    let session = firm.log_in_by_code(TARO).await;
    firm.enrol(&session, &device).await;
    let (known, _) = session.log_out().await;
    let waiting = known.enter_password(TARO.number, TARO.password).await;
    let done = device.run(["approve", "--link", &waiting.link()]).await;
    assert_eq!(done.json("outcome")["outcome"], "approved");
    known.go_on(&waiting).await;

    let stranger = firm.browser();
    let waiting = stranger.enter_password(TARO.number, TARO.password).await;
    let refused = device.refused(["approve", "--link", &waiting.link()]).await;
    assert_eq!(
        refused["code"], 1307,
        "an unknown browser's link carries no number: {refused}"
    );
    device.run(["approve", "--number", &waiting.number()]).await;
    stranger.go_on(&waiting).await;
}

#[tokio::test]
async fn chal_10_with_the_relay_down_a_login_completes_by_pull() {
    let db = Database::sqlite();
    let mut firm = Firm::prepare(
        &db,
        &Plan {
            runs_relay: false,
            ..Plan::new()
        },
    )
    .await;
    firm.start().await;
    let device = firm.customer_with_device(TARO).await;
    let browser = firm.browser();
    let waiting = browser.enter_password(TARO.number, TARO.password).await;
    assert!(
        waiting.body.contains("アプリを開いてください"),
        "the page says what to do: {}",
        waiting.body
    );
    let watch = device.start(["watch", "--once", "--poll", "1"]);
    let (status, log) = watch.output(LIMIT).await;
    assert!(
        status.success() && log.contains("\"screen\""),
        "asking finds it: {log}"
    );
    device.run(["approve", "--number", &waiting.number()]).await;
    browser.go_on(&waiting).await;
}

#[tokio::test]
async fn enrol_12_a_removed_service_is_gone_on_both_sides() {
    let db = Database::sqlite();
    let firm = Firm::open(&db).await;
    let device = firm.customer_with_device(TARO).await;
    let service = device.run(["status"]).await.json("services")["services"][0].clone();
    let handle = service["handle"].as_str().expect("a handle");
    device.run(["rename", handle, "書斎の端末"]).await;
    assert_eq!(
        firm.count("SELECT COUNT(*) FROM devices WHERE name = '書斎の端末' AND state = 'active'")
            .await,
        1
    );
    let removed = device.run(["remove", handle]).await.json("server_told");
    assert_eq!(removed["server_told"], true, "{removed}");
    assert_eq!(
        firm.count("SELECT COUNT(*) FROM devices WHERE state = 'revoked'")
            .await,
        1
    );
    assert_eq!(
        device.run(["status"]).await.json("services")["services"],
        serde_json::json!([])
    );
}

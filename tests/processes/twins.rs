//! Two processes of one firm on one PostgreSQL: a page waits at one, the device decides at the other.

use std::time::Duration;

use warifu_shared::api::paths;
use warifu_shared::clock::{Clock, SystemClock};
use warifu_tests::databases::Database;
use warifu_tests::raw_device::RawDevice;
use warifu_tests::server::{HANAKO, TARO};

use crate::firm::{Firm, Plan};

#[tokio::test]
async fn ops_02_a_page_at_one_process_learns_what_a_device_decided_at_another() {
    let db = Database::postgres().await;
    let there = Plan::new();
    let device_origin = format!("http://127.0.0.1:{}", there.web);
    let here = Plan {
        device_origin: device_origin.clone(),
        relay: there.relay,
        runs_relay: false,
        ..Plan::new()
    };
    let mut pages = Firm::prepare(&db, &here).await;
    let mut devices = pages.twin(&there);
    pages.start().await;
    devices.start().await;

    let device = pages.customer_with_device(TARO).await;
    let browser = pages.browser();
    let waiting = browser.enter_password(TARO.number, TARO.password).await;
    let events = format!("{}/events", waiting.path);
    let learns = async {
        // The stream ends with the decision, so its body is whole then.
        tokio::time::timeout(Duration::from_secs(30), browser.get(&events))
            .await
            .expect("the page learns")
            .body
    };
    let decides = async {
        device.run(["approve", "--number", &waiting.number()]).await;
        let mut beat = tokio::time::interval(Duration::from_millis(50));
        let heard = async {
            while browser.live_status(&waiting).await.state != "approved" {
                beat.tick().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(3), heard)
            .await
            .expect("known at once at the other process");
    };
    let (stream, ()) = tokio::join!(learns, decides);
    assert!(
        stream.contains("\"pending\"") && stream.contains("\"approved\""),
        "{stream}"
    );
    browser.go_on(&waiting).await;
}

#[tokio::test]
async fn appr_07_a_request_is_done_once_among_all_processes() {
    let db = Database::postgres().await;
    let there = Plan::new();
    let device_origin = format!("http://127.0.0.1:{}", there.web);
    let here = Plan {
        device_origin,
        relay: there.relay,
        runs_relay: false,
        ..Plan::new()
    };
    let mut one = Firm::prepare(&db, &here).await;
    let mut two = one.twin(&there);
    one.start().await;
    two.start().await;
    let store = one.store().await;
    let now = SystemClock.now();
    let mut device = RawDevice::register(&store, HANAKO, &two.origin, now).await;
    store.close().await;
    let rename = device.sign(
        reqwest::Method::PUT,
        paths::DEVICE_NAME,
        br#"{"name":"once"}"#,
        now,
    );
    assert_eq!(device.send(&rename).await.status, 204);
    device.address = one.origin.clone();
    assert_eq!(
        device.send(&rename).await.refusal(),
        (401, 1104),
        "the other process knows it too"
    );
    let fresh = device.get(paths::DEVICE, SystemClock.now()).await;
    assert_eq!(
        fresh.json["name"], "once",
        "APPR-08: the configured origin counts, not the address: {}",
        fresh.text
    );
}

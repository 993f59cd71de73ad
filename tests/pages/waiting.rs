//! The page that waits for the app: it moves on by itself, says how it ended, and counts by the server's clock.

use warifu_server::pages::paths;
use warifu_shared::jws::approval::DenyReason;
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::server::{TARO, TestServer};

use crate::visitor::Visitor;

#[tokio::test]
async fn chal_08_an_approved_page_moves_on_by_itself_through_events_alone() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let (device, _) = server.customer_with_device(TARO).await;
        let visitor = Visitor::new(&server).await;
        visitor.block(&["*/status"]).await;
        visitor.enter_password(TARO).await;
        visitor.inspect("ja").await;
        let handle = device.only_request().await;
        device
            .approve(&handle, &visitor.number().await)
            .await
            .expect("approved");
        visitor.arrive(paths::ACCOUNT).await;
        visitor.inspect("ja").await;
        // Back in the history is nothing to use again (WEB-09).
        visitor.client().back().await.expect("back");
        visitor.arrive("/login/").await;
        visitor.inspect_refusal("ja", 404).await;
        assert!(!visitor.shows("#continue").await && !visitor.shows("#number").await);
    })
    .await;
}

#[tokio::test]
async fn chal_08_an_approved_page_moves_on_by_asking_when_events_do_not_come_through() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let (device, _) = server.customer_with_device(TARO).await;
    let visitor = Visitor::new(&server).await;
    visitor.block(&["*/events"]).await;
    visitor.enter_password(TARO).await;
    let handle = device.only_request().await;
    device
        .approve(&handle, &visitor.number().await)
        .await
        .expect("approved");
    visitor.arrive(paths::ACCOUNT).await;
    let complaints = visitor.complaints().await;
    let others: Vec<_> = complaints
        .iter()
        .filter(|one| !one.message.contains("/events"))
        .collect();
    assert!(others.is_empty(), "{others:?}");
}

#[tokio::test]
async fn chal_13_each_refusal_is_said_plainly() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let (device, session) = server.customer_with_device(TARO).await;
    drop(session);
    for (reason, words) in [
        (DenyReason::Cancelled, "アプリで「やめました」が選ばれました"),
        (
            DenyReason::WrongDetails,
            "アプリで「内容が違います」が選ばれました",
        ),
        (DenyReason::NotMe, "アプリで「私ではありません」が選ばれました"),
    ] {
        let visitor = Visitor::new(&server).await;
        visitor.enter_password(TARO).await;
        let handle = device
            .open_requests()
            .await
            .last()
            .expect("it waits")
            .handle
            .clone();
        device.deny(&handle, reason).await.expect("recorded");
        visitor.wait_for_text("main h1", words).await;
        visitor.inspect("ja").await;
        assert!(!visitor.shows("#number").await);
    }
}

#[tokio::test]
async fn chal_01_chal_05_ends_by_time_by_mistakes_and_by_choice_are_told_apart() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let (device, _) = server.customer_with_device(TARO).await;
    let visitor = Visitor::new(&server).await;
    visitor.enter_password(TARO).await;
    server.clock.advance_secs(121);
    visitor.wait_for_text("main h1", "有効時間が過ぎました").await;
    visitor.inspect("ja").await;

    visitor.enter_password(TARO).await;
    let wrong = if visitor.number().await == "000000" {
        "000001"
    } else {
        "000000"
    };
    let handle = device.only_request().await;
    for _ in 0..3 {
        device.approve(&handle, wrong).await.expect_err("wrong");
    }
    visitor.wait_until_gone("#number").await;
    let page = visitor.text_of_page().await;
    assert!(page.contains("番号") && page.contains("間違"), "{page}");
    visitor.inspect("ja").await;

    visitor.enter_password(TARO).await;
    visitor.press("/cancel").await;
    visitor.wait_until_gone("#number").await;
    visitor.inspect("ja").await;
    assert!(
        device.open_requests().await.is_empty(),
        "giving up on the page ends the request"
    );
}

#[tokio::test]
async fn appr_11_the_countdown_goes_by_the_servers_time_however_wrong_the_browsers_clock_is() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let (device, _) = server.customer_with_device(TARO).await;
    // A year from the browser's clock; the keys of the device live for two.
    server.clock.advance_secs(365 * 86_400);
    let visitor = Visitor::new(&server).await;
    visitor.enter_password(TARO).await;
    let left = async || {
        let text = visitor.text("[data-countdown]").await;
        let digits: Vec<i64> = text
            .split(|c: char| !c.is_ascii_digit())
            .filter_map(|part| part.parse().ok())
            .collect();
        match digits[..] {
            [minutes, seconds] => minutes * 60 + seconds,
            [seconds] => seconds,
            _ => panic!("no time in {text:?}"),
        }
    };
    let first = left().await;
    assert!((90..=120).contains(&first), "{first}");
    let counts = async {
        let mut beat = tokio::time::interval(std::time::Duration::from_millis(100));
        while left().await >= first {
            beat.tick().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(15), counts)
        .await
        .expect("it counts");
    let bar = visitor
        .script("const b = document.querySelector('progress'); return [b.value, b.max]")
        .await;
    assert!(
        bar[0].as_f64() < bar[1].as_f64()
            && bar[1]
                .as_i64()
                .is_some_and(|all| (119_000..=120_000).contains(&all)),
        "{bar}"
    );
    device
        .approve(&device.only_request().await, &visitor.number().await)
        .await
        .expect("approved");
    visitor.arrive(paths::ACCOUNT).await;
}

#[tokio::test]
async fn chal_07_several_pages_stand_side_by_side_and_each_goes_its_own_way() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let (device, _) = server.customer_with_device(TARO).await;
    let (first, second) = (Visitor::new(&server).await, Visitor::new(&server).await);
    first.enter_password(TARO).await;
    server.clock.advance_secs(1);
    second.enter_password(TARO).await;
    let open = device.open_requests().await;
    assert_eq!(open.len(), 2);
    device
        .approve(&open[1].handle, &second.number().await)
        .await
        .expect("approved");
    second.arrive(paths::ACCOUNT).await;
    assert!(first.shows("#number").await, "the other still waits");
    let waiting = first.path().await;
    second.open(&waiting).await;
    second.wait_for_text("#main", "1002").await;
    second.inspect_refusal("ja", 404).await;
    device
        .deny(&open[0].handle, DenyReason::Cancelled)
        .await
        .expect("recorded");
    first.wait_for_text("main h1", "やめました").await;
}

#[tokio::test]
async fn web_10_a_lost_connection_is_said_and_the_page_goes_on_when_it_is_back() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let (device, _) = server.customer_with_device(TARO).await;
    let visitor = Visitor::new(&server).await;
    visitor.block(&["*/status", "*/events"]).await;
    visitor.enter_password(TARO).await;
    visitor.find("[data-offline]").await;
    device
        .approve(&device.only_request().await, &visitor.number().await)
        .await
        .expect("approved");
    visitor.block(&[]).await;
    visitor.arrive(paths::ACCOUNT).await;
}

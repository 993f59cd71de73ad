//! Denials: signed, without PIN, each reason with its own consequence (CHAL-13).

use warifu_shared::jws::approval::DenyReason;
use warifu_tests::databases::for_each_database;
use warifu_tests::server::{TARO, TestServer};

#[tokio::test]
async fn chal_13_i_cancelled_ends_one_request_and_nothing_else() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let (device, _) = server.customer_with_device(TARO).await;
        let browser = server.browser();
        let waiting = browser.enter_password(TARO.number, TARO.password).await;
        device
            .deny(&device.only_request().await, DenyReason::Cancelled)
            .await
            .expect("recorded");
        assert_eq!(browser.live_status(&waiting).await.state, "denied");
        assert!(
            browser
                .get(&waiting.path)
                .await
                .body
                .contains("承認されませんでした")
                || !browser.get(&waiting.path).await.body.contains("warifu://")
        );
        let next = server.browser().enter_password(TARO.number, TARO.password).await;
        assert!(next.body.contains("warifu://challenge"));
    })
    .await;
}

#[tokio::test]
async fn chal_13_not_me_stops_unknown_browsers_and_tells_the_owner_but_not_for_ever_the_known_one() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let (device, session) = server.customer_with_device(TARO).await;
        let (known, _) = session.log_out().await;
        let thief = server.browser();
        let waiting = thief.enter_password(TARO.number, TARO.password).await;
        server.clock.advance_secs(1);
        let other = server.browser();
        let second = other.enter_password(TARO.number, TARO.password).await;
        let first = device.open_requests().await[0].handle.clone();
        device.deny(&first, DenyReason::NotMe).await.expect("recorded");
        assert_eq!(thief.live_status(&waiting).await.state, "denied");
        assert!(
            !other.get(&second.path).await.body.contains("warifu://challenge"),
            "open attempts of strangers end too"
        );

        let again = server.browser().enter_password(TARO.number, TARO.password).await;
        assert!(
            !again.body.contains("warifu://challenge"),
            "no further push for strangers"
        );
        server.send_mail().await;
        server.clock.advance_secs(7 * 86_400);
        let later = server.browser().enter_password(TARO.number, TARO.password).await;
        assert!(
            !later.body.contains("warifu://challenge"),
            "until the password is changed"
        );

        let mine = known.enter_password(TARO.number, TARO.password).await;
        let newest = device.open_requests().await.last().expect("mine").handle.clone();
        device
            .approve(&newest, &mine.number())
            .await
            .expect("the owner still gets in");

        server.send_mail().await;
        let told = server.outbox.to(TARO.mail);
        assert!(
            told.iter()
                .any(|mail| mail.text.contains("私ではありません") && mail.text.contains("Chrome 145")),
            "{told:#?}"
        );
        assert!(
            told.iter()
                .all(|mail| !mail.raw.contains("http") && !mail.raw.contains("www.")),
            "CODE-07"
        );
    })
    .await;
}

#[tokio::test]
async fn chal_13_someone_on_the_phone_also_holds_withdrawals() {
    let db = warifu_tests::databases::Database::sqlite();
    let server = TestServer::start(&db).await;
    let (device, _) = server.customer_with_device(TARO).await;
    server.browser().enter_password(TARO.number, TARO.password).await;
    device
        .deny(&device.only_request().await, DenyReason::Phone)
        .await
        .expect("recorded");
    server.send_mail().await;
    let told = server.outbox.to(TARO.mail);
    assert!(
        told.iter()
            .any(|mail| mail.text.contains("電話") && mail.text.contains("出金")),
        "{told:#?}"
    );
}

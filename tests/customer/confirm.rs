//! Confirming again in a session (SESS-03, SESS-07), and what must not come of it.

use reqwest::StatusCode;
use warifu_server::pages::paths;
use warifu_shared::error::ErrorCode;
use warifu_shared::jws::approval::DenyReason;
use warifu_tests::customer::{AnonymousBrowser, Answer, CustomerSession};
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::device::Device;
use warifu_tests::server::{HANAKO, TARO, TestServer};

/// The session token that an answer sets.
fn token(answer: &Answer) -> String {
    let line = answer
        .cookies
        .iter()
        .find_map(|c| c.strip_prefix("warifu-session="));
    let value = line.expect("a session cookie").split(';').next();
    value.unwrap_or_default().to_owned()
}

fn with_token(server: &TestServer, token: &str) -> AnonymousBrowser {
    server
        .browser()
        .sending("cookie", &format!("warifu-session={token}"))
}

/// Opens the page to confirm and begins; the answer is the page that waits or takes the code.
async fn begin(session: &CustomerSession, back: &str) -> Answer {
    let page = session.get(&format!("{}?back={back}", paths::CONFIRM)).await;
    let answer = session.browser().submit(&page, paths::CONFIRM, &[]).await;
    session.browser().follow(answer).await
}

/// A login that the device approves.
async fn by_app(server: &TestServer, device: &Device) -> CustomerSession {
    let browser = server.browser();
    let waiting = browser.enter_password(TARO.number, TARO.password).await;
    let request = device.only_request().await;
    device
        .approve(&request, &waiting.number())
        .await
        .expect("approved");
    browser.go_on(&waiting).await
}

async fn confirm(session: &CustomerSession, device: &Device, back: &str) -> Answer {
    let waiting = begin(session, back).await;
    let request = device.only_request().await;
    device
        .approve(&request, &waiting.number())
        .await
        .expect("approved");
    let page = session.get(&waiting.path).await;
    session.browser().submit(&page, "/continue", &[]).await
}

#[tokio::test]
async fn sess_03_sess_07_a_fresh_approval_opens_what_an_old_one_closes_and_the_old_token_is_dead() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let (device, low) = server.customer_with_device(TARO).await;
        let session = by_app(&server, &device).await;
        assert_eq!(
            begin_enrolment(&session).await.status,
            StatusCode::SEE_OTHER,
            "fresh"
        );
        let stale_enrol = session.get(paths::DEVICES).await;
        server.clock.advance_secs(301);
        let closed = low.get(paths::CONFIRM).await;
        assert!(
            !closed.body.contains("name=\"back\""),
            "a login by mailed code stays low, also when a device came later"
        );
        let refused = session.browser().submit(&stale_enrol, paths::ENROL, &[]).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        assert!(
            refused
                .body
                .contains(&ErrorCode::AssuranceTooLow.number().to_string())
                && refused.body.contains("/security/confirm?back=/account"),
            "{}",
            refused.body
        );
        let devices = session.get(paths::DEVICES).await;
        assert!(
            devices.body.contains("/security/confirm?back=/devices"),
            "the devices page offers it"
        );

        let first = confirm(&session, &device, paths::DEVICES).await;
        assert_eq!(first.location.as_deref(), Some(paths::DEVICES));
        let old = token(&first);
        assert_eq!(
            begin_enrolment(&session).await.status,
            StatusCode::SEE_OTHER,
            "fresh again"
        );
        server.clock.advance_secs(301);
        let second = confirm(&session, &device, paths::DEVICES).await;
        let new = token(&second);
        assert_ne!(old, new);
        let thief = with_token(&server, &old).get(paths::ACCOUNT).await;
        assert_eq!(
            thief.location.as_deref(),
            Some(paths::LOGIN),
            "the old token is dead"
        );
        let owner = with_token(&server, &new).get(paths::ACCOUNT).await;
        assert_eq!(owner.status, StatusCode::OK);
        assert_eq!(server.leaves("session.confirmed").await, 2);
    })
    .await;
}

async fn begin_enrolment(session: &CustomerSession) -> Answer {
    let devices = session.get(paths::DEVICES).await;
    session.browser().submit(&devices, paths::ENROL, &[]).await
}

#[tokio::test]
async fn sess_07_code_12_without_a_device_a_mailed_code_confirms_and_the_session_stays_low() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let session = server.log_in_by_code(TARO).await;
        server.clock.advance_secs(400);
        let page = begin(&session, paths::WITHDRAWAL_PASSWORD).await;
        assert!(
            page.path.ends_with("/security/confirm/withdrawal-password/code"),
            "{}",
            page.path
        );
        let wrong = session
            .browser()
            .submit(&page, "/code", &[("code", "00000000")])
            .await;
        assert_eq!(wrong.status, StatusCode::FORBIDDEN);
        let code = server.code_for(TARO).await;
        let done = session.browser().submit(&page, "/code", &[("code", &code)]).await;
        assert_eq!(done.location.as_deref(), Some(paths::WITHDRAWAL_PASSWORD));
        assert!(!token(&done).is_empty());
        // Still a login by mailed code: the payout account stays closed.
        let payout = session.get(paths::PAYOUT).await;
        assert_eq!(payout.status, StatusCode::OK);
        assert!(
            !payout.body.contains("name=\"bank\""),
            "no form for another payout account"
        );
    })
    .await;
}

#[tokio::test]
async fn sess_07_only_the_session_that_asked_and_only_that_request_confirms() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let (device, _) = server.customer_with_device(TARO).await;
    let session = by_app(&server, &device).await;
    let stranger = server.log_in_by_code(HANAKO).await;
    server.clock.advance_secs(301);
    // A test approval confirms nothing.
    let devices = session.get(paths::DEVICES).await;
    let test = session.browser().submit(&devices, paths::TEST, &[]).await;
    let test = session.browser().follow(test).await;
    let request = device.only_request().await;
    device.approve(&request, &test.number()).await.expect("approved");
    let id = test.path.rsplit('/').next().expect("an id").to_owned();
    let crossed = session.get(&paths::confirming("devices", &id)).await;
    assert_eq!(crossed.status, StatusCode::NOT_FOUND);
    // Another customer does not see it; another origin and a form without the token are refused.
    let waiting = begin(&session, paths::DEVICES).await;
    assert_eq!(stranger.get(&waiting.path).await.status, StatusCode::NOT_FOUND);
    let go_on = format!("{}/continue", waiting.path);
    let forged = session.browser().post(&go_on, &[]).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
    let forged = session.browser().post(paths::CONFIRM, &[]).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
    // Not approved yet: nothing changes.
    let page = session.get(&waiting.path).await;
    let early = session.browser().post(&go_on, &page.form("/cancel").fields).await;
    assert_eq!(early.location.as_deref(), Some(waiting.path.as_str()));
    assert_eq!(server.leaves("session.confirmed").await, 0);
    // "Not me": whoever asked sits in this session, and it ends.
    let request = device.only_request().await;
    device.deny(&request, DenyReason::NotMe).await.expect("refused");
    let after = session.get(paths::ACCOUNT).await;
    assert_eq!(after.location.as_deref(), Some(paths::LOGIN));
}

#[tokio::test]
async fn sess_07_the_way_back_is_a_page_of_this_site() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let session = server.log_in_by_code(TARO).await;
    for odd in [
        "https://evil.example/",
        "//evil.example",
        "/devices/../login",
        "%0d%0aset-cookie:x=1",
    ] {
        let page = session.get(&format!("{}?back={odd}", paths::CONFIRM)).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(
            !page.body.contains("evil") && page.body.contains("value=\"/account\""),
            "{odd}"
        );
    }
    let odd = session.get("/security/confirm/evil/code").await;
    assert_eq!(odd.status, StatusCode::NOT_FOUND);
}

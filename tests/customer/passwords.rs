//! Login passwords: changed, with what ends by it, and what is refused (PASS-01..05, CHAL-13).

use futures_util::future::join_all;
use reqwest::StatusCode;
use warifu_server::pages::paths;
use warifu_shared::error::ErrorCode;
use warifu_shared::jws::approval::DenyReason;
use warifu_tests::customer::{Answer, CustomerSession};
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::device::Device;
use warifu_tests::server::{HANAKO, TARO, TestServer};

const NEW: &str = "yuki-no-hi-ni-yomu-hon";

async fn change(session: &CustomerSession, present: &str, new: &str) -> Answer {
    let page = session.get(paths::PASSWORD).await;
    let filled = [("present", present), ("new", new)];
    session.browser().submit(&page, paths::PASSWORD, &filled).await
}

/// A session of the customer with a device, just approved on it.
async fn approved(server: &TestServer, device: &Device) -> CustomerSession {
    let browser = server.browser();
    let waiting = browser.enter_password(TARO.number, TARO.password).await;
    let handle = device.only_request().await;
    device
        .approve(&handle, &waiting.number())
        .await
        .expect("approved");
    browser.go_on(&waiting).await
}

fn refused_as(answer: &Answer, code: ErrorCode) {
    assert!(answer.body.contains(code.ja()), "{code:?}: {answer:?}");
    assert_eq!(answer.status.as_u16(), code.status());
}

#[tokio::test]
async fn pass_05_the_old_password_is_dead_at_once_and_other_sessions_end() {
    for_each_database(async |db| {
        let server = TestServer::start(&db).await;
        let (device, mine) = server.customer_with_device(TARO).await;
        // A second session of the same customer in another browser.
        let other = approved(&server, &device).await;
        let page = change(&other, TARO.password, NEW).await;
        assert_eq!(page.location.as_deref(), Some("/security/password?done=changed"));
        // The session that changed it goes on, the other one has ended.
        assert_eq!(other.get(paths::ACCOUNT).await.status, StatusCode::OK);
        assert_eq!(
            mine.get(paths::ACCOUNT).await.location.as_deref(),
            Some(paths::LOGIN)
        );
        let old = server.browser().enter_password(TARO.number, TARO.password).await;
        refused_as(&old, ErrorCode::LoginRefused);
        let new = server.browser().enter_password(TARO.number, NEW).await;
        assert!(new.path.starts_with("/login/"), "{new:?}");
        server.send_mail().await;
        let told = server.outbox.to(TARO.mail);
        assert!(
            told.iter()
                .any(|mail| mail.subject.contains("パスワードが変わりました"))
        );
        assert_eq!(server.leaves("password.set").await, 1);
    })
    .await;
}

#[tokio::test]
async fn pass_05_sess_07_it_takes_the_present_password_and_a_fresh_second_factor() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let session = server.log_in_by_code(HANAKO).await;
    refused_as(
        &change(&session, "not-the-password", NEW).await,
        ErrorCode::LoginPasswordWrong,
    );
    let page = session.get(paths::PASSWORD).await;
    server.clock.advance_secs(301);
    let late = [("present", HANAKO.password), ("new", NEW)];
    let answer = session.browser().submit(&page, paths::PASSWORD, &late).await;
    refused_as(&answer, ErrorCode::AssuranceTooLow);
    let still = server
        .browser()
        .enter_password(HANAKO.number, HANAKO.password)
        .await;
    assert!(still.path.starts_with("/login/"), "{still:?}");
}

#[tokio::test]
async fn pass_05_wrong_present_passwords_are_counted_and_lock() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let session = server.log_in_by_code(HANAKO).await;
    let guesses = join_all((0..14).map(|_| change(&session, "not-the-password", NEW))).await;
    let wrong = guesses
        .iter()
        .filter(|a| a.body.contains(ErrorCode::LoginPasswordWrong.ja()));
    assert!(wrong.count() <= 10, "{guesses:?}");
    refused_as(
        &change(&session, HANAKO.password, NEW).await,
        ErrorCode::AccountLocked,
    );
}

#[tokio::test]
async fn pass_01_pass_03_what_is_refused_says_why() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let session = server.log_in_by_code(HANAKO).await;
    for (new, why) in [
        ("short12", ErrorCode::PasswordTooShort),
        ("password123", ErrorCode::PasswordCommon),
        ("abcabcabcabc", ErrorCode::PasswordPattern),
        ("warifu-2026", ErrorCode::PasswordKnown),
        (HANAKO.number, ErrorCode::PasswordTooShort),
        (HANAKO.password, ErrorCode::PasswordSame),
        (HANAKO.withdrawal_password, ErrorCode::PasswordSame),
    ] {
        refused_as(&change(&session, HANAKO.password, new).await, why);
    }
    let long = "あ1".repeat(65);
    refused_as(
        &change(&session, HANAKO.password, &long).await,
        ErrorCode::PasswordTooLong,
    );
    // 128 characters count as such, whatever their bytes, and none is cut off (PASS-02).
    let longest = "四月は静かな港町1".repeat(14) + "終わり";
    assert_eq!(longest.chars().count(), 129);
    let longest: String = longest.chars().take(128).collect();
    assert_eq!(
        change(&session, HANAKO.password, &longest).await.status,
        StatusCode::SEE_OTHER
    );
    let cut: String = longest.chars().take(127).collect();
    refused_as(
        &server.browser().enter_password(HANAKO.number, &cut).await,
        ErrorCode::LoginRefused,
    );
}

#[tokio::test]
async fn pass_03_the_operators_list_of_leaked_passwords_counts() {
    let folder = tempfile::tempdir().expect("a folder");
    let list = folder.path().join("leaked.txt");
    let hash = warifu_server::crypto::breached::hash_of(NEW);
    let line: String = hash.iter().map(|b| format!("{b:02X}")).collect();
    std::fs::write(&list, format!("{line}:4711\r\n")).expect("a file");
    let db = Database::sqlite();
    let server = TestServer::with(&db, |config| config.password.breached_file = list).await;
    let session = server.log_in_by_code(HANAKO).await;
    refused_as(
        &change(&session, HANAKO.password, NEW).await,
        ErrorCode::PasswordBreached,
    );
    assert_eq!(
        change(&session, HANAKO.password, "another-good-one-81")
            .await
            .status,
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn pass_05_waiting_logins_of_other_browsers_end_with_the_change() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let (device, _) = server.customer_with_device(TARO).await;
    let mine = approved(&server, &device).await;
    let stranger = server.browser();
    let waiting = stranger.enter_password(TARO.number, TARO.password).await;
    let handle = device.only_request().await;
    assert_eq!(
        change(&mine, TARO.password, NEW).await.status,
        StatusCode::SEE_OTHER
    );
    let late = device.approve(&handle, &waiting.number()).await;
    assert!(late.is_err(), "the request has ended: {late:?}");
    assert_ne!(stranger.live_status(&waiting).await.state, "approved");
}

#[tokio::test]
async fn chal_13_the_change_opens_what_not_me_had_stopped() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let (device, _) = server.customer_with_device(TARO).await;
    let mine = approved(&server, &device).await;
    let stranger = server.browser();
    stranger.enter_password(TARO.number, TARO.password).await;
    let handle = device.only_request().await;
    device.deny(&handle, DenyReason::NotMe).await.expect("refused");
    let blocked = server.browser().enter_password(TARO.number, TARO.password).await;
    assert!(!blocked.body.contains("/continue"), "{blocked:?}");
    assert!(device.open_requests().await.is_empty());
    assert_eq!(
        change(&mine, TARO.password, NEW).await.status,
        StatusCode::SEE_OTHER
    );
    server.browser().enter_password(TARO.number, NEW).await;
    assert_eq!(device.open_requests().await.len(), 1, "asked again");
}

#[tokio::test]
async fn web_03_pass_05_the_form_needs_its_token() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let session = server.log_in_by_code(HANAKO).await;
    let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let bare = [field("present", HANAKO.password), field("new", NEW)];
    let answer = session.browser().post(paths::PASSWORD, &bare).await;
    refused_as(&answer, ErrorCode::StaleForm);
    let answer = session.browser().post(paths::RECOVERY_CODES, &[]).await;
    refused_as(&answer, ErrorCode::StaleForm);
}

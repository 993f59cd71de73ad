//! Mail addresses: proven, changed, stopped from the old side, refused by the mail server (S1, ENROL-07, CODE-12).

use reqwest::StatusCode;
use warifu_server::pages::paths;
use warifu_server::store::accounts;
use warifu_shared::error::ErrorCode;
use warifu_shared::jws::approval::DenyReason;
use warifu_tests::customer::{AnonymousBrowser, Answer, CustomerSession};
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::device::Device;
use warifu_tests::evidence;
use warifu_tests::server::{Login, TARO, TestServer};

pub(crate) const NEW: &str = "taro.new@mail.example";
const SECOND: &str = "taro.second@mail.example";

/// A customer with a device, the cool-off of its enrolment over, logged in by an approval on it.
pub(crate) async fn settled(server: &TestServer, customer: Login) -> (Device, CustomerSession) {
    let (device, _) = server.customer_with_device(customer).await;
    server.clock.advance_secs(25 * 3600);
    let session = by_app(server, customer, &device).await;
    (device, session)
}

pub(crate) async fn by_app(server: &TestServer, customer: Login, device: &Device) -> CustomerSession {
    let browser = server.browser();
    let waiting = browser.enter_password(customer.number, customer.password).await;
    let request = device.only_request().await;
    let done = device.approve(&request, &waiting.number()).await;
    done.expect("approved");
    browser.go_on(&waiting).await
}

/// Sends the form for another authentication address; the answer is what came of it.
pub(crate) async fn ask(session: &CustomerSession, address: &str) -> Answer {
    let page = session.get(paths::ADDRESSES).await;
    ask_from(session, &page, address).await
}

/// The same from a page that is open already.
pub(crate) async fn ask_from(session: &CustomerSession, page: &Answer, address: &str) -> Answer {
    let fields = [("address", address)];
    let answer = session.browser().submit(page, paths::ADDRESSES, &fields).await;
    session.browser().follow(answer).await
}

/// The same, approved; the answer is the page that takes the code.
pub(crate) async fn approved(session: &CustomerSession, device: &Device, address: &str) -> Answer {
    let waiting = ask(session, address).await;
    let request = device.only_request().await;
    let done = device.approve(&request, &waiting.number()).await;
    done.expect("approved");
    session.get(&waiting.path).await
}

pub(crate) async fn last_code(server: &TestServer, address: &str) -> String {
    server.send_mail().await;
    let mails = server.outbox.to(address);
    let with_code = mails.iter().rev().find(|mail| mail.text.contains(" #"));
    with_code
        .unwrap_or_else(|| panic!("no code to {address}: {mails:#?}"))
        .code()
}

pub(crate) async fn change(server: &TestServer, session: &CustomerSession, device: &Device) -> Answer {
    let page = approved(session, device, NEW).await;
    let code = last_code(server, NEW).await;
    session.browser().enter_code(&page, &code).await
}

/// The stop code in the newest mail to `address`.
pub(crate) async fn stop_code(server: &TestServer, address: &str) -> String {
    server.send_mail().await;
    let mails = server.outbox.to(address);
    let found = mails
        .iter()
        .rev()
        .find_map(|mail| mail.text.split("停止コード: ").nth(1));
    let code = found.unwrap_or_else(|| panic!("no stop code to {address}: {mails:#?}"));
    code.lines().next().unwrap_or_default().to_owned()
}

pub(crate) async fn stop(browser: &AnonymousBrowser, code: &str) -> Answer {
    let page = browser.get(paths::STOP_ADDRESS).await;
    browser
        .submit(&page, paths::STOP_ADDRESS, &[("code", code)])
        .await
}

/// The proven addresses of a customer, the authentication address first.
pub(crate) async fn addresses(server: &TestServer, customer: Login) -> Vec<String> {
    let mut c = server.server.app.store.read().await.expect("a connection");
    let number = warifu_server::domain::account::AccountNumber::from_typed(customer.number);
    let account = accounts::by_number(&mut c, &number.expect("a number")).await;
    let account = account.expect("an answer").expect("the account").id;
    let all = accounts::addresses(&mut c, &account).await.expect("an answer");
    all.into_iter()
        .filter(|it| it.proven)
        .map(|it| it.address)
        .collect()
}

pub(crate) fn says(answer: &Answer, code: ErrorCode) -> bool {
    answer.body.contains(&code.number().to_string())
}

fn subjects(server: &TestServer, address: &str, words: &str) -> usize {
    let mails = server.outbox.to(address);
    mails.iter().filter(|mail| mail.subject.contains(words)).count()
}

#[tokio::test]
async fn s1_enrol_07_enrol_09_approved_proven_told_to_the_old_side_and_stopped_by_its_code() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let (device, session) = settled(&server, TARO).await;
        let page = approved(&session, &device, NEW).await;
        assert!(page.body.contains(NEW), "the whole address, to be compared");
        assert_eq!(
            addresses(&server, TARO).await,
            [TARO.mail],
            "not before the proof"
        );
        let code = last_code(&server, NEW).await;
        let done = session.browser().enter_code(&page, &code).await;
        assert_eq!(done.path, paths::ADDRESSES, "{done:?}");
        assert!(done.has("#stoppable"), "{}", done.body);
        assert_eq!(addresses(&server, TARO).await, [NEW]);
        let stop_code = stop_code(&server, TARO.mail).await;
        assert_eq!(subjects(&server, NEW, "認証メールアドレスが変わりました"), 1);
        assert!(
            !server
                .outbox
                .to(NEW)
                .iter()
                .any(|mail| mail.text.contains("停止コード")),
            "the new side has no stop code"
        );
        // Another change waits for the end of the cool-off.
        server.clock.advance_secs(3600);
        let page = session.get(paths::ADDRESSES).await;
        assert!(
            !page
                .body
                .contains("name=\"address\" value=\"\" type=\"email\" autocomplete=\"email\"")
        );

        let stranger = server.browser();
        let stopped = stop(&stranger, &stop_code.to_lowercase().replace('-', " ")).await;
        assert_eq!(stopped.status, StatusCode::OK, "{}", stopped.body);
        assert_eq!(addresses(&server, TARO).await, [TARO.mail]);
        server.send_mail().await;
        for address in [TARO.mail, NEW] {
            assert_eq!(subjects(&server, address, "変更を止めました"), 1, "{address}");
        }
        let out = session.get(paths::ACCOUNT).await;
        assert_eq!(out.location.as_deref(), Some(paths::LOGIN), "every session ended");
        let again = stop(&stranger, &stop_code).await;
        assert!(says(&again, ErrorCode::StopCodeRefused), "once");
        for leaf in ["address.approved", "address.changed", "address.stopped"] {
            assert_eq!(server.leaves(leaf).await, 1, "{leaf}");
        }
        // The device is older than a day: its change is none, the stop is one.
        assert_eq!(server.signals().await, ["address_stopped"]);
        evidence::assert_leaves_fit(&server.server.app.store).await;
    })
    .await;
}

#[tokio::test]
async fn s1_a_session_stops_the_change_and_after_the_cool_off_nobody_can() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let (device, session) = settled(&server, TARO).await;
        let other = by_app(&server, TARO, &device).await;
        let done = change(&server, &session, &device).await;
        let stopped = session.browser().submit(&done, "/stop", &[]).await;
        let stopped = session.browser().follow(stopped).await;
        assert_eq!(stopped.status, StatusCode::OK, "{}", stopped.body);
        assert_eq!(addresses(&server, TARO).await, [TARO.mail]);
        let out = other.get(paths::ACCOUNT).await;
        assert_eq!(out.location.as_deref(), Some(paths::LOGIN), "the others ended");

        server.clock.advance_secs(25 * 3600);
        let session = by_app(&server, TARO, &device).await;
        let done = change(&server, &session, &device).await;
        let code = stop_code(&server, TARO.mail).await;
        server.clock.advance_secs(24 * 3600);
        let late = stop(&server.browser(), &code).await;
        assert!(says(&late, ErrorCode::StopCodeRefused), "{}", late.body);
        let session = by_app(&server, TARO, &device).await;
        assert!(done.has("#stoppable"));
        assert!(!session.get(paths::ADDRESSES).await.has("#stoppable"));
        assert_eq!(addresses(&server, TARO).await, [NEW]);
    })
    .await;
}

#[tokio::test]
async fn s1_appr_10_a_denial_ends_it_and_the_screen_shows_both_addresses() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let (device, session) = settled(&server, TARO).await;
    let waiting = ask(&session, NEW).await;
    assert!(waiting.body.contains(NEW) && waiting.body.contains(TARO.mail));
    let request = device.only_request().await;
    let preview = device.core.challenge(&request).expect("a screen");
    let rows = &preview.screen.rows;
    for address in [TARO.mail, NEW] {
        assert!(rows.iter().any(|row| row.value == address), "{rows:?}");
    }
    device
        .deny(&request, DenyReason::WrongDetails)
        .await
        .expect("denied");
    let ended = session.get(&waiting.path).await;
    assert!(!ended.has("#number"), "{}", ended.body);
    server.send_mail().await;
    assert!(server.outbox.to(NEW).is_empty(), "no code without an approval");
    let again = ask(&session, NEW).await;
    assert!(again.has("#number"), "the next one may begin");
}

#[tokio::test]
async fn s1_enrol_08_a_second_address_is_proven_hears_of_everything_but_codes_and_leaves() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let (device, session) = settled(&server, TARO).await;
        let page = session.get(paths::ADDRESSES).await;
        let answer = session
            .browser()
            .submit(&page, "/second", &[("address", SECOND)])
            .await;
        let page = session.browser().follow(answer).await;
        assert_eq!(addresses(&server, TARO).await, [TARO.mail]);
        let code = last_code(&server, SECOND).await;
        let done = session.browser().enter_code(&page, &code).await;
        assert_eq!(done.path, paths::ADDRESSES, "{}", done.body);
        assert_eq!(addresses(&server, TARO).await, [TARO.mail, SECOND]);
        // It is not the one for codes.
        let same = ask(&session, SECOND).await;
        assert!(says(&same, ErrorCode::AddressSame), "{}", same.body);
        server.clock.advance_secs(61);
        change(&server, &session, &device).await;
        server.send_mail().await;
        for address in [NEW, SECOND] {
            assert_eq!(subjects(&server, address, "認証メールアドレスが変わりました"), 1);
        }
        let to_second = server.outbox.to(SECOND);
        assert!(!to_second.iter().any(|mail| mail.text.contains("停止コード")));
        server.clock.advance_secs(301);
        let list = session.get(paths::ADDRESSES).await;
        assert!(
            !list.body.contains("/second/remove"),
            "an old proof removes nothing"
        );
        let session = by_app(&server, TARO, &device).await;
        let list = session.get(paths::ADDRESSES).await;
        let gone = session.browser().submit(&list, "/second/remove", &[]).await;
        assert_eq!(gone.status, StatusCode::SEE_OTHER);
        assert_eq!(addresses(&server, TARO).await, [NEW]);
        server.send_mail().await;
        for address in [NEW, SECOND] {
            assert_eq!(subjects(&server, address, "解除されました"), 1, "{address}");
        }
        for leaf in ["address.second_added", "address.second_removed"] {
            assert_eq!(server.leaves(leaf).await, 1, "{leaf}");
        }
        evidence::assert_leaves_fit(&server.server.app.store).await;
    })
    .await;
}

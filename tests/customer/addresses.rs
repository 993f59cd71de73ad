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
use warifu_tests::server::{HANAKO, Login, TARO, TestServer};

const NEW: &str = "taro.new@mail.example";
const SECOND: &str = "taro.second@mail.example";

/// A customer with a device, the cool-off of its enrolment over, logged in by an approval on it.
async fn settled(server: &TestServer, customer: Login) -> (Device, CustomerSession) {
    let (device, _) = server.customer_with_device(customer).await;
    server.clock.advance_secs(25 * 3600);
    let session = by_app(server, customer, &device).await;
    (device, session)
}

async fn by_app(server: &TestServer, customer: Login, device: &Device) -> CustomerSession {
    let browser = server.browser();
    let waiting = browser.enter_password(customer.number, customer.password).await;
    let request = device.only_request().await;
    let done = device.approve(&request, &waiting.number()).await;
    done.expect("approved");
    browser.go_on(&waiting).await
}

/// Sends the form for another authentication address; the answer is what came of it.
async fn ask(session: &CustomerSession, address: &str) -> Answer {
    let page = session.get(paths::ADDRESSES).await;
    let fields = [("address", address)];
    let answer = session.browser().submit(&page, paths::ADDRESSES, &fields).await;
    session.browser().follow(answer).await
}

/// The same, approved; the answer is the page that takes the code.
async fn approved(session: &CustomerSession, device: &Device, address: &str) -> Answer {
    let waiting = ask(session, address).await;
    let request = device.only_request().await;
    let done = device.approve(&request, &waiting.number()).await;
    done.expect("approved");
    session.get(&waiting.path).await
}

async fn last_code(server: &TestServer, address: &str) -> String {
    server.send_mail().await;
    let mails = server.outbox.to(address);
    let with_code = mails.iter().rev().find(|mail| mail.text.contains(" #"));
    with_code
        .unwrap_or_else(|| panic!("no code to {address}: {mails:#?}"))
        .code()
}

async fn change(server: &TestServer, session: &CustomerSession, device: &Device) -> Answer {
    let page = approved(session, device, NEW).await;
    let code = last_code(server, NEW).await;
    session.browser().enter_code(&page, &code).await
}

/// The stop code in the newest mail to `address`.
async fn stop_code(server: &TestServer, address: &str) -> String {
    server.send_mail().await;
    let mails = server.outbox.to(address);
    let found = mails
        .iter()
        .rev()
        .find_map(|mail| mail.text.split("停止コード: ").nth(1));
    let code = found.unwrap_or_else(|| panic!("no stop code to {address}: {mails:#?}"));
    code.lines().next().unwrap_or_default().to_owned()
}

async fn stop(browser: &AnonymousBrowser, code: &str) -> Answer {
    let page = browser.get(paths::STOP_ADDRESS).await;
    browser
        .submit(&page, paths::STOP_ADDRESS, &[("code", code)])
        .await
}

/// The proven addresses of a customer, the authentication address first.
async fn addresses(server: &TestServer, customer: Login) -> Vec<String> {
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

fn says(answer: &Answer, code: ErrorCode) -> bool {
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
async fn code_12_sess_07_only_a_fresh_approved_session_of_an_account_with_a_device_asks() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let hanako = server.log_in_by_code(HANAKO).await;
    let page = hanako.get(paths::ADDRESSES).await;
    assert!(page.body.contains("窓口"), "plainly: staff do it\n{}", page.body);
    let (device, low) = server.customer_with_device(TARO).await;
    let refused = post_without_form(&hanako, "/security/addresses").await;
    assert!(says(&refused, ErrorCode::AddressNeedsApp), "{}", refused.body);
    let refused = post_without_form(&low, "/security/addresses").await;
    assert!(says(&refused, ErrorCode::AssuranceTooLow), "{}", refused.body);
    // The cool-off of the device is still on.
    let session = by_app(&server, TARO, &device).await;
    let refused = post_without_form(&session, "/security/addresses").await;
    assert!(says(&refused, ErrorCode::AddressCoolOff), "{}", refused.body);
    server.clock.advance_secs(25 * 3600);
    let session = by_app(&server, TARO, &device).await;
    server.clock.advance_secs(301);
    let refused = post_without_form(&session, "/security/addresses").await;
    assert!(says(&refused, ErrorCode::AssuranceTooLow), "the proof is old");
    let page = session.get(paths::ADDRESSES).await;
    assert!(page.body.contains("/security/confirm?back=/security/addresses"));
    assert_eq!(server.leaves("address.refused").await, 1);
}

/// Posts an address with the token of the page, whether or not the page offers a form.
async fn post_without_form(session: &CustomerSession, path: &str) -> Answer {
    let page = session.get(paths::ACCOUNT).await;
    let csrf = page
        .form(paths::LOGOUT)
        .value("csrf")
        .unwrap_or_default()
        .to_owned();
    let fields = [("csrf".to_owned(), csrf), ("address".to_owned(), NEW.to_owned())];
    session.browser().post(path, &fields).await
}

#[tokio::test]
async fn s1_code_03_a_code_for_one_address_opens_nothing_for_another() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let (device, session) = settled(&server, TARO).await;
    let page = approved(&session, &device, "first@mail.example").await;
    let first = last_code(&server, "first@mail.example").await;
    let cancelled = session.browser().submit(&page, "/cancel", &[]).await;
    assert_eq!(cancelled.location.as_deref(), Some(paths::ADDRESSES));
    server.clock.advance_secs(61);
    let page = approved(&session, &device, NEW).await;
    let wrong = session.browser().enter_code(&page, &first).await;
    assert!(says(&wrong, ErrorCode::CodeWrong), "{}", wrong.body);
    // Nor does a code of the login that goes to the old address.
    let hanako = server.browser();
    let login = hanako.enter_password(HANAKO.number, HANAKO.password).await;
    let to_hanako = server.code_for(HANAKO).await;
    let wrong = session.browser().enter_code(&page, &to_hanako).await;
    assert!(says(&wrong, ErrorCode::CodeWrong), "{}", wrong.body);
    let of_address = last_code(&server, NEW).await;
    let wrong = hanako.enter_code(&login, &of_address).await;
    assert!(says(&wrong, ErrorCode::CodeWrong), "and the other way round");
    let old = post_code(&session, "ax_00000000000000000000000000", &of_address).await;
    assert_eq!(old.status, StatusCode::NOT_FOUND);
    let done = session.browser().enter_code(&page, &of_address).await;
    assert_eq!(done.path, paths::ADDRESSES, "{}", done.body);
    assert_eq!(addresses(&server, TARO).await, [NEW]);
}

async fn post_code(session: &CustomerSession, id: &str, code: &str) -> Answer {
    let page = session.get(paths::ACCOUNT).await;
    let csrf = page
        .form(paths::LOGOUT)
        .value("csrf")
        .unwrap_or_default()
        .to_owned();
    let fields = [("csrf".to_owned(), csrf), ("code".to_owned(), code.to_owned())];
    let path = format!("{}/code", paths::address_change(id));
    session.browser().post(&path, &fields).await
}

#[tokio::test]
async fn s1_of_two_changes_at_once_one_goes_on() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let (device, one) = settled(&server, TARO).await;
        let two = by_app(&server, TARO, &device).await;
        let (a, b) = tokio::join!(ask(&one, NEW), ask(&two, "thief@mail.example"));
        let refused = [&a, &b].map(|it| says(it, ErrorCode::AddressChangeOpen));
        assert_eq!(refused.iter().filter(|it| **it).count(), 1, "{a:?}\n{b:?}");
        let (winner, waiting, address) = if refused[0] {
            (&two, &b, "thief@mail.example")
        } else {
            (&one, &a, NEW)
        };
        let request = device.only_request().await;
        device
            .approve(&request, &waiting.number())
            .await
            .expect("approved");
        let page = winner.get(&waiting.path).await;
        let code = last_code(&server, address).await;
        // The same code twice at once counts once.
        let fields = [("code", code.as_str())];
        let (x, y) = tokio::join!(
            winner.browser().submit(&page, "/code", &fields),
            winner.browser().submit(&page, "/code", &fields)
        );
        let done = [&x, &y]
            .iter()
            .filter(|it| it.status == StatusCode::SEE_OTHER)
            .count();
        assert!(done >= 1, "{x:?}\n{y:?}");
        assert_eq!(server.leaves("address.changed").await, 1);
        assert_eq!(addresses(&server, TARO).await, [address]);
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
async fn code_08_addresses_that_are_more_than_one_plain_mailbox_are_refused() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let (_device, session) = settled(&server, TARO).await;
    let long = format!("{}@mail.example", "a".repeat(307));
    for odd in [
        "a@b.example\r\nBcc: thief@mail.example",
        "\"a b\"@mail.example",
        "\"a\\\"@x\"@mail.example",
        "たろう@mail.example",
        "taro@例え.jp",
        "taro@xn--\u{0}.example",
        "Taro <taro@mail.example>",
        "a@b.example,c@d.example",
        "a@[192.0.2.1]",
        &long,
        "",
    ] {
        for form in [paths::ADDRESSES, "/second"] {
            let page = session.get(paths::ADDRESSES).await;
            let answer = session.browser().submit(&page, form, &[("address", odd)]).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{odd:?}");
            assert!(says(&answer, ErrorCode::AddressInvalid), "{odd:?}");
        }
    }
    let same = ask(&session, &TARO.mail.to_uppercase()).await;
    assert!(says(&same, ErrorCode::AddressSame), "{}", same.body);
    // Written in its own alphabet for the wire, such a domain is a plain one.
    assert!(ask(&session, "taro@xn--r8jz45g.example").await.has("#number"));
}

#[tokio::test]
async fn web_03_chal_08_no_form_works_from_elsewhere_or_for_another_customers_change() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let (device, taro) = settled(&server, TARO).await;
    let waiting = approved(&taro, &device, NEW).await;
    let base = waiting.path.clone();
    let forms = [
        "/security/addresses".to_owned(),
        "/security/addresses/second".to_owned(),
        "/security/addresses/second/remove".to_owned(),
        "/security/addresses/stop".to_owned(),
        format!("{base}/continue"),
        format!("{base}/code"),
        format!("{base}/resend"),
        format!("{base}/cancel"),
        paths::STOP_ADDRESS.to_owned(),
    ];
    let fields = |csrf: &str| {
        [
            ("csrf", csrf),
            ("address", "thief@mail.example"),
            ("code", "12345678"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    for form in &forms {
        let answer = taro.browser().post(form, &fields("guessed")).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{form}: {}", answer.body);
    }
    let hanako = server.log_in_by_code(HANAKO).await;
    let home = hanako.get(paths::ACCOUNT).await;
    let csrf = home
        .form(paths::LOGOUT)
        .value("csrf")
        .unwrap_or_default()
        .to_owned();
    for part in ["/continue", "/code", "/resend", "/cancel"] {
        let answer = hanako
            .browser()
            .post(&format!("{base}{part}"), &fields(&csrf))
            .await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{part}");
    }
    for part in ["", "/events", "/status"] {
        let answer = hanako.get(&format!("{base}{part}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{part}");
    }
    // Another session of the same customer sees that there is one and may end it, no more.
    let other = by_app(&server, TARO, &device).await;
    assert_eq!(other.get(&base).await.status, StatusCode::NOT_FOUND);
    let list = other.get(paths::ADDRESSES).await;
    let ended = other.browser().submit(&list, "/cancel", &[]).await;
    assert_eq!(ended.status, StatusCode::SEE_OTHER);
    let code = last_code(&server, NEW).await;
    let late = taro.browser().submit(&waiting, "/code", &[("code", &code)]).await;
    assert!(says(&late, ErrorCode::AddressChangeEnded), "{}", late.body);
    assert_eq!(addresses(&server, TARO).await, [TARO.mail]);
}

#[tokio::test]
async fn s1_guessed_stop_codes_are_written_down_and_stop_counting_at_the_limit() {
    let db = Database::sqlite();
    let server = TestServer::with(&db, |config| config.admission.codes_per_address = 12).await;
    let (device, session) = settled(&server, TARO).await;
    change(&server, &session, &device).await;
    let right = stop_code(&server, TARO.mail).await;
    server.clock.advance_secs(3600);
    let browser = server.browser();
    let mut refused = 0;
    for _ in 0..12 {
        let guess = warifu_server::domain::paper_code::PaperCode::draw();
        let answer = stop(&browser, &guess.grouped()).await;
        refused += usize::from(says(&answer, ErrorCode::StopCodeRefused));
    }
    assert_eq!(refused, 12);
    assert_eq!(server.leaves("address.stop_refused").await, 12);
    let flooded = stop(&browser, &right).await;
    assert_eq!(flooded.status, StatusCode::TOO_MANY_REQUESTS);
    server.clock.advance_secs(3600);
    let stopped = stop(&browser, &right).await;
    assert_eq!(
        stopped.status,
        StatusCode::OK,
        "guesses do not kill the right one"
    );
    assert_eq!(addresses(&server, TARO).await, [TARO.mail]);
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

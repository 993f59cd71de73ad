//! Recovery codes: made with a fresh factor, shown once, void after the next sheet; and the ways back that use them (ENROL-11).

use futures_util::future::join_all;
use reqwest::StatusCode;
use warifu_server::domain::paper_code::PaperCode;
use warifu_server::pages::paths;
use warifu_shared::error::ErrorCode;
use warifu_tests::customer::{AnonymousBrowser, Answer, CustomerSession};
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::server::{HANAKO, Login, TARO, TestServer};

const NEW: &str = "yuki-no-hi-ni-yomu-hon";

async fn make_sheet(session: &CustomerSession) -> Answer {
    let page = session.get(paths::RECOVERY_CODES).await;
    session.browser().submit(&page, paths::RECOVERY_CODES, &[]).await
}

/// The codes on a page.
fn codes_of(page: &Answer) -> Vec<String> {
    page.body
        .split("translate=\"no\">")
        .skip(1)
        .filter_map(|rest| rest.split('<').next().map(str::to_owned))
        .collect()
}

#[tokio::test]
async fn enrol_11_a_sheet_is_shown_once_and_kept_as_hashes_only() {
    for_each_database(async |db| {
        let server = TestServer::start(&db).await;
        let session = server.log_in_by_code(HANAKO).await;
        let page = make_sheet(&session).await;
        let codes = codes_of(&page);
        assert_eq!(codes.len(), 10, "{page:?}");
        assert!(codes.iter().all(|code| PaperCode::from_typed(code).is_some()));
        let again = session.get(paths::RECOVERY_CODES).await;
        assert!(codes_of(&again).is_empty() && !codes.iter().any(|code| again.body.contains(code)));
        server.send_mail().await;
        let mails = server.outbox.to(HANAKO.mail);
        assert!(mails.iter().any(|mail| mail.subject.contains("リカバリーコード")));
        assert!(
            mails
                .iter()
                .all(|mail| !codes.iter().any(|code| mail.text.contains(code)))
        );
        let mut c = server.server.app.store.read().await.expect("a connection");
        let stored: Vec<String> =
            sqlx::query_scalar("SELECT mac FROM recovery_codes WHERE voided_at IS NULL")
                .fetch_all(&mut *c)
                .await
                .expect("rows");
        drop(c);
        assert_eq!(stored.len(), 10);
        assert!(!codes.iter().any(|code| stored.contains(&code.replace('-', ""))));
        // Another sheet: the one before is void.
        assert_eq!(codes_of(&make_sheet(&session).await).len(), 10);
        let mut c = server.server.app.store.read().await.expect("a connection");
        let void: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM recovery_codes WHERE voided_at IS NOT NULL")
            .fetch_one(&mut *c)
            .await
            .expect("a number");
        assert_eq!(void, 10);
    })
    .await;
}

#[tokio::test]
async fn enrol_11_sess_07_a_sheet_takes_a_fresh_approval_once_there_is_a_device() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let code_session = server.log_in_by_code(TARO).await;
    let page = code_session.get(paths::RECOVERY_CODES).await;
    server.enrol(&code_session).await;
    let answer = code_session
        .browser()
        .submit(&page, paths::RECOVERY_CODES, &[])
        .await;
    assert_eq!(answer.status.as_u16(), ErrorCode::AssuranceTooLow.status());
    assert!(codes_of(&answer).is_empty());
    let session = server.log_in_by_code(HANAKO).await;
    let page = session.get(paths::RECOVERY_CODES).await;
    server.clock.advance_secs(301);
    let answer = session.browser().submit(&page, paths::RECOVERY_CODES, &[]).await;
    assert_eq!(answer.status.as_u16(), ErrorCode::AssuranceTooLow.status());
}

fn refused_as(answer: &Answer, code: ErrorCode) {
    assert!(answer.body.contains(code.ja()), "{code:?}: {answer:?}");
    assert_eq!(answer.status.as_u16(), code.status());
}

/// A customer with a sheet of codes.
async fn with_sheet(server: &TestServer, customer: Login) -> (CustomerSession, Vec<String>) {
    let session = server.log_in_by_code(customer).await;
    let codes = codes_of(&make_sheet(&session).await);
    assert_eq!(codes.len(), 10);
    (session, codes)
}

/// The first page of a forgotten password; the answer is the page that follows.
async fn forgot(browser: &AnonymousBrowser, number: &str, code: &str) -> Answer {
    let page = browser.get(paths::RECOVER).await;
    let filled = [("account_number", number), ("code", code)];
    let answer = browser.submit(&page, paths::RECOVER, &filled).await;
    browser.follow(answer).await
}

/// The first page of a lost device.
async fn lost(browser: &AnonymousBrowser, number: &str, password: &str, code: &str) -> Answer {
    let page = browser.get(paths::RECOVER_DEVICE).await;
    let filled = [("account_number", number), ("password", password), ("code", code)];
    let answer = browser.submit(&page, paths::RECOVER_DEVICE, &filled).await;
    browser.follow(answer).await
}

/// The mailed code of a recovery; a login's may lie beside it with the same time.
async fn mailed_code(server: &TestServer, customer: Login) -> String {
    server.send_mail().await;
    let mails = server.outbox.to(customer.mail);
    let found = mails.iter().find(|mail| mail.subject.contains("再設定"));
    found.unwrap_or_else(|| panic!("no code among {mails:#?}")).code()
}

/// The way of a forgotten password up to the page of the new one.
async fn up_to_the_password(server: &TestServer, customer: Login, code: &str) -> (AnonymousBrowser, Answer) {
    let browser = server.browser();
    let page = forgot(&browser, customer.number, code).await;
    assert!(page.path.starts_with("/recover/rv_"), "{page:?}");
    let mailed = mailed_code(server, customer).await;
    let page = browser.enter_code(&page, &mailed).await;
    assert!(page.body.contains("name=\"new\""), "{page:?}");
    (browser, page)
}

async fn cool_off(server: &TestServer, customer: Login) -> i64 {
    let mut c = server.server.app.store.read().await.expect("a connection");
    sqlx::query_scalar("SELECT cool_off_until FROM accounts WHERE number = $1")
        .bind(customer.number)
        .fetch_one(&mut *c)
        .await
        .expect("a number")
}

#[tokio::test]
async fn enrol_11_pass_05_a_forgotten_password_is_set_anew_by_a_recovery_code_and_a_mailed_code() {
    for_each_database(async |db| {
        let server = TestServer::start(&db).await;
        let (session, codes) = with_sheet(&server, TARO).await;
        let device = server.enrol(&session).await;
        let (browser, page) = up_to_the_password(&server, TARO, &codes[0]).await;
        let refused = browser
            .submit(&page, "/password", &[("new", "password123")])
            .await;
        refused_as(&refused, ErrorCode::PasswordCommon);
        let done = browser.submit(&page, "/password", &[("new", NEW)]).await;
        let done = browser.follow(done).await;
        assert!(done.body.contains("あと9個"), "{done:?}");
        // Every session has ended, the old password too; the device is what it was.
        assert_eq!(
            session.get(paths::ACCOUNT).await.location.as_deref(),
            Some(paths::LOGIN)
        );
        let old = server.browser().enter_password(TARO.number, TARO.password).await;
        refused_as(&old, ErrorCode::LoginRefused);
        let new = server.browser().enter_password(TARO.number, NEW).await;
        assert!(new.path.starts_with("/login/"), "{new:?}");
        assert_eq!(
            device.open_requests().await.len(),
            1,
            "the second factor is asked for"
        );
        // The cool-off has begun, and the mail says what happened (ENROL-09).
        assert!(cool_off(&server, TARO).await > server.now().0);
        server.send_mail().await;
        let told = server.outbox.to(TARO.mail);
        assert!(
            told.iter()
                .any(|m| m.subject.contains("リカバリーコードが使われました") && m.text.contains("9個"))
        );
        // The same code does not work again.
        let again = forgot(&server.browser(), TARO.number, &codes[0]).await;
        refused_as(&again, ErrorCode::RecoveryRefused);
        assert_eq!(server.leaves("recovery.completed").await, 1);
    })
    .await;
}

#[tokio::test]
async fn enrol_11_code_12_a_lost_device_is_removed_and_a_new_one_can_be_registered() {
    for_each_database(async |db| {
        let server = TestServer::start(&db).await;
        let (session, codes) = with_sheet(&server, TARO).await;
        let device = server.enrol(&session).await;
        let browser = server.browser();
        let wrong = lost(&browser, TARO.number, "not-the-password", &codes[0]).await;
        refused_as(&wrong, ErrorCode::RecoveryRefused);
        let page = lost(&browser, TARO.number, TARO.password, &codes[0]).await;
        let mailed = mailed_code(&server, TARO).await;
        let done = browser.submit(&page, "/code", &[("code", &mailed)]).await;
        assert!(done.body.contains("あと9個"), "{done:?}");
        assert!(
            device.core.refresh().await.is_err() || device.open_requests().await.is_empty(),
            "the old device is out"
        );
        assert_eq!(
            session.get(paths::ACCOUNT).await.location.as_deref(),
            Some(paths::LOGIN)
        );
        let devices = browser.get(paths::DEVICES).await;
        assert_eq!(devices.status, StatusCode::OK);
        let begun = browser.submit(&devices, paths::ENROL, &[]).await;
        assert!(browser.follow(begun).await.body.contains("warifu://"));
        assert!(cool_off(&server, TARO).await > server.now().0);
        assert_eq!(server.leaves("device.revoked").await, 1);
        // A mailed code alone stays closed after the last device went (CODE-10).
        let page = server.browser().enter_password(TARO.number, TARO.password).await;
        assert!(!page.body.contains("one-time-code"), "{page:?}");
    })
    .await;
}

#[tokio::test]
async fn chal_11_enrol_11_no_answer_tells_whether_there_is_an_account() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let (_, codes) = with_sheet(&server, HANAKO).await;
    let stranger = PaperCode::draw().reveal().to_owned();
    let plain = |answer: &Answer| {
        let lines = answer.body.lines();
        let same =
            lines.filter(|l| !l.contains("csrf") && !l.contains("nonce") && !l.contains("account_number"));
        (answer.status, same.collect::<Vec<_>>().join("\n"))
    };
    let unknown = forgot(&server.browser(), "9999999", &stranger).await;
    refused_as(&unknown, ErrorCode::RecoveryRefused);
    for (number, code) in [
        (HANAKO.number, stranger.as_str()),
        (TARO.number, codes[0].as_str()),
    ] {
        let answer = forgot(&server.browser(), number, code).await;
        assert_eq!(plain(&answer), plain(&unknown));
    }
    let unknown = lost(&server.browser(), "9999999", HANAKO.password, &stranger).await;
    for (password, code) in [
        (HANAKO.password, stranger.as_str()),
        ("not-the-password", codes[0].as_str()),
    ] {
        let answer = lost(&server.browser(), HANAKO.number, password, code).await;
        assert_eq!(plain(&answer), plain(&unknown));
    }
    // A slip is told before anything is looked up.
    let slip = forgot(&server.browser(), HANAKO.number, "7KQ2-MX9A-4TZB-W0GE").await;
    refused_as(&slip, ErrorCode::RecoveryCodeMistyped);
}

#[tokio::test]
async fn enrol_11_the_steps_go_in_their_order_in_one_browser() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let (_, codes) = with_sheet(&server, HANAKO).await;
    let browser = server.browser();
    let first = forgot(&browser, HANAKO.number, &codes[0]).await;
    let csrf = first.form("/code").value("csrf").expect("a token").to_owned();
    let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    // The new password before the mailed code: nothing there.
    let skip = [field("csrf", &csrf), field("new", NEW)];
    let skipped = browser.post(&format!("{}/password", first.path), &skip).await;
    assert_eq!(skipped.status, StatusCode::NOT_FOUND);
    // Another browser sees nothing, without a token nothing happens (WEB-03).
    let other = server.browser();
    other.get(paths::RECOVER).await;
    assert_eq!(other.get(&first.path).await.status, StatusCode::NOT_FOUND);
    let mailed = mailed_code(&server, HANAKO).await;
    for step in ["code", "resend", "password", "cancel"] {
        let bare = [field("code", &mailed), field("new", NEW)];
        let answer = browser.post(&format!("{}/{step}", first.path), &bare).await;
        refused_as(&answer, ErrorCode::StaleForm);
    }
    for path in [paths::RECOVER, paths::RECOVER_DEVICE] {
        refused_as(&browser.post(path, &[]).await, ErrorCode::StaleForm);
    }
    let page = browser.enter_code(&first, &mailed).await;
    // The mailed code a second time: its step is over.
    let replay = [field("csrf", &csrf), field("code", &mailed)];
    let replayed = browser.post(&format!("{}/code", first.path), &replay).await;
    assert_eq!(replayed.status, StatusCode::NOT_FOUND);
    let done = browser.submit(&page, "/password", &[("new", NEW)]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    let twice = browser
        .submit(&page, "/password", &[("new", "another-good-one-81")])
        .await;
    assert_eq!(twice.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn enrol_11_of_fifty_at_once_one_uses_the_code() {
    for_each_database(async |db| {
        let server = TestServer::start(&db).await;
        let (_, codes) = with_sheet(&server, HANAKO).await;
        let (browser, page) = up_to_the_password(&server, HANAKO, &codes[0]).await;
        let filled = [("new", NEW)];
        let all = join_all((0..50).map(|_| browser.submit(&page, "/password", &filled))).await;
        let won = all.iter().filter(|a| a.status == StatusCode::SEE_OTHER).count();
        assert_eq!(won, 1, "{:?}", all.iter().map(|a| a.status).collect::<Vec<_>>());
        let mut c = server.server.app.store.read().await.expect("a connection");
        let used: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM recovery_codes WHERE used_at IS NOT NULL")
            .fetch_one(&mut *c)
            .await
            .expect("a number");
        assert_eq!(used, 1);
        drop(c);
        assert_eq!(server.leaves("recovery.completed").await, 1);
    })
    .await;
}

#[tokio::test]
async fn enrol_11_a_new_sheet_or_password_overtakes_a_recovery() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let (session, codes) = with_sheet(&server, HANAKO).await;
    let (browser, page) = up_to_the_password(&server, HANAKO, &codes[0]).await;
    assert_eq!(codes_of(&make_sheet(&session).await).len(), 10);
    let late = browser.submit(&page, "/password", &[("new", NEW)]).await;
    refused_as(&late, ErrorCode::RecoveryEnded);
    let old = server
        .browser()
        .enter_password(HANAKO.number, HANAKO.password)
        .await;
    assert!(old.path.starts_with("/login/"), "nothing changed: {old:?}");
}

#[tokio::test]
async fn risk_08_enrol_11_guesses_close_the_recovery_and_never_the_login() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let (session, codes) = with_sheet(&server, HANAKO).await;
    for _ in 0..5 {
        let guess = forgot(&server.browser(), HANAKO.number, PaperCode::draw().reveal()).await;
        refused_as(&guess, ErrorCode::RecoveryRefused);
    }
    // Now a right one is refused as well, with the same words.
    let right = forgot(&server.browser(), HANAKO.number, &codes[0]).await;
    refused_as(&right, ErrorCode::RecoveryRefused);
    // Its owner is told of the closing once, not of each guess at the closed door.
    server.send_mail().await;
    let mut told = server.outbox.to(HANAKO.mail);
    told.retain(|mail| mail.subject.contains("リカバリーの手続きを止めました"));
    assert_eq!(told.len(), 1);
    let page = server
        .browser()
        .enter_password(HANAKO.number, HANAKO.password)
        .await;
    assert!(
        page.body.contains("one-time-code"),
        "the login stays open: {page:?}"
    );
    // Whoever can log in lifts it with a new sheet.
    let codes = codes_of(&make_sheet(&session).await);
    let right = forgot(&server.browser(), HANAKO.number, &codes[0]).await;
    assert!(right.path.starts_with("/recover/rv_"), "{right:?}");
}

#[tokio::test]
async fn enrol_11_code_04_mailed_codes_of_a_recovery_count_in_a_lane_of_their_own() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let (_, codes) = with_sheet(&server, HANAKO).await;
    let browser = server.browser();
    let page = forgot(&browser, HANAKO.number, &codes[0]).await;
    let mailed = mailed_code(&server, HANAKO).await;
    let wrong = if mailed == "00000000" {
        "00000001"
    } else {
        "00000000"
    };
    for _ in 0..6 {
        let answer = browser.submit(&page, "/code", &[("code", wrong)]).await;
        assert_ne!(answer.status, StatusCode::SEE_OTHER);
    }
    let late = browser.submit(&page, "/code", &[("code", &mailed)]).await;
    assert_ne!(late.status, StatusCode::SEE_OTHER, "{late:?}");
    let login = server
        .browser()
        .enter_password(HANAKO.number, HANAKO.password)
        .await;
    assert!(
        login.body.contains("one-time-code"),
        "the login stays open: {login:?}"
    );
}

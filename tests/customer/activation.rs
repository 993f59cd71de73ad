//! An account that the firm opened becomes the customer's own (WEB-09, CHAL-11, CODE-12).

use warifu_server::demo::LETTER;
use warifu_server::domain::account::AccountNumber;
use warifu_server::operations::activation_code;
use warifu_server::pages::paths;
use warifu_server::store::accounts;
use warifu_tests::customer::{AnonymousBrowser, Answer};
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::evidence;
use warifu_tests::server::{TARO, TestServer};

const MAIL: &str = "ichiro.suzuki@mail.example";
const LOGIN: &str = "amagumo-no-kanata-15";
const WITHDRAWAL: &str = "shizuka-na-minato-83";

fn letter() -> String {
    LETTER.code().grouped().to_string()
}

async fn enter(browser: &AnonymousBrowser, number: &str, code: &str) -> Answer {
    let page = browser.get(paths::ACTIVATE).await;
    let filled = [("account_number", number), ("code", code)];
    let answer = browser.submit(&page, paths::ACTIVATE, &filled).await;
    browser.follow(answer).await
}

async fn choose(browser: &AnonymousBrowser, page: &Answer, login: &str, withdrawal: &str) -> Answer {
    let filled = [
        ("login", login),
        ("login_again", login),
        ("withdrawal", withdrawal),
        ("withdrawal_again", withdrawal),
    ];
    let answer = browser.submit(page, "/passwords", &filled).await;
    browser.follow(answer).await
}

async fn name(browser: &AnonymousBrowser, page: &Answer, address: &str) -> Answer {
    let answer = browser.submit(page, "/address", &[("address", address)]).await;
    browser.follow(answer).await
}

/// Everything up to the page that waits for the mailed code.
async fn up_to_code(browser: &AnonymousBrowser, address: &str) -> Answer {
    let page = enter(browser, LETTER.number, &letter()).await;
    let page = choose(browser, &page, LOGIN, WITHDRAWAL).await;
    name(browser, &page, address).await
}

async fn code_to(server: &TestServer, address: &str) -> String {
    server.send_mail().await;
    server.outbox.to(address).last().expect("a mail").code()
}

async fn is_opened(server: &TestServer) -> bool {
    let mut c = server.server.app.store.read().await.expect("a connection");
    let number = AccountNumber::from_typed(LETTER.number).expect("a number");
    let found = accounts::by_number(&mut c, &number).await.expect("an answer");
    found.expect("the account").opened
}

#[tokio::test(flavor = "multi_thread")]
async fn web_09_code_12_a_letter_becomes_an_account_with_passwords_address_and_session() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let browser = server.browser();
        let page = enter(
            &browser,
            "１００２－００４",
            &letter().to_lowercase().replace('-', " "),
        )
        .await;
        assert!(page.has("#login_again"), "{page:?}");
        let page = choose(&browser, &page, LOGIN, WITHDRAWAL).await;
        let page = name(&browser, &page, MAIL).await;
        assert!(page.body.contains(MAIL), "the whole address, to be compared");
        assert!(is_opened(&server).await, "nothing before the last step");
        let code = code_to(&server, MAIL).await;
        let home = browser.enter_code(&page, &code).await;
        assert_eq!(home.path, paths::ACCOUNT, "{home:?}");
        assert!(!is_opened(&server).await);
        // Led to the app: a session of a mailed code may register the first device.
        assert_eq!(browser.submit(&home, paths::ENROL, &[]).await.status, 303);
        server.send_mail().await;
        let told = server.outbox.to(MAIL);
        assert!(
            told.iter().any(|mail| mail.subject.contains("ご利用を開始")),
            "{told:#?}"
        );
        // The letter is used up, the password works, and the second factor is asked for.
        let again = enter(&server.browser(), LETTER.number, &letter()).await;
        assert_eq!(again.status, 403);
        server.clock.advance_secs(61);
        let login = server.browser().enter_password(LETTER.number, LOGIN).await;
        assert!(login.has("#code"), "{login:?}");
        assert_eq!(server.leaves("account.activated").await, 1);
        evidence::assert_leaves_fit(&server.server.app.store).await;
    })
    .await;
}

#[tokio::test]
async fn chal_11_unknown_active_and_wrong_are_one_answer_and_an_opened_account_cannot_log_in() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let other = warifu_server::domain::paper_code::PaperCode::draw();
    let mut seen = Vec::new();
    for number in ["9999999", TARO.number, LETTER.number, "not a number!"] {
        let answer = enter(&server.browser(), number, &other.grouped()).await;
        let nonce = answer
            .body
            .split("nonce=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next());
        let csrf = answer
            .form(paths::ACTIVATE)
            .value("csrf")
            .unwrap_or_default()
            .to_owned();
        let plain = answer
            .body
            .replace(nonce.unwrap_or_default(), "")
            .replace(&csrf, "")
            .replace(number, "");
        seen.push((answer.status, plain));
    }
    assert!(seen.iter().all(|answer| *answer == seen[0]), "{seen:#?}");
    assert_eq!(seen[0].0, 403);
    // A slip of the hand is told apart by the characters alone, and counts nothing.
    for number in ["9999999", LETTER.number] {
        let slip = enter(&server.browser(), number, "7K2M-9QXD-4TVB-8RHZ").await;
        assert_eq!(slip.status, 400);
        assert!(slip.body.contains("1661"));
    }
    let unknown = server.browser().enter_password("9999999", "").await;
    let opened = server.browser().enter_password(LETTER.number, "").await;
    assert_eq!((unknown.status, opened.status.as_u16()), (opened.status, 403));
    assert!(opened.body.contains("1501"));
}

#[tokio::test]
async fn ten_wrong_tries_kill_the_code_and_staff_issue_another() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    for _ in 0..10 {
        let wrong = warifu_server::domain::paper_code::PaperCode::draw();
        assert_eq!(
            enter(&server.browser(), LETTER.number, &wrong.grouped())
                .await
                .status,
            403
        );
    }
    let dead = enter(&server.browser(), LETTER.number, &letter()).await;
    assert_eq!(dead.status, 403, "the right one no longer works either");
    let number = AccountNumber::from_typed(LETTER.number).expect("a number");
    let app = &server.server.app;
    let first = activation_code::reissue(app, &number, "staff:test")
        .await
        .expect("a code");
    let browser = server.browser();
    let begun = enter(&browser, LETTER.number, &first.grouped()).await;
    assert!(begun.has("#login_again"));
    // A reissue ends what was begun, and the code before it.
    let second = activation_code::reissue(app, &number, "staff:test")
        .await
        .expect("a code");
    assert_eq!(browser.get(&begun.path).await.status, 410);
    assert_eq!(
        enter(&server.browser(), LETTER.number, &first.grouped())
            .await
            .status,
        403
    );
    server.clock.advance_secs(90 * 86_400);
    let late = enter(&server.browser(), LETTER.number, &second.grouped()).await;
    assert_eq!(late.status, 403, "after its days it is over");
    assert_eq!(server.leaves("activation_code.issued").await, 3);
}

#[tokio::test]
async fn web_09_steps_go_in_order_in_one_browser_and_never_twice() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let browser = server.browser();
    let first = enter(&browser, LETTER.number, &letter()).await;
    let form = first.form("/passwords");
    let csrf = form.value("csrf").expect("a token").to_owned();
    let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let token = field("csrf", &csrf);
    // Ahead of the order.
    for (step, name, value) in [("address", "address", MAIL), ("code", "code", "12345678")] {
        let fields = [token.clone(), field(name, value)];
        let answer = browser.post(&format!("{}/{step}", first.path), &fields).await;
        assert_eq!(answer.status, 409, "{step}: {answer:?}");
    }
    // Without the token, from elsewhere, in another browser.
    let bare = browser.post(&form.action, &[field("login", LOGIN)]).await;
    assert_eq!(bare.status, 403);
    let stranger = server.browser();
    stranger.get(paths::ACTIVATE).await;
    assert_eq!(stranger.get(&first.path).await.status, 410);
    let second = choose(&browser, &first, LOGIN, WITHDRAWAL).await;
    assert!(second.has("#address"), "{second:?}");
    // The step before, again.
    let replay = choose(&browser, &first, "another-one-entirely-9", WITHDRAWAL).await;
    assert_eq!(replay.status, 409);
    let third = name(&browser, &second, MAIL).await;
    let code = code_to(&server, MAIL).await;
    // Begun anew elsewhere: the code of the first way is good for nothing.
    let elsewhere = server.browser();
    let anew = up_to_code(&elsewhere, "mallory@mail.example").await;
    assert_eq!(
        elsewhere.enter_code(&anew, &code).await.status,
        403,
        "another address's code"
    );
    assert_eq!(browser.enter_code(&third, &code).await.status, 410);
    assert!(is_opened(&server).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn web_09_twenty_finish_at_once_and_one_wins() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let browser = server.browser();
        let page = up_to_code(&browser, MAIL).await;
        let code = code_to(&server, MAIL).await;
        let filled = [("code", code.as_str())];
        let tries = (0..20).map(|_| browser.submit(&page, "/code", &filled));
        let answers = futures_util::future::join_all(tries).await;
        let won = answers
            .iter()
            .filter(|answer| answer.status == 303 && answer.location.as_deref() == Some(paths::ACCOUNT));
        assert_eq!(won.count(), 1, "{answers:#?}");
        let sessions = evidence::count(&server.server.app.store, "SELECT COUNT(*) FROM sessions").await;
        assert_eq!(sessions, 1);
    })
    .await;
}

#[tokio::test]
async fn pass_01_pass_03_unfit_passwords_are_refused_with_the_reason() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let browser = server.browser();
    let page = enter(&browser, LETTER.number, &letter()).await;
    for (login, withdrawal, says) in [
        ("kurz", WITHDRAWAL, "短すぎます"),
        ("password2026!", WITHDRAWAL, "多くの人が使っている"),
        (LOGIN, "12345678", "くり返し"),
        ("1002004!!", WITHDRAWAL, "口座番号、お名前、会社名など"),
        (LOGIN, LOGIN, "1624"),
    ] {
        let answer = choose(&browser, &page, login, withdrawal).await;
        assert!(
            answer.status.is_client_error() && answer.body.contains(says),
            "{says}: {answer:?}"
        );
        assert!(!answer.body.contains(&format!("value=\"{login}\"")));
    }
    let long = "あ1か".repeat(43);
    assert!(
        choose(&browser, &page, &long, WITHDRAWAL)
            .await
            .body
            .contains("長すぎます")
    );
}

#[tokio::test]
async fn code_08_addresses_that_are_not_one_plain_address_are_refused() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let browser = server.browser();
    let page = enter(&browser, LETTER.number, &letter()).await;
    let page = choose(&browser, &page, LOGIN, WITHDRAWAL).await;
    let long = format!("{}@mail.example", "a".repeat(308));
    for bad in [
        "a@mail.example\r\nBcc: x@evil.example",
        "a\0@mail.example",
        "\"a b\"@mail.example",
        "taro@例え.jp",
        "Taro <a@mail.example>",
        "a@mail.example,b@mail.example",
        "a@mail.example b@mail.example",
        long.as_str(),
        "",
    ] {
        let answer = name(&browser, &page, bad).await;
        assert_eq!(answer.status, 400, "{bad:?}");
        assert!(answer.body.contains("1665"), "{bad:?}");
    }
    server.send_mail().await;
    assert!(server.outbox.mails().is_empty());
}

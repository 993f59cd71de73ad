//! Every page in both languages, on a desk and on a phone of 320 px: no complaint, nothing sticks out, all can be used.

use fantoccini::cookies::Cookie;
use warifu_server::pages::paths;
use warifu_shared::jws::approval::DenyReason;
use warifu_tests::browser::Setup;
use warifu_tests::databases::Database;
use warifu_tests::device::Device;
use warifu_tests::server::{HANAKO, TARO, TestServer};

use crate::visitor::Visitor;

#[tokio::test]
async fn web_01_web_05_web_10_every_page_in_japanese_on_a_small_phone() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let visitor = Visitor::new(&server).await.narrow().await;
    everywhere(&server, &visitor, "ja").await;
}

#[tokio::test]
async fn web_01_web_05_web_10_every_page_in_english_on_a_small_phone() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let visitor = Visitor::with(
        &server,
        Setup {
            language: "en-US",
            ..Setup::default()
        },
    )
    .await
    .narrow()
    .await;
    everywhere(&server, &visitor, "en").await;
}

#[tokio::test]
async fn web_01_web_05_every_page_in_english_on_a_desk_in_dark_colours() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let visitor = Visitor::with(
        &server,
        Setup {
            language: "en-US",
            dark: true,
            ..Setup::default()
        },
    )
    .await;
    everywhere(&server, &visitor, "en").await;
}

async fn everywhere(server: &TestServer, visitor: &Visitor, language: &str) {
    before_login(server, visitor, language).await;
    let device = with_a_first_device(server, visitor, language).await;
    at_home(visitor, language).await;
    waiting(&device, visitor, language).await;
}

async fn before_login(server: &TestServer, visitor: &Visitor, language: &str) {
    visitor.open(paths::LOGIN).await;
    visitor.inspect(language).await;
    visitor.fill("#account_number", TARO.number).await;
    visitor.fill("#password", "wrong").await;
    visitor.press(paths::LOGIN).await;
    visitor.find("#error").await;
    visitor.inspect_refusal(language, 403).await;
    visitor.open("/nowhere").await;
    visitor.inspect_refusal(language, 404).await;
    visitor.open(paths::DEMO).await;
    visitor.inspect(language).await;
    visitor.enter_password(HANAKO).await;
    visitor.inspect(language).await;
    visitor.fill("#code", "00000000").await;
    visitor.press("/code").await;
    visitor.find("#error").await;
    visitor.inspect_refusal(language, 403).await;
    server.send_mail().await;
    visitor.open("/demo/mailbox").await;
    visitor.inspect(language).await;
    visitor.click("main a[href*='/demo/mailbox/']").await;
    visitor.arrive("/demo/mailbox/").await;
    visitor.inspect(language).await;
}

async fn with_a_first_device(server: &TestServer, visitor: &Visitor, language: &str) -> Device {
    visitor.log_in_by_code(server, TARO).await;
    visitor.inspect(language).await;
    visitor.open(paths::DEVICES).await;
    visitor.inspect(language).await;
    visitor.press(paths::ENROL).await;
    visitor.arrive("/enrol/").await;
    visitor.click("details summary").await;
    visitor.inspect(language).await;
    let link = visitor.app_link().await;
    let device = Device::new(&server.clock).await;
    device.enrol(&link).await;
    visitor.find("#fingerprint").await;
    visitor.inspect(language).await;
    visitor.press("/confirm").await;
    visitor.find(&format!("form[action=\"{}\"]", paths::TEST)).await;
    visitor.inspect(language).await;
    visitor.press(paths::TEST).await;
    visitor.arrive("/test/").await;
    visitor.inspect(language).await;
    device
        .approve(&device.only_request().await, &visitor.number().await)
        .await
        .expect("approved");
    visitor.arrive(paths::DEVICES).await;
    visitor.find("[role=status]").await;
    visitor.inspect(language).await;
    device
}

async fn at_home(visitor: &Visitor, language: &str) {
    visitor.open(paths::ACCOUNT).await;
    visitor.inspect(language).await;
    visitor.press(paths::LOGOUT).await;
    visitor.wait_until_gone(".menu").await;
    visitor.inspect(language).await;
}

async fn waiting(device: &Device, visitor: &Visitor, language: &str) {
    visitor.enter_password(TARO).await;
    visitor.inspect(language).await;
    device
        .deny(&device.only_request().await, DenyReason::Cancelled)
        .await
        .expect("recorded");
    visitor.wait_until_gone("#number").await;
    visitor.inspect(language).await;
    visitor.enter_password(TARO).await;
    device
        .approve(&device.only_request().await, &visitor.number().await)
        .await
        .expect("approved");
    visitor.arrive(paths::ACCOUNT).await;
    visitor.inspect(language).await;
    visitor.open(paths::DEVICES).await;
    visitor.inspect(language).await;
    visitor.click(".device__foot a").await;
    visitor.find("form[action$='/suspend']").await;
    visitor.inspect(language).await;
    visitor.click("a[href$='/remove']").await;
    visitor.find("form[action$='/remove']").await;
    visitor.inspect(language).await;
    visitor.press("/remove").await;
    visitor.find("form[action$='/keep']").await;
    visitor.inspect(language).await;
    visitor.open(paths::DEVICES_MOVE).await;
    visitor.inspect(language).await;
    visitor.open(paths::LOST).await;
    visitor.inspect(language).await;
}

#[tokio::test]
async fn web_10_the_look_at_a_page_sees_what_is_wrong_with_it() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let visitor = Visitor::new(&server).await.narrow().await;
    visitor.open(paths::LOGIN).await;
    visitor
        .script(
            "const add = (tag, change) => { const e = document.createElement(tag); change(e); \
             document.querySelector('main').append(e); }; \
             add('input', () => {}); add('div', (e) => { e.style.width = '900px'; e.textContent = 'wide'; }); \
             add('h1', (e) => { e.textContent = 'two'; }); add('button', () => {});",
        )
        .await;
    let problems = visitor.problems().await;
    for wrong in [
        "no label",
        "sticks out",
        "not one h1",
        "no name",
        "inline or tabindex",
    ] {
        assert!(
            problems.iter().any(|one| one.starts_with(wrong)),
            "{wrong}: {problems:?}"
        );
    }
}

#[tokio::test]
async fn web_07_the_language_switch_keeps_the_page_and_is_remembered() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let (device, _) = server.customer_with_device(TARO).await;
    let visitor = Visitor::new(&server).await;
    visitor.enter_password(TARO).await;
    let (page, number) = (visitor.path().await, visitor.number().await);
    for language in ["en", "ja", "en"] {
        visitor.click(&format!("a[hreflang={language}]")).await;
        visitor.find(&format!("html[lang={language}] #number")).await;
        assert_eq!(
            (visitor.path().await, visitor.number().await),
            (page.clone(), number.clone())
        );
        visitor.inspect(language).await;
    }
    device
        .approve(&device.only_request().await, &number)
        .await
        .expect("approved");
    visitor.arrive(paths::ACCOUNT).await;
    visitor.inspect("en").await;
    let cookies = visitor.client().get_all_cookies().await.expect("cookies");
    for cookie in &cookies {
        assert_eq!(cookie.http_only(), Some(true), "{cookie}");
        assert_eq!(cookie.path(), Some("/"), "{cookie}");
        assert!(cookie.same_site().is_some_and(|site| site.is_lax()), "{cookie}");
    }
    let mut names: Vec<&str> = cookies.iter().map(Cookie::name).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        ["lang", "warifu-browser", "warifu-session"],
        "the one from before the login has ended (SESS-03)"
    );
    assert_eq!(
        visitor.script("return document.cookie").await,
        "",
        "scripts see none"
    );
    let kept = visitor
        .script("return [localStorage.length, sessionStorage.length]")
        .await;
    assert_eq!(kept, serde_json::json!([0, 0]));
}

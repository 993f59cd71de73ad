//! What customers do on the pages, in a real browser.

use std::time::Duration;

use tokio::time::Instant;

use warifu_tests::browser::Browser;
use warifu_tests::live_server::LiveServer;
use warifu_tests::page::Page;
use warifu_tests::server::Login;

use crate::in_app;

/// Enters account number and password.
pub async fn enter_password(browser: &Browser, origin: &str, customer: Login) {
    browser.goto(&format!("{origin}/login")).await;
    browser.fill("#account_number", customer.number).await;
    browser.fill("#password", customer.password).await;
    browser.click("form[action='/login'] button[type=submit]").await;
}

/// Logs in a customer without a device.
pub async fn log_in_by_code(browser: &Browser, server: &LiveServer, customer: Login) {
    enter_password(browser, &server.origin, customer).await;
    browser.find("#code").await;
    let code = server.code_for(customer).await;
    browser.fill("#code", &code).await;
    browser.click("form[action$='/code'] button").await;
    arrived_at_account(browser).await;
}

/// Asks for an enrolment from the account page and returns its link.
pub async fn begin_enrolment(browser: &Browser) -> String {
    browser.click("form[action='/enrol'] button").await;
    link(browser, "enrol").await
}

/// Says that both fingerprints are the same.
pub async fn confirm_fingerprint(browser: &Browser) {
    browser.click("#confirm").await;
    browser.find("form[action='/test'] button").await;
}

/// Logs in a customer whose device answers in the app's window.
pub async fn log_in_with(browser: &Browser, server: &LiveServer, customer: Login, app: &Page) {
    enter_password(browser, &server.origin, customer).await;
    let number = number(browser).await;
    in_app::wait_for_requests(app, 1).await;
    in_app::open_request(app, 1).await;
    let pressed = in_app::approve(app, &number).await;
    moved_on_by_itself(browser, pressed).await;
    in_app::close_result(app, "approved").await;
}

/// The six digits to compare with the app.
pub async fn fingerprint(browser: &Browser) -> String {
    digits(&browser.text("#fingerprint").await)
}

/// The six digits of a waiting page.
pub async fn number(browser: &Browser) -> String {
    digits(&browser.text("#number").await)
}

/// The `warifu://` link of the page, for an enrolment or a challenge.
pub async fn link(browser: &Browser, kind: &str) -> String {
    let element = browser.find(&format!("a[href^='warifu://{kind}']")).await;
    let address = element.attr("href").await.expect("the browser answers");
    address.expect("a link has an address")
}

/// Waits until the browser has arrived at the account by itself.
pub async fn arrived_at_account(browser: &Browser) {
    browser.wait_for_url(|url| url.path() == "/account").await;
}

/// The same, within a few seconds of `since`: the page is told, it does not find out by reloading.
pub async fn moved_on_by_itself(browser: &Browser, since: Instant) {
    arrived_at_account(browser).await;
    let took = since.elapsed();
    assert!(took < MOVES_ON_WITHIN, "the page moved on after {took:?}");
    assert!(
        browser.text_of_page().await.contains("アプリで承認"),
        "the session is of an approval"
    );
}

/// Leaves the session; the browser stays a known one.
pub async fn log_out(browser: &Browser) {
    browser.goto(&at(browser, "/account").await).await;
    browser.click("form[action='/logout'] button").await;
    browser.find("a[href^='/login']").await;
}

/// Whether the page still shows its number and waits.
pub async fn still_waits(browser: &Browser) {
    assert!(
        browser.url().await.path().starts_with("/login/"),
        "the page stays where it is"
    );
    assert!(browser.shows("#number").await, "the page still shows its number");
}

async fn at(page: &Page, path: &str) -> String {
    page.url().await.join(path).expect("a path").into()
}

fn digits(text: &str) -> String {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    assert_eq!(digits.len(), 6, "six digits: {text:?}");
    digits
}

/// A second or so on a quiet machine; the rest is for a busy one.
const MOVES_ON_WITHIN: Duration = Duration::from_secs(5);

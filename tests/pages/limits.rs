//! Forms that are too large, of the wrong kind or from elsewhere: refused as a page with a number, nothing done.

use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HOST, ORIGIN};
use warifu_server::pages::paths;
use warifu_tests::databases::Database;
use warifu_tests::form::Form;
use warifu_tests::plain_http;
use warifu_tests::server::{TARO, TestServer};

#[tokio::test]
async fn web_11_large_forms_are_refused_as_pages_in_the_customers_language() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let browser = server.browser();
    let login = browser.get(paths::LOGIN).await.form(paths::LOGIN);
    let csrf = login.value("csrf").expect("a token").to_owned();
    let fields = |password: String| {
        vec![
            ("csrf".to_owned(), csrf.clone()),
            ("account_number".to_owned(), TARO.number.to_owned()),
            ("password".to_owned(), password),
        ]
    };
    let large = browser.post(paths::LOGIN, &fields("x".repeat(65 * 1024))).await;
    assert_eq!(large.status, 413);
    assert!(
        large.body.contains("1004") && large.body.contains("<html lang=\"ja\">"),
        "{}",
        large.body
    );
    let english = server
        .browser()
        .speaking("en")
        .post(paths::LOGIN, &fields("x".repeat(65 * 1024)))
        .await;
    assert!(
        english.body.contains("The request is too large."),
        "{}",
        english.body
    );
    let long = browser.post(paths::LOGIN, &fields("x".repeat(60 * 1024))).await;
    assert_eq!(long.status, 403, "just a wrong password: {}", long.body);
    assert!(long.body.contains("1501"), "{}", long.body);
}

#[tokio::test]
async fn web_08_forms_that_cannot_be_read_are_refused_as_pages() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let client = plain_http::client().build().expect("a client");
    let url = format!("{}{}", server.origin, paths::LOGIN);
    for (kind, body) in [
        ("text/plain", "account_number=1"),
        ("application/json", "{}"),
        (
            "application/x-www-form-urlencoded",
            "csrf=%ff%fe&account_number=%zz&account_number=2",
        ),
        ("", "x"),
    ] {
        let mut request = client
            .request(Method::POST, &url)
            .header(ORIGIN, &server.origin)
            .body(body);
        if !kind.is_empty() {
            request = request.header(CONTENT_TYPE, kind);
        }
        let answer = request.send().await.expect("an answer");
        assert!(
            matches!(answer.status().as_u16(), 400 | 403),
            "{kind}: {}",
            answer.status()
        );
        let text = answer.text().await.expect("a body");
        assert!(text.contains("<html lang=\"ja\">"), "{kind}: {text}");
        assert!(
            !text.contains("Form requests") && !text.contains("deserialize"),
            "WEB-08: {text}"
        );
    }
}

#[tokio::test]
async fn web_03_forms_from_elsewhere_do_nothing() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let session = server.log_in_by_code(TARO).await;
    let page = session.get(paths::ACCOUNT).await;
    let logout = page.form(paths::LOGOUT);
    let wrong = session
        .browser()
        .post(paths::LOGOUT, &[("csrf".to_owned(), "x".repeat(43))])
        .await;
    assert_eq!(wrong.status, 403);
    assert!(wrong.body.contains("1009"), "{}", wrong.body);
    let none = session.browser().post(paths::LOGOUT, &[]).await;
    assert_eq!(none.status, 403);

    let right = session.browser().post(paths::LOGOUT, &logout.fields).await;
    assert!(right.status.is_redirection() || right.status.is_success());
}

#[tokio::test]
async fn web_03_the_origin_that_the_browser_names_counts() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let cookies = server.browser().get(paths::LOGIN).await.cookies;
    let cookie = cookies[0].split(';').next().expect("a cookie").to_owned();
    let csrf = token_for(&server, &cookie).await;
    let own_host = server.origin.trim_start_matches("http://").to_owned();
    for (origin, site, number) in [
        ("https://evil.example", "", "1008"),
        ("null", "", "1008"),
        ("", "cross-site", "1008"),
        ("", "same-site", "1008"),
        ("null", "cross-site", "1008"),
        // What browsers send for pages that ask for no referrer.
        ("null", "same-origin", "1501"),
        (server.origin.as_str(), "same-origin", "1501"),
    ] {
        let client = plain_http::client().build().expect("a client");
        let mut request = client
            .post(format!("{}{}", server.origin, paths::LOGIN))
            .header("cookie", &cookie)
            .header(HOST, &own_host);
        if !origin.is_empty() {
            request = request.header(ORIGIN, origin);
        }
        if !site.is_empty() {
            request = request.header("sec-fetch-site", site);
        }
        let fields = [
            ("csrf", csrf.as_str()),
            ("account_number", TARO.number),
            ("password", "wrong"),
        ];
        let answer = request.form(&fields).send().await.expect("an answer");
        assert_eq!(answer.status(), 403);
        let text = answer.text().await.expect("a page");
        assert!(text.contains(number), "{origin} {site}: {text}");
    }
}

/// The token in the form that the browser with this cookie gets.
async fn token_for(server: &TestServer, cookie: &str) -> String {
    let client = plain_http::client().build().expect("a client");
    let url = format!("{}{}", server.origin, paths::LOGIN);
    let page = client
        .get(&url)
        .header("cookie", cookie)
        .send()
        .await
        .expect("an answer");
    let forms = Form::all(&page.text().await.expect("a page"));
    let form = forms
        .iter()
        .find(|form| form.action == paths::LOGIN)
        .expect("a form");
    form.value("csrf").expect("a token").to_owned()
}

//! The pages' answers byte by byte: headers on every route, cookies, refusals, and that looking changes nothing.

use reqwest::header::{HOST, HeaderMap};
use reqwest::{Client, Method, Response};
use warifu_server::pages::paths;
use warifu_shared::api::paths as api;
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::plain_http;
use warifu_tests::server::{TARO, TestServer};

fn client() -> Client {
    plain_http::client().build().expect("a client")
}

fn check_page_headers(path: &str, headers: &HeaderMap) {
    let text = |name: &str| {
        headers
            .get(name)
            .map_or("", |value| value.to_str().expect("text"))
    };
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("x-frame-options", "DENY"),
    ] {
        assert_eq!(text(name), value, "{path}: {name}");
    }
    let policy = text("content-security-policy");
    for part in [
        "default-src 'none'",
        "script-src 'nonce-",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "require-trusted-types-for 'script'",
    ] {
        assert!(policy.contains(part), "{path}: {policy:?}");
    }
    assert!(!policy.contains("unsafe"), "{path}: {policy}");
    assert!(text("permissions-policy").contains("camera=()"), "{path}");
    for banner in ["server", "x-powered-by", "access-control-allow-origin"] {
        assert!(headers.get(banner).is_none(), "{path}: {banner} (OPS-06, WEB-06)");
    }
}

#[tokio::test]
async fn web_01_web_02_web_06_ops_06_the_headers_stand_on_every_route() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let session = server.log_in_by_code(TARO).await;
    let enrol = session.begin_enrolment().await.path;
    let mut nonces = std::collections::HashSet::new();
    let some = [
        "/",
        paths::LOGIN,
        paths::ACCOUNT,
        paths::DEVICES,
        paths::DEMO,
        &enrol,
        "/language?to=en&back=/login",
        "/login/lg_x",
        "/devices/dv_x/remove",
        "/test/ch_x",
        "/nowhere",
        paths::LOGOUT,
        "/language",
        "/login/%ff",
    ];
    for path in some {
        let answer = session.get(path).await;
        check_page_headers(path, &answer.headers);
        assert_eq!(answer.headers["cache-control"], "no-store", "{path}");
        let policy = answer.headers["content-security-policy"]
            .to_str()
            .expect("text")
            .to_owned();
        assert!(nonces.insert(policy), "{path}: a nonce is used once");
    }
    let mailbox = session.get("/demo/mailbox").await;
    assert!(
        mailbox.headers["content-security-policy"]
            .to_str()
            .expect("text")
            .contains("default-src 'none'")
    );
    assert_eq!(mailbox.headers["cache-control"], "no-store");
    let status = session.get(&format!("{enrol}/status")).await;
    check_page_headers("status", &status.headers);
    assert_eq!(status.headers["cache-control"], "no-store");
}

#[tokio::test]
async fn web_02_assets_may_be_kept_and_the_device_api_may_not() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let anonymous = server.browser();
    let login = anonymous.get(paths::LOGIN).await;
    let asset = login
        .body
        .split('"')
        .find(|part| part.starts_with(paths::ASSETS))
        .expect("an asset");
    let asset = anonymous.get(asset).await;
    check_page_headers("asset", &asset.headers);
    assert!(
        asset.headers["cache-control"]
            .to_str()
            .expect("text")
            .contains("immutable")
    );
    for path in [api::SERVICE, api::DEVICE, "/v1/nothing"] {
        let answer = anonymous.get(path).await;
        assert_eq!(answer.headers["cache-control"], "no-store", "{path}");
        assert_eq!(answer.headers["x-content-type-options"], "nosniff", "{path}");
    }
}

#[tokio::test]
async fn sess_04_web_02_on_https_cookies_are_bound_to_the_host_and_browsers_insist_on_tls() {
    let db = Database::sqlite();
    let server = TestServer::with(&db, |config| {
        config.origins[0].url = "https://www.hinode.example".to_owned();
    })
    .await;
    let url = format!("{}{}", server.origin, paths::LOGIN);
    let answer = client()
        .get(url)
        .header(HOST, "www.hinode.example")
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 200);
    let cookie = answer.headers()["set-cookie"].to_str().expect("text");
    assert!(cookie.starts_with("__Host-warifu-login="), "{cookie}");
    for part in ["; Secure", "; HttpOnly", "; SameSite=Lax", "; Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.to_ascii_lowercase().contains("domain"), "{cookie}");
    assert_eq!(
        answer.headers()["strict-transport-security"],
        "max-age=31536000; includeSubDomains"
    );
}

#[tokio::test]
async fn web_07_web_08_pages_asked_for_under_another_host_are_not_found() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let own = server.origin.trim_start_matches("http://").to_owned();
    for host in [
        "evil.example",
        "localhost",
        "",
        &format!("{own}.evil.example"),
        &format!("evil.example@{own}"),
    ] {
        for path in ["/", paths::LOGIN, paths::ACCOUNT] {
            let ask = client()
                .get(format!("{}{path}", server.origin))
                .header(HOST, host);
            let forwarded = ask
                .header("x-forwarded-host", &own)
                .send()
                .await
                .expect("an answer");
            let (status, headers) = (forwarded.status(), forwarded.headers().clone());
            assert!(headers.get("set-cookie").is_none(), "{host} {path}");
            let text = forwarded.text().await.expect("a body");
            if path == "/" {
                assert!(
                    status == 404 || headers["location"] == paths::LOGIN,
                    "{host:?}: {status}"
                );
            } else {
                assert_eq!(status, 404, "{host:?} {path}");
            }
            assert!(!text.contains("evil.example"), "{text}");
        }
    }
}

#[tokio::test]
async fn web_07_the_language_switch_leads_nowhere_else() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let browser = server.browser();
    for back in [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "/%5Cevil.example",
        "evil.example",
        "javascript:alert(1)",
        "/\r\nSet-Cookie: a=b",
        "/\t/evil.example",
        "http:evil.example",
        "///evil.example",
        " //evil.example",
        "/./\\evil.example",
        "",
    ] {
        let query: String = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("to", "en")
            .append_pair("back", back)
            .finish();
        let answer = browser.get(&format!("{}?{query}", paths::LANGUAGE)).await;
        let to = answer
            .location
            .unwrap_or_else(|| panic!("{back:?} is no redirect"));
        let joined = url::Url::parse(&server.origin)
            .and_then(|own| own.join(&to))
            .expect("a URL");
        assert_eq!(
            joined.origin().ascii_serialization(),
            server.origin,
            "{back:?} leads to {to:?}"
        );
        assert!(to.starts_with('/') && !to.starts_with("//"), "{to}");
        assert_eq!(answer.cookies.len(), 1, "{:?}", answer.cookies);
    }
    let kept = browser
        .get(&format!("{}?to=xx&back=/devices", paths::LANGUAGE))
        .await;
    assert_eq!(
        (kept.location.as_deref(), kept.cookies.len()),
        (Some("/devices"), 0),
        "no such language"
    );
}

#[tokio::test]
async fn web_03_web_09_looking_changes_nothing() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let (device, session) = server.customer_with_device(TARO).await;
        let browser = server.browser();
        let waiting = browser.enter_password(TARO.number, TARO.password).await;
        device
            .approve(&device.only_request().await, &waiting.number())
            .await
            .expect("approved");
        let before = leaves(&server).await;
        for path in [
            paths::ACCOUNT,
            paths::DEVICES,
            paths::LOGIN,
            paths::LOGOUT,
            paths::ENROL,
            paths::TEST,
        ] {
            let answer = session.get(path).await;
            assert!(
                answer.cookies.iter().all(|cookie| !cookie.contains("session")),
                "{path}: {:?}",
                answer.cookies
            );
        }
        for action in [
            "",
            "/status",
            "/events",
            "/continue",
            "/cancel",
            "/code",
            "/resend",
        ] {
            let path = format!("{}{action}", waiting.path);
            let answer = browser.get(&path).await;
            assert!(answer.cookies.is_empty(), "{path}");
            let wanted = if matches!(action, "" | "/status" | "/events") {
                200
            } else {
                405
            };
            assert_eq!(answer.status, wanted, "{path}");
        }
        assert_eq!(leaves(&server).await, before, "nothing was done");
        assert_eq!(
            browser.live_status(&waiting).await.state,
            "approved",
            "nothing was used up"
        );
        browser.go_on(&waiting).await;
        assert_eq!(
            session.get(paths::ACCOUNT).await.status,
            200,
            "nobody was logged out"
        );
    })
    .await;
}

async fn leaves(server: &TestServer) -> i64 {
    let mut c = server.server.app.store.read().await.expect("a connection");
    sqlx::query_scalar("SELECT COUNT(*) FROM audit_leaves")
        .fetch_one(&mut *c)
        .await
        .expect("a number")
}

#[tokio::test]
async fn web_08_web_11_only_listed_methods_answer_and_refusals_are_pages() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let send = async |method: Method, path: &str| -> Response {
        let url = format!("{}{path}", server.origin);
        client().request(method, url).send().await.expect("an answer")
    };
    for path in [
        paths::LOGIN,
        paths::ACCOUNT,
        paths::DEVICES,
        "/login/lg_x",
        "/enrol/en_x/status",
    ] {
        for method in [
            Method::TRACE,
            Method::PUT,
            Method::DELETE,
            Method::PATCH,
            Method::OPTIONS,
        ] {
            let answer = send(method.clone(), path).await;
            assert_eq!(answer.status(), 405, "{method} {path}");
            check_page_headers(path, answer.headers());
            let text = answer.text().await.expect("a body");
            assert!(
                text.contains("1003") && text.contains("この操作はできません。"),
                "{method} {path}: {text}"
            );
        }
    }
    for path in [paths::LOGOUT, paths::ENROL, paths::TEST, "/login/lg_x/continue"] {
        assert_eq!(send(Method::GET, path).await.status(), 405, "{path}");
        assert_eq!(send(Method::HEAD, path).await.status(), 405, "{path}");
    }
    let head = send(Method::HEAD, paths::LOGIN).await;
    assert_eq!(head.status(), 200);
    check_page_headers("HEAD", head.headers());
    assert_eq!(head.text().await.expect("no body"), "");
}

#[tokio::test]
async fn web_08_what_is_not_there_is_said_without_internal_words() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    for path in [
        "/nowhere",
        "/login/lg_none",
        "/login/%ff",
        "/assets/x/y.js",
        "/.env",
        "/../etc/passwd",
        "/login/",
    ] {
        let url = format!("{}{path}", server.origin);
        let answer = client().get(url).send().await.expect("an answer");
        assert!(
            matches!(answer.status().as_u16(), 400 | 404),
            "{path}: {}",
            answer.status()
        );
        check_page_headers(path, answer.headers());
        let text = answer.text().await.expect("a body");
        assert!(
            text.is_empty() || text.contains("<html lang=\"ja\">"),
            "{path}: {text}"
        );
        assert!(
            !text.contains("Invalid UTF-8") && !text.contains("rror:"),
            "WEB-08: {text}"
        );
    }
}

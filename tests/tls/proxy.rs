//! Behind a TLS-terminating proxy: what it says counts, and nobody else may speak plain HTTP or say such things.

use reqwest::Method;
use warifu_server::pages::paths;
use warifu_shared::api::paths as api;
use warifu_tests::authority::Authority;
use warifu_tests::customer::AnonymousBrowser;
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::raw_device::RawDevice;
use warifu_tests::server::{HANAKO, TARO, TestServer};
use warifu_tests::tls_proxy::TlsProxy;
use warifu_tests::wire;

use crate::listener::{get, relay, web};

const CLIENT: &str = "203.0.113.9";

/// A server that is public only through a proxy on 127.0.0.1, and that proxy.
async fn behind_proxy(authority: &Authority, db: &Database) -> (TestServer, TlsProxy) {
    let mut proxy = TlsProxy::bind(authority.pair()).await;
    let server = TestServer::with(db, |config| {
        config.service.device_origin = proxy.origin();
        config.origins[0].url = proxy.origin();
        config.proxy.trusted = vec!["127.0.0.1".parse().expect("an address")];
    })
    .await;
    proxy.forward(web(&server), CLIENT);
    (server, proxy)
}

#[tokio::test]
async fn appr_08_risk_05_signatures_and_addresses_are_right_through_a_tls_proxy() {
    for_each_database(|db| async move {
        let authority = Authority::new();
        let (server, proxy) = behind_proxy(&authority, &db).await;
        let store = &server.server.app.store;
        let device = RawDevice::register(store, TARO, &proxy.origin(), server.now()).await;
        let client = authority.client().build().expect("a client");
        let send = async |request: warifu_tests::raw_device::RawRequest| {
            let url = format!("{}{}", proxy.origin(), request.path);
            let mut sent = client.request(request.method, url);
            for (name, value) in &request.headers {
                sent = sent.header(name, value);
            }
            sent.send().await.expect("an answer").status().as_u16()
        };
        let signed = device.sign(Method::GET, api::DEVICE, b"", server.now());
        assert_eq!(send(signed).await, 200, "signed for the public origin");
        let inner = format!("http://{}", web(&server));
        let wrong = device.sign_for(&inner, Method::GET, api::DEVICE, b"", server.now());
        assert_eq!(
            send(wrong).await,
            401,
            "what the proxy calls the server does not count"
        );

        let browser = AnonymousBrowser::trusting(&authority.file(), &proxy.origin());
        let read = async || server.code_for(HANAKO).await;
        let session = browser.log_in_by_code(HANAKO.number, HANAKO.password, read).await;
        let home = session.get(paths::ACCOUNT).await;
        assert_eq!(home.status, 200);
        let hsts = &home.headers["strict-transport-security"];
        assert_eq!(hsts, "max-age=31536000; includeSubDomains", "WEB-02");
        assert!(
            addresses(&server)
                .await
                .iter()
                .any(|details| details.contains(CLIENT))
        );
    })
    .await;
}

#[tokio::test]
async fn ops_01_plain_http_from_others_than_the_declared_proxy_is_hung_up_on() {
    let db = Database::sqlite();
    let server = TestServer::with(&db, |config| {
        config.proxy.trusted = vec!["127.0.0.2".parse().expect("an address")];
    })
    .await;
    for address in [web(&server), relay(&server)] {
        let mut stranger = wire::connect(address).await;
        wire::send(&mut stranger, get(paths::LOGIN, &server).as_bytes()).await;
        assert_eq!(wire::text_until_hung_up(&mut stranger).await, "");
        let mut proxy = wire::connect_from("127.0.0.2", address).await;
        wire::send(&mut proxy, get(paths::LOGIN, &server).as_bytes()).await;
        assert!(wire::answer(&mut proxy).await.starts_with("HTTP/1.1 "));
    }
}

#[tokio::test]
async fn risk_05_forwarding_headers_of_strangers_change_nothing() {
    let authority = Authority::new();
    let db = Database::sqlite();
    let server = TestServer::with(&db, |config| {
        authority.secure(config);
        config.proxy.trusted = vec!["127.0.0.2".parse().expect("an address")];
    })
    .await;
    let client = authority.client().build().expect("a client");
    let login = async |source: &str, number: &str| {
        let client = if source == "127.0.0.1" {
            client.clone()
        } else {
            let source: std::net::IpAddr = source.parse().expect("an address");
            authority
                .client()
                .local_address(source)
                .build()
                .expect("a client")
        };
        let url = format!("{}{}", server.origin, paths::LOGIN);
        let answer = client.get(&url).send().await.expect("an answer");
        let cookie = answer.headers()["set-cookie"].to_str().expect("text").to_owned();
        let cookie = cookie.split(';').next().expect("a cookie").to_owned();
        let page = answer.text().await.expect("a page");
        let forms = warifu_tests::form::Form::all(&page);
        let form = forms
            .iter()
            .find(|form| form.action == paths::LOGIN)
            .expect("a form");
        let csrf = form.value("csrf").expect("a token").to_owned();
        let fields = [
            ("csrf", csrf.as_str()),
            ("account_number", number),
            ("password", "wrong"),
        ];
        let sent = client
            .post(&url)
            .header("cookie", cookie)
            .header("origin", &server.origin)
            .header("x-forwarded-for", CLIENT)
            .header("x-forwarded-host", "evil.example")
            .header("forwarded", "for=203.0.113.9;host=evil.example")
            .form(&fields)
            .send();
        assert_eq!(sent.await.expect("an answer").status(), 403);
    };
    login("127.0.0.1", TARO.number).await;
    let before = addresses(&server).await;
    assert!(
        before.iter().any(|details| details.contains("127.0.0.1")),
        "{before:?}"
    );
    assert!(
        !before.iter().any(|details| details.contains(CLIENT)),
        "{before:?}"
    );
    login("127.0.0.2", TARO.number).await;
    let after = addresses(&server).await;
    assert!(after.iter().any(|details| details.contains(CLIENT)), "{after:?}");
}

/// The details of all audit leaves.
async fn addresses(server: &TestServer) -> Vec<String> {
    let mut c = server.server.app.store.read().await.expect("a connection");
    sqlx::query_scalar("SELECT details FROM audit_details")
        .fetch_all(&mut *c)
        .await
        .expect("details")
}

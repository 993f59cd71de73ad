//! TLS of both listeners: protocols, the whole login over it, headers, and a new certificate while connections go on.

use reqwest::Version;
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::ProtocolVersion;
use warifu_server::net::certificates::Look;
use warifu_server::pages::paths;
use warifu_shared::api::paths as api;
use warifu_tests::authority::Authority;
use warifu_tests::customer::AnonymousBrowser;
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::server::{TARO, TestServer};
use warifu_tests::wire;

use crate::listener::{get, relay, web, with_tls};

const HSTS: &str = "max-age=31536000; includeSubDomains";

#[tokio::test]
async fn ops_01_a_login_over_tls_and_http2_on_both_databases() {
    for_each_database(|db| async move {
        let authority = Authority::new();
        let server = TestServer::with(&db, |config| authority.secure(config)).await;
        let browser = AnonymousBrowser::trusting(&authority.file(), &server.origin);
        let read = async || server.code_for(TARO).await;
        let session = browser.log_in_by_code(TARO.number, TARO.password, read).await;
        let home = session.get(paths::ACCOUNT).await;
        assert_eq!(home.status, 200);
        assert!(session.browser().get(paths::LOGIN).await.status.is_success());
    })
    .await;
}

#[tokio::test]
async fn sess_04_over_tls_the_session_cookie_belongs_to_this_host_and_to_no_script() {
    let db = Database::sqlite();
    let authority = Authority::new();
    let server = TestServer::with(&db, |config| authority.secure(config)).await;
    let browser = AnonymousBrowser::trusting(&authority.file(), &server.origin);
    let page = browser.enter_password(TARO.number, TARO.password).await;
    let code = server.code_for(TARO).await;
    let done = browser.submit(&page, "/code", &[("code", &code)]).await;
    let cookie = done
        .cookies
        .iter()
        .find(|cookie| cookie.contains("session"))
        .expect("a session");
    assert!(cookie.starts_with("__Host-warifu-session="), "{cookie}");
    let mut parts: Vec<&str> = cookie.split("; ").skip(1).collect();
    parts.sort_unstable();
    assert_eq!(
        parts,
        ["HttpOnly", "Path=/", "SameSite=Lax", "Secure"],
        "{cookie}"
    );
}

#[tokio::test]
async fn ops_01_web_speaks_http2_and_http1_the_relay_http1_both_tls_1_3() {
    let authority = Authority::new();
    let server = with_tls(&authority, |_| {}).await;
    for (address, offered, chosen) in [
        (web(&server), &["h2", "http/1.1"][..], Some(&b"h2"[..])),
        (web(&server), &["http/1.1"], Some(b"http/1.1")),
        (web(&server), &[], None),
        (relay(&server), &["h2", "http/1.1"], Some(b"http/1.1")),
    ] {
        let stream = authority.connect(address.port(), offered).await.expect("TLS");
        let (_, tls) = stream.get_ref();
        assert_eq!(tls.alpn_protocol(), chosen);
        assert_eq!(tls.protocol_version(), Some(ProtocolVersion::TLSv1_3));
    }
    let client = authority.client().build().expect("a client");
    let answer = client
        .get(format!("{}{}", server.origin, paths::LOGIN))
        .send()
        .await;
    let answer = answer.expect("an answer");
    assert_eq!(
        (answer.version(), answer.status().as_u16()),
        (Version::HTTP_2, 200)
    );
}

#[tokio::test]
async fn web_02_every_answer_over_tls_insists_on_it() {
    let authority = Authority::new();
    let server = with_tls(&authority, |_| {}).await;
    let client = authority.client().build().expect("a client");
    let push = format!("https://{}", relay(&server));
    for (origin, path) in [
        (&server.origin, paths::LOGIN),
        (&server.origin, "/nowhere"),
        (&server.origin, "/demo/mailbox"),
        (&server.origin, api::SERVICE),
        (&server.origin, api::DEVICE),
        (&server.origin, "/v1/nothing"),
        (&push, "/"),
        (&push, "/nothing"),
    ] {
        let answer = client
            .get(format!("{origin}{path}"))
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.headers()["strict-transport-security"], HSTS, "{path}");
    }
}

#[tokio::test]
async fn ops_01_a_new_certificate_is_taken_while_connections_go_on() {
    for_each_database(|db| async move {
        let authority = Authority::new();
        let server = TestServer::with(&db, |config| authority.secure(config)).await;
        let mut old = connect(&authority, web(&server).port()).await;
        let first = certificate(&old);
        assert!(matches!(
            server.server.look_at_certificate().await,
            Some(Look::Same)
        ));
        let pair = authority.pair();
        authority.put(&pair);
        assert!(matches!(
            server.server.look_at_certificate().await,
            Some(Look::Replaced)
        ));
        for port in [web(&server).port(), relay(&server).port()] {
            assert_eq!(certificate(&connect(&authority, port).await), pair.der());
        }
        assert_ne!(first, pair.der());
        wire::send(&mut old, get(paths::LOGIN, &server).as_bytes()).await;
        assert!(
            wire::answer(&mut old).await.starts_with("HTTP/1.1 200 "),
            "the old one goes on"
        );
        assert_eq!(replacements(&server).await, 1, "AUDIT-01");
    })
    .await;
}

#[tokio::test]
async fn ops_01_a_bad_new_certificate_leaves_the_old_in_use_and_says_why() {
    let authority = Authority::new();
    let server = with_tls(&authority, |_| {}).await;
    let files = authority.tls();
    let first = certificate(&connect(&authority, web(&server).port()).await);
    let other = authority.pair();
    let cases: [(&str, &str, &str); 4] = [
        (&other.certificate, "", "no private key"),
        ("nothing", &other.key, "no certificates"),
        (
            &other.certificate,
            &authority.pair().key,
            "cannot be used together",
        ),
        (
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            &other.key,
            "cannot be used",
        ),
    ];
    for (certificate_pem, key_pem, word) in cases {
        std::fs::write(&files.certificate, certificate_pem).expect("written");
        std::fs::write(&files.key, key_pem).expect("written");
        let Some(Look::Refused(error)) = server.server.look_at_certificate().await else {
            panic!("{word}: it was taken")
        };
        assert!(error.to_string().contains(word), "{word}: {error}");
        assert_eq!(
            certificate(&connect(&authority, web(&server).port()).await),
            first
        );
    }
    std::fs::remove_file(&files.key).expect("removed");
    let Some(Look::Refused(error)) = server.server.look_at_certificate().await else {
        panic!("a missing key was taken")
    };
    assert!(
        error.to_string().contains("server.key"),
        "it names the file: {error}"
    );
    assert_eq!(replacements(&server).await, 0);
    authority.put(&other);
    assert!(matches!(
        server.server.look_at_certificate().await,
        Some(Look::Replaced)
    ));
    assert_eq!(
        certificate(&connect(&authority, web(&server).port()).await),
        other.der()
    );
}

async fn connect(authority: &Authority, port: u16) -> TlsStream<TcpStream> {
    authority.connect(port, &["http/1.1"]).await.expect("TLS")
}

fn certificate(stream: &TlsStream<TcpStream>) -> Vec<u8> {
    let certificates = stream.get_ref().1.peer_certificates().expect("certificates");
    certificates[0].to_vec()
}

async fn replacements(server: &TestServer) -> i64 {
    let mut c = server.server.app.store.read().await.expect("a connection");
    sqlx::query_scalar("SELECT COUNT(*) FROM audit_leaves WHERE action = 'tls.replaced'")
        .fetch_one(&mut *c)
        .await
        .expect("a number")
}

//! Clients that keep the server waiting are hung up on, each after its own limit and no earlier one.

use warifu_server::config::Config;
use warifu_server::pages::paths;
use warifu_shared::api::paths as api;
use warifu_shared::jws::approval::DenyReason;
use warifu_tests::authority::Authority;
use warifu_tests::server::TARO;
use warifu_tests::wire;

use crate::listener::{Served, get, relay, web, with, with_tls};

/// The one short limit of a test; the others are too long for it to end by them.
const SHORT: u64 = 300;
/// Short as well, but long enough for real requests.
const ENOUGH: u64 = 3_000;
const LONG: u64 = 600_000;

async fn patient_but(change: impl FnOnce(&mut Config)) -> Served {
    with(|config| {
        patient(config);
        change(config);
    })
    .await
}

fn patient(config: &mut Config) {
    let rules = &mut config.connections;
    (rules.handshake_ms, rules.headers_ms) = (LONG, LONG);
    (rules.request_ms, rules.idle_ms) = (LONG, LONG);
}

#[tokio::test]
async fn web_11_headers_that_drip_or_never_come_end_the_connection() {
    let server = patient_but(|config| config.connections.headers_ms = SHORT).await;
    for address in [web(&server), relay(&server)] {
        let mut dripping = wire::connect(address).await;
        let first = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n";
        let said = wire::drip(&mut dripping, first, "X-A: b\r\n").await;
        assert_eq!(said, "", "no answer to half a request");
        let mut silent = wire::connect(address).await;
        assert_eq!(wire::text_until_hung_up(&mut silent).await, "");
        // Also on a connection that has seen a good request.
        let mut second = wire::connect(address).await;
        wire::send(&mut second, b"GET /nothing HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").await;
        wire::answer(&mut second).await;
        assert_eq!(wire::drip(&mut second, "GET /", "x").await, "");
    }
}

#[tokio::test]
async fn web_11_bodies_that_drip_are_answered_408() {
    let server = patient_but(|config| config.connections.request_ms = SHORT).await;
    let form = "application/x-www-form-urlencoded";
    for (path, kind) in [
        (paths::LOGIN, form),
        (api::ENROL_BEGIN, "application/json"),
        (api::ENROL_FINISH, "application/json"),
    ] {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: {kind}\r\nContent-Length: 60000\r\n\r\n",
            web(&server)
        );
        let mut stream = wire::connect(web(&server)).await;
        let said = wire::drip(&mut stream, &head, "x").await;
        assert!(said.starts_with("HTTP/1.1 408 "), "{path}: {said}");
        assert!(said.to_ascii_lowercase().contains("\r\ndate: "), "{said}");
    }
}

#[tokio::test]
async fn web_11_connections_without_a_request_end() {
    let server = patient_but(|config| config.connections.idle_ms = SHORT).await;
    for address in [web(&server), relay(&server)] {
        let mut idle = wire::connect(address).await;
        wire::send(&mut idle, b"GET /nothing HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").await;
        let answer = wire::answer(&mut idle).await;
        assert!(
            !answer.to_ascii_lowercase().contains("connection: close"),
            "{answer}"
        );
        assert_eq!(wire::text_until_hung_up(&mut idle).await, "");
    }
}

#[tokio::test]
async fn web_11_a_waiting_page_is_not_idle() {
    let server = patient_but(|config| {
        config.connections.idle_ms = ENOUGH;
        config.connections.request_ms = ENOUGH;
    })
    .await;
    let (device, session) = server.customer_with_device(TARO).await;
    let (browser, _) = session.log_out().await;
    let waiting = browser.enter_password(TARO.number, TARO.password).await;
    let mut events = browser.events(&waiting).await;
    // Other connections come and go by the same limit, one after the other, so it is well over for this one too.
    for _ in 0..2 {
        let mut idle = wire::connect(web(&server)).await;
        wire::send(&mut idle, get("/nothing", &server).as_bytes()).await;
        wire::until_hung_up(&mut idle).await;
    }
    let request = device.only_request().await;
    device
        .deny(&request, DenyReason::Cancelled)
        .await
        .expect("refused");
    let mut heard = String::new();
    while let Some(chunk) = events.chunk().await.expect("the stream goes on") {
        heard.push_str(&String::from_utf8_lossy(&chunk));
    }
    assert!(heard.contains("denied"), "{heard}");
}

#[tokio::test]
async fn web_11_a_handshake_that_is_never_finished_ends() {
    let authority = Authority::new();
    let server = with_tls(&authority, |config| {
        patient(config);
        config.connections.handshake_ms = SHORT;
    })
    .await;
    for address in [web(&server), relay(&server)] {
        let mut silent = wire::connect(address).await;
        assert_eq!(wire::until_hung_up(&mut silent).await, b"");
        let mut half = wire::connect(address).await;
        wire::send(&mut half, b"\x16\x03\x01\x02\x00\x01\x00").await;
        assert_eq!(wire::until_hung_up(&mut half).await, b"");
    }
}

#[tokio::test]
async fn web_11_slow_clients_are_no_different_under_tls_and_http2() {
    let authority = Authority::new();
    let server = with_tls(&authority, |config| {
        patient(config);
        config.connections.headers_ms = SHORT;
    })
    .await;
    for protocol in ["http/1.1", "h2"] {
        let mut stream = authority
            .connect(web(&server).port(), &[protocol])
            .await
            .expect("TLS");
        let (first, again) = match protocol {
            // The preface and the start of a frame of headers that never ends: CONTINUATION follows CONTINUATION.
            "h2" => (H2_OPENING, "\0\0\u{1}\u{9}\0\0\0\0\u{1}@"),
            _ => ("GET / HTTP/1.1\r\n", "X-A: b\r\n"),
        };
        let said = wire::drip(&mut stream, first, again).await;
        assert!(!said.contains("200 OK"), "{protocol}: {said}");
    }
}

/// RFC 9113 section 3.4, empty settings, and HEADERS without END_HEADERS on stream 1.
const H2_OPENING: &str = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u{4}\0\0\0\0\0\0\0\u{1}\u{1}\0\0\0\0\u{1}@";

#[tokio::test]
async fn web_11_answers_that_nobody_takes_end_the_connection() {
    let server = patient_but(|config| {
        config.connections.idle_ms = SHORT;
        config.connections.total = 1;
    })
    .await;
    let mut greedy = wire::connect(web(&server)).await;
    // Far more answers than all buffers on the way hold.
    let asked = tokio::spawn(async move {
        let many = "GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".repeat(1000);
        for _ in 0..100 {
            wire::send(&mut greedy, many.as_bytes()).await;
        }
        greedy
    });
    // The one place becomes free although the greedy client neither reads nor goes.
    let beat = &mut tokio::time::interval(std::time::Duration::from_millis(20));
    let freed = async {
        loop {
            beat.tick().await;
            let mut next = wire::connect(web(&server)).await;
            wire::send(&mut next, get("/nothing", &server).as_bytes()).await;
            if wire::try_answer(&mut next).await.is_some() {
                return;
            }
        }
    };
    let limit = std::time::Duration::from_secs(30);
    tokio::time::timeout(limit, freed)
        .await
        .expect("the place becomes free");
    drop(asked.await);
}

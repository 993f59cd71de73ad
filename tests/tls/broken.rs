//! Requests that are too large, cut off or no HTTP at all: refused or hung up on, and the server goes on.

use tokio::io::AsyncReadExt as _;
use warifu_server::pages::paths;
use warifu_shared::api::paths as api;
use warifu_tests::authority::Authority;
use warifu_tests::databases::Database;
use warifu_tests::server::TestServer;
use warifu_tests::wire;

use crate::listener::{get, relay, web, with_tls};

/// Sends raw bytes and gives all that comes back; the client says that nothing more will follow when `ends`.
async fn ask(address: std::net::SocketAddr, bytes: &[u8], ends: bool) -> String {
    use tokio::io::AsyncWriteExt as _;
    let mut stream = wire::connect(address).await;
    wire::send(&mut stream, bytes).await;
    if ends {
        let _hung_up = stream.shutdown().await;
    }
    wire::text_until_hung_up(&mut stream).await
}

async fn still_answers(server: &TestServer) {
    let mut stream = wire::connect(web(server)).await;
    wire::send(&mut stream, get(paths::LOGIN, server).as_bytes()).await;
    assert!(wire::answer(&mut stream).await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn web_11_headers_have_a_largest_size() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let request = |line: &str| {
        format!(
            "GET {} HTTP/1.1\r\nHost: {}\r\n{line}\r\n",
            paths::LOGIN,
            web(&server)
        )
    };
    let fits = request(&format!("X-A: {}\r\nConnection: close\r\n", "a".repeat(15_000)));
    assert!(
        ask(web(&server), fits.as_bytes(), false)
            .await
            .starts_with("HTTP/1.1 200 ")
    );
    for line in [
        format!("X-A: {}\r\n", "a".repeat(17_000)),
        format!("Cookie: {}\r\n", "a=b; ".repeat(4_000)),
        "X-A: b\r\n".repeat(200),
    ] {
        for address in [web(&server), relay(&server)] {
            let said = ask(address, request(&line).as_bytes(), false).await;
            assert!(said.starts_with("HTTP/1.1 431 "), "{} bytes: {said}", line.len());
        }
    }
    let path = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(17_000));
    let said = ask(web(&server), path.as_bytes(), false).await;
    assert!(
        said.starts_with("HTTP/1.1 4") && !said.starts_with("HTTP/1.1 404"),
        "{said}"
    );
    still_answers(&server).await;
}

#[tokio::test]
async fn web_11_bodies_have_a_largest_size_also_without_a_length() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let chunk = format!("1000\r\n{}\r\n", "x".repeat(0x1000)).repeat(17);
    for (path, kind) in [
        (paths::LOGIN, "application/x-www-form-urlencoded"),
        (api::ENROL_BEGIN, "application/json"),
        (api::ENROL_FINISH, "application/json"),
    ] {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: {kind}\r\nConnection: close\r\n",
            web(&server)
        );
        let plain = format!("{head}Content-Length: 69632\r\n\r\n{}", "x".repeat(69_632));
        let chunked = format!("{head}Transfer-Encoding: chunked\r\n\r\n{chunk}0\r\n\r\n");
        for bytes in [plain, chunked] {
            let said = ask(web(&server), bytes.as_bytes(), false).await;
            assert!(said.starts_with("HTTP/1.1 413 "), "{path}: {said}");
        }
    }
    still_answers(&server).await;
}

#[tokio::test]
async fn web_11_requests_that_are_cut_off_do_nothing() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let head = |length: usize| {
        format!(
            "POST {} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n",
            api::ENROL_BEGIN,
            web(&server)
        )
    };
    let body = r#"{"how":"link"}"#;
    let whole = format!("{}{body}", head(body.len()));
    let said = ask(web(&server), whole.as_bytes(), true).await;
    assert!(
        said.starts_with("HTTP/1.1 400 ") && said.contains("1001"),
        "it was read: {said}"
    );
    let cut = format!("{}{body}", head(body.len() + 1));
    let said = ask(web(&server), cut.as_bytes(), true).await;
    assert!(!said.contains("HTTP/1.1 2"), "{said}");
    for part in ["G", "GET /login HT", "GET /login HTTP/1.1\r\nHost: a\r\n"] {
        let said = ask(web(&server), part.as_bytes(), true).await;
        assert!(
            said.is_empty() || said.starts_with("HTTP/1.1 400 "),
            "{part:?}: {said}"
        );
    }
    still_answers(&server).await;
}

#[tokio::test]
async fn web_11_what_is_no_http_is_hung_up_on() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let noise: Vec<u8> = (0..4096_u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    let two_lengths = "POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab";
    for bytes in [
        &noise[..],
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"\0\0\0\0\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /login HTTP/1.1\r\nHost: a\r\nX Y: z\r\n\r\n",
        b"GET /login HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n",
        two_lengths.as_bytes(),
        b"POST /login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
    ] {
        for address in [web(&server), relay(&server)] {
            let said = ask(address, bytes, true).await;
            let first = String::from_utf8_lossy(&bytes[..bytes.len().min(40)]).into_owned();
            assert!(
                said.is_empty() || said.starts_with("HTTP/1.1 4"),
                "{first:?}: {said}"
            );
        }
    }
    still_answers(&server).await;
}

#[tokio::test]
async fn web_11_unlisted_methods_do_not_answer_on_either_listener() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    for (address, path, methods) in [
        (
            web(&server),
            paths::LOGIN,
            ["TRACE", "CONNECT", "DANCE", "PROPFIND"],
        ),
        (web(&server), api::SERVICE, ["TRACE", "CONNECT", "POST", "DELETE"]),
        (relay(&server), "/", ["TRACE", "CONNECT", "POST", "DELETE"]),
        (relay(&server), "/wpush/v1/x", ["TRACE", "GET", "PUT", "DELETE"]),
        (relay(&server), "/m/x", ["TRACE", "GET", "POST", "PUT"]),
    ] {
        for method in methods {
            let request = format!(
                "{method} {path} HTTP/1.1\r\nHost: {address}\r\nX-Echo: secret\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
            let said = ask(address, request.as_bytes(), false).await;
            let refused =
                said.starts_with("HTTP/1.1 405 ") || (method == "CONNECT" && said.starts_with("HTTP/1.1 4"));
            assert!(refused && !said.contains("secret"), "{method} {path}: {said}");
        }
    }
}

#[tokio::test]
async fn ops_01_plain_http_to_the_tls_port_gets_no_answer() {
    let authority = Authority::new();
    let server = with_tls(&authority, |_| {}).await;
    for address in [web(&server), relay(&server)] {
        let said = ask(address, get(paths::LOGIN, &server).as_bytes(), false).await;
        assert!(!said.contains("HTTP/"), "{said}");
    }
}

#[tokio::test]
async fn app_09_ops_01_old_versions_of_tls_are_refused() {
    let authority = Authority::new();
    let server = with_tls(&authority, |_| {}).await;
    for address in [web(&server), relay(&server)] {
        for minor in [0, 1, 2] {
            let mut stream = wire::connect(address).await;
            wire::send(&mut stream, &hello(minor)).await;
            let said = wire::until_hung_up(&mut stream).await;
            // Record type alert, level fatal, description protocol_version (RFC 8446 section 6).
            let refused = said.first() == Some(&21) && said.get(5..7) == Some(&[2, 70]);
            assert!(refused, "3.{minor}: {said:?}");
        }
        let mut stream = wire::connect(address).await;
        wire::send(&mut stream, &hello(3)).await;
        let mut first = [0; 6];
        stream.read_exact(&mut first).await.expect("an answer");
        assert_eq!((first[0], first[5]), (22, 2), "TLS 1.2: a ServerHello");
    }
}

/// A ClientHello as clients before TLS 1.3 sent it, of version 3.`minor`.
fn hello(minor: u8) -> Vec<u8> {
    let mut body = vec![3, minor];
    body.extend([7; 32]);
    // No session; ECDHE and RSA with AES-CBC and SHA-1, ECDHE with AES-GCM; no compression.
    body.extend([0, 0, 8, 0xc0, 0x09, 0xc0, 0x13, 0x00, 0x2f, 0xc0, 0x2b, 1, 0]);
    // Signature algorithm ECDSA P-256 with SHA-256, groups x25519 and P-256, uncompressed points.
    body.extend([0, 24, 0, 13, 0, 4, 0, 2, 4, 3]);
    body.extend([0, 10, 0, 6, 0, 4, 0, 0x1d, 0, 0x17]);
    body.extend([0, 11, 0, 2, 1, 0]);
    let length = u8::try_from(body.len()).expect("short");
    let mut hello = vec![22, 3, minor.min(1), 0, length + 4, 1, 0, 0, length];
    hello.extend(body);
    hello
}

//! The device API spoken by hand: what is not signed, signed wrongly, sent twice or changed on the way (APPR-05..09).

use reqwest::Method;
use warifu_shared::api::paths;
use warifu_shared::ids::{ChallengeId, WithdrawalId};
use warifu_shared::keys::SigningKey;
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::raw_device::{RawDevice, RawRequest};
use warifu_tests::server::{TARO, TestServer};

/// A device of the first customer.
pub async fn device(server: &TestServer) -> RawDevice {
    RawDevice::register(&server.server.app.store, TARO, &server.origin, server.now()).await
}

/// Every route that wants a signature, with a body that fits.
pub fn every_signed_route() -> Vec<(Method, String, &'static [u8])> {
    let challenge = ChallengeId::random();
    vec![
        (Method::GET, paths::DEVICE.to_owned(), b"".as_slice()),
        (Method::DELETE, paths::DEVICE.to_owned(), b""),
        (Method::PUT, paths::DEVICE_NAME.to_owned(), br#"{"name":"x"}"#),
        (Method::PUT, paths::SUBSCRIPTION.to_owned(), b"{}"),
        (Method::DELETE, paths::SUBSCRIPTION.to_owned(), b""),
        (Method::GET, paths::CHALLENGES.to_owned(), b""),
        (Method::GET, paths::challenge(&challenge), b""),
        (Method::POST, paths::decision(&challenge), br#"{"token":"x"}"#),
        (Method::GET, paths::WITHDRAWALS.to_owned(), b""),
        (
            Method::POST,
            paths::recall(&WithdrawalId::random()),
            br#"{"token":"x"}"#,
        ),
    ]
}

#[tokio::test]
async fn appr_05_nothing_is_answered_without_a_signature_of_a_known_device() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let known = device(&server).await;
    let mut stranger = device(&server).await;
    stranger.request = SigningKey::generate();
    for (method, path, body) in every_signed_route() {
        let signed = known.sign(method.clone(), &path, body, server.now());
        for part in ["signature", "signature-input"] {
            let answer = known.send(&signed.clone().without(part)).await;
            assert_eq!(
                answer.refusal(),
                (401, 1101),
                "{method} {path} without {part}: {}",
                answer.text
            );
        }
        let forged = signed.clone().with("signature", &tampered(&signed));
        assert_eq!(
            known.send(&forged).await.refusal(),
            (401, 1102),
            "{method} {path} with another signature"
        );
        let foreign = stranger.sign(method.clone(), &path, body, server.now());
        let answer = stranger.send(&foreign).await;
        assert_eq!(answer.refusal(), (401, 1102), "{method} {path} by an unknown key");
        assert_eq!(answer.headers["cache-control"], "no-store");
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
        assert!(
            answer.json["request_id"]
                .as_str()
                .is_some_and(|id| !id.is_empty()),
            "WEB-08"
        );
    }
    let status = known.get(paths::DEVICE, server.now()).await;
    assert_eq!(
        status.json["state"], "active",
        "none of it did anything: {}",
        status.text
    );
}

/// The signature with one bit of it changed.
pub fn tampered(request: &RawRequest) -> String {
    let (_, signature) = request
        .headers
        .iter()
        .find(|(name, _)| name == "signature")
        .expect("a signature");
    let swapped = if signature.as_bytes()[6] == b'A' { "B" } else { "A" };
    format!("{}{swapped}{}", &signature[..6], &signature[7..])
}

#[tokio::test]
async fn appr_05_a_signature_counts_for_its_method_path_query_and_minute_only() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let device = device(&server).await;
    let get = device.sign(Method::GET, paths::DEVICE, b"", server.now());
    let delete = RawRequest {
        method: Method::DELETE,
        ..get.clone()
    };
    assert_eq!(
        device.send(&delete).await.refusal(),
        (401, 1102),
        "a look is no leaving"
    );
    let elsewhere = RawRequest {
        path: paths::CHALLENGES.to_owned(),
        ..get.clone()
    };
    assert_eq!(device.send(&elsewhere).await.refusal(), (401, 1102));
    let query = RawRequest {
        path: format!("{}?all=1", paths::DEVICE),
        ..get.clone()
    };
    assert_eq!(device.send(&query).await.refusal(), (401, 1102));
    server.clock.advance_secs(61);
    assert_eq!(
        device.send(&get).await.refusal(),
        (401, 1103),
        "older than a minute"
    );
    let early = device.sign(Method::GET, paths::DEVICE, b"", server.now().plus_secs(62));
    assert_eq!(
        device.send(&early).await.refusal(),
        (401, 1103),
        "from the future"
    );
    for off in [-59, 59] {
        let near = device.sign(Method::GET, paths::DEVICE, b"", server.now().plus_secs(off));
        assert_eq!(device.send(&near).await.status, 200, "{off} s off is near enough");
    }
}

#[tokio::test]
async fn appr_07_a_request_sent_twice_is_done_once_also_after_a_restart() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let device = device(&server).await;
        let rename = device.sign(
            Method::PUT,
            paths::DEVICE_NAME,
            r#"{"name":"一回目"}"#.as_bytes(),
            server.now(),
        );
        assert_eq!(device.send(&rename).await.status, 204);
        assert_eq!(device.send(&rename).await.refusal(), (401, 1104));
        let back = device.sign(
            Method::PUT,
            paths::DEVICE_NAME,
            r#"{"name":"二回目"}"#.as_bytes(),
            server.now(),
        );
        assert_eq!(device.send(&back).await.status, 204);

        let look = device.sign(Method::GET, paths::DEVICE, b"", server.now());
        assert_eq!(device.send(&look).await.status, 200);
        assert_eq!(
            device.send(&look).await.refusal(),
            (401, 1104),
            "safe methods too"
        );

        let server = server.restart().await;
        assert_eq!(
            device.send(&rename).await.refusal(),
            (401, 1104),
            "the database remembers"
        );
        assert_eq!(
            device.get(paths::DEVICE, server.now()).await.json["name"],
            "二回目"
        );
    })
    .await;
}

#[tokio::test]
async fn appr_07_of_ten_equal_requests_at_once_one_is_done() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let device = device(&server).await;
        let rename = device.sign(
            Method::PUT,
            paths::DEVICE_NAME,
            br#"{"name":"one"}"#,
            server.now(),
        );
        let sent = (0..10).map(|_| device.send(&rename));
        let answers = futures_util::future::join_all(sent).await;
        let done = answers.iter().filter(|answer| answer.status == 204).count();
        let refused = answers
            .iter()
            .filter(|answer| answer.refusal() == (401, 1104))
            .count();
        assert_eq!((done, refused), (1, 9), "{answers:?}");
    })
    .await;
}

#[tokio::test]
async fn appr_06_a_body_that_does_not_fit_its_digest_is_never_read() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let device = device(&server).await;
    let signed = device.sign(
        Method::PUT,
        paths::DEVICE_NAME,
        br#"{"name":"mine"}"#,
        server.now(),
    );
    let changed = RawRequest {
        body: br#"{"name":"evil"}"#.to_vec(),
        ..signed.clone()
    };
    assert_eq!(device.send(&changed).await.refusal(), (400, 1105));
    let garbage = RawRequest {
        body: b"not json".to_vec(),
        ..signed.clone()
    };
    assert_eq!(
        device.send(&garbage).await.refusal(),
        (400, 1105),
        "the digest comes before the parser"
    );
    let bare = signed.clone().without("content-digest");
    assert!(matches!(
        device.send(&bare).await.refusal(),
        (400, 1105) | (401, 1102)
    ));
    let other_type = signed.clone().with("content-type", "text/plain");
    assert_eq!(device.send(&other_type).await.refusal(), (401, 1102));
    // A body that was not signed at all, on a request that was signed without one.
    let look = device.sign(Method::DELETE, paths::SUBSCRIPTION, b"", server.now());
    let smuggled = RawRequest {
        body: br#"{"name":"evil"}"#.to_vec(),
        ..look
    };
    assert!(device.send(&smuggled).await.status.is_client_error());
    assert_eq!(
        device.send(&signed).await.status,
        204,
        "the right one still counts: nothing was used up"
    );
}

#[tokio::test]
async fn appr_08_the_origin_is_the_configured_one_whatever_the_headers_say() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let device = device(&server).await;
    let spoofs = [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "https"),
        ("forwarded", "host=evil.example;proto=https"),
    ];
    for (name, value) in spoofs {
        let right = device
            .sign(Method::GET, paths::DEVICE, b"", server.now())
            .with(name, value);
        assert_eq!(device.send(&right).await.status, 200, "{name} does not matter");
        for origin in ["https://evil.example", "http://evil.example"] {
            let evil = device
                .sign_for(origin, Method::GET, paths::DEVICE, b"", server.now())
                .with(name, value);
            assert_eq!(
                device.send(&evil).await.refusal(),
                (401, 1102),
                "{name} makes {origin} no origin of ours"
            );
        }
    }
}

#[tokio::test]
async fn appr_09_a_second_signature_or_header_line_is_refused() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let device = device(&server).await;
    let body = br#"{"name":"x"}"#;
    let other = device.sign(Method::PUT, paths::DEVICE_NAME, body, server.now());
    for (name, value) in other.headers {
        let doubled = device
            .sign(Method::PUT, paths::DEVICE_NAME, body, server.now())
            .and(&name, &value);
        let (status, code) = device.send(&doubled).await.refusal();
        assert!(
            matches!((status, code), (401, 1102) | (400, 1105)),
            "{name} twice: {status} {code}"
        );
    }
}

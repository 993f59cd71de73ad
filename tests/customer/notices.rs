//! Signed notices, vetoes, and requests that another device answered (ENROL-07, ENROL-09).

use reqwest::Method;
use warifu_server::jobs;
use warifu_server::operations::notices;
use warifu_shared::api::paths;
use warifu_shared::jws::notice::{Notice, NoticeExpect, NoticeKind};
use warifu_tests::databases::for_each_database;
use warifu_tests::evidence;
use warifu_tests::raw_device::RawDevice;
use warifu_tests::server::{HANAKO, TARO, TestServer};

/// What a device is told after a moment, each verified with the server's key.
async fn told(server: &TestServer, device: &RawDevice, after: i64) -> Vec<Notice> {
    let path = format!("{}?after={after}", paths::NOTICES);
    let answer = device.get(&path, server.now()).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let secrets = &server.server.app.secrets;
    let expect = NoticeExpect {
        iss: &server.origin,
        device: &device.id,
        now: server.now(),
    };
    let jws = answer.json["notices"].as_array().expect("a list").iter();
    jws.map(|jws| {
        let jws = jws.as_str().expect("text");
        Notice::verify(jws, secrets.challenge_key.public(), &expect).expect("a good notice")
    })
    .collect()
}

/// Another device of Taro's, straight in the database.
async fn raw(server: &TestServer) -> RawDevice {
    let store = &server.server.app.store;
    RawDevice::register(store, TARO, &server.origin, server.now()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn enrol_07_each_device_is_told_what_the_mails_tell_signed_for_it_alone() {
    for_each_database(async |db| {
        let server = TestServer::start(&db).await;
        let (first, second) = (raw(&server).await, raw(&server).await);
        let store = &server.server.app.store;
        let stranger = RawDevice::register(store, HANAKO, &server.origin, server.now()).await;
        server.clock.advance_secs(5);
        let leave = first.sign(Method::DELETE, paths::DEVICE, b"", server.now());
        assert_eq!(first.send(&leave).await.status, 204);

        let mine = told(&server, &second, 0).await;
        assert_eq!(mine.len(), 1, "{mine:?}");
        let removed = matches!(&mine[0].what.kind, NoticeKind::DeviceRemoved { name } if name == "裸の端末");
        assert!(removed && mine[0].what.at == server.now().secs(), "{mine:?}");
        assert!(told(&server, &stranger, 0).await.is_empty(), "another account");
        assert!(told(&server, &second, server.now().0).await.is_empty(), "known");
        // The one that left, an unsigned request, and a query that says more.
        let gone = first.get(paths::NOTICES, server.now()).await;
        assert_eq!(gone.refusal(), (403, 1207));
        let unsigned = second
            .sign(Method::GET, paths::NOTICES, b"", server.now())
            .without("signature");
        assert_eq!(second.send(&unsigned).await.status, 401);
        let odd = second
            .get(&format!("{}?before=1", paths::NOTICES), server.now())
            .await;
        assert_eq!(odd.status, 400, "{}", odd.text);
        let kept = evidence::count(
            store,
            "SELECT COUNT(*) FROM notices WHERE kind = 'device_removed'",
        )
        .await;
        assert_eq!(kept, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn enrol_07_a_device_is_not_told_what_was_before_it_and_the_rest_goes_after_ninety_days() {
    for_each_database(async |db| {
        let server = TestServer::start(&db).await;
        let (first, second) = (raw(&server).await, raw(&server).await);
        server.clock.advance_secs(5);
        let leave = first.sign(Method::DELETE, paths::DEVICE, b"", server.now());
        assert_eq!(first.send(&leave).await.status, 204);
        server.clock.advance_secs(5);
        let newer = raw(&server).await;
        assert!(
            told(&server, &newer, 0).await.is_empty(),
            "told before it was there"
        );
        for (days, left) in [(89, 1), (2, 0)] {
            server.clock.advance_secs(days * 86_400);
            jobs::step(&server.server.app, None).await.expect("clean-up");
            assert_eq!(told(&server, &second, 0).await.len(), left, "{days}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn push_03_notices_are_hinted_at_once_for_each_account_after_their_cause() {
    for_each_database(async |db| {
        let server = TestServer::start(&db).await;
        let (first, second) = (raw(&server).await, raw(&server).await);
        let app = &server.server.app;
        let subscription = serde_json::json!({
            "endpoint": format!("{}/wpush/v2/none", app.config.relay.public_url.replace("ws", "http").trim_end_matches('/')),
            "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
            "auth": "BTBZMqHH6r4Tts7J_aSIgg",
        });
        let body = subscription.to_string();
        let put = second.sign(Method::PUT, paths::SUBSCRIPTION, body.as_bytes(), server.now());
        let answer = second.send(&put).await;
        assert_eq!(answer.status, 204, "{}", answer.text);
        assert_eq!(notices::hint(app).await.expect("hints"), 0);
        let leave = first.sign(Method::DELETE, paths::DEVICE, b"", server.now());
        assert_eq!(first.send(&leave).await.status, 204);
        let twice = futures_util::future::join(notices::hint(app), notices::hint(app)).await;
        assert_eq!(twice.0.expect("hints") + twice.1.expect("hints"), 1, "one of them");
        assert_eq!(notices::hint(app).await.expect("hints"), 0);
    })
    .await;
}

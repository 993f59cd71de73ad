//! What a device may do in each of its states, what bodies it may send, and whose requests it sees.

use reqwest::Method;
use warifu_shared::api::{DeviceState, paths};
use warifu_shared::ids::ChallengeId;
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::raw_device::{RawDevice, RawRequest};
use warifu_tests::server::{HANAKO, TARO, TestServer};

use crate::device_api::{device, every_signed_route, tampered};

#[tokio::test]
async fn enrol_12_a_removed_device_hears_1207_and_a_pending_or_suspended_one_may_not_look() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let device = device(&server).await;
        for (from, to, code) in [
            (DeviceState::Active, DeviceState::Suspended, 1208),
            (DeviceState::Suspended, DeviceState::Pending, 1206),
        ] {
            change(&server, &device, from, to).await;
            assert_eq!(
                device.get(paths::CHALLENGES, server.now()).await.refusal(),
                (403, code)
            );
            assert_eq!(device.get(paths::DEVICE, server.now()).await.status, 200);
        }
        change(&server, &device, DeviceState::Pending, DeviceState::Active).await;
        let leave = device.sign(Method::DELETE, paths::DEVICE, b"", server.now());
        assert_eq!(device.send(&leave).await.status, 204);
        for (method, path, body) in every_signed_route() {
            let request = device.sign(method.clone(), &path, body, server.now());
            assert_eq!(
                device.send(&request).await.refusal(),
                (403, 1207),
                "{method} {path}"
            );
        }
        let forged = device.sign(Method::GET, paths::DEVICE, b"", server.now());
        let forged = forged.clone().with("signature", &tampered(&forged));
        assert_eq!(
            device.send(&forged).await.refusal(),
            (401, 1102),
            "who cannot sign learns nothing of its state"
        );
    })
    .await;
}

async fn change(server: &TestServer, device: &RawDevice, from: DeviceState, to: DeviceState) {
    let (id, now) = (device.id.clone(), server.now());
    let done = server.server.app.store.write(move |c| {
        Box::pin(
            async move { warifu_server::store::devices::change_state(c, &id, from, to, "test", now).await },
        )
    });
    assert!(done.await.expect("it answers"));
}

#[tokio::test]
async fn web_11_bodies_are_small_and_exactly_what_the_protocol_says() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let device = device(&server).await;
    let put = |body: &[u8]| device.sign(Method::PUT, paths::DEVICE_NAME, body, server.now());
    for (body, why) in [
        (r#"{"name":"x","admin":true}"#, "an unknown member"),
        (r#"{"name":"x"} {}"#, "something after the end"),
        (r#"{"name":"x","name":"y"}"#, "a member twice"),
        (r#"{"name":7}"#, "another type"),
        ("{}", "nothing"),
        ("[]", "an array"),
        ("name=x", "no JSON"),
    ] {
        assert_eq!(
            device.send(&put(body.as_bytes())).await.refusal(),
            (400, 1001),
            "{why}"
        );
    }
    let big = format!(r#"{{"name":"{}"}}"#, "x".repeat(70_000));
    assert_eq!(device.send(&put(big.as_bytes())).await.refusal(), (413, 1004));
    for path in [paths::ENROL_BEGIN, paths::ENROL_FINISH] {
        let open = RawRequest {
            method: Method::POST,
            path: path.to_owned(),
            headers: vec![],
            body: big.clone().into(),
        };
        let answer = device.send(&open).await;
        assert_eq!(answer.refusal(), (413, 1004), "{path}: {}", answer.text);
        let unknown = RawRequest {
            body: br#"{"how":"link","code":"x","extra":1}"#.to_vec(),
            ..open
        };
        assert_eq!(device.send(&unknown).await.refusal(), (400, 1001), "{path}");
    }
    for (method, path) in [
        (Method::POST, paths::DEVICE),
        (Method::GET, paths::ENROL_BEGIN),
        (Method::TRACE, paths::DEVICE),
    ] {
        let answer = device
            .send(&device.sign(method.clone(), path, b"", server.now()))
            .await;
        assert_eq!(answer.refusal(), (405, 1003), "{method} {path}");
    }
}

#[tokio::test]
async fn chal_10_a_device_sees_its_own_requests_only() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let taros = device(&server).await;
        let store = &server.server.app.store;
        let hanakos = RawDevice::register(store, HANAKO, &server.origin, server.now()).await;
        let waiting = server.browser().enter_password(TARO.number, TARO.password).await;
        let challenge = taros.newest_challenge(server.now()).await;
        assert!(!challenge.1.contains(&waiting.number()), "CHAL-03");

        let list = hanakos.get(paths::CHALLENGES, server.now()).await;
        assert_eq!(list.json["challenges"], serde_json::json!([]));
        let look = hanakos.get(&paths::challenge(&challenge.0), server.now()).await;
        assert_eq!(look.refusal(), (404, 1301));
        let never_was = hanakos
            .get(&paths::challenge(&ChallengeId::random()), server.now())
            .await;
        assert_eq!(
            never_was.refusal(),
            look.refusal(),
            "a foreign one and none look alike"
        );
        let decision = hanakos.decision(&challenge, Some(&waiting.number()), server.now());
        let token = decision.sign(&hanakos.approval).expect("signed");
        let answer = hanakos
            .send(&hanakos.carry(&challenge.0, &token, server.now()))
            .await;
        assert_eq!(answer.refusal(), (404, 1301));
        assert_eq!(
            taros
                .get(&paths::challenge(&challenge.0), server.now())
                .await
                .status,
            200,
            "it still waits"
        );
    })
    .await;
}

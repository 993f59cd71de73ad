//! Signed notices, what can be objected to in them, and requests that another device answered (ENROL-07, ENROL-09, CHAL-09).

use reqwest::Method;
use warifu_server::jobs;
use warifu_server::operations::notices;
use warifu_shared::api::paths;
use warifu_shared::jws::notice::{Notice, NoticeExpect, NoticeKind};
use warifu_shared::jws::veto::VetoTo;
use warifu_tests::databases::for_each_database;
use warifu_tests::evidence;
use warifu_tests::raw_device::RawDevice;
use warifu_tests::server::{HANAKO, TARO, TestServer};

use crate::device_home::{Home, force};

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

#[tokio::test(flavor = "multi_thread")]
async fn enrol_09_enrol_14_the_notices_of_a_new_device_and_of_a_removal_name_it_and_lead_to_the_veto() {
    for_each_database(async |db| {
        let home = Home::open(&db).await;
        let server = &home.server;
        let session = home.session(&home.old).await;
        server.clock.advance_secs(1);
        let new = server.enrol(&session).await;
        let mine = told(server, &home.old, 0).await;
        let registered = mine.iter().find_map(|notice| match &notice.what.kind {
            NoticeKind::DeviceRegistered { device, until, .. } => Some((device.clone(), *until)),
            _ => None,
        });
        let (device, until) = registered.expect("it is told");
        assert_eq!(until, Some(server.now().secs() + 86_400));
        let now = server.now();
        assert_eq!(home.old.object(&device, VetoTo::Registration, now).await, 0);
        drop(new.core.refresh().await);
        let state = serde_json::to_value(new.core.view().services[0].state).expect("JSON");
        assert_eq!(state, "revoked");
        // The last one is to leave: the notice names it, and it keeps itself.
        server.clock.advance_secs(5);
        let session = home.session(&home.old).await;
        force(&session, &home.old, "remove", &[("why", "replaced")]).await;
        let mine = told(server, &home.old, 0).await;
        let leaving = mine.iter().find_map(|notice| match &notice.what.kind {
            NoticeKind::DeviceLeaving { device, .. } => device.clone(),
            _ => None,
        });
        assert_eq!(leaving.as_ref(), Some(&home.old.id), "{mine:?}");
        assert_eq!(
            home.old.object(&home.old.id, VetoTo::Removal, server.now()).await,
            0
        );
        let mine = told(server, &home.old, 0).await;
        let kept = mine
            .iter()
            .filter(|notice| matches!(notice.what.kind, NoticeKind::DeviceStays { .. }));
        assert_eq!(kept.count(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chal_09_push_05_one_device_answers_and_the_other_learns_who_did() {
    for_each_database(async |db| {
        let server = TestServer::start(&db).await;
        let (first, second) = (raw(&server).await, raw(&server).await);
        let stranger =
            RawDevice::register(&server.server.app.store, HANAKO, &server.origin, server.now()).await;
        let waiting = server.browser().enter_password(TARO.number, TARO.password).await;
        let (mine, other) = (
            first.newest_challenge(server.now()).await,
            second.newest_challenge(server.now()).await,
        );
        assert_eq!(mine.0, other.0, "both have a copy of the same request");
        let ending = paths::ending(&other.0);
        assert_eq!(second.get(&ending, server.now()).await.json["state"], "pending");
        let answered = first.decide(&mine, Some(&waiting.number()), server.now()).await;
        assert_eq!(answered.json["outcome"], "approved", "{answered:?}");
        let open = second.get(paths::CHALLENGES, server.now()).await;
        assert_eq!(open.json["challenges"], serde_json::json!([]), "dismissed");
        let told = second.get(&ending, server.now()).await.json;
        assert_eq!(
            (&told["state"], &told["own"]),
            (&"approved".into(), &false.into()),
            "{told}"
        );
        assert_eq!(told["device"], "裸の端末");
        assert_eq!(first.get(&ending, server.now()).await.json["own"], true);
        let late = second.decide(&other, Some(&waiting.number()), server.now()).await;
        assert!(!late.status.is_success(), "{late:?}");
        assert_eq!(stranger.get(&ending, server.now()).await.status, 404);
    })
    .await;
}

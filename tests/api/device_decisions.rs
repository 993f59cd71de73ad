//! Decisions spoken by hand: whose key, over which bytes, how often, and what a second one hears (APPR-01, APPR-10).

use warifu_shared::ids::{ChallengeId, DeviceId};
use warifu_shared::jws::approval::Approval;
use warifu_shared::jws::challenge::{ChallengeHash, device_urn};
use warifu_tests::customer::{AnonymousBrowser, Answer};
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::raw_device::RawDevice;
use warifu_tests::server::{TARO, TestServer};

/// A login of somebody that waits for a device made of keys.
struct Waiting {
    device: RawDevice,
    browser: AnonymousBrowser,
    page: Answer,
    challenge: (ChallengeId, String),
}

async fn waiting(server: &TestServer) -> Waiting {
    let store = &server.server.app.store;
    let device = RawDevice::register(store, TARO, &server.origin, server.now()).await;
    let browser = server.browser();
    let page = browser.enter_password(TARO.number, TARO.password).await;
    let challenge = device.newest_challenge(server.now()).await;
    Waiting {
        device,
        browser,
        page,
        challenge,
    }
}

#[tokio::test]
async fn key_03_appr_01_a_decision_counts_only_by_the_right_key_over_the_right_bytes() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let Waiting {
        device,
        browser,
        page,
        challenge,
    } = waiting(&server).await;
    let now = server.now();
    let yes = device.decision(&challenge, Some(&page.number()), now);
    let no = device.decision(&challenge, None, now);
    let by_the_wrong_key = [
        (
            "a yes by the request key",
            yes.sign(&device.request).expect("signed"),
        ),
        ("a no by the approval key", sign(&device, &no)),
    ];
    let over_the_wrong_bytes = wrong_decisions(&yes, &challenge.1)
        .into_iter()
        .map(|(why, wrong)| (why, sign(&device, &wrong)));
    for (why, token) in by_the_wrong_key.into_iter().chain(over_the_wrong_bytes) {
        let answer = device.send(&device.carry(&challenge.0, &token, now)).await;
        assert_eq!(answer.refusal(), (400, 1304), "{why}: {}", answer.text);
    }
    for garbage in ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.e30."] {
        let answer = device.send(&device.carry(&challenge.0, garbage, now)).await;
        assert_eq!(answer.refusal(), (400, 1304), "{garbage:?}");
    }
    assert_eq!(
        browser.live_status(&page).await.state,
        "pending",
        "none of it counted, none of it was a try"
    );
    let answer = device
        .send(&device.carry(&challenge.0, &sign(&device, &yes), now))
        .await;
    assert_eq!(
        (answer.status.as_u16(), answer.json["outcome"].as_str()),
        (200, Some("approved"))
    );
}

/// A good decision with one claim of it changed.
fn wrong_decisions(yes: &Approval, challenge: &str) -> Vec<(&'static str, Approval)> {
    let mut wrong = Vec::new();
    let mut but = |why, change: &dyn Fn(&mut Approval)| {
        let mut decision = yes.clone();
        change(&mut decision);
        wrong.push((why, decision));
    };
    but("other bytes", &|it| {
        it.chal_hash = ChallengeHash::of(&format!("{challenge} "));
    });
    but("another challenge", &|it| it.chal = ChallengeId::random());
    but("another service", &|it| {
        it.aud = "https://evil.example".to_owned();
    });
    but("another device", &|it| it.iss = device_urn(&DeviceId::random()));
    but("an old one", &|it| {
        (it.iat, it.exp) = (it.iat - 300, it.iat - 200);
    });
    wrong
}

fn sign(device: &RawDevice, approval: &Approval) -> String {
    approval.sign(&device.approval).expect("signed")
}

#[tokio::test]
async fn appr_10_the_same_decision_again_gives_its_outcome_and_another_one_comes_too_late() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let Waiting {
            device,
            page,
            challenge,
            browser,
        } = waiting(&server).await;
        let token = sign(
            &device,
            &device.decision(&challenge, Some(&page.number()), server.now()),
        );
        let first = device.carry(&challenge.0, &token, server.now());
        assert_eq!(device.send(&first).await.json["outcome"], "approved");
        assert_eq!(
            device.send(&first).await.refusal(),
            (401, 1104),
            "the same request is a replay"
        );
        let server = server.restart().await;
        assert_eq!(
            device.send(&first).await.refusal(),
            (401, 1104),
            "APPR-07: after a restart too"
        );
        let again = device.carry(&challenge.0, &token, server.now());
        assert_eq!(
            device.send(&again).await.json["outcome"],
            "approved",
            "the same token in a fresh request is not"
        );

        let change_of_mind = device
            .decision(&challenge, None, server.now())
            .sign(&device.request)
            .expect("signed");
        let late = device
            .send(&device.carry(&challenge.0, &change_of_mind, server.now()))
            .await;
        assert_eq!(late.refusal(), (409, 1303));
        assert_eq!(browser.live_status(&page).await.state, "approved");
        browser.go_on(&page).await;
    })
    .await;
}

#[tokio::test]
async fn chal_09_a_yes_and_a_no_at_once_leave_one_outcome() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let Waiting {
            device,
            page,
            challenge,
            browser,
        } = waiting(&server).await;
        let now = server.now();
        let yes = sign(&device, &device.decision(&challenge, Some(&page.number()), now));
        let no = device
            .decision(&challenge, None, now)
            .sign(&device.request)
            .expect("signed");
        let sent = [&yes, &no, &yes, &no].map(|token| device.carry(&challenge.0, token, now));
        let answers = futures_util::future::join_all(sent.iter().map(|request| device.send(request))).await;
        let outcome = browser.live_status(&page).await.state;
        assert!(matches!(outcome.as_str(), "approved" | "denied"), "{outcome}");
        for (at, answer) in answers.iter().enumerate() {
            let meant = if at % 2 == 0 { "approved" } else { "denied" };
            if meant == outcome {
                assert_eq!(answer.json["outcome"], outcome.as_str(), "{}", answer.text);
            } else {
                assert_eq!(answer.refusal(), (409, 1303), "{}", answer.text);
            }
        }
    })
    .await;
}

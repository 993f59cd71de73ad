//! Receipts from a real server, verified with its published keys alone (TXN-08).

use reqwest::{Method, StatusCode};
use warifu_server::audit::{self, Details, Event};
use warifu_server::operations::receipt;
use warifu_shared::api::paths;
use warifu_shared::ids::{AccountId, ChallengeId, RequestId};
use warifu_shared::jws::approval::{Decision, DenyReason, MatchVia};
use warifu_shared::jws::challenge::Action;
use warifu_shared::jws::enrolment::{Enrolment, Jwk};
use warifu_shared::log::entry::evidence_of;
use warifu_shared::published::PublishedKeys;
use warifu_shared::receipt::{Fault, Receipt, Report, verify};
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::raw_device::RawDevice;
use warifu_tests::server::{HANAKO, Login, TARO, TestServer};

/// The keys as anybody fetches them.
pub async fn keys(server: &TestServer) -> PublishedKeys {
    let answer = server.browser().get(paths::KEYS).await;
    assert_eq!(answer.status, StatusCode::OK);
    PublishedKeys::read(answer.body.as_bytes()).unwrap()
}

/// A device of keys whose enrolment is as real devices sign it.
pub async fn enrolled(server: &TestServer, customer: Login) -> RawDevice {
    let store = &server.server.app.store;
    let device = RawDevice::register(store, customer, &server.origin, server.now()).await;
    let now = server.now().secs();
    let claims = Enrolment {
        iss: device.approval.public().thumbprint().to_string(),
        aud: server.origin.clone(),
        jti: "en_1".parse().unwrap(),
        nonce: warifu_shared::b64::encode([1; 16]),
        opening: warifu_shared::b64::encode([2; 16]),
        code_hash: warifu_shared::b64::encode([3; 32]),
        srv: server.server.app.secrets.challenge_key.public().thumbprint(),
        request_jwk: Jwk::of(device.request.public()),
        approval_jwk: Jwk::of(device.approval.public()),
        model: "test".to_owned(),
        os: String::new(),
        app: "Warifu".to_owned(),
        iat: now,
        nbf: now,
        exp: now + 60,
    };
    let token = claims.sign(&device.request, &device.approval).unwrap();
    let id = device.id.clone();
    let put = store.write(move |c| {
        Box::pin(async move {
            let put = sqlx::query("UPDATE devices SET enrol_token = $1 WHERE id = $2");
            put.bind(&token).bind(id.as_str()).execute(c).await?;
            Ok(())
        })
    });
    put.await.unwrap();
    device
}

async fn fetch(server: &TestServer, device: &RawDevice, id: &ChallengeId) -> String {
    server.clock.advance_secs(1);
    let answer = device.get(&paths::receipt(id), server.now()).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    assert_eq!(answer.headers["content-type"], "application/json");
    answer.text
}

fn read(text: &str, keys: &PublishedKeys) -> Report {
    verify(text.as_bytes(), keys).unwrap_or_else(|fault| panic!("{fault:?}: {text}"))
}

#[tokio::test]
async fn txn_08_a_login_has_a_receipt_at_once_and_a_proven_one_a_moment_later() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let (device, _) = server.customer_with_device(TARO).await;
        let sibling = enrolled(&server, TARO).await;
        let stranger = enrolled(&server, HANAKO).await;
        let browser = server.browser();
        let waiting = browser.enter_password(TARO.number, TARO.password).await;
        let (id, _) = sibling.newest_challenge(server.now()).await;
        let path = paths::receipt(&id);
        let undecided = sibling.get(&path, server.now()).await;
        assert_eq!(undecided.refusal(), (404, 1301), "nothing is decided yet");

        let handle = device.only_request().await;
        device.approve(&handle, &waiting.number()).await.unwrap();
        let keys = keys(&server).await;
        let early = read(&fetch(&server, &sibling, &id).await, &keys);
        assert_eq!(early.entries[0].place, None, "inclusion pending");
        server.server.sequencer.step(server.now()).await.unwrap();
        let text = fetch(&server, &sibling, &id).await;
        let report = read(&text, &keys);
        let (position, size) = report.entries[0].place.unwrap();
        assert!(position < size);
        let signed = report.signed.unwrap();
        assert_eq!(signed.challenge.act, Action::Login);
        assert_eq!(signed.device.name, "太郎の端末");
        let Decision::Approve { number, via, .. } = &signed.approval.decision else {
            panic!()
        };
        assert_eq!(
            (number.reveal(), *via),
            (waiting.number().as_str(), MatchVia::Typed)
        );

        // Only for the account's devices, and only signed.
        assert_eq!(stranger.get(&path, server.now()).await.refusal(), (404, 1301));
        let unsigned = sibling
            .sign(Method::GET, &path, b"", server.now())
            .without("signature");
        assert_eq!(sibling.send(&unsigned).await.status, StatusCode::UNAUTHORIZED);
        for cut in 0..8 {
            let mut bent = text.clone().into_bytes();
            let at = cut * bent.len() / 8 + 20;
            bent[at] ^= 1;
            assert!(verify(&bent, &keys).is_err(), "byte {at}");
        }
    })
    .await;
}

#[tokio::test]
async fn txn_08_a_denial_and_an_approval_on_the_hot_path_have_receipts() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let device = enrolled(&server, TARO).await;
        let keys = keys(&server).await;
        for say in [true, false, true] {
            server.clock.advance_secs(1);
            let page = server.browser().enter_password(TARO.number, TARO.password).await;
            let challenge = device.newest_challenge(server.now()).await;
            let number = page.number();
            let decided = device
                .decide(&challenge, say.then_some(&number), server.now())
                .await;
            assert_eq!(decided.status, StatusCode::OK, "{decided:?}");
            server.server.sequencer.step(server.now()).await.unwrap();
            let report = read(&fetch(&server, &device, &challenge.0).await, &keys);
            assert!(report.entries[0].place.is_some());
            match report.signed.unwrap().approval.decision {
                Decision::Approve { .. } => assert!(say),
                Decision::Deny { reason } => assert!(!say && reason == DenyReason::Cancelled),
            }
        }
    })
    .await;
}

#[tokio::test]
async fn txn_08_a_receipt_of_another_server_is_refused() {
    let (one, two) = (Database::sqlite(), Database::sqlite());
    let (one, two) = (TestServer::start(&one).await, TestServer::start(&two).await);
    let device = enrolled(&one, TARO).await;
    let page = one.browser().enter_password(TARO.number, TARO.password).await;
    let challenge = device.newest_challenge(one.now()).await;
    device.decide(&challenge, Some(&page.number()), one.now()).await;
    one.server.sequencer.step(one.now()).await.unwrap();
    let text = fetch(&one, &device, &challenge.0).await;
    let (mine, others) = (keys(&one).await, keys(&two).await);
    assert!(verify(text.as_bytes(), &mine).is_ok());
    assert_eq!(verify(text.as_bytes(), &others).unwrap_err(), Fault::Service);
    // Also when it names the other one: nothing in it is signed by its keys.
    let mut renamed = Receipt::read(text.as_bytes()).unwrap();
    renamed.service.clone_from(&others.service);
    let renamed = verify(renamed.write().unwrap().as_bytes(), &others).unwrap_err();
    assert!(matches!(renamed, Fault::Entry(0, _)), "{renamed:?}");
}

/// Writes a leaf as an operation of withdrawals would.
async fn happen(
    server: &TestServer,
    account: &AccountId,
    (action, object): (&'static str, &'static str),
    evidence: String,
) {
    let (account, now) = (account.clone(), server.now());
    let wrote = server.server.app.store.write(move |c| {
        Box::pin(async move {
            let event = Event {
                action,
                actor: "server",
                subject: account.as_str(),
                outcome: "ok",
                object,
                request: &RequestId::random(),
                details: Details::default(),
            };
            audit::write_shown(c, &event, &evidence, now).await
        })
    });
    wrote.await.unwrap();
}

#[tokio::test]
async fn txn_08_what_follows_from_a_decision_comes_with_its_receipt() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let device = enrolled(&server, TARO).await;
        let page = server.browser().enter_password(TARO.number, TARO.password).await;
        let challenge = device.newest_challenge(server.now()).await;
        let token = device.token(&challenge, Some(&page.number()), server.now());
        device
            .send(&device.carry(&challenge.0, &token, server.now()))
            .await;
        let app = &server.server.app;
        let stored = app.store.hot.challenge(&challenge.0).await.unwrap().unwrap();
        happen(
            &server,
            &stored.account,
            ("withdrawal.paid", "wd_1"),
            evidence_of(&token),
        )
        .await;
        happen(
            &server,
            &stored.account,
            ("withdrawal.paid", "wd_1"),
            "-".to_owned(),
        )
        .await;
        happen(
            &server,
            &AccountId::random(),
            ("withdrawal.paid", "wd_1"),
            evidence_of(&token),
        )
        .await;
        server.server.sequencer.step(server.now()).await.unwrap();
        let text = receipt::of_challenge(app, &stored.account, &challenge.0, &["wd_1"])
            .await
            .unwrap();
        let report = read(&text, &keys(&server).await);
        let actions: Vec<&str> = report.entries.iter().map(|it| it.entry.action.as_str()).collect();
        assert_eq!(actions, ["challenge.approve", "withdrawal.paid"]);
    })
    .await;
}

#[tokio::test]
async fn txn_08_a_decision_by_mailed_code_has_a_receipt_of_its_text() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let app = &server.server.app;
        let account = AccountId::random();
        let txn = "{\"amount\":\"1500000\"}".to_owned();
        happen(
            &server,
            &account,
            ("withdrawal.confirmed", "wd_2"),
            evidence_of(&txn),
        )
        .await;
        let at = server.now();
        for proven in [false, true] {
            let text = receipt::of_code(app, &account, "wd_2", at, txn.clone(), &[])
                .await
                .unwrap();
            let report = read(&text, &keys(&server).await);
            assert_eq!(
                (report.txn.as_ref(), report.entries[0].place.is_some()),
                (Some(&txn), proven)
            );
            server.server.sequencer.step(server.now()).await.unwrap();
        }
        let other = receipt::of_code(app, &account, "wd_2", at, "{}".to_owned(), &[]).await;
        assert!(other.is_err());
    })
    .await;
}

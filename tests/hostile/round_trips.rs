//! What is stored reads back as it was, whatever text, bytes and numbers it has (OPS-02).

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tokio::runtime::Runtime;
use warifu_server::config::Site;
use warifu_server::domain::challenge::{ChallengeState, StoredChallenge};
use warifu_server::domain::device_life::Life;
use warifu_server::domain::session::{Assurance, Session};
use warifu_server::store::attempts::{Attempt, AttemptFactor};
use warifu_server::store::challenges::{self, DecisionRecord, NewChallenge};
use warifu_server::store::devices::{self, Device, NewDevice};
use warifu_server::store::enrolments::{self, Claim, StoredEnrolment};
use warifu_server::store::{Store, sessions};
use warifu_shared::api::{DeviceState, Protection};
use warifu_shared::clock::Timestamp;
use warifu_shared::ids::{AccountId, AttemptId, ChallengeId, DeviceId, EnrolmentId, SessionId};
use warifu_shared::jws::challenge::Action;
use warifu_shared::keys::SigningKey;
use warifu_tests::databases::Database;

use crate::scene::new_account;

/// The texts, bytes and numbers of one case.
#[derive(Debug, Clone)]
struct Values {
    texts: [String; 6],
    bytes: Vec<u8>,
    flag: bool,
    pick: usize,
    time: i64,
}

fn values() -> impl Strategy<Value = Values> {
    // PostgreSQL has no NUL in text; nothing that is stored has one.
    let text = "[^\\x00]{0,40}";
    let texts = [text, text, text, text, text, text];
    (
        texts,
        any::<Vec<u8>>(),
        any::<bool>(),
        any::<usize>(),
        1..i64::MAX / 4,
    )
        .prop_map(|(texts, bytes, flag, pick, time)| Values {
            texts,
            bytes,
            flag,
            pick,
            time,
        })
}

#[test]
fn ops_02_challenges_devices_enrolments_and_sessions_read_back_as_written() {
    let runtime = Runtime::new().expect("a runtime");
    let databases = [
        (Database::sqlite(), 48),
        (runtime.block_on(Database::postgres()), 24),
    ];
    for (database, cases) in &databases {
        let (store, account) = runtime.block_on(async {
            let store = Store::open(database.url()).await.expect("it opens");
            let account = new_account(&store).await;
            (store, account)
        });
        let config = Config {
            cases: *cases,
            failure_persistence: None,
            ..Config::default()
        };
        let played = TestRunner::new(config).run(&values(), |values| {
            runtime.block_on(async {
                let device = a_device(&store, &account, &values).await;
                a_challenge(&store, &account, &device, &values).await;
                an_enrolment(&store, &account, &device, &values).await;
                a_session(&store, &account, &values).await;
            });
            Ok(())
        });
        if let Err(failure) = played {
            panic!("{}: {failure}", database.kind());
        }
        runtime.block_on(store.close());
    }
}

#[track_caller]
fn assert_same<T: std::fmt::Debug, U: std::fmt::Debug>(read: &T, written: &U) {
    assert_eq!(format!("{read:?}"), format!("{written:?}"));
}

async fn a_device(store: &Store, account: &AccountId, values: &Values) -> Device {
    let [name, model, method, os, app_version, source_prefix] = values.texts.clone();
    let device = Device {
        id: DeviceId::random(),
        account: account.clone(),
        state: [DeviceState::Active, DeviceState::Pending, DeviceState::Suspended][values.pick % 3],
        name,
        model,
        protection: if values.flag {
            Protection::Keystore
        } else {
            Protection::PinOnly
        },
        method,
        life: Life::begin(730, Timestamp(values.time)),
        last_seen_at: Timestamp(values.time),
        request_key: SigningKey::generate().public().clone(),
        approval_key: SigningKey::generate().public().clone(),
    };
    let new = NewDevice {
        device: device.clone(),
        os,
        app_version,
        enrol_token: values.texts.concat(),
        source_prefix,
    };
    store
        .write(move |c| Box::pin(async move { devices::insert(c, &new).await }))
        .await
        .expect("inserted");
    let mut c = store.read().await.expect("a connection");
    let by_id = devices::by_id(&mut c, &device.id).await.expect("it answers");
    assert_same(&by_id.expect("it is there"), &device);
    let kid = device.request_key.thumbprint();
    let by_kid = store.hot.device(kid.as_str()).await.expect("it answers");
    assert_same(&by_kid.expect("it is there"), &device);
    let approval = device.approval_key.thumbprint();
    let by_other = store.hot.device(approval.as_str()).await;
    assert!(
        by_other.expect("it answers").is_none(),
        "KEY-09: each key has its purpose"
    );
    device
}

async fn a_challenge(store: &Store, account: &AccountId, device: &Device, values: &Values) {
    let [browser_hash, source_prefix, jws, ..] = values.texts.clone();
    let challenge = StoredChallenge {
        id: ChallengeId::random(),
        account: account.clone(),
        action: [Action::Login, Action::Test, Action::Withdrawal][values.pick % 3],
        state: ChallengeState::Pending,
        browser_hash,
        known_browser: values.flag,
        source_prefix,
        number_sealed: values.bytes.clone(),
        wrong_tries: 0,
        created_at: Timestamp(values.time),
        expires_at: Timestamp(values.time + 1000),
        deny_reason: None,
        decided_by: None,
        decision_hash: None,
        pushed: false,
    };
    let new = NewChallenge {
        challenge: challenge.clone(),
        copies: vec![(device.id.clone(), jws.clone())],
    };
    let inserted = store.write(move |c| Box::pin(async move { challenges::insert(c, &new).await }));
    assert!(inserted.await.expect("it answers"), "a place was free");
    let mut c = store.read().await.expect("a connection");
    let read = challenges::by_id(&mut c, &challenge.id)
        .await
        .expect("it answers");
    assert_same(&read.expect("it is there"), &challenge);
    let copy = store
        .hot
        .copy(&challenge.id, &device.id)
        .await
        .expect("it answers");
    let copy = copy.map(|copy| copy.jws);
    let active = device.state == DeviceState::Active;
    assert_eq!(copy, active.then_some(jws), "copies go to active devices only");
    drop(c);
    a_decision(store, &challenge, device, values).await;
}

async fn a_decision(store: &Store, challenge: &StoredChallenge, device: &Device, values: &Values) {
    let [_, _, _, token, token_hash, _] = values.texts.clone();
    let active = device.state == DeviceState::Active;
    let record = DecisionRecord {
        state: if values.flag {
            ChallengeState::Approved
        } else {
            ChallengeState::Denied
        },
        device: device.id.clone(),
        token,
        token_hash: token_hash.clone(),
        deny_reason: (!values.flag).then_some("not_me"),
        match_via: values.flag.then_some("typed"),
    };
    let expected = StoredChallenge {
        state: record.state,
        deny_reason: record.deny_reason.map(str::to_owned),
        decided_by: Some(device.id.to_string()),
        decision_hash: Some(token_hash),
        ..challenge.clone()
    };
    let (id, now) = (challenge.id.clone(), Timestamp(values.time + 999));
    let decided = store.write(move |c| {
        Box::pin(async move {
            let decided = challenges::decide(c, &id, &record, now).await?;
            if !decided {
                // Its place is wanted again.
                challenges::cancel(c, &id, "page", now).await?;
            }
            Ok(decided)
        })
    });
    assert_eq!(
        decided.await.expect("it answers"),
        active,
        "only an active device decides"
    );
    if active {
        let mut c = store.read().await.expect("a connection");
        let read = challenges::by_id(&mut c, &challenge.id)
            .await
            .expect("it answers");
        assert_same(&read.expect("it is there"), &expected);
    }
}

async fn an_enrolment(store: &Store, account: &AccountId, device: &Device, values: &Values) {
    let [method, short_code_mac, nonce, commitment, fingerprint, _] = values.texts.clone();
    let now = Timestamp(values.time);
    let enrolment = StoredEnrolment {
        id: EnrolmentId::random(),
        account: account.clone(),
        session: SessionId::random(),
        method,
        state: "issued".to_owned(),
        code_hash: EnrolmentId::random().to_string(),
        short_code_mac,
        short_code_tries: 0,
        nonce: None,
        commitment: None,
        expires_at: now.plus_secs(600),
        device: None,
        fingerprint: None,
    };
    let written = enrolment.clone();
    store
        .write(move |c| Box::pin(async move { enrolments::insert(c, &written, now).await }))
        .await
        .expect("inserted");
    let mut c = store.read().await.expect("a connection");
    let read = enrolments::by_code_hash(&mut c, &enrolment.code_hash)
        .await
        .expect("it answers");
    assert_same(&read.expect("it is there"), &enrolment);
    drop(c);
    let claim = Claim {
        id: enrolment.id.clone(),
        nonce: nonce.clone(),
        device: device.id.clone(),
        fingerprint: fingerprint.clone(),
        confirm_until: now.plus_secs(1200),
    };
    let promised = commitment.clone();
    let claimed = store.write(move |c| {
        Box::pin(async move {
            enrolments::set_nonce(c, &claim.id, &claim.nonce, &promised, now).await?;
            enrolments::claim(c, &claim, now).await
        })
    });
    assert!(claimed.await.expect("it answers"));
    let expected = StoredEnrolment {
        state: "claimed".to_owned(),
        nonce: Some(nonce),
        commitment: Some(commitment),
        device: Some(device.id.clone()),
        fingerprint: Some(fingerprint),
        expires_at: now.plus_secs(1200),
        ..enrolment
    };
    let mut c = store.read().await.expect("a connection");
    let read = enrolments::by_id(&mut c, &expected.id).await.expect("it answers");
    assert_same(&read.expect("it is there"), &expected);
}

async fn a_session(store: &Store, account: &AccountId, values: &Values) {
    let [place, network, browser, source_prefix, browser_hash, _] = values.texts.clone();
    let now = Timestamp(values.time);
    let site = if values.flag {
        Site::Browser
    } else {
        Site::Smartphone
    };
    let session = Session {
        id: SessionId::random(),
        account: account.clone(),
        assurance: [Assurance::App, Assurance::Code, Assurance::Password][values.pick % 3],
        created_at: now,
        approved_at: now,
        expires_at: now.plus_secs(10_800),
        absolute_expires_at: now.plus_secs(86_400),
    };
    let attempt = Attempt {
        id: AttemptId::random(),
        account: account.clone(),
        browser_hash,
        site,
        factor: AttemptFactor::App,
        state: "open".to_owned(),
        challenge: None,
        known_browser: values.flag,
        place,
        network,
        browser,
        source_prefix,
        created_at: now,
        expires_at: now.plus_secs(900),
    };
    let (written, token_hash) = (session.clone(), AttemptId::random().to_string());
    let hash = token_hash.clone();
    store
        .write(move |c| Box::pin(async move { sessions::insert(c, &written, &hash, &attempt, None).await }))
        .await
        .expect("inserted");
    let mut c = store.read().await.expect("a connection");
    let live = sessions::live(&mut c, &token_hash, now)
        .await
        .expect("it answers");
    let live = live.expect("it is live");
    assert_same(&(live.session, live.site), &(session.clone(), site));
    let over = sessions::live(&mut c, &token_hash, session.expires_at).await;
    assert!(over.expect("it answers").is_none(), "and not after its end");
}

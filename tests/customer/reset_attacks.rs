//! The token by which a device asks for a code instead of a forgotten password: what does not get one, and what the code does
//! beside the password (CHAL-13, ENROL-09, ENROL-13, ENROL-15, decisions 35 and 37).

use reqwest::Method;
use warifu_server::jobs;
use warifu_server::pages::paths;
use warifu_shared::api::paths::PASSWORD_RESET;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::ResetId;
use warifu_shared::jws::approval::DenyReason;
use warifu_shared::jws::challenge::device_urn;
use warifu_shared::jws::reset::Reset;
use warifu_shared::keys::SigningKey;
use warifu_tests::customer::{AnonymousBrowser, Answer};
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::device::PIN;
use warifu_tests::evidence;
use warifu_tests::raw_device::{RawAnswer, RawDevice};
use warifu_tests::server::{HANAKO, Login, TARO, TestServer};

use crate::device_home::{Home, press, register};

const NEW: &str = "yuki-no-hi-ni-yomu-hon";
const DAY: i64 = 86_400;

/// A request that the device could sign now.
fn honest(server: &TestServer, device: &RawDevice) -> Reset {
    let now = server.now().secs();
    Reset {
        iss: device_urn(&device.id),
        aud: server.origin.clone(),
        jti: ResetId::random(),
        iat: now,
        nbf: now,
        exp: now + 60,
    }
}

async fn bring(server: &TestServer, device: &RawDevice, token: &str) -> RawAnswer {
    let body = serde_json::json!({ "token": token }).to_string();
    let request = device.sign(Method::POST, PASSWORD_RESET, body.as_bytes(), server.now());
    device.send(&request).await
}

async fn ask(server: &TestServer, device: &RawDevice) -> RawAnswer {
    let token = honest(server, device).sign(&device.approval).expect("signs");
    bring(server, device, &token).await
}

/// A device that is no longer new.
async fn settled(server: &TestServer, customer: Login) -> RawDevice {
    let device = register(server, customer).await;
    server.clock.advance_secs(31 * DAY);
    device
}

async fn enter(browser: &AnonymousBrowser, number: &str, code: &str) -> Answer {
    let page = browser.get(paths::RECOVER).await;
    let filled = [("account_number", number), ("code", code)];
    let answer = browser.submit(&page, paths::RECOVER, &filled).await;
    browser.follow(answer).await
}

fn code_of(answer: &RawAnswer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json["code"].as_str().expect("a code").to_owned()
}

fn invalid(answer: &RawAnswer, why: &str) {
    let refused = i64::from(ErrorCode::PasswordResetInvalid.number());
    assert_eq!(answer.refusal(), (400, refused), "{why}: {}", answer.text);
}

#[tokio::test]
async fn chal_13_appr_02_a_token_gets_one_code_whoever_brings_it_again() {
    for_each_database(async |db| {
        let server = TestServer::start(&db).await;
        let device = settled(&server, TARO).await;
        let token = honest(&server, &device).sign(&device.approval).expect("signs");
        let code = code_of(&bring(&server, &device, &token).await);
        server.clock.advance_secs(1);
        invalid(&bring(&server, &device, &token).await, "again");
        let both = tokio::join!(bring(&server, &device, &token), bring(&server, &device, &token));
        invalid(&both.0, "at once");
        invalid(&both.1, "at once");
        // The signed request itself, byte by byte.
        let fresh = honest(&server, &device).sign(&device.approval).expect("signs");
        let body = serde_json::json!({ "token": fresh }).to_string();
        let request = device.sign(Method::POST, PASSWORD_RESET, body.as_bytes(), server.now());
        let code_two = code_of(&device.send(&request).await);
        assert_eq!(
            device.send(&request).await.refusal().1,
            i64::from(ErrorCode::SignatureReplayed.number())
        );
        assert_ne!(code, code_two);
        let page = enter(&server.browser(), TARO.number, &code_two).await;
        assert!(page.path.starts_with("/recover/rv_"), "{page:?}");
        assert_eq!(server.leaves("recovery.asked").await, 2);
    })
    .await;
}

#[tokio::test]
async fn chal_13_appr_02_a_token_of_another_device_account_server_key_or_time_gets_nothing() {
    for_each_database(async |db| {
        let server = TestServer::start(&db).await;
        let mine = settled(&server, TARO).await;
        let (other, stranger) = (settled(&server, TARO).await, settled(&server, HANAKO).await);
        let sign = |reset: &Reset, key: &SigningKey| reset.sign(key).expect("signs");
        let of = |device: &RawDevice| honest(&server, device);
        let elsewhere = Reset {
            aud: "https://evil.example".to_owned(),
            ..of(&mine)
        };
        let now = server.now().secs();
        let late = Reset {
            iat: now - 120,
            nbf: now - 120,
            exp: now - 60,
            ..of(&mine)
        };
        let early = Reset {
            iat: now + 120,
            nbf: now + 120,
            exp: now + 180,
            ..of(&mine)
        };
        let named = Reset {
            iss: device_urn(&mine.id),
            ..of(&stranger)
        };
        for (why, token) in [
            ("another device", sign(&of(&other), &other.approval)),
            ("another account", sign(&of(&stranger), &stranger.approval)),
            ("another's key", sign(&named, &stranger.approval)),
            ("the request key", sign(&of(&mine), &mine.request)),
            ("another server", sign(&elsewhere, &mine.approval)),
            ("over", sign(&late, &mine.approval)),
            ("not yet", sign(&early, &mine.approval)),
            ("no token", "rs_1".to_owned()),
        ] {
            invalid(&bring(&server, &mine, &token).await, why);
        }
        // An unsigned request gets nowhere.
        let body = serde_json::json!({ "token": sign(&of(&mine), &mine.approval) }).to_string();
        let bare = mine
            .sign(Method::POST, PASSWORD_RESET, body.as_bytes(), server.now())
            .without("signature");
        assert_eq!(mine.send(&bare).await.status, 401);
        assert_eq!(server.leaves("recovery.asked").await, 0);
        let codes = "SELECT COUNT(*) FROM recovery_codes";
        assert_eq!(evidence::count(&server.server.app.store, codes).await, 0);
    })
    .await;
}

#[tokio::test]
async fn chal_13_enrol_09_enrol_13_enrol_15_suspended_removed_new_and_expired_devices_get_no_code() {
    for_each_database(async |db| {
        let home = Home::open(&db).await;
        let server = &home.server;
        let new = home.another().await;
        let refused = ask(server, &new).await.refusal();
        assert_eq!(refused.1, i64::from(ErrorCode::DeviceTooNewToReset.number()));
        // Its code dies when it is suspended, and it gets no other.
        let code = code_of(&ask(server, &home.old).await);
        let session = home.session(&home.old).await;
        press(&session, &home.old, "suspend").await;
        let refused = ask(server, &home.old).await.refusal();
        assert_eq!(refused.1, i64::from(ErrorCode::DeviceSuspended.number()));
        let page = enter(&server.browser(), TARO.number, &code).await;
        assert!(page.body.contains(ErrorCode::RecoveryRefused.ja()), "{page:?}");
        // Keys that have ended.
        server.clock.advance_secs(731 * DAY);
        home.work().await;
        let over = ask(server, &new).await;
        assert!(over.status.is_client_error(), "{}", over.text);
        assert_eq!(server.leaves("recovery.asked").await, 1);
    })
    .await;
}

#[tokio::test]
async fn chal_13_enrol_09_the_code_lifts_not_me_and_begins_the_cool_off_and_is_told() {
    for_each_database(async |db| {
        let server = TestServer::start(&db).await;
        let (device, session) = server.customer_with_device(TARO).await;
        server.clock.advance_secs(31 * DAY);
        device.core.refresh().await.expect("the server answers");
        server.browser().enter_password(TARO.number, TARO.password).await;
        let handle = device.only_request().await;
        device.deny(&handle, DenyReason::NotMe).await.expect("refused");
        server.browser().enter_password(TARO.number, TARO.password).await;
        assert!(
            device.open_requests().await.is_empty(),
            "unknown browsers are stopped"
        );
        let service = device.core.view().services[0].handle.clone();
        let given = device.core.reset_password(&service, PIN).await.expect("a code");
        let browser = server.browser();
        let page = enter(&browser, TARO.number, &given.code).await;
        let done = browser.submit(&page, "/password", &[("new", NEW)]).await;
        assert_eq!(done.status, 303, "{done:?}");
        server.browser().enter_password(TARO.number, NEW).await;
        assert_eq!(device.open_requests().await.len(), 1, "asked again");
        assert_ne!(session.get(paths::ACCOUNT).await.status, 200, "its session ended");
        let mut c = server.server.app.store.read().await.expect("a connection");
        let cool_off: i64 = sqlx::query_scalar("SELECT cool_off_until FROM accounts WHERE number = $1")
            .bind(TARO.number)
            .fetch_one(&mut *c)
            .await
            .expect("a number");
        drop(c);
        let hours = server.server.app.config.enrolment.cool_off_hours;
        assert_eq!(cool_off, server.now().plus_secs(hours * 3600).0);
        server.send_mail().await;
        let told = server.outbox.to(TARO.mail);
        let told = told
            .iter()
            .filter(|mail| mail.subject.contains("パスワードが変わりました"));
        assert_eq!(told.count(), 1);
        // In the log it is no recovery code.
        assert_eq!(server.leaves("recovery.app_begun").await, 1);
        assert_eq!(server.leaves("recovery.app_completed").await, 1);
        assert_eq!(server.leaves("recovery.completed").await, 0);
    })
    .await;
}

#[tokio::test]
async fn enrol_11_chal_13_recoveries_and_codes_from_the_app_go_a_month_after_their_end() {
    for_each_database(async |db| {
        let server = TestServer::start(&db).await;
        let device = settled(&server, TARO).await;
        let unused = code_of(&ask(&server, &device).await);
        server.clock.advance_secs(1);
        let code = code_of(&ask(&server, &device).await);
        let page = enter(&server.browser(), TARO.number, &code).await;
        assert!(page.path.starts_with("/recover/rv_"), "{page:?}");
        let store = &server.server.app.store;
        let left = async || {
            (
                evidence::count(store, "SELECT COUNT(*) FROM recoveries").await,
                evidence::count(store, "SELECT COUNT(*) FROM recovery_codes").await,
            )
        };
        for (days, kept) in [(29, (1, 2)), (2, (0, 0))] {
            server.clock.advance_secs(days * DAY);
            jobs::step(&server.server.app, None).await.expect("clean-up");
            assert_eq!(left().await, kept, "{days}");
        }
        let dead = enter(&server.browser(), TARO.number, &unused).await;
        assert!(dead.body.contains(ErrorCode::RecoveryRefused.ja()), "{dead:?}");
    })
    .await;
}

#[tokio::test]
async fn risk_07_chal_13_guesses_at_a_code_from_the_app_are_bounded_and_counted() {
    let db = Database::sqlite();
    let server = TestServer::with(&db, |config| config.admission.per_account = 8).await;
    let device = register(&server, TARO).await;
    server.clock.advance_secs(31 * DAY);
    code_of(&ask(&server, &device).await);
    let mut answers = Vec::new();
    for _ in 0..10 {
        let drawn = warifu_server::domain::paper_code::PaperCode::draw();
        answers.push(enter(&server.browser(), TARO.number, drawn.reveal()).await);
    }
    let busy = answers.iter().filter(|answer| answer.status == 429).count();
    assert_eq!(busy, 2, "{answers:?}");
    let failures = "SELECT failures FROM failure_counters WHERE kind = 'recovery'";
    let failures = evidence::count(&server.server.app.store, failures).await;
    assert_eq!(failures, 5, "the lane of recoveries counts up to its lock");
}

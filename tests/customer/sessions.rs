//! Sessions: the automatic logout against a model written from S7, the list, the limit, and attacks (SESS-01..10).

use futures_util::future::join_all;
use proptest::prelude::*;
use reqwest::StatusCode;
use warifu_server::config::{SessionRules, Site};
use warifu_server::domain::session::{Assurance, Session, extended, new_limits};
use warifu_server::pages::paths;
use warifu_shared::clock::Timestamp;
use warifu_shared::ids::{AccountId, SessionId};
use warifu_tests::customer::{AnonymousBrowser, Answer, CustomerSession};
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::server::{HANAKO, TARO, TestServer};

/// S7 in its own words, in seconds from the login: 180 minutes; an access in the last 5 extends by 180 from that access;
/// never beyond the absolute limit. Gives for each access whether the customer is still logged in.
fn model(timeout: i64, window: i64, absolute: i64, accesses: &[i64]) -> Vec<bool> {
    let mut logout_at = timeout.min(absolute);
    let mut seen = Vec::new();
    for &at in accesses {
        let logged_in = at < logout_at;
        seen.push(logged_in);
        if logged_in && logout_at - at <= window {
            logout_at = logout_at.max((at + timeout).min(absolute));
        }
        if !logged_in {
            logout_at = i64::MIN;
        }
    }
    seen
}

fn ours(rules: &SessionRules, accesses: &[i64]) -> Vec<bool> {
    let start = Timestamp::from_secs(1_700_000_000);
    let (expires_at, absolute_expires_at) = new_limits(rules, start);
    let mut session = Session {
        id: SessionId::random(),
        account: AccountId::random(),
        assurance: Assurance::App,
        created_at: start,
        approved_at: start,
        last_access_at: start,
        expires_at,
        absolute_expires_at,
    };
    let step = |&at: &i64| {
        let now = start.plus_secs(at);
        let live = now < session.expires_at;
        if let Some(until) = extended(rules, &session, now).filter(|_| live) {
            session.expires_at = until;
        }
        live
    };
    accesses.iter().map(step).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Random gaps, dense around the edges of the window, for the rules of both sites and for a plain sliding one.
    #[test]
    fn sess_01_the_rule_is_s7_word_for_word(
        gaps in prop::collection::vec(
            prop_oneof![0..20_000i64, 10_490..10_510i64, 10_795..10_805i64, 0..400i64], 1..40),
        rule in 0..3usize,
    ) {
        let (timeout, window, absolute) = [(10_800, 300, 86_400), (1_800, 300, 7_200), (3_600, 3_600, 40_000)][rule];
        let rules = SessionRules { timeout, renewal_window: window, absolute };
        let accesses: Vec<i64> = gaps.iter().scan(0, |at, gap| { *at += gap; Some(*at) }).collect();
        prop_assert_eq!(ours(&rules, &accesses), model(timeout, window, absolute, &accesses));
    }
}

fn token(answer: &Answer) -> String {
    let line = answer
        .cookies
        .iter()
        .find_map(|c| c.strip_prefix("warifu-session="));
    let value = line.expect("a session cookie").split(';').next();
    value.unwrap_or_default().to_owned()
}

/// Logs in by code; gives the browser's answer with the cookies.
async fn log_in(server: &TestServer) -> (AnonymousBrowser, Answer) {
    let browser = server.browser();
    let page = browser.enter_password(TARO.number, TARO.password).await;
    let code = server.code_for(TARO).await;
    let done = browser.submit(&page, "/code", &[("code", &code)]).await;
    (browser, done)
}

fn out(answer: &Answer) -> bool {
    answer.location.as_deref() == Some(paths::LOGIN)
}

async fn end(session: &CustomerSession, which: &str, password: &str) -> Answer {
    let page = session.get(paths::SESSIONS).await;
    let fields = page.form(paths::SESSIONS).fields;
    let csrf = fields.iter().find(|(name, _)| name == "csrf").expect("a token");
    let fields = [
        csrf.clone(),
        ("which".to_owned(), which.to_owned()),
        ("password".to_owned(), password.to_owned()),
    ];
    session.browser().post(paths::SESSIONS, &fields).await
}

#[tokio::test]
async fn sess_06_the_owner_sees_and_ends_own_sessions_and_nobody_elses() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let session = server.log_in_by_code(TARO).await;
        server.clock.advance_secs(120);
        let other = server.log_in_by_code(TARO).await;
        let strange = server.log_in_by_code(HANAKO).await;
        let page = session.get(paths::SESSIONS).await;
        assert_eq!(
            page.body.matches("name=\"which\" value=\"se_").count(),
            1,
            "{}",
            page.body
        );
        let id = |page: &Answer| {
            let at = page.body.find("value=\"se_").expect("a session");
            page.body[at + 7..].split('"').next().expect("an id").to_owned()
        };
        // Not without a factor, once the login is older than five minutes.
        server.clock.advance_secs(400);
        let refused = end(&session, &id(&page), "wrong").await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        assert_eq!(other.get(paths::ACCOUNT).await.status, StatusCode::OK);
        // Somebody else's id, and one that is none.
        let theirs = strange.get(paths::SESSIONS).await;
        assert!(!theirs.body.contains("value=\"se_"));
        let refused = end(&strange, &id(&page), HANAKO.password).await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND);
        assert_eq!(
            end(&session, "se_1", TARO.password).await.status,
            StatusCode::NOT_FOUND
        );
        // Ended with the next request, and the other browser is told why.
        let done = end(&session, &id(&page), TARO.password).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
        let next = other.get(paths::ACCOUNT).await;
        assert!(out(&next));
        let login = other.get(paths::LOGIN).await;
        assert!(
            login.body.contains("このログインは終わりました"),
            "{}",
            login.body
        );
        // A form without its token.
        let forged = [("which".to_owned(), "others".to_owned())];
        let refused = session.browser().post(paths::SESSIONS, &forged).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
    })
    .await;
}

#[tokio::test]
async fn sess_06_all_others_end_at_once_and_this_one_stays() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let mut others = Vec::new();
    for _ in 0..2 {
        others.push(server.log_in_by_code(TARO).await);
        server.clock.advance_secs(61);
    }
    let session = server.log_in_by_code(TARO).await;
    assert_eq!(
        end(&session, "others", "").await.status,
        StatusCode::SEE_OTHER,
        "a fresh login is proof"
    );
    for other in &others {
        assert!(out(&other.get(paths::ACCOUNT).await));
    }
    assert_eq!(session.get(paths::ACCOUNT).await.status, StatusCode::OK);
}

#[tokio::test]
async fn sess_10_the_sixth_login_ends_the_oldest_and_the_owner_is_told() {
    for_each_database(|db| async move {
        let server = TestServer::with(&db, |config| {
            config.code.per_hour = 100;
            config.code.per_day = 100;
        })
        .await;
        let mut sessions = Vec::new();
        for _ in 0..6 {
            sessions.push(server.log_in_by_code(TARO).await);
            server.clock.advance_secs(61);
        }
        assert!(out(&sessions[0].get(paths::ACCOUNT).await), "the oldest");
        for session in &sessions[1..] {
            assert_eq!(session.get(paths::ACCOUNT).await.status, StatusCode::OK);
        }
        let mut c = server.server.app.store.read().await.expect("a connection");
        let told = sqlx::query("SELECT id FROM mails WHERE template = 'sessions_ended'");
        assert_eq!(told.fetch_all(&mut *c).await.expect("it answers").len(), 1);
    })
    .await;
}

/// Two processes: neither sees the other's session before its commit.
#[tokio::test(flavor = "multi_thread")]
async fn sess_10_logins_at_the_same_moment_leave_five_sessions_on_postgres_too() {
    let db = Database::postgres().await;
    let one = TestServer::with(&db, |config| {
        config.code.per_hour = 100;
        config.code.per_day = 100;
        config.code.cooldown = 0;
    })
    .await;
    let two = one.twin().await;
    for round in 0..4 {
        let mut waiting = Vec::new();
        for server in [&one, &two, &one, &two] {
            one.clock.advance_secs(1);
            let browser = server.browser();
            let page = browser.enter_password(TARO.number, TARO.password).await;
            let code = one.code_for(TARO).await;
            waiting.push((browser, page, code));
        }
        let enter = waiting
            .iter()
            .map(|(browser, page, code)| browser.enter_code(page, code));
        for done in join_all(enter).await {
            assert!(done.path == paths::ACCOUNT || out(&done), "{}", done.body);
        }
        let mut c = one.server.app.store.read().await.expect("a connection");
        let open: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM sessions WHERE ended_at IS NULL")
            .fetch_one(&mut *c)
            .await
            .expect("a number");
        assert_eq!(open, if round == 0 { 4 } else { 5 }, "round {round}");
    }
}

#[tokio::test]
async fn sess_02_sess_09_the_time_left_is_told_without_extending_and_a_person_can_stay() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let session = server.log_in_by_code(TARO).await;
    server.clock.advance_secs(177 * 60);
    for _ in 0..3 {
        let status = session.get(paths::SESSION_STATUS).await;
        let said: serde_json::Value = serde_json::from_str(&status.body).expect("JSON");
        let left = said["expires_at"].as_i64().expect("a time") - said["now"].as_i64().expect("a time");
        assert_eq!(left, 180_000, "asking changes nothing");
    }
    let forged = session.browser().post(paths::SESSION_EXTEND, &[]).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN, "no token");
    let page = session.get(paths::ACCOUNT).await;
    assert!(
        page.body.contains("data-session") && page.body.contains("http-equiv=\"refresh\" content=\"10801;")
    );
    let stayed = session.browser().submit(&page, paths::SESSION_EXTEND, &[]).await;
    assert_eq!(stayed.location.as_deref(), Some(paths::ACCOUNT));
    server.clock.advance_secs(180 * 60);
    assert!(out(&session.get(paths::SESSION_STATUS).await));
    let login = session.get(paths::LOGIN).await;
    assert!(
        login.body.contains("時間が過ぎたため、ログアウトしました"),
        "{}",
        login.body
    );
}

#[tokio::test]
async fn sess_01_fifty_accesses_in_the_last_second_extend_once_and_a_clock_that_goes_back_takes_nothing() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let session = server.log_in_by_code(TARO).await;
        server.clock.advance_secs(180 * 60 - 1);
        let all = (0..50).map(|_| session.get(paths::ACCOUNT));
        for answer in join_all(all).await {
            assert_eq!(answer.status, StatusCode::OK);
        }
        server.clock.advance_secs(-3_000);
        assert_eq!(session.get(paths::ACCOUNT).await.status, StatusCode::OK);
        server.clock.advance_secs(3_000 + 180 * 60 - 1);
        let status = session.get(paths::SESSION_STATUS).await;
        assert_eq!(status.status, StatusCode::OK, "a second before the end");
        server.clock.advance_secs(1);
        assert!(out(&session.get(paths::SESSION_STATUS).await));
    })
    .await;
}

#[tokio::test]
async fn sess_03_a_planted_or_stolen_cookie_opens_nothing() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    // Fixation: a value that an attacker chose before the login never becomes a session.
    let planted = "A".repeat(43);
    let victim = server
        .browser()
        .sending("cookie", &format!("warifu-session={planted}"));
    assert!(out(&victim.get(paths::ACCOUNT).await));
    let (browser, done) = log_in(&server).await;
    let secret = token(&done);
    assert_ne!(secret, planted);
    assert!(secret.len() >= 43, "256 bits");
    let thief = |value: &str| {
        server
            .browser()
            .sending("cookie", &format!("warifu-session={value}"))
    };
    assert_eq!(thief(&secret).get(paths::ACCOUNT).await.status, StatusCode::OK);
    let page = browser.get(paths::ACCOUNT).await;
    browser.submit(&page, paths::LOGOUT, &[]).await;
    assert!(
        out(&thief(&secret).get(paths::ACCOUNT).await),
        "stolen before the logout"
    );
}

#[tokio::test]
async fn sess_08_no_page_or_address_holds_the_token() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let (browser, done) = log_in(&server).await;
    let secret = token(&done);
    assert!(!done.location.clone().unwrap_or_default().contains(&secret));
    for path in [
        paths::ACCOUNT,
        paths::DEVICES,
        paths::SESSIONS,
        paths::WITHDRAWALS,
    ] {
        let page = browser.get(path).await;
        assert!(!page.body.contains(&secret), "{path}");
    }
    let in_address = server
        .browser()
        .get(&format!("{}?warifu-session={secret}", paths::ACCOUNT))
        .await;
    assert!(out(&in_address), "a token in the address opens nothing");
    for script in ["session.js", "live.js", "clock.js", "fields.js"] {
        let body = server
            .browser()
            .get(&warifu_server::pages::assets::url(script))
            .await
            .body;
        assert!(
            !body.contains("localStorage") && !body.contains("sessionStorage"),
            "{script}"
        );
    }
}

#[tokio::test]
async fn sess_01_each_site_has_its_own_rule_and_the_site_comes_from_the_origin() {
    let db = Database::sqlite();
    let server = TestServer::with(&db, |config| {
        config.session.browser.timeout = 3_600;
        config.session.smartphone.timeout = 600;
        config.session.smartphone.renewal_window = 60;
        let mut phone = config.origins[0].clone();
        phone.url = phone.url.replace("127.0.0.1", "localhost");
        phone.site = Site::Smartphone;
        config.origins.push(phone);
    })
    .await;
    let (browser, done) = log_in(&server).await;
    let origin = server.origin.replace("127.0.0.1", "localhost");
    let phone = AnonymousBrowser::at(&origin);
    let stolen = AnonymousBrowser::at(&origin).sending("cookie", &format!("warifu-session={}", token(&done)));
    assert!(
        out(&stolen.get(paths::ACCOUNT).await),
        "a session of the other site"
    );
    server.clock.advance_secs(61);
    let page = phone.enter_password(TARO.number, TARO.password).await;
    let code = server.code_for(TARO).await;
    phone.enter_code(&page, &code).await;
    assert_eq!(phone.get(paths::ACCOUNT).await.status, StatusCode::OK);
    server.clock.advance_secs(600);
    assert!(
        out(&phone.get(paths::ACCOUNT).await),
        "the short rule, though the user agent is a desktop"
    );
    assert_eq!(browser.get(paths::ACCOUNT).await.status, StatusCode::OK);
}

//! Getting in: bootstrap, the own device, short sessions, and nothing that crosses to the customers' side (STAFF-01, STAFF-08).

use reqwest::StatusCode;
use warifu_server::domain::staff::Role;
use warifu_shared::jws::approval::DenyReason;
use warifu_tests::customer::AnonymousBrowser;
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::server::TARO;

use crate::scene::{Console, PASSWORD, Person, refused};

#[tokio::test]
async fn staff_08_a_bootstrap_token_makes_the_first_administrator_once() {
    for_each_database(|db| async move {
        let console = Console::start(&db).await;
        let first = console.bootstrap().await.expect("it is there");
        let token = console.bootstrap().await.expect("it is there");
        let stale = console.enter_token(&console.browser(), &first, "mallory").await;
        assert!(
            refused(&stale, 1804),
            "a newer token ends the older: {}",
            stale.body
        );
        let admin = console.set_up(&token, "aoi").await;
        let again = console.enter_token(&console.browser(), &token, "mallory").await;
        assert!(refused(&again, 1804), "{}", again.body);
        assert_eq!(console.bootstrap().await, None, "there is an administrator");
        let home = console.log_in(&admin).await;
        assert!(home.body.contains("管理者"), "{}", home.body);
        assert_eq!(console.server.leaves("staff.activated").await, 1);
        assert_eq!(console.server.leaves("staff.login").await, 1);
    })
    .await;
}

#[tokio::test]
async fn staff_08_a_token_ends_after_an_hour_and_a_weak_password_uses_nothing_up() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let token = console.bootstrap().await.expect("it is there");
    let browser = console.browser();
    for (field, value, code) in [
        ("password", "short", 1805),
        ("again", "something else here", 1625),
        ("login_id", "no spaces please", 1806),
        ("name", "", 1807),
    ] {
        let page = browser.get("/activate").await;
        let mut fields = vec![
            ("token", token.as_str()),
            ("name", "aoi"),
            ("login_id", "aoi"),
            ("password", PASSWORD),
            ("again", PASSWORD),
        ];
        fields.retain(|(name, _)| *name != field);
        fields.push((field, value));
        let answer = browser.submit(&page, "/activate", &fields).await;
        assert!(refused(&answer, code), "{field}: {}", answer.body);
    }
    console.server.clock.advance_secs(3600);
    let late = console.enter_token(&browser, &token, "aoi").await;
    assert!(refused(&late, 1804), "{}", late.body);
}

#[tokio::test]
async fn staff_08_a_started_set_up_does_not_outlive_the_first_administrator() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let token = console.bootstrap().await.expect("it is there");
    let slow = console.browser();
    let done = console.enter_token(&slow, &token, "slow").await;
    let page = slow.follow(done).await;
    let second = console.bootstrap().await.expect("it is there");
    drop(console.set_up(&second, "aoi").await);
    let gone = slow.get(&page.path).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND, "{}", gone.body);
}

#[tokio::test]
async fn staff_01_every_login_takes_the_own_device_and_ends_when_idle_or_after_twelve_hours() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let person = console.member("aoi", &[Role::Viewer]).await;
    let open = async |person: &Person| person.browser.get("/").await.status == StatusCode::OK;
    console.server.clock.advance_secs(14 * 60);
    assert!(open(&person).await);
    console.server.clock.advance_secs(14 * 60);
    assert!(open(&person).await, "an access extends it");
    console.server.clock.advance_secs(15 * 60);
    let over = person.browser.get("/").await;
    assert_eq!(over.location.as_deref(), Some("/login"), "idle");
    console.log_in(&person).await;
    for _ in 0..51 {
        console.server.clock.advance_secs(14 * 60);
        assert!(open(&person).await);
    }
    console.server.clock.advance_secs(7 * 60);
    assert!(!open(&person).await, "12 hours, however busy");
}

#[tokio::test]
async fn staff_01_the_session_cookie_is_strict_and_nobody_logs_in_by_mailed_code() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let token = console.token(&[Role::Operator]).await;
    let person = console.set_up(&token, "aoi").await;
    let waiting = console.enter_password(&person).await;
    assert!(!waiting.body.contains("name=\"code\""));
    let early = person.browser.submit(&waiting, "/continue", &[]).await;
    assert!(early.cookies.is_empty(), "not approved yet");
    let handle = person.device.only_request().await;
    person
        .device
        .approve(&handle, &waiting.number())
        .await
        .expect("it is there");
    let done = person.browser.submit(&waiting, "/continue", &[]).await;
    let cookie = done
        .cookies
        .iter()
        .find(|it| it.starts_with("warifu-staff="))
        .expect("it is there");
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"),
        "{cookie}"
    );
    let again = person.browser.submit(&waiting, "/continue", &[]).await;
    assert!(
        again.cookies.iter().all(|it| !it.starts_with("warifu-staff=")),
        "used once"
    );
    assert_eq!(console.server.leaves("code.sent").await, 0);
}

#[tokio::test]
async fn staff_01_wrong_unknown_and_locked_look_alike() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let token = console.token(&[Role::Operator]).await;
    let person = console.set_up(&token, "aoi").await;
    let enter = async |login: &str, password: &str| {
        let browser = console.browser();
        let page = browser.get("/login").await;
        let fields = [("login_id", login), ("password", password)];
        browser.submit(&page, "/login", &fields).await
    };
    assert!(refused(&enter("nobody", PASSWORD).await, 1801));
    for _ in 0..console.server.server.app.config.counters.password_failures {
        assert!(refused(&enter("aoi", "wrong password here").await, 1801));
    }
    assert!(refused(&enter("aoi", PASSWORD).await, 1801), "locked");
    console.server.clock.advance_secs(86_400);
    let home = console.log_in(&person).await;
    assert_eq!(home.path, "/");
}

#[tokio::test]
async fn staff_01_a_login_that_its_owner_denies_stops_further_ones() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let token = console.token(&[Role::Operator]).await;
    let person = console.set_up(&token, "aoi").await;
    drop(console.enter_password(&person).await);
    let handle = person.device.only_request().await;
    person
        .device
        .deny(&handle, DenyReason::NotMe)
        .await
        .expect("it is there");
    let again = console.enter_password(&person).await;
    assert!(refused(&again, 1802), "{}", again.body);
}

#[tokio::test]
async fn staff_01_neither_side_knows_the_cookies_paths_or_people_of_the_other() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let person = console.member("aoi", &[Role::Operator]).await;
    let customer = console.server.log_in_by_code(TARO).await;
    // Both sides are at 127.0.0.1, whose browsers send every cookie to every port: what a browser has of one side says
    // nothing to the other.
    let session = |line: &str| line.split(';').next().unwrap_or_default().to_owned();
    let token = person_cookie(&console, &person).await;
    let as_customer = AnonymousBrowser::at(&console.server.origin)
        .sending("cookie", &token.replace("warifu-staff=", "warifu-session="));
    assert_eq!(
        as_customer.get("/account").await.location.as_deref(),
        Some("/login")
    );
    let (_, left) = customer.log_out().await;
    assert!(left.cookies.iter().any(|line| session(line) == "warifu-session="));
    for path in ["/account", "/devices", "/demo", "/v1/service", "/withdrawals"] {
        let there = person.browser.get(path).await;
        assert_eq!(there.status, StatusCode::NOT_FOUND, "{path}");
    }
    for path in ["/customers", "/staff", "/proposals"] {
        let elsewhere = console.server.browser().get(path).await;
        assert_ne!(elsewhere.status, StatusCode::OK, "{path}");
    }
    let wrong_host = AnonymousBrowser::at(&console.origin()).sending("host", "www.hinode.example");
    assert_eq!(wrong_host.get("/login").await.status, StatusCode::NOT_FOUND);
}

/// The cookie of a further session of this person.
async fn person_cookie(console: &Console, person: &Person) -> String {
    let other = console.browser();
    let page = other.get("/login").await;
    let fields = [("login_id", person.login.as_str()), ("password", PASSWORD)];
    let done = other.submit(&page, "/login", &fields).await;
    let waiting = other.follow(done).await;
    let handle = person.device.only_request().await;
    person
        .device
        .approve(&handle, &waiting.number())
        .await
        .expect("it is there");
    let done = other.submit(&waiting, "/continue", &[]).await;
    let line = done
        .cookies
        .iter()
        .find(|it| it.starts_with("warifu-staff="))
        .expect("it is there");
    line.split(';').next().expect("it is there").to_owned()
}

#[tokio::test]
async fn staff_01_a_customers_login_finds_no_staff_member_and_the_console_no_customer() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let token = console.token(&[Role::Operator]).await;
    let person = console.set_up(&token, "aoi").await;
    let mut c = console.server.server.app.store.read().await.expect("it is there");
    let number: String = sqlx::query_scalar("SELECT number FROM accounts WHERE kind = 'staff'")
        .fetch_one(&mut *c)
        .await
        .expect("it is there");
    drop(c);
    for typed in [number.clone(), number.replace('-', ""), person.login.clone()] {
        let answer = console.server.browser().enter_password(&typed, PASSWORD).await;
        assert!(refused(&answer, 1501), "{typed}: {}", answer.body);
    }
    let browser = console.browser();
    let page = browser.get("/login").await;
    let fields = [("login_id", TARO.number), ("password", TARO.password)];
    let answer = browser.submit(&page, "/login", &fields).await;
    assert!(refused(&answer, 1801), "{}", answer.body);
}

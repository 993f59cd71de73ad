//! Floods and guessing at the login: turned away before a password is hashed, while known customers get in.

use futures_util::future::join_all;
use warifu_server::config::{Admission, Config};
use warifu_server::pages::paths;
use warifu_tests::customer::{AnonymousBrowser, Answer};
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::server::{HANAKO, Login, TARO, TestServer};

/// A server behind a proxy of its own machine, so that a test can come from any address.
pub async fn behind_a_proxy(db: &Database, limits: impl FnOnce(&mut Admission)) -> TestServer {
    TestServer::with(db, |config: &mut Config| {
        config.proxy.trusted = vec!["127.0.0.0/8".parse().expect("a prefix")];
        limits(&mut config.admission);
    })
    .await
}

/// A browser at this address.
pub fn browser_at(server: &TestServer, address: &str) -> AnonymousBrowser {
    server.browser().sending("x-forwarded-for", address)
}

/// One try, as far as the answer to the form.
async fn try_login(browser: &AnonymousBrowser, number: &str, password: &str) -> Answer {
    let page = browser.get(paths::LOGIN).await;
    let filled = [("account_number", number), ("password", password)];
    browser.submit(&page, paths::LOGIN, &filled).await
}

async fn guess(server: &TestServer, address: &str, number: &str) -> u16 {
    let answer = try_login(&browser_at(server, address), number, "a guess").await;
    answer.status.as_u16()
}

async fn gets_in(browser: &AnonymousBrowser, customer: Login) -> bool {
    let answer = try_login(browser, customer.number, customer.password).await;
    answer.location.is_some_and(|to| to.starts_with("/login/lg_"))
}

#[tokio::test]
async fn risk_07_audit_01_one_address_is_refused_before_hashing_and_written_down_once() {
    for_each_database(|db| async move {
        let server = behind_a_proxy(&db, |limits| limits.per_address = 5).await;
        for round in 0..2 {
            for _ in 0..5 {
                assert_eq!(guess(&server, "198.51.100.7", "9999999").await, 403);
            }
            let tried = server.leaves("login.password").await;
            let browser = browser_at(&server, "198.51.100.7");
            for _ in 0..6 {
                let right = try_login(&browser, TARO.number, TARO.password).await;
                assert_eq!(right.status, 429, "the right password is not even looked at");
                let wait: i64 = right.headers["retry-after"]
                    .to_str()
                    .expect("text")
                    .parse()
                    .expect("seconds");
                assert!((1..=60).contains(&wait), "{wait}");
                assert!(right.body.contains("1508") && right.location.is_none());
            }
            assert_eq!(
                server.leaves("login.password").await,
                tried,
                "no try was recorded"
            );
            assert_eq!(
                server.leaves("limit.hit").await,
                round + 1,
                "once a window, not once a request"
            );
            assert!(gets_in(&browser_at(&server, "198.51.100.8"), TARO).await);
            server.clock.advance_secs(60);
        }
    })
    .await;
}

#[tokio::test]
async fn risk_07_pass_04_what_is_refused_is_not_hashed() {
    let db = Database::sqlite();
    // The sample customers are there before hashing becomes slow.
    drop(TestServer::start(&db).await);
    let server = TestServer::with(&db, |config| {
        config.admission.per_address = 0;
        config.password.passes = 50_000;
    })
    .await;
    let browser = server.browser();
    let refused = try_login(&browser, "9999999", "a guess");
    let refused = tokio::time::timeout(std::time::Duration::from_secs(5), refused).await;
    let refused = refused.expect("an answer long before a hash of fifty thousand passes");
    assert_eq!(refused.status, 429);
}

#[tokio::test]
async fn risk_07_networks_accounts_and_everyone_have_limits_too() {
    let db = Database::sqlite();
    let server = behind_a_proxy(&db, |limits| limits.per_network = 3).await;
    let mut seen = Vec::new();
    for host in 1..=5 {
        seen.push(guess(&server, &format!("198.51.100.{host}"), "9999999").await);
    }
    assert_eq!(seen, [403, 403, 403, 429, 429], "IPv4: one /24");
    seen.clear();
    for part in 1..=5 {
        seen.push(guess(&server, &format!("2001:db8:1:{part}::1"), "9999999").await);
    }
    assert_eq!(seen, [403, 403, 403, 429, 429], "IPv6: one /48");
    assert_eq!(guess(&server, "2001:db8:2::1", "9999999").await, 403);

    for number in [TARO.number, "9999999", "no number at all"] {
        let db = Database::sqlite();
        let server = behind_a_proxy(&db, |limits| limits.per_account = 3).await;
        seen.clear();
        for net in 1..=5 {
            seen.push(guess(&server, &format!("198.51.{net}.1"), number).await);
        }
        assert_eq!(
            seen,
            [403, 403, 403, 429, 429],
            "{number}: the same whether it exists or not"
        );
        assert_eq!(guess(&server, "198.51.9.1", HANAKO.number).await, 403);
    }

    let db = Database::sqlite();
    let server = behind_a_proxy(&db, |limits| limits.everyone = 3).await;
    seen.clear();
    for net in 1..=5 {
        seen.push(guess(&server, &format!("198.51.{net}.1"), &format!("900000{net}")).await);
    }
    assert_eq!(seen, [403, 403, 403, 429, 429]);
}

#[tokio::test]
async fn risk_07_one_address_does_not_use_up_what_others_need() {
    let db = Database::sqlite();
    let server = behind_a_proxy(&db, |limits| {
        (limits.per_address, limits.per_account, limits.everyone) = (3, 5, 8);
    })
    .await;
    for _ in 0..30 {
        guess(&server, "198.51.100.7", TARO.number).await;
    }
    assert!(
        gets_in(&browser_at(&server, "203.0.113.5"), TARO).await,
        "refused tries count against nobody else"
    );
}

#[tokio::test]
async fn risk_07_risk_08_pass_04_a_flood_from_everywhere_leaves_known_customers_their_place() {
    for_each_database(|db| async move {
        let server = behind_a_proxy(&db, |limits| {
            (limits.everyone, limits.per_account, limits.known_per_account) = (12, 6, 4);
        })
        .await;
        let (known, _) = server.log_in_by_code(TARO).await.log_out().await;
        let flood = (0..60).map(|i| {
            let server = &server;
            let number = if i % 2 == 0 { TARO.number } else { "9999999" };
            async move { guess(server, &format!("198.{}.{i}.1", 18 + i % 2), number).await }
        });
        let answers = join_all(flood).await;
        let tried = answers.iter().filter(|status| **status == 403).count();
        let refused = answers.iter().filter(|status| **status == 429).count();
        assert_eq!(tried + refused, 60);
        assert!(tried <= 12, "{tried} were hashed");
        assert!(
            !gets_in(&browser_at(&server, "203.0.113.9"), TARO).await,
            "unknown browsers wait"
        );
        assert!(gets_in(&known, TARO).await, "the known one does not");

        // Its own allowance is small, for this account alone.
        let mut seen = Vec::new();
        for _ in 0..5 {
            seen.push(try_login(&known, TARO.number, "a guess").await.status.as_u16());
        }
        assert_eq!(seen, [403, 403, 403, 429, 429]);
        assert_eq!(
            try_login(&known, HANAKO.number, HANAKO.password).await.status,
            429,
            "another account does not know this browser"
        );
    })
    .await;
}

#[tokio::test]
async fn risk_07_invented_and_foreign_cookies_open_no_lane() {
    let db = Database::sqlite();
    let server = behind_a_proxy(&db, |limits| limits.everyone = 1).await;
    let session = server.log_in_by_code(HANAKO).await;
    let (hanakos, _) = session.log_out().await;
    assert!(!gets_in(&hanakos, TARO).await, "a known browser, but not Taro's");
    let login = server.browser().get(paths::LOGIN).await;
    let pre = login.cookies[0].split(';').next().expect("a cookie").to_owned();
    for invented in ["A".repeat(43), warifu_server::crypto::mac::new_token()] {
        let liar = server
            .browser()
            .sending("cookie", &format!("{pre}; warifu-browser={invented}"));
        assert_eq!(try_login(&liar, TARO.number, TARO.password).await.status, 429);
    }
    assert!(gets_in(&hanakos, HANAKO).await);
}

#[tokio::test]
async fn pass_04_risk_07_with_the_queue_full_known_customers_are_hashed_in_their_own() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let (known, _) = server.log_in_by_code(TARO).await.log_out().await;
    let app = &server.server.app;
    let places = u32::try_from(app.hash_queue.available_permits()).expect("some");
    let flood = app.hash_queue.acquire_many(places).await.expect("all of them");
    let stranger = try_login(&server.browser(), HANAKO.number, HANAKO.password).await;
    assert_eq!(stranger.status, 429);
    assert!(stranger.headers.contains_key("retry-after") && stranger.body.contains("1508"));
    assert!(gets_in(&known, TARO).await);
    assert_eq!(server.leaves("limit.hit").await, 1);
    drop(flood);
    assert!(gets_in(&server.browser(), HANAKO).await);
}

#[tokio::test]
async fn pass_04_more_logins_at_once_than_may_wait_are_turned_away_and_the_rest_answered() {
    let db = Database::sqlite();
    let server = TestServer::with(&db, |config| {
        (config.password.at_once, config.password.waiting) = (1, 2);
        config.password.memory_kib = 8 * 1024;
    })
    .await;
    let ready = (0..24).map(|_| async {
        let browser = server.browser();
        let page = browser.get(paths::LOGIN).await;
        (browser, page)
    });
    let ready = join_all(ready).await;
    let filled = [("account_number", "9999999"), ("password", "a guess")];
    let posts = ready
        .iter()
        .map(|(browser, page)| browser.submit(page, paths::LOGIN, &filled));
    let answers = join_all(posts).await;
    let busy = answers.iter().filter(|answer| answer.status == 429).count();
    let wrong = answers.iter().filter(|answer| answer.status == 403).count();
    assert_eq!(busy + wrong, 24);
    assert!(busy > 0 && wrong > 0, "{busy} turned away, {wrong} answered");
}

#[tokio::test]
async fn risk_08_a_strangers_lockout_does_not_lock_the_owner_out() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let (known, _) = server.log_in_by_code(TARO).await.log_out().await;
        let stranger = server.browser();
        for _ in 0..12 {
            try_login(&stranger, TARO.number, "a guess").await;
        }
        assert!(!gets_in(&stranger, TARO).await, "strangers are locked");
        assert!(gets_in(&known, TARO).await, "the owner is not");
        server.clock.advance_secs(15 * 60 + 1);
        assert!(gets_in(&stranger, TARO).await, "and the lock ends");
    })
    .await;
}

#[tokio::test]
async fn risk_07_two_processes_share_their_limits_and_write_one_leaf() {
    let db = Database::postgres().await;
    let one = behind_a_proxy(&db, |limits| limits.per_address = 8).await;
    let two = one.twin().await;
    let at_once = (0..40).map(|i| {
        let server = if i % 2 == 0 { &one } else { &two };
        guess(server, "198.51.100.7", "9999999")
    });
    let answers = join_all(at_once).await;
    let tried = answers.iter().filter(|status| **status == 403).count();
    assert_eq!(tried, 8, "not twice as many: {answers:?}");
    assert_eq!(answers.iter().filter(|status| **status == 429).count(), 32);
    assert_eq!(one.leaves("limit.hit").await, 1);
    assert_eq!(guess(&two, "198.51.100.8", "9999999").await, 403);
}

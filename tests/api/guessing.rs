//! Guessing whose account exists, and meddling with somebody else's login.

use std::collections::BTreeMap;

use warifu_server::pages::paths;
use warifu_tests::customer::{AnonymousBrowser, Answer};
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::server::{HANAKO, TARO, TestServer};

use crate::floods::{behind_a_proxy, browser_at};

/// An answer without what differs from request to request: the nonce, the form token, the time, what was typed.
#[derive(Debug, PartialEq, Eq)]
struct Shape {
    status: u16,
    headers: BTreeMap<String, String>,
    body: String,
}

async fn shape(browser: &AnonymousBrowser, number: &str, password: &str) -> Shape {
    let page = browser.get(paths::LOGIN).await;
    let filled = [("account_number", number), ("password", password)];
    let answer = browser.submit(&page, paths::LOGIN, &filled).await;
    let form = page.form(paths::LOGIN);
    let csrf = form.value("csrf").expect("a token");
    let policy = answer.headers["content-security-policy"].to_str().expect("text");
    let nonce = policy
        .split("'nonce-")
        .nth(1)
        .and_then(|rest| rest.split('\'').next())
        .expect("a nonce");
    let plain = |text: &str| {
        text.replace(csrf, "CSRF")
            .replace(nonce, "NONCE")
            .replace(number, "NUMBER")
    };
    let headers = answer.headers.iter().map(|(name, value)| {
        let value = plain(value.to_str().expect("text"));
        (name.to_string(), value)
    });
    Shape {
        status: answer.status.as_u16(),
        headers: headers.collect(),
        body: plain(&answer.body),
    }
}

#[tokio::test]
async fn chal_11_unknown_locked_closed_and_deviceless_accounts_cannot_be_told_apart() {
    for_each_database(|db| async move {
        let server = behind_a_proxy(&db, |limits| limits.everyone = 1000).await;
        let _with_device = server.customer_with_device(TARO).await;
        let emma = "1002003";
        for _ in 0..11 {
            shape(&server.browser(), emma, "wrong").await;
        }
        let wrong = shape(&server.browser(), "9999999", "a wrong one").await;
        assert_eq!(wrong.status, 403);
        assert!(wrong.body.contains("1501") && !wrong.headers.contains_key("set-cookie"));
        for (number, password, who) in [
            (TARO.number, "a wrong one", "with a device"),
            (HANAKO.number, "a wrong one", "without a device"),
            (emma, "a wrong one", "locked"),
            (emma, "quiet-harbour-2264", "locked, the right password"),
            ("9999999", "quiet-harbour-2264", "unknown"),
        ] {
            assert_eq!(shape(&server.browser(), number, password).await, wrong, "{who}");
        }
    })
    .await;
}

#[tokio::test]
async fn chal_11_the_refusal_of_a_flood_is_the_same_for_every_account() {
    let db = Database::sqlite();
    let server = behind_a_proxy(&db, |limits| limits.per_account = 2).await;
    let mut seen = Vec::new();
    for (net, number) in [TARO.number, HANAKO.number, "9999999"].into_iter().enumerate() {
        for host in 1..=2 {
            shape(
                &browser_at(&server, &format!("198.{net}.{host}.1")),
                number,
                "wrong",
            )
            .await;
        }
        seen.push(shape(&browser_at(&server, &format!("198.{net}.3.1")), number, "wrong").await);
    }
    assert_eq!(seen[0].status, 429);
    assert!(seen[0].body.contains("1508"), "{}", seen[0].body);
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0], seen[2]);
}

#[tokio::test]
async fn chal_08_another_browser_finds_nothing_and_can_do_nothing() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let (device, _) = server.customer_with_device(TARO).await;
        let browser = server.browser();
        let waiting = browser.enter_password(TARO.number, TARO.password).await;
        let request = device.only_request().await;
        let thief = server.browser();
        // The thief even has the password, so a form token and an attempt of their own.
        let own = thief.enter_password(TARO.number, TARO.password).await;
        let csrf = own.form("/cancel").value("csrf").expect("a token").to_owned();
        device
            .approve(&request, &waiting.number())
            .await
            .expect("approved");

        let nothing = "/login/lg_AAAAAAAAAAAAAAAAAAAAAA";
        for action in ["", "/status", "/events"] {
            let found = thief.get(&format!("{}{action}", waiting.path)).await;
            let missing = thief.get(&format!("{nothing}{action}")).await;
            assert_eq!(
                (found.status.as_u16(), missing.status.as_u16()),
                (404, 404),
                "{action}"
            );
            assert_eq!(
                without_ids(&found),
                without_ids(&missing),
                "as if there were no such login"
            );
        }
        for action in ["/continue", "/cancel", "/code", "/resend"] {
            let fields = [
                ("csrf".to_owned(), csrf.clone()),
                ("code".to_owned(), "12345678".to_owned()),
            ];
            let answer = thief.post(&format!("{}{action}", waiting.path), &fields).await;
            assert_eq!(answer.status, 404, "{action}: {}", answer.body);
            assert!(answer.cookies.is_empty());
        }
        assert_eq!(browser.live_status(&waiting).await.state, "approved", "untouched");
        browser.go_on(&waiting).await;
    })
    .await;
}

/// The body without nonces and the request's name.
fn without_ids(answer: &Answer) -> String {
    let policy = answer.headers["content-security-policy"].to_str().expect("text");
    let nonce = policy
        .split("'nonce-")
        .nth(1)
        .and_then(|rest| rest.split('\'').next())
        .expect("a nonce");
    let id = answer
        .body
        .find("rq_")
        .map(|from| &answer.body[from..])
        .and_then(|rest| rest.split('<').next())
        .expect("a request id");
    let address = answer
        .path
        .trim_end_matches("/status")
        .trim_end_matches("/events");
    let escaped = url::form_urlencoded::byte_serialize(address.as_bytes()).collect::<String>();
    answer
        .body
        .replace(nonce, "NONCE")
        .replace(id, "ID")
        .replace(address, "PATH")
        .replace(&escaped, "PATH")
}

#[tokio::test]
async fn chal_07_a_stranger_with_the_password_floods_and_the_owner_still_gets_in() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let (device, session) = server.customer_with_device(TARO).await;
        let (known, _) = session.log_out().await;
        server.send_mail().await;
        let told_before = server.outbox.to(TARO.mail).len();
        let mut forgiven = 0;
        for round in 0..8 {
            for _ in 0..4 {
                let page = server.browser().enter_password(TARO.number, TARO.password).await;
                assert!(page.status.is_success(), "{page:?}");
            }
            let strangers: Vec<_> = device
                .open_requests()
                .await
                .into_iter()
                .map(|one| one.handle)
                .collect();
            assert_eq!(
                strangers.len(),
                2,
                "round {round}: two places for strangers, no more"
            );
            if round == 5 {
                let mine = known.enter_password(TARO.number, TARO.password).await;
                let mut open = device.open_requests().await;
                open.retain(|one| !strangers.contains(&one.handle));
                // An approval makes good what was not answered before, so it is counted now.
                forgiven = pushes(&server).await;
                device
                    .approve(&open[0].handle, &mine.number())
                    .await
                    .expect("the owner's own place");
                assert_eq!(known.live_status(&mine).await.state, "approved");
            }
            server.clock.advance_secs(121);
        }
        let pushed = forgiven + pushes(&server).await;
        assert!(
            pushed <= 10,
            "{pushed} pushes in 16 minutes, of which the owner answered one"
        );
        server.send_mail().await;
        let told = server.outbox.to(TARO.mail).split_off(told_before);
        let silent = told
            .iter()
            .filter(|mail| mail.subject.contains("通知を止めました"))
            .count();
        assert_eq!(silent, 1, "told once: {told:#?}");
    })
    .await;
}

async fn pushes(server: &TestServer) -> i64 {
    let mut c = server.server.app.store.read().await.expect("a connection");
    sqlx::query_scalar("SELECT COUNT(*) FROM challenges WHERE pushed_at IS NOT NULL")
        .fetch_one(&mut *c)
        .await
        .expect("a number")
}

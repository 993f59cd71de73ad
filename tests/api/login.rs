//! A login approved on the device: the number, the binding to the browser, one use, open requests side by side.

use reqwest::StatusCode;
use warifu_server::pages::paths;
use warifu_tests::databases::for_each_database;
use warifu_tests::server::{HANAKO, TARO, TestServer};

#[tokio::test]
async fn chal_03_chal_08_chal_09_a_login_is_approved_with_the_number_and_used_once() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let (device, _) = server.customer_with_device(TARO).await;
        let browser = server.browser();
        let waiting = browser.enter_password(TARO.number, TARO.password).await;
        assert_eq!(browser.live_status(&waiting).await.state, "pending");

        let handle = device.only_request().await;
        let view = device.core.challenge(&handle).expect("it shows");
        assert_eq!(view.service, "ひので証券");
        let shown = serde_json::to_string(&view).expect("json");
        assert!(
            shown.contains("Chrome 145 / Windows") && shown.contains("東京"),
            "{shown}"
        );
        assert!(
            !shown.contains(&waiting.number()),
            "CHAL-03: the number never reaches the device by itself"
        );

        let stranger = server.browser();
        assert_eq!(
            stranger.get(&waiting.path).await.status,
            StatusCode::NOT_FOUND,
            "CHAL-08"
        );
        assert_eq!(
            stranger.get(&format!("{}/status", waiting.path)).await.status,
            StatusCode::NOT_FOUND
        );

        device
            .approve(&handle, &waiting.number())
            .await
            .expect("approved");
        assert_eq!(browser.live_status(&waiting).await.state, "approved");
        let session = browser.go_on(&waiting).await;
        assert_eq!(session.landed_at, paths::ACCOUNT);
        // A second use finds nothing to use.
        let again = session.get(&waiting.path).await;
        assert_eq!(
            again.status,
            StatusCode::NOT_FOUND,
            "the secret from before the login is gone: {again:?}"
        );
        assert!(device.open_requests().await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn chal_05_three_wrong_numbers_end_a_request_and_say_how_many_are_left() {
    let db = warifu_tests::databases::Database::sqlite();
    let server = TestServer::start(&db).await;
    let (device, _) = server.customer_with_device(TARO).await;
    let browser = server.browser();
    let waiting = browser.enter_password(TARO.number, TARO.password).await;
    let wrong = if waiting.number() == "000000" {
        "000001"
    } else {
        "000000"
    };
    let handle = device.only_request().await;
    let mut seen = Vec::new();
    for _ in 0..3 {
        let refusal = device.approve(&handle, wrong).await.expect_err("wrong");
        seen.push((refusal.code, refusal.tries_left));
    }
    assert_eq!(seen, [(1305, Some(2)), (1305, Some(1)), (1306, None)]);
    assert_eq!(browser.live_status(&waiting).await.state, "tries_used");
    assert!(
        device.approve(&handle, &waiting.number()).await.is_err(),
        "the right number comes too late"
    );
    assert!(
        browser.get(&waiting.path).await.body.contains("番号"),
        "the page says why"
    );
}

#[tokio::test]
async fn chal_06_five_mistakes_lock_across_challenges_and_the_lock_ends() {
    let db = warifu_tests::databases::Database::sqlite();
    let server = TestServer::start(&db).await;
    let (device, _) = server.customer_with_device(TARO).await;
    let mut codes = Vec::new();
    for _ in 0..2 {
        let browser = server.browser();
        let waiting = browser.enter_password(TARO.number, TARO.password).await;
        let wrong = if waiting.number() == "000000" {
            "000001"
        } else {
            "000000"
        };
        let handle = device.open_requests().await.last().expect("waits").handle.clone();
        for _ in 0..3 {
            if let Err(refusal) = device.approve(&handle, wrong).await {
                codes.push(refusal.code);
            }
        }
    }
    assert_eq!(
        codes[..5],
        [1305, 1305, 1306, 1305, 1308],
        "the fifth mistake locks, whatever the challenge"
    );
    let locked = server.browser().enter_password(TARO.number, TARO.password).await;
    assert!(
        locked.body.contains("一時的に") || locked.body.contains("止めています"),
        "{}",
        locked.body
    );
    server.send_mail().await;
    assert!(
        server
            .outbox
            .to(TARO.mail)
            .iter()
            .any(|mail| mail.subject.contains("停止") || mail.text.contains("間違い"))
    );

    server.clock.advance_secs(15 * 60 + 1);
    let browser = server.browser();
    let waiting = browser.enter_password(TARO.number, TARO.password).await;
    let handle = device.only_request().await;
    device
        .approve(&handle, &waiting.number())
        .await
        .expect("the lock has ended");
}

#[tokio::test]
async fn chal_07_open_requests_stand_side_by_side_and_strangers_leave_a_place_for_the_owner() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let (device, session) = server.customer_with_device(TARO).await;
        let (known, _) = session.log_out().await;

        let strangers = [server.browser(), server.browser(), server.browser()];
        let mut pages = Vec::new();
        for stranger in &strangers {
            pages.push(stranger.enter_password(TARO.number, TARO.password).await);
        }
        assert_eq!(
            device.open_requests().await.len(),
            2,
            "two places for unknown browsers"
        );
        assert!(
            !pages[2].body.contains("warifu://challenge"),
            "the third is told to wait"
        );
        let numbers = [pages[0].number(), pages[1].number()];

        let mine = known.enter_password(TARO.number, TARO.password).await;
        let open = device.open_requests().await;
        assert_eq!(open.len(), 3, "the owner's browser has a place of its own");
        assert_eq!(
            strangers[0].get(&pages[0].path).await.number(),
            numbers[0],
            "nothing was overwritten"
        );
        let newest = open.last().expect("three").handle.clone();
        device
            .approve(&newest, &mine.number())
            .await
            .expect("the owner gets in");
        known.go_on(&mine).await;
        assert_eq!(device.open_requests().await.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn chal_01_a_request_expires_and_frees_its_place() {
    let db = warifu_tests::databases::Database::sqlite();
    let server = TestServer::start(&db).await;
    let (device, _) = server.customer_with_device(TARO).await;
    let browser = server.browser();
    let waiting = browser.enter_password(TARO.number, TARO.password).await;
    let (handle, number) = (device.only_request().await, waiting.number());
    let end = browser.live_status(&waiting).await.expires_at;
    server.clock.set(warifu_shared::clock::Timestamp(end - 1));
    assert_eq!(browser.live_status(&waiting).await.state, "pending");
    server.clock.set(warifu_shared::clock::Timestamp(end));
    assert_eq!(browser.live_status(&waiting).await.state, "expired");
    assert!(device.approve(&handle, &number).await.is_err());
    for _ in 0..2 {
        let next = server.browser().enter_password(TARO.number, TARO.password).await;
        assert!(next.body.contains("warifu://challenge"), "places are free again");
    }
}

#[tokio::test]
async fn chal_11_until_the_password_is_right_every_account_looks_alike() {
    let db = warifu_tests::databases::Database::sqlite();
    let server = TestServer::start(&db).await;
    let _with_device = server.customer_with_device(TARO).await;
    let mut answers = Vec::new();
    for number in [TARO.number, HANAKO.number, "9999999", "x"] {
        let browser = server.browser();
        let page = browser.get(paths::LOGIN).await;
        let filled = [("account_number", number), ("password", "wrong wrong wrong")];
        let answer = browser.submit(&page, paths::LOGIN, &filled).await;
        let csrf = page
            .form(paths::LOGIN)
            .fields
            .iter()
            .find(|(name, _)| name == "csrf")
            .expect("a token")
            .1
            .clone();
        let nonce = answer.headers["content-security-policy"]
            .to_str()
            .expect("text")
            .split('\'')
            .nth(3)
            .expect("a nonce");
        let body = answer
            .body
            .replace(number, "NUMBER")
            .replace(&csrf, "CSRF")
            .replace(nonce, "NONCE");
        let nonce = nonce.trim_start_matches("nonce-");
        answers.push((
            answer.status,
            answer.location.clone(),
            body.replace(nonce, "NONCE").replace("NUMBER", ""),
        ));
    }
    for answer in &answers {
        assert_eq!(answer.0, answers[0].0);
        assert_eq!(answer.1, None);
    }
    assert!(answers[0].2.contains("1501"), "{}", answers[0].2);
}

#[tokio::test]
async fn web_03_posts_from_elsewhere_are_refused() {
    let db = warifu_tests::databases::Database::sqlite();
    let server = TestServer::start(&db).await;
    let browser = server.browser();
    browser.get(paths::LOGIN).await;
    let stolen = server.browser().get(paths::LOGIN).await.form(paths::LOGIN);
    let mut fields = stolen.fields.clone();
    fields.retain(|(name, _)| name == "csrf");
    fields.push(("account_number".into(), TARO.number.into()));
    fields.push(("password".into(), TARO.password.into()));
    let answer = browser.post(paths::LOGIN, &fields).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "another browser's token");
    assert!(answer.body.contains("1009"));
    // The right token in the right browser, but the browser says that another site sent it.
    let browser = server.browser().sending("sec-fetch-site", "cross-site");
    let page = browser.get(paths::LOGIN).await;
    let filled = [("account_number", TARO.number), ("password", TARO.password)];
    let answer = browser.submit(&page, paths::LOGIN, &filled).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "another site");
    assert!(answer.body.contains("1008"));
}

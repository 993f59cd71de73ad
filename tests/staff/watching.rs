//! The charts: what happened at the customers' side is counted once, what is unusual is marked, and looking keeps nobody in.

use reqwest::StatusCode;
use warifu_server::domain::activity::{Kind, SLOT_MS, slot};
use warifu_server::domain::staff::Role;
use warifu_server::store::activity::{self, Count};
use warifu_server::{push, watch};
use warifu_shared::clock::Timestamp;
use warifu_tests::customer::Answer;
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::server::{TARO, TestServer};

use crate::scene::Console;

/// The numbers of a chart's table, by the words of its columns.
fn total(page: &Answer, series: &str) -> i64 {
    let after = page
        .body
        .split(&format!("</span>{series} <span class=\"tabular\">"))
        .nth(1);
    let number = after.and_then(|rest| rest.split('<').next());
    number.unwrap_or("-1").parse().expect("a number")
}

fn tile(page: &Answer, name: &str) -> String {
    let after = page
        .body
        .split(&format!("<dt>{name}</dt><dd class=\"tabular\">"))
        .nth(1);
    let value = after.and_then(|rest| rest.split('<').next());
    value.unwrap_or("missing").to_owned()
}

async fn count(server: &TestServer) {
    let app = &server.server.app;
    server
        .server
        .sequencer
        .step(server.now())
        .await
        .expect("the log goes on");
    // Two processes at once: each entry counts once all the same.
    let (one, other) = tokio::join!(watch::step(app), watch::step(app));
    one.expect("counted");
    other.expect("counted");
}

/// Puts a number into a slot of the past, as a watcher of that time would have.
async fn past(server: &TestServer, at: Timestamp, kind: Kind, amount: i64) {
    let count = Count {
        at: slot(at),
        kind,
        amount,
    };
    let store = &server.server.app.store;
    store
        .write(move |c| Box::pin(async move { activity::add(c, &count).await }))
        .await
        .expect("written");
}

#[tokio::test]
async fn staff_02_what_customers_do_is_counted_once_and_shown_in_numbers_without_a_customer() {
    for_each_database(async |db| {
        let console = Console::start(&db).await;
        let viewer = console.member("viewer-1", &[Role::Viewer]).await;
        let server = &console.server;
        let (phone, session) = server.customer_with_device(TARO).await;
        drop(session);
        server.browser().enter_password(TARO.number, "wrong").await;
        server.browser().enter_password("9999999", "wrong").await;
        server.browser().enter_password(TARO.number, TARO.password).await;
        let asked = phone.only_request().await;
        phone
            .deny(&asked, warifu_shared::jws::approval::DenyReason::NotMe)
            .await
            .expect("refused");
        count(server).await;
        count(server).await;

        let page = viewer.browser.get("/watch?range=6h").await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        assert_eq!(total(&page, "メールのコード"), 1, "{}", page.body);
        assert_eq!(total(&page, "パスワード違い"), 1);
        assert_eq!(total(&page, "口座番号なし"), 1);
        assert_eq!(total(&page, "私ではない"), 1);
        assert_eq!(tile(&page, "いまロック中"), "0");
        for told in [TARO.number, TARO.mail, "山田"] {
            assert!(!page.body.contains(told), "{told}");
        }
        // What a staff member does to get in is no activity of customers.
        assert_eq!(total(&page, "承認"), 0, "{}", page.body);
        assert!(page.body.contains("<table"), "each chart is a table too");
    })
    .await;
}

#[tokio::test]
async fn staff_02_more_failures_than_usual_for_the_hour_are_marked_once_three_weeks_are_known() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let analyst = console.member("analyst-1", &[Role::FraudAnalyst]).await;
    let server = &console.server;
    past(server, server.now(), Kind::PasswordUnknown, 40).await;
    let week = 7 * 86_400;
    for back in 1..=2 {
        past(
            server,
            server.now().plus_secs(-back * week),
            Kind::PasswordUnknown,
            5,
        )
        .await;
    }
    let marked = |page: &Answer| page.body.contains("いつもより多い時間帯: 1か所");
    let page = analyst.browser.get("/watch?range=6h").await;
    assert!(!marked(&page), "two weeks say nothing");
    past(
        server,
        server.now().plus_secs(-3 * week),
        Kind::PasswordUnknown,
        7,
    )
    .await;
    for range in ["6h", "24h", "7d"] {
        let page = analyst.browser.get(&format!("/watch?range={range}")).await;
        assert!(marked(&page), "{range}: {}", page.body);
    }
    // Whatever stands in the address, a page comes.
    for odd in ["", "?range=1%27%3B--", "?range=%F0%9F%98%80", "?reload"] {
        let page = analyst.browser.get(&format!("/watch{odd}")).await;
        assert_eq!(page.status, StatusCode::OK, "{odd}");
    }
}

#[tokio::test]
async fn staff_01_sess_02_charts_that_fetch_themselves_keep_nobody_logged_in() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let person = console.member("viewer-1", &[Role::Viewer]).await;
    for _ in 0..5 {
        console.server.clock.advance_secs(170);
        let page = person.browser.get("/watch?range=24h&reload=").await;
        assert_eq!(page.status, StatusCode::OK);
    }
    console.server.clock.advance_secs(170);
    let over = person.browser.get("/watch?reload=").await;
    assert_eq!(over.location.as_deref(), Some("/login"));
}

#[tokio::test]
async fn audit_03_numbers_survive_a_watcher_that_dies_and_old_ones_are_deleted() {
    for_each_database(async |db| {
        let server = TestServer::start(&db).await;
        let app = &server.server.app;
        server.browser().enter_password("9999999", "wrong").await;
        server.server.sequencer.step(server.now()).await.expect("placed");
        // A round that fails at its last step leaves no number behind.
        let broken: Result<(), _> = app
            .store
            .write(move |c| {
                Box::pin(async move {
                    let from = activity::cursor(c).await?;
                    assert!(activity::move_on(c, from, from + 1).await?);
                    Err(warifu_server::store::StoreError::inconsistent(
                        "test",
                        "",
                        "dies here",
                    ))
                })
            })
            .await;
        assert!(broken.is_err());
        watch::step(app).await.expect("counted");
        let mut c = app.store.read().await.expect("a connection");
        let begin = slot(server.now()) - SLOT_MS;
        let found = activity::between(&mut c, begin, begin + 3 * SLOT_MS, SLOT_MS)
            .await
            .expect("read");
        drop(c);
        let unknown: i64 = found
            .iter()
            .filter(|it| it.kind == Kind::PasswordUnknown)
            .map(|it| it.amount)
            .sum();
        assert_eq!(unknown, 1);
        server.clock.advance_secs((watch::KEPT_DAYS + 1) * 86_400);
        warifu_server::jobs::step(app, None).await.expect("cleaned");
        let mut c = app.store.read().await.expect("a connection");
        let left = activity::between(&mut c, begin, begin + 3 * SLOT_MS, SLOT_MS)
            .await
            .expect("read");
        assert_eq!(left, []);
    })
    .await;
}

#[tokio::test]
async fn push_04_the_last_word_about_each_device_is_kept_with_what_failed_since() {
    use warifu_server::store::push_health::{self, Fared};
    for_each_database(async |db| {
        let server = TestServer::start(&db).await;
        let (app, device) = (&server.server.app, warifu_shared::ids::DeviceId::random());
        let health = async || {
            push::health::step(app).await.expect("written");
            let mut c = app.store.read().await.expect("a connection");
            push_health::of(&mut c, &device).await.expect("read")
        };
        assert_eq!(health().await, None);
        let failed = || Fared::Failed {
            why: "503".to_owned(),
        };
        app.push_health.note(&device, failed(), server.now());
        app.push_health.note(&device, failed(), server.now());
        assert_eq!(health().await.map(|it| it.failures), Some(2));
        app.push_health.note(&device, failed(), server.now());
        let now = health().await.expect("known");
        assert_eq!((now.failures, now.why.as_deref()), (3, Some("503")));
        app.push_health
            .note(&device, Fared::Taken { took_ms: 42 }, server.now());
        let now = health().await.expect("known");
        assert_eq!((now.failures, now.took_ms), (0, Some(42)));
        assert_eq!(now.delivered_at, Some(server.now()));
    })
    .await;
}

#[tokio::test]
async fn push_04_staff_see_why_pushes_do_not_come_and_what_helps() {
    use warifu_server::store::push_health::Fared;
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let operator = console.member("operator-1", &[Role::Operator]).await;
    let server = &console.server;
    let (_phone, session) = server.customer_with_device(TARO).await;
    drop(session);
    let app = &server.server.app;
    let screen = console.customer(&operator, TARO.number).await;
    let device = screen
        .body
        .split("/devices/")
        .nth(1)
        .and_then(|rest| rest.split('/').next());
    let device: warifu_shared::ids::DeviceId = device.expect("a device").parse().expect("an id");
    for (status, words) in [
        ("503", "通知サービスの障害です"),
        ("410", "アプリを開くと、登録し直します"),
        ("unreachable", "通知サービスにつながりません"),
        ("403", "技術の担当に知らせてください"),
    ] {
        app.push_health.note(
            &device,
            Fared::Failed {
                why: status.to_owned(),
            },
            server.now(),
        );
        push::health::step(app).await.expect("written");
        let screen = operator.browser.get(&screen.path).await;
        assert!(screen.body.contains(words), "{status}: {}", screen.body);
    }
    app.push_health
        .note(&device, Fared::Taken { took_ms: 42 }, server.now());
    push::health::step(app).await.expect("written");
    let screen = operator.browser.get(&screen.path).await;
    assert!(screen.body.contains("42 ms") && !screen.body.contains("通知が届いていません"));
}

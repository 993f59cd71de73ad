//! Enrolment of a device over real HTTP with the real device core (ENROL-01..12).

use sqlx::Row as _;
use warifu_device_core::EnrolInput;
use warifu_server::jobs;
use warifu_server::pages::paths;
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::device::{Device, PIN};
use warifu_tests::raw_device::RawDevice;
use warifu_tests::server::{TARO, TestServer};

#[tokio::test]
async fn enrol_04_enrol_06_a_device_is_pending_until_the_fingerprint_is_confirmed() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let session = server.log_in_by_code(TARO).await;
        let page = session.begin_enrolment().await;
        let device = Device::new(&server.clock).await;
        device.enrol(&page.link()).await;
        device.core.refresh().await.expect("the server answers");
        let state = serde_json::to_value(device.core.view().services[0].state).expect("json");
        assert_eq!(state, "pending");
        let login = server.browser().enter_password(TARO.number, TARO.password).await;
        assert!(
            login.body.contains("one-time-code"),
            "a pending device is no device yet"
        );

        let compare = session.get(&page.path).await;
        let done = session.browser().submit(&compare, "/confirm", &[]).await;
        session.browser().follow(done).await;
        device.core.refresh().await.expect("the server answers");
        let state = serde_json::to_value(device.core.view().services[0].state).expect("json");
        assert_eq!(state, "active");
        server.send_mail().await;
        assert!(
            server
                .outbox
                .to(TARO.mail)
                .iter()
                .any(|mail| mail.text.contains("太郎の端末")),
            "ENROL-07"
        );
    })
    .await;
}

#[tokio::test]
async fn enrol_01_a_code_works_once_and_for_ten_minutes() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let session = server.log_in_by_code(TARO).await;
        let page = session.begin_enrolment().await;
        let (first, second) = (Device::new(&server.clock).await, Device::new(&server.clock).await);
        first.enrol(&page.link()).await;
        let used = second
            .core
            .begin_enrolment(EnrolInput::Link { text: page.link() })
            .await
            .expect_err("used");
        assert_eq!(used.code, 1201);
        let page = session.begin_enrolment().await;
        server.clock.advance_secs(600);
        let late = second
            .core
            .begin_enrolment(EnrolInput::Link { text: page.link() })
            .await
            .expect_err("expired");
        assert_eq!(late.code, 1202);
    })
    .await;
}

#[tokio::test]
async fn enrol_01_enrol_05_the_typed_code_works_beside_the_account_number() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let session = server.log_in_by_code(TARO).await;
    let page = session.begin_enrolment().await;
    let code = page.text("#short-code");
    let device = Device::new(&server.clock).await;
    let typed = |account: &str, code: &str| EnrolInput::Typed {
        server: server.origin.clone(),
        account_number: account.to_owned(),
        code: code.to_owned(),
    };
    let wrong = device
        .core
        .begin_enrolment(typed(TARO.number, "AAAAA-AAAAA"))
        .await
        .expect_err("wrong");
    assert_eq!(wrong.code, 1201);
    let other = device
        .core
        .begin_enrolment(typed("1002002", &code))
        .await
        .expect_err("another account");
    assert_eq!(other.code, 1201);
    let preview = device
        .core
        .begin_enrolment(typed(TARO.number, &code.to_lowercase()))
        .await
        .expect("right");
    assert!(
        preview.needs_fingerprint_first,
        "a typed code pins nothing by itself"
    );
    device
        .core
        .finish_enrolment(PIN, PIN, "d")
        .await
        .expect("registered");
}

#[tokio::test]
async fn enrol_03_a_second_device_needs_an_approval_on_the_first() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let (device, by_code) = server.customer_with_device(TARO).await;
        let devices = by_code.get(paths::DEVICES).await;
        let csrf = devices
            .form(paths::LOGOUT)
            .fields
            .iter()
            .find(|(name, _)| name == "csrf")
            .expect("token")
            .clone();
        let refused = by_code.browser().post(paths::ENROL, &[csrf]).await;
        assert!(
            refused.body.contains("1505"),
            "a session by mailed code cannot add a device: {}",
            refused.body
        );

        let browser = server.browser();
        let waiting = browser.enter_password(TARO.number, TARO.password).await;
        device
            .approve(&device.only_request().await, &waiting.number())
            .await
            .expect("approved");
        let session = browser.go_on(&waiting).await;
        let second = server.enrol(&session).await;
        let third = server.browser();
        let waiting = third.enter_password(TARO.number, TARO.password).await;
        assert_eq!(device.open_requests().await.len(), 1, "every device shows it");
        second
            .approve(&second.only_request().await, &waiting.number())
            .await
            .expect("the second may approve");
        third.go_on(&waiting).await;
        assert!(
            device.open_requests().await.is_empty(),
            "and it leaves the others"
        );

        server.clock.advance_secs(301);
        let stale = session
            .browser()
            .post(
                paths::ENROL,
                &[session.get(paths::ACCOUNT).await.form(paths::LOGOUT).fields[0].clone()],
            )
            .await;
        assert!(stale.body.contains("1505"), "SESS-07: the approval must be fresh");
    })
    .await;
}

#[tokio::test]
async fn enrol_05_enrol_06_stopping_at_the_fingerprint_ends_the_device() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let session = server.log_in_by_code(TARO).await;
    let page = session.begin_enrolment().await;
    let device = Device::new(&server.clock).await;
    device.enrol(&page.link()).await;
    let compare = session.get(&page.path).await;
    let stopped = session.browser().submit(&compare, "/cancel", &[]).await;
    session.browser().follow(stopped).await;
    drop(device.core.refresh().await);
    let state = serde_json::to_value(device.core.view().services[0].state).expect("json");
    assert_eq!(state, "revoked");
}

#[tokio::test]
async fn enrol_12_a_removed_device_is_refused_on_its_next_request_and_its_requests_end() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let (device, _) = server.customer_with_device(TARO).await;
        let browser = server.browser();
        let waiting = browser.enter_password(TARO.number, TARO.password).await;
        device
            .approve(&device.only_request().await, &waiting.number())
            .await
            .expect("approved");
        let session = browser.go_on(&waiting).await;

        let pending = server.browser();
        let open = pending.enter_password(TARO.number, TARO.password).await;
        let handle = device.only_request().await;
        // The last one would leave after a day's notice only.
        let now = server.now().plus_secs(1);
        RawDevice::register(&server.server.app.store, TARO, &server.origin, now).await;
        let list = session.get(paths::DEVICES).await;
        let at = list.body.rfind("/devices/dv_").expect("a device");
        let ask = list.body[at..].split('"').next().expect("a path").to_owned() + "/remove";
        let question = session.get(&ask).await;
        let done = session.browser().submit(&question, "/remove", &[]).await;
        session.browser().follow(done).await;

        assert_eq!(pending.live_status(&open).await.state, "cancelled");
        let refused = device
            .approve(&handle, &open.number())
            .await
            .expect_err("revoked");
        assert_eq!(refused.code, 1207);
    })
    .await;
}

#[tokio::test]
async fn enrol_02_no_mail_carries_an_enrolment_code() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let session = server.log_in_by_code(TARO).await;
    let page = session.begin_enrolment().await;
    let short = page.text("#short-code");
    let device = Device::new(&server.clock).await;
    device.enrol(&page.link()).await;
    server.send_mail().await;
    let mails = server.outbox.mails();
    assert!(!mails.is_empty());
    assert!(
        mails
            .iter()
            .all(|mail| !mail.raw.contains("warifu://") && !mail.text.contains(&short))
    );
}

#[tokio::test]
async fn enrol_06_a_device_that_left_meanwhile_is_not_confirmed() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let session = server.log_in_by_code(TARO).await;
        let page = session.begin_enrolment().await;
        let device = Device::new(&server.clock).await;
        device.enrol(&page.link()).await;
        let compare = session.get(&page.path).await;
        let removed = device
            .core
            .remove_service(&device.core.view().services[0].handle)
            .await
            .expect("removed");
        assert!(removed.server_told);
        let done = session.browser().submit(&compare, "/confirm", &[]).await;
        let landed = session.browser().follow(done).await;
        assert!(
            landed.status.is_success() && landed.path == paths::DEVICES,
            "no internal error, no loop: {landed:?}"
        );
        assert_eq!(texts(&server, "SELECT state FROM enrolments").await, ["rejected"]);
        assert_eq!(texts(&server, "SELECT state FROM devices").await, ["revoked"]);
        let confirmed = "SELECT action FROM audit_leaves WHERE action = 'device.confirmed'";
        assert!(texts(&server, confirmed).await.is_empty(), "nothing is half done");
    })
    .await;
}

#[tokio::test]
async fn enrol_06_a_device_that_nobody_confirms_ends_with_its_enrolment() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let session = server.log_in_by_code(TARO).await;
        let first = Device::new(&server.clock).await;
        first.enrol(&session.begin_enrolment().await.link()).await;
        let page = session.begin_enrolment().await;
        assert_eq!(
            texts(&server, "SELECT state FROM devices").await,
            ["revoked"],
            "a newer code ended it"
        );
        assert_eq!(first.core.refresh().await.expect_err("revoked").code, 1207);

        let second = Device::new(&server.clock).await;
        second.enrol(&page.link()).await;
        jobs::step(&server.server.app, None).await.expect("a step");
        let pending = "SELECT state FROM devices WHERE state = 'pending'";
        assert_eq!(texts(&server, pending).await.len(), 1, "it still has time");
        server.clock.advance_secs(600);
        jobs::step(&server.server.app, None).await.expect("a step");
        assert!(texts(&server, pending).await.is_empty(), "its time is over");
        jobs::step(&server.server.app, None).await.expect("a step");
        let leaves = texts(
            &server,
            "SELECT action FROM audit_leaves WHERE action = 'device.expired'",
        )
        .await;
        assert_eq!(leaves.len(), 2, "one leaf for each, written once");
        let enrolled = server.enrol(&server.log_in_by_code(TARO).await).await;
        server.clock.advance_secs(600);
        jobs::step(&server.server.app, None).await.expect("a step");
        enrolled.core.refresh().await.expect("a confirmed device stays");
    })
    .await;
}

/// One column of what the database has.
async fn texts(server: &TestServer, sql: &'static str) -> Vec<String> {
    let mut c = server.server.app.store.read().await.expect("a connection");
    let rows = sqlx::query(sql).fetch_all(&mut *c).await.expect("rows");
    rows.iter().map(|row| row.get(0)).collect()
}

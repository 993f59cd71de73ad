//! Finding and seeing a customer, and what one person may do at once (STAFF-04..07).

use reqwest::StatusCode;
use warifu_server::domain::staff::Role;
use warifu_tests::customer::AnonymousBrowser;
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::server::{HANAKO, TARO};

use crate::scene::{Console, REASON, refused};

#[tokio::test]
async fn staff_07_a_search_is_exact_masked_and_limited() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let person = console.member("aoi", &[Role::Operator]).await;
    let page = console.customer(&person, TARO.number).await;
    assert_eq!(page.status, StatusCode::OK);
    for secret in [TARO.number, TARO.mail] {
        assert!(!page.body.contains(secret), "STAFF-04: {secret}");
    }
    let part = console.customer(&person, &TARO.number[..4]).await;
    assert!(part.body.contains("見つかりませんでした"), "{}", part.body);
    let form = person.browser.get("/customers").await;
    let by_mail = [("words", TARO.mail), ("by", "mail")];
    let found = person.browser.submit(&form, "/customers", &by_mail).await;
    assert!(found.location.is_some(), "{}", found.body);
    let viewer = console.member("ren", &[Role::Viewer]).await;
    let form = viewer.browser.get("/customers").await;
    let denied = viewer.browser.submit(&form, "/customers", &by_mail).await;
    assert!(refused(&denied, 1803), "{}", denied.body);
    let mut limited = false;
    for _ in 0..console.server.server.app.config.staff.searches {
        limited |= refused(&console.customer(&person, HANAKO.number).await, 1005);
    }
    assert!(limited);
}

#[tokio::test]
async fn staff_04_looking_behind_the_mask_takes_a_reason_and_is_written_down() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let person = console.member("aoi", &[Role::Operator]).await;
    let page = console.customer(&person, TARO.number).await;
    let path = format!("{}/reveal", page.path);
    let without = console.act(&person, &path, &[("reason", "short")]).await;
    assert!(refused(&without, 1810), "{}", without.body);
    assert_eq!(console.server.leaves("staff.revealed").await, 0);
    let shown = console.act(&person, &path, &[]).await;
    assert!(shown.body.contains(TARO.number) && shown.body.contains(TARO.mail));
    assert_eq!(console.server.leaves("staff.revealed").await, 1);
    let again = person.browser.get(&page.path).await;
    assert!(!again.body.contains(TARO.number), "once");

    // The customer sees that somebody looked, and not where they sit (decision 33).
    let session = console.server.log_in_by_code(TARO).await;
    let history = session.browser().get("/security/history").await;
    let line = |what: &str| {
        let from = history.body.split(what).nth(1).expect("it is told");
        from.split("</li>").next().unwrap_or_default().to_owned()
    };
    let looked = line("窓口がお客さまの情報を確認");
    assert!(looked.contains("窓口") && !looked.contains("Chrome"), "{looked}");
    let own = line("パスワードの入力");
    assert!(own.contains("Chrome"), "{own}");
}

#[tokio::test]
async fn staff_05_staff_06_a_device_is_removed_for_an_identified_caller_and_the_customer_is_told() {
    for_each_database(|db| async move {
        let console = Console::start(&db).await;
        let (_, session) = console.server.customer_with_device(TARO).await;
        let person = console.member("aoi", &[Role::Operator]).await;
        let page = console.customer(&person, TARO.number).await;
        let path = page
            .body
            .split('"')
            .find(|it| it.ends_with("/remove"))
            .expect("it is there")
            .to_owned();
        let unknown = console.act(&person, &path, &[("identity", "name")]).await;
        assert!(refused(&unknown, 1811), "{}", unknown.body);
        let done = console.act(&person, &path, &[]).await;
        assert_eq!(
            done.location.as_deref(),
            Some(page.path.as_str()),
            "{}",
            done.body
        );
        assert_eq!(console.server.leaves("staff.device_removal").await, 1);
        assert_eq!(console.server.leaves("device.revoked").await, 1);
        console.server.send_mail().await;
        let mails = console.server.outbox.to(TARO.mail);
        assert!(mails.iter().any(|mail| mail.text.contains("担当者が解除")));
        let again = console.act(&person, &path, &[]).await;
        assert!(refused(&again, 1815), "{}", again.body);
        let other = console.customer(&person, HANAKO.number).await;
        let crossed = path.replace(&page.path, &other.path);
        let crossed = person.browser.get(&crossed).await;
        assert_eq!(
            crossed.status,
            StatusCode::NOT_FOUND,
            "an object of another customer"
        );
        drop(session);
    })
    .await;
}

#[tokio::test]
async fn staff_06_a_lock_ends_sessions_and_stops_the_login_at_once() {
    for_each_database(|db| async move {
        let console = Console::start(&db).await;
        let session = console.server.log_in_by_code(TARO).await;
        let person = console.member("aoi", &[Role::FraudAnalyst]).await;
        let page = console.customer(&person, TARO.number).await;
        let path = format!("{}/lock", page.path);
        let done = console.act(&person, &path, &[]).await;
        assert!(done.location.is_some(), "{}", done.body);
        assert_eq!(session.get("/account").await.location.as_deref(), Some("/login"));
        let login = console
            .server
            .browser()
            .enter_password(TARO.number, TARO.password)
            .await;
        assert!(refused(&login, 1501), "{}", login.body);
        assert!(
            refused(&console.act(&person, &path, &[]).await, 1815),
            "two at once"
        );
        console.server.send_mail().await;
        let mails = console.server.outbox.to(TARO.mail);
        assert!(mails.iter().any(|mail| mail.text.contains("ログインを止め")));
        let shown = person.browser.get(&page.path).await;
        assert!(shown.body.contains("ロック中"), "{}", shown.body);
        assert!(
            !shown.body.contains(&format!("{}/unlock", page.path)),
            "not linked: not allowed"
        );
    })
    .await;
}

#[tokio::test]
async fn web_04_what_customers_and_staff_typed_is_shown_as_text() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let attack = "<script>alert(1)</script>";
    let (device, _) = console.server.customer_with_device(TARO).await;
    let browser = AnonymousBrowser::at(&console.server.origin).sending("user-agent", attack);
    drop(browser.enter_password(TARO.number, TARO.password).await);
    let store = &console.server.server.app.store;
    let mut c = store.read().await.expect("it is there");
    sqlx::query("UPDATE devices SET name = $1, model = $1")
        .bind(attack)
        .execute(&mut *c)
        .await
        .expect("it is there");
    drop(c);
    let operator = console.member("aoi", &[Role::Operator, Role::Approver]).await;
    let page = console.customer(&operator, TARO.number).await;
    assert!(
        page.body.contains("&#60;script&#62;") && !page.body.contains(attack),
        "{}",
        page.body
    );
    let path = format!("{}/lock", page.path);
    drop(console.act(&operator, &path, &[]).await);
    let reason = format!("{attack} {REASON}");
    let made = console
        .act(
            &operator,
            &format!("{}/unlock", page.path),
            &[("reason", &reason)],
        )
        .await;
    let shown = operator.browser.follow(made).await;
    assert!(
        shown.body.contains("&#60;script&#62;") && !shown.body.contains(attack),
        "{}",
        shown.body
    );
    drop(device);
}

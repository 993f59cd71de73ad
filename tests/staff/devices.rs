//! Staff suspend a device at once and lift a suspension by two; two of them at one account at once (ENROL-13, ENROL-14).

use reqwest::StatusCode;
use warifu_server::domain::staff::Role;
use warifu_tests::customer::Answer;
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::raw_device::RawDevice;
use warifu_tests::server::{HANAKO, TARO};

use crate::scene::{Console, Person, REASON, link, refused};

async fn device_states(console: &Console) -> Vec<String> {
    let mut c = console.server.server.app.store.read().await.expect("it is there");
    let found: Vec<(String,)> = sqlx::query_as(
        "SELECT d.state FROM devices d JOIN accounts a ON a.id = d.account_id WHERE a.kind = 'customer' \
         ORDER BY d.bound_at, d.id",
    )
    .fetch_all(&mut *c)
    .await
    .expect("it is there");
    found.into_iter().map(|(state,)| state).collect()
}

async fn decide(by: &Person, path: &str, decision: &str) -> Answer {
    let page = by.browser.get(path).await;
    let fields = [("decision", decision), ("reason", REASON)];
    by.browser.submit(&page, path, &fields).await
}

#[tokio::test]
async fn enrol_13_code_10_staff_suspend_a_device_at_once_and_no_mailed_code_opens() {
    for_each_database(|db| async move {
        let console = Console::start(&db).await;
        let (device, session) = console.server.customer_with_device(TARO).await;
        let person = console.member("aoi", &[Role::FraudAnalyst]).await;
        let page = console.customer(&person, TARO.number).await;
        let path = link(&page, "/suspend");
        let form = person.browser.get(&path).await;
        assert!(form.body.contains("太郎の端末"), "which one: {}", form.body);
        let without = console.act(&person, &path, &[("reason", "short")]).await;
        assert!(refused(&without, 1810), "{}", without.body);
        // A warning is enough: nobody has to be identified.
        let done = console.act(&person, &path, &[("identity", "")]).await;
        assert_eq!(
            done.location.as_deref(),
            Some(page.path.as_str()),
            "{}",
            done.body
        );
        assert_eq!(device_states(&console).await, ["suspended"]);
        assert_eq!(console.server.leaves("staff.device_suspended").await, 1);
        assert_eq!(console.server.leaves("device.suspended").await, 1);
        let again = console.act(&person, &path, &[]).await;
        assert!(refused(&again, 1815), "{}", again.body);

        console.server.send_mail().await;
        let mails = console.server.outbox.to(TARO.mail);
        let told = mails.iter().find(|mail| mail.text.contains("一時停止しました"));
        let told = told.expect("STAFF-06: the customer is told");
        assert!(
            told.text.contains("当社の担当者") && !told.text.contains("ブラウザ"),
            "{}",
            told.text
        );
        let before = mails.len();
        let login = console
            .server
            .browser()
            .enter_password(TARO.number, TARO.password)
            .await;
        console.server.send_mail().await;
        let mails = console.server.outbox.to(TARO.mail);
        let codes = mails.iter().skip(before).filter(|mail| mail.text.contains(" #"));
        assert_eq!(codes.count(), 0, "CODE-10: {}", login.body);
        assert!(device.open_requests().await.is_empty());
        let shown = console.customer(&person, TARO.number).await;
        assert!(
            shown.body.contains("一時停止") && !shown.body.contains("/suspend"),
            "{}",
            shown.body
        );
        drop(session);
    })
    .await;
}

#[tokio::test]
async fn enrol_14_a_suspension_is_lifted_by_two_of_the_staff_and_never_by_one() {
    for_each_database(|db| async move {
        let console = Console::start(&db).await;
        let (device, session) = console.server.customer_with_device(TARO).await;
        let both = console.member("aoi", &[Role::Operator, Role::Approver]).await;
        let other = console.member("ren", &[Role::Approver]).await;
        let page = console.customer(&both, TARO.number).await;
        let early = console
            .act(&both, &link(&page, "/suspend").replace("/suspend", "/lift"), &[])
            .await;
        assert!(refused(&early, 1725), "{}", early.body);
        drop(console.act(&both, &link(&page, "/suspend"), &[]).await);
        let page = console.customer(&both, TARO.number).await;
        let path = link(&page, "/lift");
        let by_voice = console
            .act(&both, &path, &[("identity", "name,birth_date")])
            .await;
        assert!(refused(&by_voice, 1642), "{}", by_voice.body);
        let made = console.act(&both, &path, &[]).await;
        let proposal = made.location.expect("a proposal");
        let own = decide_blindly(&both, &proposal).await;
        assert!(refused(&own, 1812), "{}", own.body);
        assert_eq!(device_states(&console).await, ["suspended"]);
        let seen = other.browser.get(&proposal).await;
        assert!(seen.body.contains("太郎の端末"), "{}", seen.body);
        let done = decide(&other, &proposal, "approve").await;
        assert!(done.location.is_some(), "{}", done.body);
        assert_eq!(device_states(&console).await, ["active"]);
        console.server.send_mail().await;
        let mails = console.server.outbox.to(TARO.mail);
        let told = mails
            .iter()
            .find(|mail| mail.text.contains("一時停止が解かれました"));
        assert!(told.is_some_and(|mail| mail.text.contains("当社の担当者")));
        device.core.refresh().await.expect("it works again");
        drop(session);
    })
    .await;
}

/// The decision without the form, which is not offered to whoever asked.
async fn decide_blindly(by: &Person, path: &str) -> Answer {
    let home = by.browser.get("/").await;
    let csrf = home
        .form("/logout")
        .value("csrf")
        .expect("it is there")
        .to_owned();
    let fields = [
        ("csrf", csrf.as_str()),
        ("decision", "approve"),
        ("reason", REASON),
    ];
    let fields: Vec<_> = fields
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    by.browser.post(path, &fields).await
}

#[tokio::test]
async fn enrol_09_a_device_registered_a_moment_ago_stands_still_with_the_old_one() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let (_, session) = console.server.customer_with_device(TARO).await;
    console.server.clock.advance_secs(3 * 86_400);
    // As somebody who had the first one in hand for a minute would have registered it.
    let (store, origin) = (&console.server.server.app.store, &console.server.origin);
    drop(RawDevice::register(store, TARO, origin, console.server.now()).await);
    drop(session);
    let person = console.member("aoi", &[Role::Operator]).await;
    let page = console.customer(&person, TARO.number).await;
    drop(console.act(&person, &link(&page, "/suspend"), &[]).await);
    assert_eq!(device_states(&console).await, ["suspended", "suspended"]);
}

#[tokio::test]
async fn staff_06_two_operators_suspend_at_once_and_it_happens_once() {
    for_each_database(|db| async move {
        let console = Console::start(&db).await;
        let (_, session) = console.server.customer_with_device(TARO).await;
        let one = console.member("aoi", &[Role::Operator]).await;
        let two = console.member("ren", &[Role::Operator]).await;
        let path = link(&console.customer(&one, TARO.number).await, "/suspend");
        let (a, b) = tokio::join!(console.act(&one, &path, &[]), console.act(&two, &path, &[]));
        let done = [&a, &b].iter().filter(|it| it.location.is_some()).count();
        assert_eq!(done, 1, "{} / {}", a.body, b.body);
        assert!(refused(&a, 1815) || refused(&b, 1815));
        assert_eq!(console.server.leaves("device.suspended").await, 1);
        assert_eq!(console.server.leaves("staff.device_suspended").await, 1);
        drop(session);
    })
    .await;
}

#[tokio::test]
async fn staff_06_a_suspension_and_a_removal_at_once_leave_the_device_removed() {
    for_each_database(|db| async move {
        let console = Console::start(&db).await;
        let (_, session) = console.server.customer_with_device(TARO).await;
        let one = console.member("aoi", &[Role::Operator]).await;
        let two = console.member("ren", &[Role::Operator]).await;
        let page = console.customer(&one, TARO.number).await;
        let (suspend, remove) = (link(&page, "/suspend"), link(&page, "/remove"));
        let (a, b) = tokio::join!(console.act(&one, &suspend, &[]), console.act(&two, &remove, &[]));
        assert!(b.location.is_some(), "a removal always wins: {}", b.body);
        let late = a.location.is_some() || refused(&a, 1815) || a.status == StatusCode::NOT_FOUND;
        assert!(late, "{}", a.body);
        assert_eq!(device_states(&console).await, ["revoked"]);
        assert_eq!(console.server.leaves("device.revoked").await, 1);
        drop(session);
    })
    .await;
}

#[tokio::test]
async fn staff_02_a_device_of_another_customer_in_the_path_is_not_found() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let (_, session) = console.server.customer_with_device(TARO).await;
    let person = console.member("aoi", &[Role::Operator]).await;
    let taro = console.customer(&person, TARO.number).await;
    let hanako = console.customer(&person, HANAKO.number).await;
    for deed in ["/suspend", "/lift", "/remove"] {
        let crossed = link(&taro, "/suspend")
            .replace(&taro.path, &hanako.path)
            .replace("/suspend", deed);
        let form = person.browser.get(&crossed).await;
        assert_eq!(form.status, StatusCode::NOT_FOUND, "{deed}");
        let home = person.browser.get("/").await;
        let csrf = home
            .form("/logout")
            .value("csrf")
            .expect("it is there")
            .to_owned();
        let fields = [
            ("csrf".to_owned(), csrf),
            ("reason".to_owned(), REASON.to_owned()),
            ("identity".to_owned(), "name,callback".to_owned()),
        ];
        let sent = person.browser.post(&crossed, &fields).await;
        assert_eq!(sent.status, StatusCode::NOT_FOUND, "{deed}: {}", sent.body);
    }
    assert_eq!(device_states(&console).await, ["active"]);
    drop(session);
}

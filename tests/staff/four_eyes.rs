//! Four eyes: nobody approves their own proposal in any guise, nor one whose facts changed (STAFF-03).

use reqwest::StatusCode;
use warifu_server::domain::staff::{Role, Roles};
use warifu_server::store::staff::members;
use warifu_tests::customer::Answer;
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::server::TARO;

use crate::scene::{Console, Person, REASON, refused};

/// A locked customer and a proposal to unlock; where it is, and where the customer is.
async fn proposed(console: &Console, by: &Person) -> (String, String) {
    let page = console.customer(by, TARO.number).await;
    drop(console.act(by, &format!("{}/lock", page.path), &[]).await);
    let made = console.act(by, &format!("{}/unlock", page.path), &[]).await;
    (made.location.expect("a proposal"), page.path)
}

async fn decide(by: &Person, path: &str, decision: &str) -> Answer {
    let token = by.browser.get("/").await;
    let token = token
        .form("/logout")
        .value("csrf")
        .expect("it is there")
        .to_owned();
    let fields = [
        ("csrf", token.as_str()),
        ("decision", decision),
        ("reason", REASON),
    ];
    let fields: Vec<_> = fields
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    by.browser.post(path, &fields).await
}

async fn can_log_in(console: &Console) -> bool {
    let answer = console
        .server
        .browser()
        .enter_password(TARO.number, TARO.password)
        .await;
    answer.status == StatusCode::OK
}

#[tokio::test]
async fn staff_03_another_person_approves_and_the_account_opens_once() {
    for_each_database(|db| async move {
        let console = Console::start(&db).await;
        let operator = console.member("aoi", &[Role::Operator]).await;
        let approver = console.member("ren", &[Role::Approver]).await;
        let (path, _) = proposed(&console, &operator).await;
        assert!(!can_log_in(&console).await);
        let seen = approver.browser.get(&path).await;
        assert!(seen.body.contains(REASON), "{}", seen.body);
        let done = decide(&approver, &path, "approve").await;
        assert_eq!(done.location.as_deref(), Some(path.as_str()), "{}", done.body);
        assert!(can_log_in(&console).await);
        assert!(
            refused(&decide(&approver, &path, "approve").await, 1813),
            "replay"
        );
        assert_eq!(console.server.leaves("staff.proposal_approved").await, 1);
        console.server.send_mail().await;
        let mails = console.server.outbox.to(TARO.mail);
        assert!(
            mails
                .iter()
                .any(|mail| mail.text.contains("もう一度できるように"))
        );
    })
    .await;
}

#[tokio::test]
async fn staff_03_nobody_approves_their_own_also_not_with_two_roles_or_another_name() {
    for_each_database(|db| async move {
        let console = Console::start(&db).await;
        let both = console.member("aoi", &[Role::Operator, Role::Approver]).await;
        let (path, _) = proposed(&console, &both).await;
        let page = both.browser.get(&path).await;
        assert!(!page.body.contains("value=\"approve\""), "{}", page.body);
        assert!(refused(&decide(&both, &path, "approve").await, 1812));
        let mut c = console.server.server.app.store.read().await.expect("it is there");
        sqlx::query("UPDATE staff SET name = 'someone else', login_id = 'other' WHERE login_id = 'aoi'")
            .execute(&mut *c)
            .await
            .expect("it is there");
        drop(c);
        assert!(refused(&decide(&both, &path, "approve").await, 1812), "renamed");
        assert!(!can_log_in(&console).await);
        assert!(console.server.leaves("staff.proposal_not_carried_out").await >= 2);
    })
    .await;
}

#[tokio::test]
async fn staff_03_a_proposal_ends_when_the_facts_changed_or_after_a_day() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let operator = console.member("aoi", &[Role::Operator]).await;
    let approver = console.member("ren", &[Role::Approver]).await;
    let (path, customer) = proposed(&console, &operator).await;
    let mut c = console.server.server.app.store.read().await.expect("it is there");
    sqlx::query("UPDATE accounts SET unknown_blocked_until = 9999999999999 WHERE number = $1")
        .bind(TARO.number)
        .execute(&mut *c)
        .await
        .expect("it is there");
    drop(c);
    assert!(refused(&decide(&approver, &path, "approve").await, 1814));
    assert!(!can_log_in(&console).await);
    assert!(
        refused(&decide(&approver, &path, "approve").await, 1813),
        "it has ended"
    );
    let made = console.act(&operator, &format!("{customer}/unlock"), &[]).await;
    let path = made.location.expect("it is there");
    console.server.clock.advance_secs(86_400);
    console.log_in(&approver).await;
    assert!(refused(&decide(&approver, &path, "approve").await, 1813));
}

#[tokio::test]
async fn staff_03_a_proposal_of_somebody_who_may_no_longer_propose_is_not_carried_out() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let operator = console.member("aoi", &[Role::Operator]).await;
    let approver = console.member("ren", &[Role::Approver]).await;
    let (path, _) = proposed(&console, &operator).await;
    let store = &console.server.server.app.store;
    let mut c = store.read().await.expect("it is there");
    let member = members::by_login(&mut c, "aoi")
        .await
        .expect("it is there")
        .expect("it is there");
    drop(c);
    let to = Roles::of(&[Role::Viewer]);
    let changed = store
        .write(move |c| Box::pin(async move { members::set_roles(c, &member.id, &member.roles, &to).await }));
    assert!(changed.await.expect("it is there"));
    assert!(refused(&decide(&approver, &path, "approve").await, 1813));
    assert!(!can_log_in(&console).await);
}

#[tokio::test]
async fn staff_03_two_approvers_at_once_carry_it_out_once() {
    for_each_database(|db| async move {
        let console = Console::start(&db).await;
        let operator = console.member("aoi", &[Role::Operator]).await;
        let one = console.member("ren", &[Role::Approver]).await;
        let two = console.member("sora", &[Role::Approver]).await;
        let (path, _) = proposed(&console, &operator).await;
        let (a, b) = tokio::join!(decide(&one, &path, "approve"), decide(&two, &path, "approve"));
        let carried = [&a, &b].iter().filter(|it| it.location.is_some()).count();
        assert_eq!(carried, 1, "{} / {}", a.body, b.body);
        assert_eq!(console.server.leaves("staff.proposal_approved").await, 1);
    })
    .await;
}

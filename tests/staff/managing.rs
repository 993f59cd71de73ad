//! Managing staff: invitations, roles, and the last administrator (STAFF-02, STAFF-03, STAFF-08).

use warifu_server::domain::staff::Role;
use warifu_server::store::staff::members;
use warifu_tests::customer::Answer;
use warifu_tests::databases::{Database, for_each_database};

use crate::scene::{Console, Person, REASON, refused};

async fn invite(console: &Console, by: &Person, name: &str, roles: &str) -> Answer {
    let fields = [("name", name), ("roles", roles)];
    console.act(by, "/staff/invite", &fields).await
}

fn token_of(page: &Answer) -> String {
    let from = page
        .body
        .find("id=\"token\">")
        .unwrap_or_else(|| panic!("{}", page.body));
    page.body[from + 11..][..43].to_owned()
}

async fn decide(by: &Person, path: &str) -> Answer {
    let page = by.browser.get(path).await;
    let fields = [("decision", "approve"), ("reason", REASON)];
    by.browser.submit(&page, path, &fields).await
}

#[tokio::test]
async fn staff_03_the_first_invites_the_second_and_from_then_on_it_takes_two() {
    for_each_database(|db| async move {
        let console = Console::start(&db).await;
        let token = console.bootstrap().await.expect("it is there");
        let first = console.set_up(&token, "aoi").await;
        console.log_in(&first).await;
        let sock_puppet = invite(&console, &first, "Puppet", "approver").await;
        assert!(refused(&sock_puppet, 1803), "{}", sock_puppet.body);
        let shown = invite(&console, &first, "Ren", "administrator").await;
        let second = console.set_up(&token_of(&shown), "ren").await;
        console.log_in(&second).await;
        let made = invite(&console, &first, "Sora", "operator").await;
        assert_eq!(made.location.as_deref(), Some("/staff"), "{}", made.body);
        let list = second.browser.get("/staff").await;
        let path = list
            .body
            .split('"')
            .find(|it| it.starts_with("/staff/proposals/"))
            .expect("it is there");
        let approved = decide(&second, path).await;
        let third = console.set_up(&token_of(&approved), "sora").await;
        let home = console.log_in(&third).await;
        assert!(home.body.contains("窓口"), "{}", home.body);
        // Other roles: proposed by one, approved by the other, never by the same.
        let id = console.id_of("sora").await.to_string();
        let roles = format!("/staff/members/{id}/roles");
        let made = console.act(&first, &roles, &[("roles", "auditor")]).await;
        let path = made.location.expect("it is there");
        let own = first.browser.get(&path).await;
        assert!(!own.body.contains("value=\"approve\""));
        let done = decide(&second, &path).await;
        assert!(done.location.is_some(), "{}", done.body);
        assert!(
            refused(&third.browser.get("/customers").await, 1803),
            "at the next request"
        );
    })
    .await;
}

#[tokio::test]
async fn staff_08_the_last_administrator_stays_also_when_two_remove_each_other() {
    for_each_database(|db| async move {
        let console = Console::start(&db).await;
        let one = console.member("aoi", &[Role::Administrator]).await;
        let two = console.member("ren", &[Role::Administrator]).await;
        let (id_one, id_two) = (
            console.id_of("aoi").await.to_string(),
            console.id_of("ren").await.to_string(),
        );
        let remove = |id: &str| format!("/staff/members/{id}/disable");
        let (path_two, path_one) = (remove(&id_two), remove(&id_one));
        // Both have the form open before either sends it.
        let (open_one, open_two) = (one.browser.get(&path_two).await, two.browser.get(&path_one).await);
        let (a, b) = tokio::join!(
            console.send(&one, &open_one, &path_two, &[]),
            console.send(&two, &open_two, &path_one, &[])
        );
        let mut c = console.server.server.app.store.read().await.expect("it is there");
        assert_eq!(
            members::administrators(&mut c).await.expect("it is there"),
            1,
            "{} / {}",
            a.body,
            b.body
        );
        drop(c);
        let (last, own) = if a.location.as_deref() == Some("/staff") {
            (&one, path_one)
        } else {
            (&two, path_two)
        };
        let refused_page = console.act(last, &own, &[]).await;
        assert!(refused(&refused_page, 1809), "{}", refused_page.body);
        assert_eq!(console.bootstrap().await, None);
    })
    .await;
}

#[tokio::test]
async fn staff_06_what_was_done_to_staff_stands_in_the_log_with_its_reason() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let admin = console.member("aoi", &[Role::Administrator]).await;
    drop(console.member("ren", &[Role::Viewer]).await);
    let id = console.id_of("ren").await.to_string();
    let path = format!("/staff/members/{id}/disable");
    let without = console.act(&admin, &path, &[("reason", " ")]).await;
    assert!(refused(&without, 1810), "{}", without.body);
    let done = console.act(&admin, &path, &[]).await;
    assert!(done.location.is_some(), "{}", done.body);
    let mut c = console.server.server.app.store.read().await.expect("it is there");
    let (record, entry): (String, Vec<u8>) = sqlx::query_as(
        "SELECT a.record, l.entry FROM staff_acts a JOIN audit_leaves l ON l.subject = a.subject \
         WHERE l.action = 'staff.disabled'",
    )
    .fetch_one(&mut *c)
    .await
    .expect("it is there");
    assert!(record.contains(REASON) && record.contains("state=active") && record.contains("state=disabled"));
    let hash = warifu_shared::log::entry::evidence_of(&record);
    assert!(
        String::from_utf8(entry).expect("it is there").contains(&hash),
        "the entry holds the record's hash"
    );
}

//! Every room of the console, for each role: who may not is turned away, and no form of another session counts (STAFF-02).

use reqwest::{Method, StatusCode};
use warifu_server::domain::staff::{Act, Role, Roles};
use warifu_server::staff;
use warifu_server::store::staff::members;
use warifu_tests::databases::Database;
use warifu_tests::server::TARO;

use crate::scene::{Console, Person, refused};

/// A path with something of the right shape that is not there in place of each parameter.
fn made_up(path: &str) -> String {
    path.replace("{account}", "ac_AAAAAAAAAAAAAAAAAAAAAA")
        .replace("{object}", "dv_AAAAAAAAAAAAAAAAAAAAAA")
        .replace("{entry}", "au_0AAAAAAAAAAAAAAAAAAAAAA")
        .replace("{size}", "7")
        .replace("{case}", "cs_AAAAAAAAAAAAAAAAAAAAAA")
        .replace("{import}", "im_0AAAAAAAAAAAAAAAAAAAAAA")
        .replace("/proposals/{id}", "/proposals/pr_AAAAAAAAAAAAAAAAAAAAAA")
        .replace("{id}", "sf_AAAAAAAAAAAAAAAAAAAAAA")
}

async fn csrf(person: &Person) -> String {
    let home = person.browser.get("/").await;
    home.form("/logout")
        .value("csrf")
        .expect("it is there")
        .to_owned()
}

#[tokio::test]
async fn staff_02_each_room_lets_in_exactly_the_roles_of_its_act() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let rooms = staff::rooms(&console.server.server.app);
    for act in Act::ALL {
        let used = rooms.iter().any(|room| room.act == act);
        assert!(used || act == Act::FindByDetails, "{act:?} has no room");
    }
    for role in Role::ALL {
        let person = console.member(&role.name().replace('_', "-"), &[role]).await;
        let csrf = csrf(&person).await;
        for room in &rooms {
            if room.path == "/logout" {
                continue;
            }
            let path = made_up(room.path);
            let answer = if room.method == Method::POST {
                let fields = [("csrf".to_owned(), csrf.clone())];
                person.browser.post(&path, &fields).await
            } else {
                person.browser.get(&path).await
            };
            let may = Roles::of(&[role]).may(room.act);
            let turned_away = refused(&answer, 1803);
            // A search by number finds nothing, an empty form is refused, what is made up is not found.
            assert_eq!(
                !may, turned_away,
                "{role:?} {} {path}: {}",
                room.method, answer.body
            );
            assert_ne!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{path}");
        }
    }
    assert!(console.server.leaves("staff.not_allowed").await > 0, "AUDIT-01");
}

#[tokio::test]
async fn staff_02_without_a_session_every_room_leads_to_the_login() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    for room in staff::rooms(&console.server.server.app) {
        let path = made_up(room.path);
        let browser = console.browser();
        let answer = if room.method == Method::POST {
            browser.post(&path, &[]).await
        } else {
            browser.get(&path).await
        };
        assert_eq!(
            answer.location.as_deref(),
            Some("/login"),
            "{} {path}",
            room.method
        );
    }
}

#[tokio::test]
async fn web_03_no_room_takes_a_form_without_the_token_of_its_session_or_from_elsewhere() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let person = console.member("aoi", &Role::ALL).await;
    let other = console.member("ren", &Role::ALL).await;
    let foreign = csrf(&other).await;
    let own = csrf(&person).await;
    for room in staff::rooms(&console.server.server.app) {
        if room.method != Method::POST {
            continue;
        }
        let path = made_up(room.path);
        for token in ["", foreign.as_str()] {
            let fields = [("csrf".to_owned(), token.to_owned())];
            let answer = person.browser.post(&path, &fields).await;
            assert!(refused(&answer, 1009), "{path}: {}", answer.body);
        }
    }
    let fields = [("csrf".to_owned(), own)];
    let elsewhere = person.browser.sending("sec-fetch-site", "cross-site");
    assert!(refused(&elsewhere.post("/logout", &fields).await, 1008));
}

#[tokio::test]
async fn staff_02_a_demoted_or_disabled_member_is_stopped_at_the_next_request() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    drop(console.member("boss", &[Role::Administrator]).await);
    let person = console.member("aoi", &[Role::Operator]).await;
    assert_eq!(person.browser.get("/customers").await.status, StatusCode::OK);
    let store = &console.server.server.app.store;
    let mut c = store.read().await.expect("it is there");
    let member = members::by_login(&mut c, "aoi")
        .await
        .expect("it is there")
        .expect("it is there");
    drop(c);
    let (id, from) = (member.id.clone(), member.roles.clone());
    let demoted = store.write(move |c| {
        Box::pin(async move { members::set_roles(c, &id, &from, &Roles::of(&[Role::Auditor])).await })
    });
    assert!(demoted.await.expect("it is there"));
    assert!(refused(&person.browser.get("/customers").await, 1803));
    let id = member.id.clone();
    let disabled = store.write(move |c| Box::pin(async move { members::disable(c, &id).await }));
    assert!(disabled.await.expect("it is there"));
    assert_eq!(person.browser.get("/").await.location.as_deref(), Some("/login"));
    let again = console.enter_password(&person).await;
    assert!(refused(&again, 1801), "{}", again.body);
}

#[tokio::test]
async fn staff_02_accounts_of_staff_are_no_customers() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let person = console.member("aoi", &[Role::Operator]).await;
    let mut c = console.server.server.app.store.read().await.expect("it is there");
    let (account, number): (String, String) =
        sqlx::query_as("SELECT id, number FROM accounts WHERE kind = 'staff'")
            .fetch_one(&mut *c)
            .await
            .expect("it is there");
    drop(c);
    for path in [
        format!("/customers/{account}"),
        format!("/customers/{account}/lock"),
        format!("/customers/{account}/unlock"),
    ] {
        assert_eq!(
            person.browser.get(&path).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    for (words, by) in [(number.as_str(), "number"), ("aoi", "name")] {
        let page = person.browser.get("/customers").await;
        let found = person
            .browser
            .submit(&page, "/customers", &[("words", words), ("by", by)])
            .await;
        assert!(found.body.contains("見つかりませんでした"), "{}", found.body);
    }
    assert!(
        console
            .customer(&person, TARO.number)
            .await
            .path
            .starts_with("/customers/ac_")
    );
}

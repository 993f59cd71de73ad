//! The counter under attack: own approval, another screen, another session, other digits, changed facts, lost roles (STAFF-03,
//! decision 40).

use reqwest::StatusCode;
use warifu_server::domain::staff::{Role, Roles};
use warifu_server::pages::paths;
use warifu_server::store::staff::members;
use warifu_tests::customer::CustomerSession;
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::device::Device;
use warifu_tests::server::TARO;

use crate::addresses::{decide, team};
use crate::enrolling::{SEEN, allowed, devices, link, proposed, scan, show};
use crate::scene::{Console, refused};

#[tokio::test]
async fn staff_03_nobody_approves_their_own_device_and_nothing_is_shown_before() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let both = console.member("aoi", &[Role::Operator, Role::Approver]).await;
    let path = proposed(&console, &both).await;
    assert!(refused(&decide(&both, &path, "approve").await, 1812));
    let home = both.browser.get("/").await;
    let csrf = home.form("/logout").value("csrf").unwrap_or_default().to_owned();
    let shown = both
        .browser
        .post(&format!("{path}/enrol"), &[("csrf".to_owned(), csrf)])
        .await;
    assert!(refused(&shown, 1813), "{}", shown.body);
    let page = both.browser.get(&format!("{path}/device")).await;
    assert!(refused(&page, 1813), "{}", page.body);
    assert_eq!(
        console.server.leaves("enrolment.issued").await,
        1,
        "the member's own device only"
    );
}

#[tokio::test]
async fn staff_03_only_whoever_proposed_sees_the_code_in_the_session_that_showed_it() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let (operator, approver) = team(&console).await;
    let other = console.member("sora", &[Role::Operator]).await;
    let path = allowed(&console, &operator, &approver).await;
    let page = show(&operator, &path).await;
    let home = other.browser.get("/").await;
    let csrf = home.form("/logout").value("csrf").unwrap_or_default().to_owned();
    let own = [("csrf".to_owned(), csrf)];
    for answer in [
        other.browser.get(&page.path).await,
        other.browser.get(&format!("{}/status", page.path)).await,
        other.browser.post(&format!("{path}/enrol"), &own).await,
        other.browser.post(&format!("{}/confirm", page.path), &own).await,
        other.browser.post(&format!("{}/cancel", page.path), &own).await,
    ] {
        assert!(refused(&answer, 1762), "{}: {}", answer.path, answer.body);
    }
    assert!(
        refused(&approver.browser.get(&page.path).await, 1803),
        "the approver"
    );
    // Another session of the same person: a new code, not this one.
    let home = operator.browser.get("/").await;
    operator.browser.submit(&home, "/logout", &[]).await;
    console.log_in(&operator).await;
    assert!(refused(&operator.browser.get(&page.path).await, 1002));
    let old = link(&console).await;
    let again = show(&operator, &path).await;
    assert!(again.body.contains("<svg"), "{}", again.body);
    let device = Device::new(&console.server.clock).await;
    assert!(
        scan(&device, &old).await.contains("1201"),
        "the code before is dead"
    );
}

#[tokio::test]
async fn enrol_06_other_digits_register_nothing_and_a_new_code_may_be_shown() {
    for_each_database(|db| async move {
        let console = Console::start(&db).await;
        let (operator, approver) = team(&console).await;
        let path = allowed(&console, &operator, &approver).await;
        let page = show(&operator, &path).await;
        let thief = Device::new(&console.server.clock).await;
        thief.enrol(&link(&console).await).await;
        let compare = operator.browser.get(&page.path).await;
        let stopped = operator.browser.submit(&compare, "/cancel", &[]).await;
        let stopped = operator.browser.follow(stopped).await;
        assert_eq!(stopped.path, path, "{}", stopped.body);
        assert_eq!(devices(&console).await, ["revoked"]);
        // A second click on the page that was open does not bring it back.
        let late = operator.browser.submit(&compare, "/confirm", &[]).await;
        assert_eq!(late.status, StatusCode::SEE_OTHER);
        assert_eq!(devices(&console).await, ["revoked"]);
        show(&operator, &path).await;
        let device = Device::new(&console.server.clock).await;
        device.enrol(&link(&console).await).await;
        let compare = operator.browser.get(&page.path).await;
        operator.browser.submit(&compare, "/confirm", &[]).await;
        assert_eq!(devices(&console).await, ["active", "revoked"]);
    })
    .await;
}

#[tokio::test]
async fn staff_03_a_lock_or_another_device_between_approval_and_confirmation_ends_it() {
    for_each_database(|db| async move {
        let console = Console::start(&db).await;
        let server = &console.server;
        let (operator, approver) = team(&console).await;
        // Changed before the approval.
        let path = proposed(&console, &operator).await;
        let (first, session) = server.customer_with_device(TARO).await;
        assert!(refused(&decide(&approver, &path, "approve").await, 1814));
        // Locked after the customer has scanned.
        let path = allowed(&console, &operator, &approver).await;
        let page = show(&operator, &path).await;
        let device = Device::new(&server.clock).await;
        device.enrol(&link(&console).await).await;
        let compare = operator.browser.get(&page.path).await;
        let customer = console.customer(&operator, TARO.number).await;
        console
            .act(&operator, &format!("{}/lock", customer.path), &[])
            .await;
        let late = operator.browser.submit(&compare, "/confirm", &[]).await;
        assert!(refused(&late, 1814), "{}", late.body);
        assert_eq!(devices(&console).await, ["active", "pending"]);
        assert!(
            refused(&operator.browser.get(&page.path).await, 1814),
            "nor is it shown"
        );
        assert!(console.server.leaves("staff.proposal_not_carried_out").await >= 2);
        let locked = console
            .act(&operator, &format!("{}/enrol", customer.path), &SEEN)
            .await;
        assert!(refused(&locked, 1815), "{}", locked.body);
        drop((first, session));
    })
    .await;
}

#[tokio::test]
async fn staff_02_whoever_was_demoted_after_the_approval_confirms_nothing() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let (operator, approver) = team(&console).await;
    let path = allowed(&console, &operator, &approver).await;
    let page = show(&operator, &path).await;
    let device = Device::new(&console.server.clock).await;
    device.enrol(&link(&console).await).await;
    let compare = operator.browser.get(&page.path).await;
    let store = &console.server.server.app.store;
    let mut c = store.read().await.expect("a connection");
    let member = members::by_login(&mut c, "aoi")
        .await
        .expect("an answer")
        .expect("a member");
    drop(c);
    let to = Roles::of(&[Role::Viewer]);
    let changed = store
        .write(move |c| Box::pin(async move { members::set_roles(c, &member.id, &member.roles, &to).await }));
    assert!(changed.await.expect("an answer"));
    let late = operator.browser.submit(&compare, "/confirm", &[]).await;
    assert!(refused(&late, 1803), "{}", late.body);
    assert_eq!(devices(&console).await, ["pending"]);
}

#[tokio::test]
async fn enrol_09_an_older_device_hears_of_it_and_stops_it() {
    for_each_database(|db| async move {
        let console = Console::start(&db).await;
        let server = &console.server;
        let (operator, approver) = team(&console).await;
        let (owner, _session) = server.customer_with_device(TARO).await;
        server.clock.advance_secs(60);
        let path = allowed(&console, &operator, &approver).await;
        let page = show(&operator, &path).await;
        let impostor = Device::new(&server.clock).await;
        impostor.enrol(&link(&console).await).await;
        let compare = operator.browser.get(&page.path).await;
        operator.browser.submit(&compare, "/confirm", &[]).await;
        assert_eq!(devices(&console).await, ["active", "active"]);
        let session = log_in(&console, &owner).await;
        let list = session.get(paths::DEVICES).await;
        assert!(
            list.body.contains("窓口で登録"),
            "how it was registered: {}",
            list.body
        );
        // It is new: the older one stops it, as any other that its owner does not know (decision 28).
        let mut c = server.server.app.store.read().await.expect("a connection");
        let id: String = sqlx::query_scalar("SELECT id FROM devices WHERE method = 'counter'")
            .fetch_one(&mut *c)
            .await
            .expect("the new one");
        drop(c);
        let page = session.get(&format!("{}/{id}", paths::DEVICES)).await;
        let done = session.browser().submit(&page, "/veto", &[]).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
        assert_eq!(devices(&console).await, ["active", "revoked"]);
        assert!(
            impostor.core.refresh().await.is_err(),
            "its signatures count no more"
        );
        assert_eq!(server.leaves("device.vetoed").await, 1);
    })
    .await;
}

async fn log_in(console: &Console, device: &Device) -> CustomerSession {
    let browser = console.server.browser();
    let waiting = browser.enter_password(TARO.number, TARO.password).await;
    let handle = device.only_request().await;
    device
        .approve(&handle, &waiting.number())
        .await
        .expect("approved");
    browser.go_on(&waiting).await
}

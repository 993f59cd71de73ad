//! The sample staff: the first by the token of the command line, all others by invitation, and what one of them did.

use std::path::Path;

use warifu_server::demo::{Colleague, STAFF, STAFF_PASSWORD};
use warifu_server::operations::staff::bootstrap;
use warifu_tests::customer::{AnonymousBrowser, Answer};
use warifu_tests::device::Device;

use super::firm::Firm;

/// A member with a browser and a device.
pub struct Person {
    colleague: &'static Colleague,
    browser: AnonymousBrowser,
    device: Device,
}

/// Everybody of the list.
pub async fn everybody(firm: &Firm) -> Vec<Person> {
    let token = bootstrap::run(&firm.server.app.store, firm.now()).await;
    let token = token.expect("the store answers").expect("nobody is there yet");
    let first = set_up(firm, &STAFF[0], &token).await;
    log_in(firm, &first).await;
    let shown = invite(&first, &STAFF[1]).await;
    let second = set_up(firm, &STAFF[1], &token_of(&shown)).await;
    log_in(firm, &second).await;
    let mut all = vec![first, second];
    for colleague in &STAFF[2..] {
        // From the third on it takes both.
        invite(&all[0], colleague).await;
        let approved = approve_newest(&all[1]).await;
        all.push(set_up(firm, colleague, &token_of(&approved)).await);
    }
    all
}

/// The operator locks the account of the third regular, and proposes to open it again: that waits for the approver.
pub async fn lock_and_propose(firm: &Firm, people: &mut [Person]) {
    let operator = people.iter().find(|it| it.colleague.login_id == "haru");
    let operator = operator.expect("the operator");
    log_in(firm, operator).await;
    let page = operator.browser.get("/customers").await;
    let number = warifu_server::demo::REGULARS[2].number;
    let found = operator
        .browser
        .submit(&page, "/customers", &[("words", number)])
        .await;
    let customer = found.location.expect("the customer is found");
    for (deed, reason) in [
        (
            "lock",
            "お客さまから、覚えのないログインの通知が来たと電話がありました。",
        ),
        (
            "unlock",
            "パスワードを変え、端末はお手元にあると折り返しの電話で確かめました。",
        ),
    ] {
        let done = act(operator, &format!("{customer}/{deed}"), &[("reason", reason)]).await;
        assert!(done.location.is_some(), "{deed}: {}", done.body);
        firm.pass(600);
    }
}

async fn set_up(firm: &Firm, colleague: &'static Colleague, token: &str) -> Person {
    let browser = firm.console();
    let page = browser.get("/activate").await;
    let fields = [
        ("token", token),
        ("name", colleague.name),
        ("login_id", colleague.login_id),
        ("password", STAFF_PASSWORD),
        ("again", STAFF_PASSWORD),
    ];
    let done = browser.submit(&page, "/activate", &fields).await;
    let page = browser.follow(done).await;
    let device = firm.device(&Path::new("staff").join(colleague.login_id)).await;
    let page = firm.enrol(&device, colleague.login_id, &browser, &page).await;
    assert!(page.has("#login_id"), "{} is no login page", page.path);
    Person {
        colleague,
        browser,
        device,
    }
}

async fn log_in(firm: &Firm, person: &Person) {
    let page = person.browser.get("/login").await;
    let fields = [
        ("login_id", person.colleague.login_id),
        ("password", STAFF_PASSWORD),
    ];
    let done = person.browser.submit(&page, "/login", &fields).await;
    let waiting = person.browser.follow(done).await;
    let home = firm.approve(&person.device, &person.browser, &waiting).await;
    assert_eq!(home.path, "/", "{}", home.body);
}

async fn invite(by: &Person, colleague: &Colleague) -> Answer {
    let fields = [
        ("name", colleague.name),
        ("roles", colleague.role.name()),
        ("reason", "デモの担当者として加わります。"),
    ];
    act(by, "/staff/invite", &fields).await
}

async fn approve_newest(by: &Person) -> Answer {
    let list = by.browser.get("/staff").await;
    let path = list
        .body
        .split('"')
        .find(|it| it.starts_with("/staff/proposals/"));
    let path = path.expect("an invitation waits");
    let fields = [
        ("decision", "approve"),
        ("reason", "申し込みの内容を確かめました。"),
    ];
    act(by, path, &fields).await
}

async fn act(by: &Person, path: &str, fields: &[(&str, &str)]) -> Answer {
    let page = by.browser.get(path).await;
    let mut all = vec![("identity", "name,callback")];
    all.extend_from_slice(fields);
    by.browser.submit(&page, path, &all).await
}

fn token_of(page: &Answer) -> String {
    page.text("#token").trim().to_owned()
}

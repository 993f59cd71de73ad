//! Letters for a new password: two people, printed once, announced, stopped, never enough alone (ENROL-11, STAFF-03, STAFF-05,
//! decision 41).

use warifu_server::domain::staff::Role;
use warifu_server::pages::paths;
use warifu_tests::customer::{AnonymousBrowser, Answer};
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::evidence;
use warifu_tests::server::{Login, TARO, TestServer};

use crate::addresses::{NEW, decide, propose, team};
use crate::scene::{Console, Person, REASON, refused};

const NEW_PASSWORD: &str = "yuki-no-hi-ni-yomu-hon";
/// Taro with the new password.
const TARO_AGAIN: Login = Login {
    password: NEW_PASSWORD,
    ..TARO
};
const DAY: i64 = 24 * 3600;
/// What an operator ticks for somebody who lost everything.
pub const CHECKED: [(&str, &str); 2] = [("identity", "name,birth_date,callback"), ("handover", "post")];

/// The form of the act for a customer, sent.
pub async fn ask(
    console: &Console,
    by: &Person,
    number: &str,
    (act, fields): (&str, &[(&str, &str)]),
) -> Answer {
    let page = console.customer(by, number).await;
    console.act(by, &format!("{}/{act}", page.path), fields).await
}

/// Proposed and approved; where the proposal is.
pub async fn allowed(console: &Console, team: (&Person, &Person), number: &str, act: &str) -> String {
    let made = ask(console, team.0, number, (act, &CHECKED)).await;
    let path = made.location.unwrap_or_else(|| panic!("{}", made.body));
    let done = decide(team.1, &path, "approve").await;
    assert_eq!(done.location.as_deref(), Some(path.as_str()), "{}", done.body);
    path
}

/// Presses the button that prints.
pub async fn print(by: &Person, path: &str) -> Answer {
    let home = by.browser.get("/").await;
    let csrf = home.form("/logout").value("csrf").unwrap_or_default().to_owned();
    by.browser
        .post(&format!("{path}/letter"), &[("csrf".to_owned(), csrf)])
        .await
}

/// A recovery letter for Taro: the code on the paper.
async fn letter(console: &Console, operator: &Person, approver: &Person) -> String {
    let path = allowed(console, (operator, approver), TARO.number, "recovery-letter").await;
    let page = print(operator, &path).await;
    assert!(page.status.is_success(), "{}", page.body);
    page.text("#letter-code")
}

/// The first page of a forgotten password; what follows.
async fn forgot(browser: &AnonymousBrowser, code: &str) -> Answer {
    let page = browser.get(paths::RECOVER).await;
    let filled = [("account_number", TARO.number), ("code", code)];
    let answer = browser.submit(&page, paths::RECOVER, &filled).await;
    browser.follow(answer).await
}

async fn refused_at_all(server: &TestServer, code: &str) -> bool {
    refused(&forgot(&server.browser(), code).await, 1700)
}

/// Letter, mailed code and new password.
async fn set_anew(server: &TestServer, code: &str) -> Answer {
    let browser = server.browser();
    let page = forgot(&browser, code).await;
    assert!(page.path.starts_with("/recover/rv_"), "{}", page.body);
    server.send_mail().await;
    let mails = server.outbox.to(TARO.mail);
    let mailed = mails.iter().rev().find(|mail| mail.subject.contains("再設定)"));
    let mailed = mailed.unwrap_or_else(|| panic!("{mails:#?}")).code();
    let page = browser.enter_code(&page, &mailed).await;
    let done = browser.submit(&page, "/password", &[("new", NEW_PASSWORD)]).await;
    browser.follow(done).await
}

async fn told(server: &TestServer, subject: &str) -> usize {
    server.send_mail().await;
    let mails = server.outbox.to(TARO.mail);
    mails.iter().filter(|mail| mail.subject.contains(subject)).count()
}

#[tokio::test]
async fn enrol_11_staff_03_from_the_proposal_to_the_new_password_and_the_login() {
    for_each_database(|db| async move {
        let console = Console::start(&db).await;
        let server = &console.server;
        let session = server.log_in_by_code(TARO).await;
        let (operator, approver) = team(&console).await;
        let made = ask(&console, &operator, TARO.number, ("recovery-letter", &CHECKED)).await;
        let path = made.location.expect("a proposal");
        assert!(
            refused(&print(&operator, &path).await, 1813),
            "not before the approval"
        );
        assert_eq!(told(server, "再設定の書面").await, 0);
        decide(&approver, &path, "approve").await;
        assert_eq!(told(server, "再設定の書面").await, 1, "announced at once");
        let page = operator.browser.get(&path).await;
        let printed = operator.browser.submit(&page, "/letter", &[]).await;
        let code = printed.text("#letter-code");
        assert!(
            printed.body.contains("山田") && !printed.body.contains(TARO.number),
            "{}",
            printed.body
        );
        // It is announced for a day before it works; then not without the mailed code.
        assert!(refused_at_all(server, &code).await, "too early");
        server.clock.advance_secs(DAY);
        let done = set_anew(server, &code).await;
        assert!(
            done.body.contains("新しいパスワードを設定しました"),
            "{}",
            done.body
        );
        let out = session.get(paths::ACCOUNT).await;
        assert_eq!(out.location.as_deref(), Some(paths::LOGIN), "every session ended");
        server.clock.advance_secs(61);
        let again = server.log_in_by_code(TARO_AGAIN).await;
        let page = again.get(paths::SECURITY).await;
        assert!(
            page.body.contains("少額だけ出金できます"),
            "ENROL-09\n{}",
            page.body
        );
        assert!(refused_at_all(server, &code).await, "once");
        for leaf in ["staff.recovery_letter_printed", "recovery.letter_completed"] {
            assert_eq!(server.leaves(leaf).await, 1, "{leaf}");
        }
        let mails = server.outbox.to(TARO.mail);
        assert!(mails.iter().all(|mail| !mail.text.contains(&code)), "ENROL-02");
        evidence::assert_leaves_fit(&server.server.app.store).await;
    })
    .await;
}

#[tokio::test]
async fn enrol_11_a_letter_is_never_weaker_than_the_login_a_device_is_asked_as_before() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let server = &console.server;
    let (device, _session) = server.customer_with_device(TARO).await;
    let (operator, approver) = team(&console).await;
    let code = letter(&console, &operator, &approver).await;
    server.clock.advance_secs(DAY);
    set_anew(server, &code).await;
    let page = server.browser().enter_password(TARO.number, NEW_PASSWORD).await;
    assert!(
        page.path.starts_with("/login/") && !page.body.contains("one-time-code"),
        "{}",
        page.body
    );
    assert_eq!(device.open_requests().await.len(), 1, "the device is asked");
}

#[tokio::test]
async fn staff_03_one_person_alone_gets_no_letter_and_it_is_printed_once_by_whoever_proposed() {
    for_each_database(|db| async move {
        let console = Console::start(&db).await;
        let both = console.member("mio", &[Role::Operator, Role::Approver]).await;
        let own = ask(&console, &both, TARO.number, ("recovery-letter", &CHECKED)).await;
        let own = own.location.expect("a proposal");
        assert!(refused(&decide(&both, &own, "approve").await, 1812));
        assert!(refused(&print(&both, &own).await, 1813));
        let (operator, approver) = team(&console).await;
        let path = allowed(&console, (&operator, &approver), TARO.number, "recovery-letter").await;
        assert!(refused(&print(&both, &path).await, 1762), "another operator");
        assert!(refused(&print(&approver, &path).await, 1803), "the approver");
        let (a, b) = tokio::join!(print(&operator, &path), print(&operator, &path));
        let good = [&a, &b].iter().filter(|it| it.has("#letter-code")).count();
        assert_eq!(good, 1, "{} / {}", a.body, b.body);
        assert!(refused(&print(&operator, &path).await, 1763), "once");
        let page = operator.browser.get(&path).await;
        assert!(!page.has("#letter-code") && !page.body.contains(&format!("{path}/letter")));
        // An approval that nobody used ends after a day.
        let path = allowed(&console, (&operator, &approver), TARO.number, "recovery-letter").await;
        console.server.clock.advance_secs(DAY);
        console.log_in(&operator).await;
        assert!(refused(&print(&operator, &path).await, 1763), "late");
    })
    .await;
}

#[tokio::test]
async fn staff_05_recovery_takes_more_than_any_other_act_and_a_document_by_hand() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let (operator, _) = team(&console).await;
    for (ticked, handover, code) in [
        ("name", "post", 1811),
        ("name,callback", "post", 1761),
        ("name,birth_date,address,recent_dealing", "post", 1642),
        ("name,birth_date,callback", "hand", 1760),
        ("name,birth_date,document", "bird", 1001),
    ] {
        let fields = [("identity", ticked), ("handover", handover)];
        let answer = ask(&console, &operator, TARO.number, ("recovery-letter", &fields)).await;
        assert!(refused(&answer, code), "{ticked} {handover}: {}", answer.body);
        assert!(answer.body.contains(REASON), "what was typed is still there");
    }
    assert_eq!(console.server.leaves("staff.proposed").await, 0);
}

#[tokio::test]
async fn enrol_11_the_owner_or_one_of_the_staff_stops_it_before_and_after_it_is_printed() {
    for_each_database(|db| async move {
        let console = Console::start(&db).await;
        let server = &console.server;
        let (operator, approver) = team(&console).await;
        let analyst = console.member("nao", &[Role::FraudAnalyst]).await;
        // The owner, before it is printed.
        let owner = server.log_in_by_code(TARO).await;
        assert!(!owner.get(paths::SECURITY).await.has("#letter"));
        let path = allowed(&console, (&operator, &approver), TARO.number, "recovery-letter").await;
        let page = owner.get(paths::SECURITY).await;
        assert!(page.has("#letter"), "{}", page.body);
        let done = owner.browser().submit(&page, paths::STOP_LETTER, &[]).await;
        assert_eq!(done.location.as_deref(), Some(paths::SECURITY), "{}", done.body);
        assert!(refused(&print(&operator, &path).await, 1763));
        assert!(
            refused(
                &owner.browser().submit(&page, paths::STOP_LETTER, &[]).await,
                1702
            ),
            "once"
        );
        assert_eq!(told(server, "書面を止めました").await, 1);
        // One of the staff, after it is printed, on the word of anybody.
        let code = letter(&console, &operator, &approver).await;
        let fields = [("identity", "")];
        let stopped = ask(&console, &analyst, TARO.number, ("stop-letter", &fields)).await;
        assert!(stopped.location.is_some(), "{}", stopped.body);
        let again = ask(&console, &analyst, TARO.number, ("stop-letter", &fields)).await;
        assert!(refused(&again, 1815), "{}", again.body);
        server.clock.advance_secs(DAY);
        assert!(refused_at_all(server, &code).await);
        assert_eq!(told(server, "書面を止めました").await, 2);
        for leaf in ["recovery.letter_stopped", "staff.letter_stopped"] {
            assert_eq!(server.leaves(leaf).await, 1, "{leaf}");
        }
    })
    .await;
}

#[tokio::test]
async fn enrol_11_a_stop_also_ends_a_recovery_that_is_under_way() {
    for_each_database(|db| async move {
        let console = Console::start(&db).await;
        let server = &console.server;
        let (operator, approver) = team(&console).await;
        let owner = server.log_in_by_code(TARO).await;
        let code = letter(&console, &operator, &approver).await;
        server.clock.advance_secs(DAY);
        drop(owner);
        let owner = server.log_in_by_code(TARO).await;
        server.clock.advance_secs(61);
        let thief = server.browser();
        let page = forgot(&thief, &code).await;
        server.send_mail().await;
        let mails = server.outbox.to(TARO.mail);
        let mailed = mails.iter().rev().find(|mail| mail.subject.contains("再設定)"));
        let mailed = mailed.expect("a mail").code();
        let page = thief.enter_code(&page, &mailed).await;
        let security = owner.get(paths::SECURITY).await;
        owner.browser().submit(&security, paths::STOP_LETTER, &[]).await;
        let late = thief.submit(&page, "/password", &[("new", NEW_PASSWORD)]).await;
        assert!(refused(&late, 1702), "{}", late.body);
        assert!(owner.get(paths::ACCOUNT).await.status.is_success());
    })
    .await;
}

#[tokio::test]
async fn enrol_11_a_newer_letter_a_new_password_and_three_weeks_end_a_letter() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let server = &console.server;
    let (operator, approver) = team(&console).await;
    let first = letter(&console, &operator, &approver).await;
    let second = letter(&console, &operator, &approver).await;
    server.clock.advance_secs(DAY);
    assert!(refused_at_all(server, &first).await, "the older one");
    server.clock.advance_secs(20 * DAY - 1);
    let browser = server.browser();
    let good = forgot(&browser, &second).await;
    assert!(good.path.starts_with("/recover/rv_"), "{}", good.body);
    server.clock.advance_secs(1);
    assert!(refused_at_all(server, &second).await, "after three weeks");
    // Whoever sets a new password needs no letter.
    console.log_in(&operator).await;
    console.log_in(&approver).await;
    let third = letter(&console, &operator, &approver).await;
    let fourth = allowed(&console, (&operator, &approver), TARO.number, "recovery-letter").await;
    server.clock.advance_secs(DAY);
    set_anew(server, &third).await;
    console.log_in(&operator).await;
    assert!(refused(&print(&operator, &fourth).await, 1763));
}

#[tokio::test]
async fn enrol_11_a_new_sheet_ends_letters_on_paper_and_those_not_printed_yet() {
    for_each_database(|db| async move {
        let console = Console::start(&db).await;
        let server = &console.server;
        let (operator, approver) = team(&console).await;
        let code = letter(&console, &operator, &approver).await;
        let path = allowed(&console, (&operator, &approver), TARO.number, "recovery-letter").await;
        let owner = server.log_in_by_code(TARO).await;
        let page = owner.get(paths::RECOVERY_CODES).await;
        let sheet = owner.browser().submit(&page, paths::RECOVERY_CODES, &[]).await;
        assert!(sheet.body.contains("sheet__code"), "{}", sheet.body);
        assert!(!owner.get(paths::SECURITY).await.has("#letter"));
        assert!(refused(&print(&operator, &path).await, 1763));
        server.clock.advance_secs(DAY);
        assert!(refused_at_all(server, &code).await);
    })
    .await;
}

#[tokio::test]
async fn enrol_11_five_wrong_codes_close_it_and_another_letter_opens_it_again() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let server = &console.server;
    let (operator, approver) = team(&console).await;
    let code = letter(&console, &operator, &approver).await;
    server.clock.advance_secs(DAY);
    for _ in 0..5 {
        let wrong = warifu_server::domain::paper_code::PaperCode::draw();
        assert!(refused_at_all(server, &wrong.grouped()).await);
    }
    assert!(refused_at_all(server, &code).await, "closed, and it looks alike");
    console.log_in(&operator).await;
    console.log_in(&approver).await;
    let another = letter(&console, &operator, &approver).await;
    server.clock.advance_secs(DAY);
    let page = forgot(&server.browser(), &another).await;
    assert!(page.path.starts_with("/recover/rv_"), "{}", page.body);
}

#[tokio::test]
async fn staff_03_facts_that_changed_end_the_approval_of_a_letter() {
    for_each_database(|db| async move {
        let console = Console::start(&db).await;
        let server = &console.server;
        let (operator, approver) = team(&console).await;
        // Another address since the approval: the announcement went to the old one.
        let path = allowed(&console, (&operator, &approver), TARO.number, "recovery-letter").await;
        let moved = propose(&console, &operator, &[("address", NEW)]).await;
        decide(&approver, &moved.location.expect("a proposal"), "approve").await;
        assert!(refused(&print(&operator, &path).await, 1814));
        // An address that nobody has proven: two of the staff and a letter are not enough.
        let none = ask(&console, &operator, TARO.number, ("recovery-letter", &CHECKED)).await;
        assert!(refused(&none, 1764), "{}", none.body);
        assert_eq!(server.leaves("staff.recovery_letter_printed").await, 0);
        let page = console.customer(&operator, TARO.number).await;
        console.act(&operator, &format!("{}/lock", page.path), &[]).await;
        let locked = ask(&console, &operator, TARO.number, ("recovery-letter", &CHECKED)).await;
        assert!(refused(&locked, 1815), "{}", locked.body);
    })
    .await;
}

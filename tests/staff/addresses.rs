//! Two of the firm's people change the authentication mail address of a customer without a device (CODE-12, STAFF-03).

use reqwest::StatusCode;
use warifu_server::domain::staff::Role;
use warifu_server::pages::paths;
use warifu_server::store::addresses::{self, Standing};
use warifu_server::store::staff::acts;
use warifu_shared::ids::AccountId;
use warifu_tests::customer::Answer;
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::evidence;
use warifu_tests::server::{Login, TARO, TestServer};

use crate::scene::{Console, Person, REASON, refused};

pub const NEW: &str = "taro.new@other.example";
/// Taro, who reads the new mailbox.
pub const MOVED: Login = Login { mail: NEW, ..TARO };

/// Posts a decision about a proposal.
pub async fn decide(by: &Person, path: &str, decision: &str) -> Answer {
    let home = by.browser.get("/").await;
    let token = home.form("/logout").value("csrf").unwrap_or_default().to_owned();
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

/// The form of the act for Taro, sent with `address`.
pub async fn propose(console: &Console, by: &Person, fields: &[(&str, &str)]) -> Answer {
    let page = console.customer(by, TARO.number).await;
    let path = format!("{}/change-address", page.path);
    console.act(by, &path, fields).await
}

/// Proposed and approved; where the proposal is.
pub async fn changed(console: &Console, operator: &Person, approver: &Person, to: &str) -> String {
    let made = propose(console, operator, &[("address", to)]).await;
    let path = made.location.unwrap_or_else(|| panic!("{}", made.body));
    let done = decide(approver, &path, "approve").await;
    assert_eq!(done.location.as_deref(), Some(path.as_str()), "{}", done.body);
    path
}

pub async fn team(console: &Console) -> (Person, Person) {
    let operator = console.member("aoi", &[Role::Operator]).await;
    (operator, console.member("ren", &[Role::Approver]).await)
}

pub async fn account(server: &TestServer, number: &str) -> AccountId {
    let mut c = server.server.app.store.read().await.expect("a connection");
    let id: String = sqlx::query_scalar("SELECT id FROM accounts WHERE number = $1")
        .bind(number)
        .fetch_one(&mut *c)
        .await
        .expect("the account");
    id.parse().expect("an id")
}

/// Where Taro's codes go, and what is known of who reads them.
pub async fn address(server: &TestServer) -> (String, Standing) {
    let id = account(server, TARO.number).await;
    let mut c = server.server.app.store.read().await.expect("a connection");
    let found = addresses::authentication(&mut c, &id).await;
    found.expect("an answer").expect("an address")
}

/// The stop code in the newest mail to `address`.
pub async fn stop_code(server: &TestServer, address: &str) -> String {
    server.send_mail().await;
    let mails = server.outbox.to(address);
    let found = mails
        .iter()
        .rev()
        .find_map(|mail| mail.text.split("停止コード: ").nth(1));
    let code = found.unwrap_or_else(|| panic!("no stop code to {address}: {mails:#?}"));
    code.lines().next().unwrap_or_default().to_owned()
}

pub async fn stop(server: &TestServer, code: &str) -> Answer {
    let browser = server.browser();
    let page = browser.get(paths::STOP_ADDRESS).await;
    browser
        .submit(&page, paths::STOP_ADDRESS, &[("code", code)])
        .await
}

#[tokio::test]
async fn code_12_staff_03_two_people_change_it_the_next_login_proves_it_and_the_old_side_stops_it() {
    for_each_database(|db| async move {
        let console = Console::start(&db).await;
        let server = &console.server;
        let session = server.log_in_by_code(TARO).await;
        let (operator, approver) = team(&console).await;
        let made = propose(&console, &operator, &[("address", NEW)]).await;
        let path = made.location.expect("a proposal");
        let seen = approver.browser.get(&path).await;
        assert!(seen.body.contains(NEW), "to be compared\n{}", seen.body);
        assert!(seen.body.contains("登録の電話番号へかけ直した"), "{}", seen.body);
        assert_eq!(
            address(server).await,
            (TARO.mail.to_owned(), Standing::Proven),
            "not before the approval"
        );
        decide(&approver, &path, "approve").await;
        assert_eq!(
            address(server).await,
            (NEW.to_owned(), Standing::Given),
            "put in, not proven"
        );
        let code = stop_code(server, TARO.mail).await;
        let to_new = server.outbox.to(NEW);
        assert_eq!(to_new.len(), 1, "{to_new:#?}");
        assert!(!to_new[0].text.contains("停止コード") && to_new[0].text.contains("確認が終わります"));
        let list = session.get(paths::ADDRESSES).await;
        assert!(list.has("#stoppable") && list.body.contains("未確認"));

        // Nobody is told at an address that nobody has proven; the code of the next login goes there, and proves it.
        server.clock.advance_secs(3600);
        let moved = server.log_in_by_code(MOVED).await;
        assert_eq!(address(server).await, (NEW.to_owned(), Standing::Proven));
        assert!(moved.get(paths::ACCOUNT).await.status.is_success());
        assert_eq!(server.leaves("address.proven").await, 1);
        server.clock.advance_secs(61);
        drop(server.log_in_by_code(MOVED).await);
        assert_eq!(server.leaves("address.proven").await, 1, "once");

        // The way back lasts as long as the cool-off, which began anew with the proof.
        server.clock.advance_secs(23 * 3600 + 1800);
        let stopped = stop(server, &code).await;
        assert_eq!(stopped.status, StatusCode::OK, "{}", stopped.body);
        assert_eq!(address(server).await, (TARO.mail.to_owned(), Standing::Proven));
        let out = moved.get(paths::ACCOUNT).await;
        assert_eq!(out.location.as_deref(), Some(paths::LOGIN), "every session ended");
        assert!(refused(&stop(server, &code).await, 1671), "once");
        drop(server.log_in_by_code(TARO).await);
        for leaf in ["staff.proposed", "staff.proposal_approved", "address.changed"] {
            assert_eq!(server.leaves(leaf).await, 1, "{leaf}");
        }
        evidence::assert_leaves_fit(&server.server.app.store).await;
    })
    .await;
}

#[tokio::test]
async fn staff_06_the_record_has_reason_before_and_after_and_no_address_in_full() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let (operator, approver) = team(&console).await;
    changed(&console, &operator, &approver, NEW).await;
    let id = account(&console.server, TARO.number).await;
    let mut c = console
        .server
        .server
        .app
        .store
        .read()
        .await
        .expect("a connection");
    let records = acts::about(&mut c, id.as_str(), 10).await.expect("an answer");
    drop(c);
    assert_eq!(records.len(), 2);
    for text in &records {
        assert!(text.contains(REASON), "{text}");
        assert!(!text.contains(NEW) && !text.contains(TARO.mail), "{text}");
    }
    let of = |action: &str| {
        let action = format!("\"action\":\"staff.{action}\"");
        let found = records.iter().find(|text| text.contains(&action));
        found.unwrap_or_else(|| panic!("no {action}: {records:#?}"))
    };
    let (proposed, decided) = (of("proposed"), of("proposal_approved"));
    assert!(
        proposed.contains("ta***@other.example") && proposed.contains("callback"),
        "{proposed}"
    );
    assert!(
        decided.contains("authentication=proven mail=ta***@mail.example#")
            && decided.contains("authentication=given mail=ta***@other.example#"),
        "{decided}"
    );
    // Whoever neither typed it nor decides sees it masked.
    let auditor = console.member("mio", &[Role::Auditor]).await;
    let open = propose(&console, &operator, &[("address", "taro.newer@mail.example")]).await;
    let path = open.location.expect("a proposal");
    let seen = auditor.browser.get(&path).await;
    assert!(
        seen.body.contains("t•••@mail.example") && !seen.body.contains("taro.newer@"),
        "{}",
        seen.body
    );
}

#[tokio::test]
async fn code_12_the_customers_page_says_whom_to_call_and_what_to_have_at_hand() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let session = console.server.log_in_by_code(TARO).await;
    let page = session.get(paths::ADDRESSES).await;
    for words in [
        "お電話ください",
        "おかけ直し",
        "本人確認書類",
        "パスワードやコードはお聞きしません",
    ] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
}

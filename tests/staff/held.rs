//! Withdrawals that wait: who sees them, and how two of the staff let one go on (TXN-09, STAFF-03, STAFF-04).

use warifu_server::config::Config;
use warifu_server::domain::staff::Role;
use warifu_server::domain::yen::Yen;
use warifu_server::operations::withdrawal::work;
use warifu_tests::customer::{Answer, CustomerSession};
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::device::Device;
use warifu_tests::server::TARO;

use crate::scene::{Console, Person, link, refused};

const AMOUNT: &str = "123,456";

/// No time of small amounts, so that a fresh device can approve a large one.
fn firm(config: &mut Config) {
    config.enrolment.cool_off_hours = 0;
}

fn yen(amount: i64) -> Yen {
    Yen::new(amount).expect("a sum")
}

/// Everything is held for a day.
pub fn holding(config: &mut Config) {
    firm(config);
    config.withdrawal.hold_from = yen(1);
    config.withdrawal.hold_hours = 24;
}

/// Everything takes a second approval.
fn seconding(config: &mut Config) {
    firm(config);
    config.withdrawal.second_approval_from = yen(1);
}

/// A withdrawal of Taro's, approved on the device.
pub async fn withdraw(device: &Device, session: &CustomerSession) {
    let page = session.get("/withdrawals/new").await;
    let filled = [("amount", "123456"), ("password", TARO.withdrawal_password)];
    let asked = session.browser().submit(&page, "/withdrawals/new", &filled).await;
    let waiting = session.browser().follow(asked).await;
    let handle = device.only_request().await;
    device
        .approve(&handle, &waiting.number())
        .await
        .expect("approved");
}

pub async fn states(console: &Console) -> Vec<String> {
    let mut c = console.server.server.app.store.read().await.expect("it is there");
    let found: Vec<(String,)> = sqlx::query_as("SELECT state FROM withdrawals ORDER BY id")
        .fetch_all(&mut *c)
        .await
        .expect("it is there");
    found.into_iter().map(|(state,)| state).collect()
}

/// The worker goes on for a minute.
pub async fn drain(console: &Console) {
    for _ in 0..8 {
        work::step(&console.server.server.app).await.expect("it steps");
        console.server.clock.advance_secs(10);
    }
}

/// Proposes that the first withdrawal on the customer's screen goes on; where the proposal is.
pub async fn propose(console: &Console, by: &Person, customer: &Answer) -> String {
    let made = console.act(by, &link(customer, "/release"), &[]).await;
    made.location.unwrap_or_else(|| panic!("{}", made.body))
}

/// Looks at amount and payee; the page that shows them.
pub async fn open(by: &Person, path: &str) -> Answer {
    let page = by.browser.get(path).await;
    by.browser.submit(&page, "/details", &[]).await
}

/// Submits the decision of a page.
pub async fn decide(by: &Person, page: &Answer, path: &str, decision: &str) -> Answer {
    let fields = [("decision", decision), ("reason", crate::scene::REASON)];
    by.browser.submit(page, path, &fields).await
}

/// Proposes it, with more than a voice; nobody sees the amount by that.
async fn asked_for(console: &Console, operator: &Person, approver: &Person, customer: &Answer) -> String {
    // By the voice alone: the form again, with everything in it.
    let path = link(customer, "/release");
    let by_voice = console
        .act(operator, &path, &[("identity", "name,address")])
        .await;
    assert!(refused(&by_voice, 1642), "{}", by_voice.body);
    let path = propose(console, operator, customer).await;
    for (who, name) in [(operator, "operator"), (approver, "approver")] {
        let page = who.browser.get(&path).await;
        assert!(!page.body.contains(AMOUNT), "STAFF-04: {name} {}", page.body);
        let list = who.browser.get("/held").await;
        assert!(!list.body.contains(AMOUNT), "{}", list.body);
        assert!(list.body.contains("W-"), "{}", list.body);
        assert!(
            list.body.contains("大きな金額のため、保留しています"),
            "{}",
            list.body
        );
    }
    assert!(
        approver
            .browser
            .get("/")
            .await
            .body
            .contains("保留中の出金が 1 件")
    );
    path
}

async fn assert_paid_and_told(console: &Console, session: &CustomerSession) {
    let sequencer = &console.server.server.sequencer;
    sequencer.step(console.server.now()).await.expect("a round");
    drain(console).await;
    assert_eq!(states(console).await, ["paid"]);
    assert_eq!(console.server.leaves("withdrawal.released").await, 1);
    console.server.send_mail().await;
    let mails = console.server.outbox.to(TARO.mail);
    assert!(
        mails
            .iter()
            .any(|mail| mail.text.contains("これから振り込みます"))
    );
    let history = session.get("/security/history").await;
    assert!(
        history.body.contains("お預かりした出金の手続きを開始"),
        "{}",
        history.body
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn txn_09_staff_03_staff_04_two_of_the_staff_let_a_held_withdrawal_go_on_and_see_what_they_release() {
    for_each_database(|db| async move {
        let console = Console::with(&db, holding).await;
        let (device, session) = console.server.customer_with_device(TARO).await;
        withdraw(&device, &session).await;
        assert_eq!(states(&console).await, ["held"]);
        let operator = console.member("aoi", &[Role::Operator]).await;
        let approver = console.member("ren", &[Role::Approver]).await;
        let customer = console.customer(&operator, TARO.number).await;

        let path = asked_for(&console, &operator, &approver, &customer).await;

        // Nobody approves blindly, and the one who asked neither looks nor approves.
        let masked = approver.browser.get(&path).await;
        assert!(!masked.body.contains("value=\"approve\""), "{}", masked.body);
        let blind = decide(&approver, &masked, &path, "approve").await;
        assert!(refused(&blind, 1654), "{}", blind.body);
        assert_eq!(states(&console).await, ["held"]);
        assert_eq!(console.server.leaves("staff.revealed").await, 0);
        let seen = open(&approver, &path).await;
        assert!(
            seen.body.contains(AMOUNT) && seen.body.contains("ヤマダ"),
            "{}",
            seen.body
        );
        assert_eq!(console.server.leaves("staff.revealed").await, 1);

        let done = decide(&approver, &seen, &path, "approve").await;
        assert_eq!(done.location.as_deref(), Some(path.as_str()), "{}", done.body);
        assert_eq!(states(&console).await, ["queued"]);
        let again = decide(&approver, &seen, &path, "approve").await;
        assert!(!again.status.is_success(), "once");
        let after = approver.browser.get(&path).await;
        assert!(!after.body.contains(AMOUNT), "{}", after.body);
        assert_paid_and_told(&console, &session).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn txn_09_staff_give_the_second_approval_in_the_place_of_a_device() {
    for_each_database(|db| async move {
        let console = Console::with(&db, seconding).await;
        let (device, session) = console.server.customer_with_device(TARO).await;
        withdraw(&device, &session).await;
        assert_eq!(states(&console).await, ["second"]);
        let operator = console.member("aoi", &[Role::Operator]).await;
        let approver = console.member("ren", &[Role::Approver]).await;
        let customer = console.customer(&operator, TARO.number).await;
        let path = propose(&console, &operator, &customer).await;
        // The asker's own page neither shows nor approves it, also with the form of another.
        let own = operator.browser.get(&path).await;
        assert!(!own.body.contains("/details"), "{}", own.body);
        let seen = open(&approver, &path).await;
        let done = decide(&approver, &seen, &path, "approve").await;
        assert!(done.location.is_some(), "{}", done.body);
        drain(&console).await;
        assert_eq!(states(&console).await, ["paid"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_03_the_one_who_asked_cannot_approve_a_release_with_two_roles() {
    let db = Database::sqlite();
    let console = Console::with(&db, holding).await;
    let (device, session) = console.server.customer_with_device(TARO).await;
    withdraw(&device, &session).await;
    let both = console.member("aoi", &[Role::Operator, Role::Approver]).await;
    let other = console.member("ren", &[Role::Approver]).await;
    let customer = console.customer(&both, TARO.number).await;
    let path = propose(&console, &both, &customer).await;
    let seen = open(&other, &path).await;
    let value = seen.form(&path).value("seen").expect("it was opened").to_owned();
    let own = both.browser.get("/").await;
    let csrf = own.form("/logout").value("csrf").expect("it is there").to_owned();
    let fields = [
        ("csrf", csrf.as_str()),
        ("seen", value.as_str()),
        ("decision", "approve"),
        ("reason", crate::scene::REASON),
    ];
    let fields: Vec<_> = fields
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    assert!(refused(&both.browser.post(&path, &fields).await, 1812));
    let csrf = [("csrf".to_owned(), csrf)];
    let looked = both.browser.post(&format!("{path}/details"), &csrf).await;
    assert!(!looked.body.contains(AMOUNT), "{}", looked.body);
    let looks = console.server.leaves("staff.revealed").await;
    assert_eq!(looks, 1, "of the other one");
    assert_eq!(states(&console).await, ["held"]);
}

/// What happens between the proposal and the decision, the refusal, and the state of the withdrawal then.
const CHANGES: [(&str, u16, &str); 5] = [
    (
        "UPDATE accounts SET withdrawals_held_until = 9999999999999",
        1814,
        "held",
    ),
    ("UPDATE accounts SET disabled_at = 1", 1814, "held"),
    ("UPDATE devices SET state = 'revoked'", 1814, "held"),
    (
        "UPDATE payout_accounts SET id = 'po_AAAAAAAAAAAAAAAAAAAAAA'",
        1814,
        "held",
    ),
    ("UPDATE withdrawals SET release_at = release_at + 1", 1814, "held"),
];

#[tokio::test(flavor = "multi_thread")]
async fn txn_02_staff_03_a_release_ends_when_anything_it_was_made_on_changed() {
    for (sql, code, state) in CHANGES {
        let db = Database::sqlite();
        let console = Console::with(&db, holding).await;
        let (device, session) = console.server.customer_with_device(TARO).await;
        withdraw(&device, &session).await;
        let operator = console.member("aoi", &[Role::Operator]).await;
        let approver = console.member("ren", &[Role::Approver]).await;
        let customer = console.customer(&operator, TARO.number).await;
        let path = propose(&console, &operator, &customer).await;
        let seen = open(&approver, &path).await;
        let mut c = console.server.server.app.store.read().await.expect("it is there");
        let of_taro = if sql.starts_with("UPDATE accounts") {
            format!("{sql} WHERE number = '{}'", TARO.number)
        } else {
            format!(
                "{sql} WHERE account_id = (SELECT id FROM accounts WHERE number = '{}')",
                TARO.number
            )
        };
        sqlx::query(sqlx::AssertSqlSafe(of_taro))
            .execute(&mut *c)
            .await
            .expect(sql);
        drop(c);
        let done = decide(&approver, &seen, &path, "approve").await;
        assert!(refused(&done, code), "{sql}: {}", done.body);
        assert_eq!(states(&console).await, [state], "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn txn_02_what_was_changed_in_the_database_is_neither_shown_nor_released() {
    let db = Database::sqlite();
    let console = Console::with(&db, holding).await;
    let (device, session) = console.server.customer_with_device(TARO).await;
    withdraw(&device, &session).await;
    let operator = console.member("aoi", &[Role::Operator]).await;
    let approver = console.member("ren", &[Role::Approver]).await;
    let customer = console.customer(&operator, TARO.number).await;
    let mut c = console.server.server.app.store.read().await.expect("it is there");
    sqlx::query("UPDATE challenge_copies SET jws = 'a.b.c'")
        .execute(&mut *c)
        .await
        .expect("changed");
    drop(c);
    let path = propose(&console, &operator, &customer).await;
    let seen = open(&approver, &path).await;
    assert!(refused(&seen, 1653), "{}", seen.body);
    assert!(
        !seen.body.contains(AMOUNT) && !seen.body.contains("value=\"approve\""),
        "{}",
        seen.body
    );
    let blind = decide(&approver, &seen, &path, "approve").await;
    assert!(refused(&blind, 1653), "{}", blind.body);
    assert_eq!(states(&console).await, ["held"]);
    let no = decide(&approver, &blind, &path, "refuse").await;
    assert!(no.location.is_some(), "it can still be refused: {}", no.body);
}

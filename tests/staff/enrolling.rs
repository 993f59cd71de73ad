//! A device registered at the counter: two people, one screen, one code, six digits; and what must not work (ENROL-01..09,
//! STAFF-03, decision 40).

use warifu_device_core::EnrolInput;
use warifu_server::operations::issue_enrolment;
use warifu_server::store::{accounts, enrolments};
use warifu_shared::link::EnrolLink;
use warifu_tests::customer::Answer;
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::device::{Device, PIN};
use warifu_tests::evidence;
use warifu_tests::server::TARO;

use crate::addresses::{account, decide, team};
use crate::scene::{Console, Person, REASON, refused};

/// What an operator ticks at the counter.
pub const SEEN: [(&str, &str); 1] = [("identity", "name,document")];

/// Proposed for Taro; where the proposal is.
pub async fn proposed(console: &Console, by: &Person) -> String {
    let page = console.customer(by, TARO.number).await;
    let made = console.act(by, &format!("{}/enrol", page.path), &SEEN).await;
    made.location.unwrap_or_else(|| panic!("{}", made.body))
}

/// Proposed and approved; where the proposal is.
pub async fn allowed(console: &Console, operator: &Person, approver: &Person) -> String {
    let path = proposed(console, operator).await;
    let done = decide(approver, &path, "approve").await;
    assert_eq!(done.location.as_deref(), Some(path.as_str()), "{}", done.body);
    path
}

/// Presses the button that shows a code; the page with it.
pub async fn show(by: &Person, path: &str) -> Answer {
    let page = by.browser.get(path).await;
    let done = by.browser.submit(&page, "/enrol", &[]).await;
    by.browser.follow(done).await
}

/// What the QR code on the screen says.
pub async fn link(console: &Console) -> String {
    link_of(console, TARO.number).await
}

/// The same for another customer.
pub async fn link_of(console: &Console, number: &str) -> String {
    let app = &console.server.server.app;
    let id = account(&console.server, number).await;
    let mut c = app.store.read().await.expect("a connection");
    let found = enrolments::issued_of(&mut c, &id).await.expect("an answer");
    let found = found.expect("an enrolment that waits");
    let codes = issue_enrolment::codes(app, &found.id, &found.session);
    EnrolLink {
        origin: app.config.service.device_origin.clone(),
        server_key: app.secrets.challenge_key.public().thumbprint().to_string(),
        code: codes.long.to_string(),
    }
    .write()
}

/// The device's answer to a code that it cannot have.
pub async fn scan(device: &Device, link: &str) -> String {
    let text = link.to_owned();
    let input = EnrolInput::Link { text };
    let error = device.core.begin_enrolment(input).await.expect_err("a refusal");
    format!("{error:?}")
}

pub async fn devices(console: &Console) -> Vec<String> {
    let id = account(&console.server, TARO.number).await;
    let mut c = console
        .server
        .server
        .app
        .store
        .read()
        .await
        .expect("a connection");
    sqlx::query_scalar("SELECT state FROM devices WHERE account_id = $1 ORDER BY state")
        .bind(id.as_str())
        .fetch_all(&mut *c)
        .await
        .expect("states")
}

/// The customer types the code that stands beside the QR code, with their own number; the digits that the app shows.
async fn type_code(console: &Console, code: &str) -> (Device, String) {
    let device = Device::new(&console.server.clock).await;
    let typed = EnrolInput::Typed {
        server: console.server.origin.clone(),
        account_number: TARO.number.to_owned(),
        code: code.to_owned(),
    };
    let begun = device.core.begin_enrolment(typed).await;
    begun.expect("the code is good");
    let shown = device.core.finish_enrolment(PIN, PIN, "太郎の端末").await;
    (device, shown.expect("registered").fingerprint)
}

/// The customer logs in with it; the cool-off has begun, and every address was told (ENROL-07, ENROL-09).
async fn counts(console: &Console, device: &Device) {
    let server = &console.server;
    device.core.refresh().await.expect("it is active");
    let waiting = server.browser().enter_password(TARO.number, TARO.password).await;
    let handle = device.only_request().await;
    let done = device.approve(&handle, &waiting.number()).await;
    done.expect("approved");
    let id = account(server, TARO.number).await;
    let mut c = server.server.app.store.read().await.expect("a connection");
    let owner = accounts::by_id(&mut c, &id).await.expect("an answer");
    drop(c);
    assert!(owner.expect("an account").cool_off_until > server.now());
    server.send_mail().await;
    let mails = server.outbox.to(TARO.mail);
    let told = mails
        .iter()
        .find(|mail| mail.subject.contains("端末が登録されました"));
    let told = told.unwrap_or_else(|| panic!("{mails:#?}"));
    assert!(
        told.text.contains("窓口で登録しました") && !told.text.contains("ブラウザ:"),
        "{}",
        told.text
    );
}

#[tokio::test]
async fn enrol_06_staff_03_two_people_a_code_on_the_screen_and_six_digits_make_a_device() {
    for_each_database(|db| async move {
        let console = Console::start(&db).await;
        let server = &console.server;
        let (operator, approver) = team(&console).await;
        let path = proposed(&console, &operator).await;
        let waiting = operator.browser.get(&path).await;
        assert!(
            !waiting.body.contains(&format!("{path}/enrol")),
            "not before the approval"
        );
        decide(&approver, &path, "approve").await;
        let list = operator.browser.get("/proposals").await;
        assert!(list.body.contains("あなたを待っている手続き"), "{}", list.body);
        let page = show(&operator, &path).await;
        assert_eq!(page.path, format!("{path}/device"));
        assert!(
            page.body.contains("<svg") && !page.body.contains(TARO.number),
            "{}",
            page.body
        );
        assert_eq!(operator.browser.live_status(&page).await.state, "pending");

        let (device, shown) = type_code(&console, &page.text("#short-code")).await;
        assert_eq!(operator.browser.live_status(&page).await.state, "claimed");
        let compare = operator.browser.get(&page.path).await;
        assert!(compare.body.contains(&shown[..3]) && compare.body.contains(&shown[3..]));
        assert_eq!(
            devices(&console).await,
            ["pending"],
            "nothing before the comparison"
        );
        let done = operator.browser.submit(&compare, "/confirm", &[]).await;
        let done = operator.browser.follow(done).await;
        assert!(done.body.contains("端末を登録しました"), "{}", done.body);
        assert_eq!(devices(&console).await, ["active"]);

        counts(&console, &device).await;
        for leaf in [
            "staff.proposed",
            "staff.proposal_approved",
            "enrolment.issued",
            "device.confirmed",
        ] {
            assert!(server.leaves(leaf).await >= 1, "{leaf}");
        }
        let over = operator.browser.get(&path).await;
        assert!(!over.body.contains(&format!("{path}/enrol")), "used");
        evidence::assert_leaves_fit(&server.server.app.store).await;
    })
    .await;
}

#[tokio::test]
async fn enrol_02_staff_04_the_code_is_in_no_mail_no_record_no_leaf_and_no_other_page() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let (operator, approver) = team(&console).await;
    let path = allowed(&console, &operator, &approver).await;
    let page = show(&operator, &path).await;
    let short = page.text("#short-code").replace('-', "");
    let link = link(&console).await;
    let long = link
        .split("c=")
        .nth(1)
        .unwrap_or(&link)
        .split('&')
        .next()
        .unwrap_or_default();
    let approvers = approver.browser.get(&path).await;
    let owners = operator.browser.get(&path).await;
    console.server.send_mail().await;
    let mut c = console
        .server
        .server
        .app
        .store
        .read()
        .await
        .expect("a connection");
    let mut all: Vec<String> = sqlx::query_scalar("SELECT record FROM staff_acts")
        .fetch_all(&mut *c)
        .await
        .expect("records");
    let leaves: Vec<Vec<u8>> = sqlx::query_scalar("SELECT entry FROM audit_leaves")
        .fetch_all(&mut *c)
        .await
        .expect("leaves");
    drop(c);
    all.extend(leaves.iter().map(|it| String::from_utf8_lossy(it).into_owned()));
    all.extend(console.server.outbox.to(TARO.mail).into_iter().map(|it| it.text));
    all.extend([approvers.body, owners.body]);
    assert!(!all.is_empty() && short.len() == 10 && long.len() >= 16);
    for text in &all {
        assert!(!text.contains(&short) && !text.contains(long), "{text}");
    }
}

#[tokio::test]
async fn staff_05_at_the_counter_a_document_is_seen() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let (operator, _) = team(&console).await;
    let page = console.customer(&operator, TARO.number).await;
    let path = format!("{}/enrol", page.path);
    for (ticked, code) in [("document", 1811), ("name,birth_date,callback", 1760)] {
        let answer = console.act(&operator, &path, &[("identity", ticked)]).await;
        assert!(refused(&answer, code), "{ticked}: {}", answer.body);
        assert!(answer.body.contains(REASON), "what was typed is still there");
    }
    assert_eq!(console.server.leaves("staff.proposed").await, 0);
}

#[tokio::test]
async fn enrol_01_a_code_is_scanned_once_and_ends_after_ten_minutes_and_the_approval_after_thirty() {
    for_each_database(|db| async move {
        let console = Console::start(&db).await;
        let (operator, approver) = team(&console).await;
        let path = allowed(&console, &operator, &approver).await;
        let page = show(&operator, &path).await;
        let late = link(&console).await;
        console.server.clock.advance_secs(600);
        let device = Device::new(&console.server.clock).await;
        assert!(scan(&device, &late).await.contains("1202"));
        let over = operator.browser.get(&page.path).await;
        assert_eq!(over.location.as_deref(), Some(path.as_str()), "{}", over.body);
        // Reissued; the first device that begins has it, a second one does not, and no replay.
        show(&operator, &path).await;
        let fresh = link(&console).await;
        let shown = device.enrol(&fresh).await;
        let second = Device::new(&console.server.clock).await;
        assert!(scan(&second, &fresh).await.contains("1201"));
        let compare = operator.browser.get(&page.path).await;
        assert!(compare.body.contains(&shown[..3]));
        operator.browser.submit(&compare, "/confirm", &[]).await;
        let third = Device::new(&console.server.clock).await;
        assert!(scan(&third, &fresh).await.contains("1201"), "replay");
        assert_eq!(devices(&console).await, ["active"]);
        let again = operator.browser.get(&path).await;
        assert!(
            again.body.contains("この承認で続けられることはありません"),
            "{}",
            again.body
        );

        let path = allowed(&console, &operator, &approver).await;
        console.server.clock.advance_secs(800);
        let shown = show(&operator, &path).await;
        assert!(shown.body.contains("<svg"));
        console.server.clock.advance_secs(1000);
        console.log_in(&operator).await;
        let page = operator.browser.get(&path).await;
        let csrf = page.form("/logout").value("csrf").unwrap_or_default().to_owned();
        let late = operator
            .browser
            .post(&format!("{path}/enrol"), &[("csrf".to_owned(), csrf)])
            .await;
        assert!(refused(&late, 1763), "{}", late.body);
    })
    .await;
}

#[tokio::test]
async fn enrol_08_the_sixth_device_is_refused() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let (operator, approver) = team(&console).await;
    for _ in 0..5 {
        let path = allowed(&console, &operator, &approver).await;
        let page = show(&operator, &path).await;
        let device = Device::new(&console.server.clock).await;
        device.enrol(&link(&console).await).await;
        let compare = operator.browser.get(&page.path).await;
        operator.browser.submit(&compare, "/confirm", &[]).await;
    }
    assert_eq!(devices(&console).await, ["active"; 5]);
    let customer = console.customer(&operator, TARO.number).await;
    let sixth = console
        .act(&operator, &format!("{}/enrol", customer.path), &SEEN)
        .await;
    assert!(refused(&sixth, 1205), "{}", sixth.body);
}

//! How a server ends: asked to, or cut off while decisions are on their way. What was answered stays answered.

use warifu_server::pages::paths;
use warifu_shared::clock::{Clock, SystemClock};
use warifu_tests::customer::{AnonymousBrowser, Answer};
use warifu_tests::databases::Database;
use warifu_tests::raw_device::RawDevice;
use warifu_tests::server::{HANAKO, Login, TARO};

use crate::firm::{Firm, LIMIT};

#[tokio::test]
async fn audit_01_sigterm_ends_with_code_0_also_while_pages_wait_and_writes_it_down() {
    let db = Database::sqlite();
    let mut firm = Firm::open(&db).await;
    let device = firm.customer_with_device(TARO).await;
    let browser = firm.browser();
    let waiting = browser.enter_password(TARO.number, TARO.password).await;
    // A page that listens must not hold the stop up.
    let watch = device.start(["watch"]);
    watch.line_with("\"online\"", LIMIT).await;
    let mut events =
        std::net::TcpStream::connect(firm.origin.trim_start_matches("http://")).expect("connected");
    let head = format!("GET {}/events HTTP/1.1\r\nHost: x\r\n\r\n", waiting.path);
    std::io::Write::write_all(&mut events, head.as_bytes()).expect("sent");
    assert_eq!(firm.stop().await, Some(0));
    assert_eq!(
        firm.count("SELECT COUNT(*) FROM audit_leaves WHERE action = 'server.stopped'")
            .await,
        1
    );
    firm.start().await;
    assert_eq!(browser.live_status(&waiting).await.state, "pending");
    device.run(["approve", "--number", &waiting.number()]).await;
    browser.go_on(&waiting).await;
}

/// A login that waits for a device.
struct Open {
    device: RawDevice,
    browser: AnonymousBrowser,
    page: Answer,
    challenge: (warifu_shared::ids::ChallengeId, String),
    token: String,
}

async fn open(firm: &Firm, customer: Login) -> Open {
    let now = SystemClock.now();
    let store = firm.store().await;
    let device = RawDevice::register(&store, customer, &firm.origin, now).await;
    store.close().await;
    let browser = firm.browser();
    let page = browser.enter_password(customer.number, customer.password).await;
    let challenge = device.newest_challenge(now).await;
    let decision = device.decision(&challenge, Some(&page.number()), now);
    let token = decision.sign(&device.approval).expect("signed");
    Open {
        device,
        browser,
        page,
        challenge,
        token,
    }
}

impl Open {
    /// Sends the approval; true when its answer arrived.
    async fn decide(&self) -> bool {
        let request = self
            .device
            .carry(&self.challenge.0, &self.token, SystemClock.now());
        let answer = self.device.try_send(&request).await;
        answer.is_ok_and(|answer| answer.json["outcome"] == "approved")
    }
}

/// Sends both decisions; the first answer that arrives cuts the server off, with the other anywhere on its way.
async fn decide_and_cut_off(firm: &mut Firm, [first, second]: &[Open; 2]) -> [bool; 2] {
    let (mut one, mut two) = (Box::pin(first.decide()), Box::pin(second.decide()));
    tokio::select! {
        done = &mut one => {
            firm.kill();
            [done, two.await]
        }
        done = &mut two => {
            firm.kill();
            [one.await, done]
        }
    }
}

async fn no_answered_decision_is_lost(db: Database) {
    let mut firm = Firm::open(&db).await;
    let logins = [open(&firm, TARO).await, open(&firm, HANAKO).await];
    let answered = decide_and_cut_off(&mut firm, &logins).await;
    assert!(answered.contains(&true), "at least one was answered");
    firm.start().await;
    for (login, answered) in logins.into_iter().zip(answered) {
        let state = login.browser.live_status(&login.page).await.state;
        assert!(
            state == "approved" || (!answered && state == "pending"),
            "answered {answered}, now {state}"
        );
        assert!(
            login.decide().await,
            "APPR-10: whoever heard nothing sends the same decision again"
        );
        let session = login.browser.go_on(&login.page).await;
        assert_eq!(session.landed_at, paths::ACCOUNT);
    }
}

#[tokio::test]
async fn appr_10_audit_03_sigkill_loses_no_answered_decision_on_sqlite() {
    no_answered_decision_is_lost(Database::sqlite()).await;
}

#[tokio::test]
async fn appr_10_audit_03_sigkill_loses_no_answered_decision_on_postgres() {
    no_answered_decision_is_lost(Database::postgres_durable().await).await;
}

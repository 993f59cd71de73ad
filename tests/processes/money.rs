//! The server killed between an approval and the order: after its restart the order is placed once (TXN-03).

use std::sync::Arc;
use std::time::Duration;

use warifu_server::app::App;
use warifu_server::demo::CUSTOMERS;
use warifu_server::domain::account::{Account, AccountNumber};
use warifu_server::domain::context::Source;
use warifu_server::operations::Caller;
use warifu_server::operations::withdrawal::request::{self, Asker, Form};
use warifu_server::store::{Store, accounts, challenges, withdrawals};
use warifu_shared::clock::{Clock, SystemClock};
use warifu_shared::ids::{ChallengeId, RequestId, WithdrawalId};
use warifu_tests::core_bank::{CoreBank, Fault};
use warifu_tests::databases::Database;
use warifu_tests::plain_http;
use warifu_tests::raw_device::RawDevice;
use warifu_tests::server::TARO;

use crate::firm::{Firm, LIMIT, Plan};

const SECRET: &str = "whsec_c2VjcmV0LW9mLXRoZS1jb3JlLXN5c3RlbS0wMDAx";

/// A firm whose core system runs beside it.
struct Scene {
    firm: Firm,
    bank: CoreBank,
    device: RawDevice,
    _secret: tempfile::NamedTempFile,
}

/// A withdrawal that waits for its approval.
struct Waiting {
    id: WithdrawalId,
    challenge: (ChallengeId, String),
    number: String,
}

impl Scene {
    async fn open(database: &Database) -> Self {
        // Chooses the TLS provider, as the start of a server does.
        drop(plain_http::client());
        let bank = CoreBank::open(&[SECRET], Arc::new(SystemClock)).await;
        bank.book().deposit(TARO.number, 1_000_000);
        let secret = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(secret.path(), SECRET).expect("written");
        let mut plan = Plan::new();
        plan.more = format!(
            "[core]\nkind = \"http\"\nurl = \"{}\"\nsecret_files = [\"{}\"]\ntimeout_ms = 1000\n",
            bank.url(),
            secret.path().display()
        );
        let firm = Firm::prepare(database, &plan).await;
        let store = firm.store().await;
        let device = RawDevice::register(&store, TARO, &firm.origin, SystemClock.now()).await;
        store.close().await;
        Self {
            firm,
            bank,
            device,
            _secret: secret,
        }
    }

    /// Asks in a process of its own that is gone again, so that nobody else has the database open.
    async fn ask(&self, amount: &str) -> Waiting {
        let app = self.firm.app().await;
        let waiting = self.ask_in(&app, amount).await;
        app.store.close().await;
        waiting
    }

    async fn ask_in(&self, app: &App, amount: &str) -> Waiting {
        let (caller, account) = (caller(), owner(&app.store).await);
        let asker = Asker {
            caller: &caller,
            account: &account,
            session_hash: "a session",
        };
        let form = Form {
            amount: amount.to_owned(),
            password: CUSTOMERS[0].withdrawal_password.to_owned().into(),
            key: RequestId::random().to_string(),
        };
        let id = request::run(app, &asker, form).await.expect("it is possible");
        let mut c = app.store.read().await.expect("a connection");
        let found = withdrawals::by_id(&mut c, &id).await.expect("it answers");
        let challenge = found.and_then(|it| it.challenge).expect("a challenge");
        let stored = challenges::by_id(&mut c, &challenge).await.expect("it answers");
        let number = stored.and_then(|it| it.number(&app.secrets.column_sealer));
        let copy = app
            .store
            .hot
            .copy(&challenge, &self.device.id)
            .await
            .expect("it answers");
        Waiting {
            id,
            challenge: (challenge, copy.expect("a copy").jws),
            number: number.expect("a number").reveal().to_owned(),
        }
    }

    async fn approve(&self, waiting: &Waiting) {
        let answer = self
            .device
            .decide(&waiting.challenge, Some(&waiting.number), SystemClock.now())
            .await;
        assert_eq!(answer.json["outcome"], "approved", "{}", answer.text);
    }

    async fn state(&self, id: &WithdrawalId) -> &'static str {
        let store = self.firm.store().await;
        let mut c = store.read().await.expect("a connection");
        let found = withdrawals::by_id(&mut c, id).await.expect("it answers");
        drop(c);
        store.close().await;
        found.expect("a withdrawal").state.as_str()
    }

    /// Waits until the withdrawal has this state.
    async fn becomes(&self, id: &WithdrawalId, state: &str) {
        let reached = tokio::time::timeout(LIMIT, async {
            let mut beat = tokio::time::interval(Duration::from_millis(100));
            while self.state(id).await != state {
                beat.tick().await;
            }
        });
        assert!(
            reached.await.is_ok(),
            "{} instead of {state}",
            self.state(id).await
        );
    }

    /// Changes when a withdrawal is looked at again, while nobody else has the database open.
    async fn look_again(&self, sql: &'static str) {
        let store = self.firm.store().await;
        let changed = store.write(move |c| Box::pin(async move { Ok(sqlx::query(sql).execute(c).await?) }));
        changed.await.expect("changed");
        store.close().await;
    }

    /// Waits until this many calls have reached the core system since `before`.
    async fn heard(&self, before: usize, more: usize) {
        let reached = tokio::time::timeout(LIMIT, async {
            let mut beat = tokio::time::interval(Duration::from_millis(10));
            while self.bank.delivered().len() < before + more {
                beat.tick().await;
            }
        });
        reached.await.expect("the core system is called");
    }
}

#[tokio::test]
async fn txn_03_a_server_killed_between_approval_and_order_places_it_once() {
    let database = Database::sqlite();
    let mut scene = Scene::open(&database).await;
    let mut ids = Vec::new();
    for round in 0..4_usize {
        let waiting = scene.ask("10000").await;
        scene.firm.start().await;
        let before = scene.bank.delivered().len();
        if round % 2 == 0 {
            // Nobody is there: the approval is recorded, the order cannot leave.
            scene.bank.close().await;
            scene.approve(&waiting).await;
            scene.firm.kill();
            scene.bank.reopen().await;
        } else {
            // The work is done and no answer comes: the server dies while it waits.
            scene.bank.next(Fault::NeverAnswers);
            scene.approve(&waiting).await;
            scene.heard(before, 1).await;
            scene.firm.kill();
        }
        assert_eq!(scene.state(&waiting.id).await, "queued");
        assert_eq!(scene.bank.book().orders(), ids.len() + round % 2);
        // What the dead process had leased comes up again when the lease is over; a test does not wait for that.
        scene
            .look_again("UPDATE withdrawals SET next_at = 1 WHERE state = 'queued'")
            .await;
        scene.firm.start().await;
        scene.becomes(&waiting.id, "placed").await;
        scene.firm.kill();
        // The next round counts the calls of its own order only.
        scene
            .look_again("UPDATE withdrawals SET next_at = next_at + 3600000 WHERE state = 'placed'")
            .await;
        ids.push(waiting.id);
        assert_eq!(scene.bank.book().orders(), ids.len());
    }
    scene.bank.book().pay_all("2026-01-05T15:00:20+09:00");
    scene
        .look_again("UPDATE withdrawals SET next_at = 1 WHERE state = 'placed'")
        .await;
    scene.firm.start().await;
    for id in &ids {
        scene.becomes(id, "paid").await;
    }
    let account = scene.bank.book().account(TARO.number);
    assert_eq!(
        (account.available, account.reserved, account.paid),
        (960_000, 0, 40_000)
    );
    scene.bank.book().assert_adds_up();
    assert_eq!(scene.bank.refused(), [""; 0]);
    let paid = "SELECT COUNT(*) FROM audit_leaves WHERE action = 'withdrawal.paid'";
    assert_eq!(scene.firm.count(paid).await, 4);
}

async fn owner(store: &Store) -> Account {
    let number = AccountNumber::from_typed(TARO.number).expect("a number");
    let mut c = store.read().await.expect("a connection");
    let found = accounts::by_number(&mut c, &number).await.expect("it answers");
    found.expect("a customer")
}

pub fn caller() -> Caller {
    Caller {
        request: RequestId::random(),
        source: Source {
            address: std::net::Ipv4Addr::LOCALHOST.into(),
            prefix: String::new(),
            place: "JP-13".to_owned(),
            network: String::new(),
            browser: "Firefox 145 / Windows".to_owned(),
        },
    }
}

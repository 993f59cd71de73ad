//! What attacks on withdrawals start from: a firm with a ledger, an owner with money, devices made of keys, and sessions.

use std::sync::Arc;

use sqlx::Row as _;
use warifu_server::app::App;
use warifu_server::config::Config;
use warifu_server::core::Own;
use warifu_server::demo::ledger::Ledger;
use warifu_server::domain::account::{Account, AccountNumber};
use warifu_server::domain::context::Source;
use warifu_server::domain::withdrawal::State;
use warifu_server::domain::yen::Yen;
use warifu_server::operations::withdrawal::request::{self, Asker, Form};
use warifu_server::operations::withdrawal::{By, end, second, work};
use warifu_server::operations::{Caller, Refusal};
use warifu_server::store::accounts;
use warifu_server::store::withdrawals::{self, Withdrawal};
use warifu_server::store::{Store, challenges};
use warifu_shared::clock::SharedClock;
use warifu_shared::ids::{AccountId, ChallengeId, RequestId, WithdrawalId};
use warifu_shared::jws::approval::{Decision, DenyReason};
use warifu_shared::jws::withdrawal::{AccountKind, Payee};
use warifu_tests::databases::Database;
use warifu_tests::raw_device::{RawAnswer, RawDevice};
use warifu_tests::server::TestServer;

use crate::flaky::FlakyCore;

/// Seconds until the ledger pays an order.
pub const SETTLES: i64 = 20;
pub const LOGIN_PASSWORD: &str = "asagao-to-tsuyu-81";
pub const PASSWORD: &str = "hotaru-no-yoru-57";

/// A firm.
pub struct Scene {
    server: Option<TestServer>,
    pub core: Arc<FlakyCore>,
}

/// A customer with money.
pub struct Owner {
    pub account: AccountId,
    pub number: AccountNumber,
    pub mail: String,
    /// The hash of the session's secret.
    pub session: String,
    pub devices: Vec<RawDevice>,
}

/// What the ledger says of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Book {
    pub available: i64,
    pub reserved: i64,
    pub paid: i64,
}

impl Scene {
    pub async fn open(db: &Database) -> Self {
        Self::with(db, |_| {}).await
    }

    pub async fn with(db: &Database, change: impl FnOnce(&mut Config)) -> Self {
        let core = Arc::new(FlakyCore::default());
        let own = Own(core.clone());
        let server = TestServer::with(db, |config| {
            config.core.own = Some(own);
            change(config);
        })
        .await;
        let scene = Self {
            server: Some(server),
            core,
        };
        scene.connect();
        scene
    }

    fn connect(&self) {
        let clock: SharedClock = Arc::new(self.server().clock.clone());
        self.core
            .connect(Ledger::new(self.store().clone(), clock, SETTLES));
    }

    /// Stops the server and starts it again.
    pub async fn restart(&mut self) {
        let server = self.server.take().expect("a server");
        self.server = Some(server.restart().await);
        self.connect();
    }

    pub fn server(&self) -> &TestServer {
        self.server.as_ref().expect("a server")
    }

    pub fn app(&self) -> &App {
        &self.server().server.app
    }

    pub fn store(&self) -> &Store {
        &self.app().store
    }

    pub fn wait(&self, secs: i64) {
        self.server().clock.advance_secs(secs);
    }

    pub async fn account(&self, owner: &Owner) -> Account {
        let mut c = self.store().read().await.expect("a connection");
        let found = accounts::by_id(&mut c, &owner.account).await.expect("it answers");
        found.expect("an account")
    }

    /// Asks for this amount in the owner's session.
    pub async fn ask(&self, owner: &Owner, amount: &str) -> Result<WithdrawalId, Refusal> {
        self.ask_as(owner, &owner.session, amount, &RequestId::random().to_string())
            .await
    }

    /// The same with a session and the key of a form.
    pub async fn ask_as(
        &self,
        owner: &Owner,
        session: &str,
        amount: &str,
        key: &str,
    ) -> Result<WithdrawalId, Refusal> {
        self.submit(owner, session, form(amount, PASSWORD, key)).await
    }

    pub async fn submit(&self, owner: &Owner, session: &str, form: Form) -> Result<WithdrawalId, Refusal> {
        let (caller, account) = (caller(), self.account(owner).await);
        let asker = Asker {
            caller: &caller,
            account: &account,
            session_hash: session,
        };
        request::run(self.app(), &asker, form).await
    }

    pub async fn withdrawal(&self, id: &WithdrawalId) -> Withdrawal {
        let mut c = self.store().read().await.expect("a connection");
        let found = withdrawals::by_id(&mut c, id).await.expect("it answers");
        found.expect("a withdrawal")
    }

    pub async fn state(&self, id: &WithdrawalId) -> State {
        self.withdrawal(id).await.state_at(self.server().now())
    }

    /// The challenge of a withdrawal that was made last.
    pub async fn challenge(&self, id: &WithdrawalId) -> ChallengeId {
        let found = self.withdrawal(id).await;
        found.second.or(found.challenge).expect("a challenge")
    }

    /// The bytes that a device signs, if it has any.
    pub async fn seen(&self, device: &RawDevice, challenge: &ChallengeId) -> Option<(ChallengeId, String)> {
        let copy = self.store().hot.copy(challenge, &device.id).await;
        copy.expect("it answers")
            .map(|copy| (challenge.clone(), copy.jws))
    }

    /// The number on the page.
    pub async fn number(&self, challenge: &ChallengeId) -> String {
        let mut c = self.store().read().await.expect("a connection");
        let found = challenges::by_id(&mut c, challenge).await.expect("it answers");
        let number = found.and_then(|it| it.number(&self.app().secrets.column_sealer));
        number.expect("a number").reveal().to_owned()
    }

    /// The token of a good yes.
    pub async fn yes(&self, device: &RawDevice, challenge: &ChallengeId) -> String {
        let number = self.number(challenge).await;
        let seen = self.seen(device, challenge).await;
        let seen = seen.unwrap_or_else(|| (challenge.clone(), String::new()));
        device.token(&seen, Some(&number), self.server().now())
    }

    pub async fn send(&self, device: &RawDevice, challenge: &ChallengeId, token: &str) -> RawAnswer {
        device
            .send(&device.carry(challenge, token, self.server().now()))
            .await
    }

    /// A device says yes with the right number.
    pub async fn approve(&self, device: &RawDevice, id: &WithdrawalId) -> RawAnswer {
        let challenge = self.challenge(id).await;
        let token = self.yes(device, &challenge).await;
        self.send(device, &challenge, &token).await
    }

    /// A device says no, for this reason.
    pub async fn deny(&self, device: &RawDevice, challenge: &ChallengeId, reason: DenyReason) -> RawAnswer {
        let seen = self.seen(device, challenge).await;
        let seen = seen.unwrap_or_else(|| (challenge.clone(), String::new()));
        let mut no = device.decision(&seen, None, self.server().now());
        no.decision = Decision::Deny { reason };
        let token = no.sign(&device.request).expect("a decision can be signed");
        self.send(device, challenge, &token).await
    }

    /// Asks and approves; gives the withdrawal, wherever it went.
    pub async fn approved(&self, owner: &Owner, amount: &str) -> WithdrawalId {
        let id = self.ask(owner, amount).await.expect("it is possible");
        let answer = self.approve(&owner.devices[0], &id).await;
        assert_eq!(answer.json["outcome"], "approved", "{}", answer.text);
        id
    }

    pub async fn ask_second(&self, owner: &Owner, id: &WithdrawalId) -> Result<ChallengeId, Refusal> {
        let withdrawal = self.withdrawal(id).await;
        second::run(self.app(), &caller(), &withdrawal, &owner.session).await
    }

    pub async fn recall(&self, id: &WithdrawalId) -> Result<(), Refusal> {
        end::recall(self.app(), By::customer(&caller()), id).await
    }

    pub async fn cancel(&self, id: &WithdrawalId) {
        end::cancel(self.app(), &caller(), id).await.expect("it answers");
    }

    /// One step of the worker, which may die in the middle of a call.
    pub async fn work(&self) {
        tokio::select! {
            done = work::step(self.app()) => {
                done.expect("the worker steps");
            }
            () = self.core.died.notified() => {
                // What the step had handed to the writers still happens: before anybody looks, on every lane.
                for _ in 0..16 {
                    let nothing = self.store().write(|_| Box::pin(async { Ok(()) }));
                    nothing.await.expect("written");
                }
            }
        }
    }

    /// The worker goes on until nothing moves any more, with time passing: ten days.
    pub async fn drain(&self) {
        self.core.heal();
        self.core.deliver().await;
        for _ in 0..40 {
            self.work().await;
            self.wait(6 * 3600);
        }
    }

    pub async fn book(&self, owner: &Owner) -> Book {
        let mut c = self.store().read().await.expect("a connection");
        let row =
            sqlx::query("SELECT available, reserved, paid FROM ledger_accounts WHERE account_number = $1")
                .bind(owner.number.as_str())
                .fetch_one(&mut *c)
                .await
                .expect("an account");
        Book {
            available: row.get("available"),
            reserved: row.get("reserved"),
            paid: row.get("paid"),
        }
    }

    /// Changes the database as somebody who has it would.
    pub async fn tamper(&self, sql: impl Into<String>) {
        let sql = sql.into();
        let done = self.store().write(move |c| {
            Box::pin(async move { Ok(sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(c).await?) })
        });
        done.await.expect("changed");
    }

    /// How many leaves of this action and outcome a subject has.
    pub async fn leaves(&self, owner: &Owner, action: &str, outcome: &str) -> usize {
        let all = warifu_tests::evidence::leaves(self.store()).await;
        let fits = |leaf: &&serde_json::Value| {
            leaf["subject"] == owner.account.as_str()
                && leaf["action"] == action
                && leaf["outcome"] == outcome
        };
        all.iter().filter(fits).count()
    }

    /// The code in the newest mail to the owner that has one.
    pub async fn mailed_code(&self, owner: &Owner) -> String {
        self.server().send_mail().await;
        let mails = self.server().outbox.to(&owner.mail);
        let with_code = mails.iter().rev().find(|mail| mail.text.contains(" #"));
        with_code
            .unwrap_or_else(|| panic!("no code among {mails:#?}"))
            .code()
    }

    /// All mails to the owner.
    pub async fn mails(&self, owner: &Owner) -> Vec<warifu_tests::outbox::Mail> {
        self.mails_to(&owner.mail).await
    }

    /// All mails to an address.
    pub async fn mails_to(&self, address: &str) -> Vec<warifu_tests::outbox::Mail> {
        // A step sends some at a time.
        for _ in 0..10 {
            self.server().send_mail().await;
        }
        self.server().outbox.to(address)
    }
}

impl Book {
    pub const UNTOUCHED: Self = Self {
        available: START,
        reserved: 0,
        paid: 0,
    };
}

/// What the ledger holds for an owner at first.
pub const START: i64 = 3_000_000;

pub fn form(amount: &str, password: &str, key: &str) -> Form {
    Form {
        amount: amount.to_owned(),
        password: password.to_owned().into(),
        key: key.to_owned(),
    }
}

pub fn yen(amount: i64) -> Yen {
    Yen::new(amount).expect("a sum")
}

pub fn payee() -> Payee {
    Payee {
        bank: "0991".to_owned(),
        bank_name: "あおば銀行".to_owned(),
        branch: "201".to_owned(),
        branch_name: "渋谷支店".to_owned(),
        kind: AccountKind::Ordinary,
        acct: "1234567".to_owned(),
        name: "ヤマダ タロウ".to_owned(),
    }
}

pub fn other_payee() -> Payee {
    Payee {
        acct: "7654321".to_owned(),
        ..payee()
    }
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

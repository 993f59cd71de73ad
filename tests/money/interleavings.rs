//! Random interleavings of everything that can happen to withdrawals: no path loses, makes or pays twice a yen (TXN-03).

#[path = "clerk_steps.rs"]
mod clerk_steps;

use std::cell::RefCell;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use sqlx::Row as _;
use tokio::runtime::Runtime;
use warifu_server::domain::withdrawal::State;
use warifu_server::store::withdrawals::{self, Withdrawal};
use warifu_server::store::{accounts, challenges};
use warifu_shared::clock::Timestamp;
use warifu_shared::ids::{ProposalId, RequestId, WithdrawalId};
use warifu_shared::jws::approval::DenyReason;
use warifu_tests::databases::Database;
use warifu_tests::evidence;

use crate::clerks::Staff;
use crate::flaky::Fault;
use crate::rules::{self, Facts};
use crate::scene::{Book, Owner, START, Scene, other_payee, payee, yen};

#[test]
fn txn_03_txn_09_staff_03_any_interleaving_on_sqlite_loses_and_doubles_no_yen() {
    explore(|| std::future::ready(Database::sqlite()), 48);
}

#[test]
fn txn_03_txn_09_staff_03_any_interleaving_on_postgresql_loses_and_doubles_no_yen() {
    explore(Database::postgres, 20);
}

#[derive(Debug, Clone)]
enum Step {
    Ask { amount: i64 },
    AskAgain { at: usize },
    Approve { at: usize, device: usize },
    Deny { at: usize, device: usize, phone: bool },
    Cancel { at: usize },
    Recall { at: usize },
    Second { at: usize },
    Propose { at: usize },
    Decide { at: usize, approve: bool },
    StaffRecall { at: usize },
    Work { faults: Vec<Fault> },
    Deliver,
    Payout,
    Wait { secs: i64 },
    Restart,
}

fn steps() -> impl Strategy<Value = Step> {
    let (at, device) = (0..4usize, 0..2usize);
    let amounts = prop::sample::select(vec![
        1, 50_000, 200_000, 299_999, 300_000, 499_999, 500_000, 800_000, 800_001,
    ]);
    let faults = prop::sample::select(vec![
        Fault::Down,
        Fault::Busy,
        Fault::Lost,
        Fault::Twice,
        Fault::Late,
        Fault::Unknown,
        Fault::DiesAfter,
        Fault::DiesBefore,
        Fault::Conflict,
    ]);
    prop_oneof![
        7 => amounts.prop_map(|amount| Step::Ask { amount }),
        1 => at.clone().prop_map(|at| Step::AskAgain { at }),
        9 => (at.clone(), device.clone()).prop_map(|(at, device)| Step::Approve { at, device }),
        2 => (at.clone(), device, prop::bool::weighted(0.5))
            .prop_map(|(at, device, phone)| Step::Deny { at, device, phone }),
        1 => at.clone().prop_map(|at| Step::Cancel { at }),
        2 => at.clone().prop_map(|at| Step::Recall { at }),
        3 => at.clone().prop_map(|at| Step::Second { at }),
        3 => at.clone().prop_map(|at| Step::Propose { at }),
        3 => (at.clone(), prop::bool::weighted(0.9)).prop_map(|(at, approve)| Step::Decide { at, approve }),
        1 => at.prop_map(|at| Step::StaffRecall { at }),
        9 => prop::collection::vec(faults, 0..3).prop_map(|faults| Step::Work { faults }),
        2 => Just(Step::Deliver),
        1 => Just(Step::Payout),
        4 => prop_oneof![1..30i64, Just(60), Just(121), Just(3600), Just(86_400)].prop_map(|secs| Step::Wait { secs }),
        1 => Just(Step::Restart),
    ]
}

fn explore<F: Future<Output = Database>>(database: impl FnOnce() -> F, cases: u32) {
    let runtime = Runtime::new().expect("a runtime");
    // Dropped after the server, whatever happens.
    let database = runtime.block_on(database());
    let scene = runtime.block_on(Scene::with(&database, |config| {
        let rules = &mut config.withdrawal;
        rules.fee = yen(rules::FEE);
        rules.per_transaction = yen(rules::MOST);
        rules.per_day = yen(rules::PER_DAY);
        rules.hold_from = yen(rules::HOLD_FROM);
        rules.second_approval_from = yen(rules::SECOND_FROM);
    }));
    let scene = RefCell::new(scene);
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 200,
        ..Config::default()
    };
    let played = TestRunner::new(config).run(&prop::collection::vec(steps(), 1..60), |steps| {
        runtime.block_on(play(&mut scene.borrow_mut(), &steps));
        Ok(())
    });
    if let Err(failure) = played {
        panic!("{failure}");
    }
    runtime.block_on(assert_each_end_has_its_leaf(&scene.borrow()));
}

async fn play(scene: &mut Scene, steps: &[Step]) {
    // Whole seconds, as tokens have them.
    let second = scene.server().now().secs() + 1;
    scene.server().clock.set(Timestamp::from_secs(second));
    let owner = scene.owner(2).await;
    let staff = Staff::of(scene).await;
    let mut player = Player {
        scene,
        owner,
        staff,
        proposed: Vec::new(),
        asked: Vec::new(),
        before: Vec::new(),
        payees: 0,
    };
    for step in steps {
        player.step(step).await;
        player.look(&format!("{step:?}")).await;
    }
    player.scene.core.heal();
    player.scene.core.deliver().await;
    for _ in 0..40 {
        player.scene.work().await;
        player.look("the end").await;
        player.scene.wait(6 * 3600);
    }
    player.all_is_over().await;
}

struct Player<'a> {
    scene: &'a mut Scene,
    owner: Owner,
    staff: Staff,
    /// What staff proposed, on which facts.
    proposed: Vec<(WithdrawalId, ProposalId, String)>,
    asked: Vec<(WithdrawalId, String)>,
    before: Vec<Withdrawal>,
    payees: usize,
}

impl Player<'_> {
    async fn step(&mut self, step: &Step) {
        let Some(count) = std::num::NonZero::new(self.asked.len()) else {
            return self.without_any(step).await;
        };
        match *step {
            Step::AskAgain { at } => {
                let (id, key) = &self.asked[at % count];
                let again = self
                    .scene
                    .ask_as(&self.owner, &self.owner.session, "7", key)
                    .await;
                assert_eq!(again.as_ref(), Ok(id), "the same form is the same withdrawal");
            }
            Step::Approve { at, device } => self.approve(at % count, device).await,
            Step::Deny { at, device, phone } => {
                let challenge = self.scene.challenge(&self.asked[at % count].0).await;
                let reason = if phone {
                    DenyReason::Phone
                } else {
                    DenyReason::Cancelled
                };
                let by = &self.owner.devices[device];
                let _any_answer = self.scene.deny(by, &challenge, reason).await;
            }
            Step::Cancel { at } => self.scene.cancel(&self.asked[at % count].0).await,
            Step::Recall { at } => {
                let before = self.scene.state(&self.asked[at % count].0).await;
                let done = self.scene.recall(&self.asked[at % count].0).await;
                assert_eq!(done.is_ok(), before.can_be_recalled(), "{before:?}");
            }
            Step::Second { at } => {
                let id = &self.asked[at % count].0;
                let before = self.scene.state(id).await;
                let asked = self.scene.ask_second(&self.owner, id).await;
                assert!(asked.is_err() || before == State::Second, "{before:?}");
            }
            Step::Propose { at } => self.propose(at % count).await,
            Step::Decide { at, approve } => self.decide(at, approve).await,
            Step::StaffRecall { at } => self.staff_recall(at % count).await,
            _ => self.without_any(step).await,
        }
    }

    async fn without_any(&mut self, step: &Step) {
        match step {
            Step::Ask { amount } => self.ask(*amount).await,
            Step::Work { faults } => {
                self.scene.core.next(faults);
                self.scene.work().await;
                self.scene.core.heal();
            }
            Step::Deliver => self.scene.core.deliver().await,
            Step::Payout => {
                self.payees += 1;
                let next = if self.payees % 2 == 1 {
                    other_payee()
                } else {
                    payee()
                };
                self.scene.enter_payout(&self.owner, next).await;
            }
            Step::Wait { secs } => self.scene.wait(*secs),
            Step::Restart => self.scene.restart().await,
            _ => {}
        }
    }

    async fn ask(&mut self, amount: i64) {
        let (facts, now) = (self.facts().await, self.scene.server().now());
        let expected = rules::ask(&self.before, &facts, amount, now);
        let key = RequestId::random().to_string();
        let (owner, amount_text) = (&self.owner, amount.to_string());
        let asked = self.scene.ask_as(owner, &owner.session, &amount_text, &key).await;
        let said = asked.as_ref().map(|_| ()).map_err(|refusal| refusal.code);
        assert_eq!(said, expected, "{amount} after {:?}", self.before);
        if let Ok(id) = asked {
            self.asked.push((id, key));
        }
    }

    /// An approval by the device leads exactly where the model says, or nowhere.
    async fn approve(&mut self, at: usize, device: usize) {
        let (facts, now) = (self.facts().await, self.scene.server().now());
        let id = self.asked[at].0.clone();
        let before = self.scene.withdrawal(&id).await;
        let challenge = self.scene.challenge(&id).await;
        let by = &self.owner.devices[device];
        let may = self.waits(&challenge).await && self.scene.seen(by, &challenge).await.is_some();
        let answer = self.scene.approve(by, &id).await;
        let after = self.scene.state(&id).await;
        if may {
            assert_eq!(answer.json["outcome"], "approved", "{}", answer.text);
            let expected = rules::approve(&self.before, &facts, &before, now);
            assert_eq!(after, expected, "{before:?}");
        } else {
            assert_eq!(after, before.state_at(now), "{}", answer.text);
        }
    }

    async fn waits(&self, id: &warifu_shared::ids::ChallengeId) -> bool {
        let mut c = self.scene.store().read().await.expect("a connection");
        let found = challenges::by_id(&mut c, id).await.expect("it answers");
        let state = found.map(|it| it.state_at(self.scene.server().now()));
        state == Some(warifu_server::domain::challenge::ChallengeState::Pending)
    }

    async fn facts(&self) -> Facts {
        let mut c = self.scene.store().read().await.expect("a connection");
        let account = accounts::by_id(&mut c, &self.owner.account)
            .await
            .expect("it answers");
        let now = self.scene.server().now();
        let second_waits: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM challenges WHERE account_id = $1 AND action = 'withdrawal' AND state = 'pending' \
             AND expires_at > $2",
        )
        .bind(self.owner.account.as_str())
        .bind(now.0)
        .fetch_one(&mut *c)
        .await
        .expect("a number");
        drop(c);
        let payee = if self.payees % 2 == 1 {
            other_payee()
        } else {
            payee()
        };
        Facts {
            held_until: account.expect("an account").withdrawals_held_until,
            payee: payee.acct,
            available: self.scene.book(&self.owner).await.available,
            second_waits: second_waits > 0,
        }
    }

    async fn all(&self) -> Vec<Withdrawal> {
        let mut c = self.scene.store().read().await.expect("a connection");
        let all = withdrawals::of_account(&mut c, &self.owner.account, None, 1000).await;
        all.expect("it answers")
    }

    /// After each step: allowed arrows only, every yen somewhere, no order without an approval that stands.
    async fn look(&mut self, step: &str) {
        let after = self.all().await;
        for before in &self.before {
            let now = after.iter().find(|w| w.id == before.id).expect("none is lost");
            assert!(
                rules::may_follow(before, now.state),
                "{step}: {:?} then {:?}",
                before.state,
                now.state
            );
        }
        let Book {
            available,
            reserved,
            paid,
        } = self.scene.book(&self.owner).await;
        assert_eq!(available + reserved + paid, START, "{step}");
        let now = self.scene.server().now();
        assert!(
            rules::today(&after, now, None) <= rules::PER_DAY,
            "{step}: the day's limit"
        );
        for (key, amount, state) in self.orders().await {
            let owner = after.iter().find(|w| w.id.as_str() == key);
            let owner = owner.unwrap_or_else(|| panic!("{step}: an order of nobody: {key}"));
            assert_eq!(owner.amount.get() + owner.fee.get(), amount, "{step}");
            let fits = match owner.state {
                State::Queued | State::Placed => true,
                State::Paid => state == "paid",
                State::Refused => state == "refused",
                _ => false,
            };
            assert!(fits, "{step}: an order is {state} and {owner:?}");
        }
        self.before = after;
    }

    async fn orders(&self) -> Vec<(String, i64, String)> {
        let mut c = self.scene.store().read().await.expect("a connection");
        let rows = sqlx::query(
            "SELECT key, amount + fee AS total, state FROM ledger_orders WHERE account_number = $1",
        )
        .bind(self.owner.number.as_str())
        .fetch_all(&mut *c)
        .await
        .expect("rows");
        rows.iter()
            .map(|row| (row.get("key"), row.get("total"), row.get("state")))
            .collect()
    }

    /// Exactly what is called paid was paid.
    async fn all_is_over(&self) {
        let mut sum = 0;
        for w in &self.before {
            let over = !matches!(
                w.state,
                State::Pending | State::Second | State::Held | State::Queued | State::Placed
            );
            assert!(over, "still under way: {w:?}");
            if w.state == State::Paid {
                sum += w.amount.get() + w.fee.get();
            }
        }
        let expected = Book {
            available: START - sum,
            reserved: 0,
            paid: sum,
        };
        assert_eq!(self.scene.book(&self.owner).await, expected);
    }
}

async fn assert_each_end_has_its_leaf(scene: &Scene) {
    let leaves = evidence::leaves(scene.store()).await;
    for state in [
        State::Paid,
        State::Refused,
        State::Denied,
        State::Expired,
        State::Cancelled,
        State::Recalled,
    ] {
        let action = format!("withdrawal.{}", state.as_str());
        let told = leaves.iter().filter(|leaf| leaf["action"] == *action).count();
        let mut c = scene.store().read().await.expect("a connection");
        let there: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM withdrawals WHERE state = $1")
            .bind(state.as_str())
            .fetch_one(&mut *c)
            .await
            .expect("a number");
        assert_eq!(i64::try_from(told), Ok(there), "{state:?}");
        let usual = matches!(state, State::Paid | State::Expired);
        assert!(there > 0 || !usual, "no interleaving came to {state:?}");
    }
}

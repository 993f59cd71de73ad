//! The demo firm's ledger under random interleavings, lost work and repetitions: no yen appears or vanishes, and an order is
//! carried out once (TXN-03, OPS-02).

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::join_all;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tokio::runtime::Runtime;
use warifu_server::core::{Core, CoreError, Order, OrderState, RefusedBy};
use warifu_server::demo::ledger::{self, Ledger};
use warifu_server::domain::account::AccountNumber;
use warifu_server::store::{Store, StoreError};
use warifu_shared::clock::{ManualClock, SharedClock, Timestamp};
use warifu_shared::ids::WithdrawalId;
use warifu_tests::databases::{Database, Kind, for_each_database};
use warifu_tests::server::{HANAKO, TARO, TestServer};

use crate::core_scene::{account, order, yen};

/// What happens at once.
#[derive(Debug, Clone)]
enum Step {
    /// An order is placed, by one of two processes.
    Place { which: Which, process: usize },
    /// Somebody asks.
    Ask { key: usize, process: usize },
    /// The work is done and then lost: it fails before the commit, or the program breaks in the middle.
    Lose { which: Which, panics: bool },
    /// Time passes.
    Wait { secs: i64 },
}

/// An order: one of three keys, two accounts and four sums. Different orders share keys.
#[derive(Debug, Clone, Copy)]
struct Which {
    key: usize,
    account: usize,
    sum: usize,
}

const SUMS: [i64; 4] = [1, 600, 4_000, 10_001];
const HELD: i64 = 10_000;
const SETTLE: i64 = 20;

#[test]
fn txn_03_ops_02_no_interleaving_on_sqlite_makes_or_loses_a_yen() {
    explore(|| std::future::ready(Database::sqlite()), 60);
}

#[test]
fn txn_03_ops_02_no_interleaving_on_postgresql_makes_or_loses_a_yen() {
    explore(Database::postgres, 40);
}

fn explore<F: Future<Output = Database>>(database: impl FnOnce() -> F, cases: u32) {
    let runtime = Runtime::new().expect("a runtime");
    let database = runtime.block_on(database());
    let stores = runtime.block_on(async {
        let first = Store::open(database.url()).await.expect("the database opens");
        let second = match database.kind() {
            Kind::Sqlite => first.clone(),
            Kind::Postgres => Store::open(database.url()).await.expect("the database opens"),
        };
        [first, second]
    });
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 100,
        ..Config::default()
    };
    let batches = proptest::collection::vec(proptest::collection::vec(steps(), 1..6), 1..14);
    let played = TestRunner::new(config).run(&batches, |batches| {
        runtime.block_on(play(&stores, &batches));
        Ok(())
    });
    runtime.block_on(async { join_all(stores.iter().map(Store::close)).await });
    if let Err(failure) = played {
        panic!("{failure}");
    }
}

fn steps() -> impl Strategy<Value = Step> {
    let which =
        || (0..3usize, 0..2usize, 0..SUMS.len()).prop_map(|(key, account, sum)| Which { key, account, sum });
    prop_oneof![
        6 => (which(), 0..2usize).prop_map(|(which, process)| Step::Place { which, process }),
        3 => (0..3usize, 0..2usize).prop_map(|(key, process)| Step::Ask { key, process }),
        2 => (which(), any::<bool>()).prop_map(|(which, panics)| Step::Lose { which, panics }),
        2 => prop_oneof![1..15i64, Just(SETTLE)].prop_map(|secs| Step::Wait { secs }),
    ]
}

/// One case: accounts and keys of its own.
struct Table<'a> {
    store: &'a Store,
    ledgers: [Ledger; 2],
    clock: ManualClock,
    accounts: [AccountNumber; 2],
    keys: [WithdrawalId; 3],
}

async fn play(stores: &[Store; 2], batches: &[Vec<Step>]) {
    let table = Table::set(stores).await;
    for batch in batches {
        let answers = join_all(batch.iter().map(|step| table.take(step))).await;
        table.compare(batch, &answers).await;
    }
    // In the end everything that was taken is paid, once.
    table.clock.advance_secs(SETTLE);
    for key in &table.keys {
        let state = table.ledgers[0].state(key).await.expect("an answer");
        assert_ne!(state, OrderState::Accepted);
    }
    let mut reserved = 0;
    for account in &table.accounts {
        reserved += table.row(account).await[1];
    }
    assert_eq!(reserved, 0);
}

impl<'a> Table<'a> {
    async fn set(stores: &'a [Store; 2]) -> Self {
        let clock = ManualClock::new(Timestamp::from_secs(1_767_592_800));
        let shared: SharedClock = Arc::new(clock.clone());
        let new_account = || {
            let drawn = warifu_shared::random::bytes::<8>().map(|byte| format!("{byte:02X}"));
            account(&drawn.concat())
        };
        let accounts = [new_account(), new_account()];
        let owners = accounts.clone();
        let opened = stores[0].write(move |c| {
            Box::pin(async move {
                for owner in &owners {
                    ledger::open_account(c, owner, yen(HELD)).await?;
                }
                Ok(())
            })
        });
        opened.await.expect("the accounts are opened");
        Self {
            store: &stores[0],
            ledgers: [0, 1].map(|at| Ledger::new(stores[at].clone(), Arc::clone(&shared), SETTLE)),
            clock,
            accounts,
            keys: [(); 3].map(|()| WithdrawalId::random()),
        }
    }

    fn order(&self, which: Which) -> Order {
        Order {
            key: self.keys[which.key].clone(),
            account: self.accounts[which.account].clone(),
            fee: yen(0),
            ..order(SUMS[which.sum])
        }
    }

    async fn take(&self, step: &Step) -> Option<Result<OrderState, CoreError>> {
        match step {
            Step::Place { which, process } => Some(self.ledgers[*process].place(&self.order(*which)).await),
            Step::Ask { key, process } => Some(self.ledgers[*process].state(&self.keys[*key]).await),
            Step::Lose { which, panics } => {
                let (order, now, panics) = (self.order(*which), self.clock_now(), *panics);
                let lost: Result<(), StoreError> = self
                    .store
                    .write(move |c| {
                        Box::pin(async move {
                            ledger::place(c, &order, now, SETTLE).await?;
                            assert!(!panics, "as told");
                            Err(StoreError::Closed)
                        })
                    })
                    .await;
                assert!(lost.is_err());
                None
            }
            Step::Wait { secs } => {
                self.clock.advance_secs(*secs);
                None
            }
        }
    }

    fn clock_now(&self) -> Timestamp {
        use warifu_shared::clock::Clock as _;
        self.clock.now()
    }

    /// available, reserved, paid.
    async fn row(&self, account: &AccountNumber) -> [i64; 3] {
        let mut c = self.store.read().await.expect("a connection");
        let (available, reserved, paid): (i64, i64, i64) =
            sqlx::query_as("SELECT available, reserved, paid FROM ledger_accounts WHERE account_number = $1")
                .bind(account.as_str())
                .fetch_one(&mut *c)
                .await
                .expect("the account");
        [available, reserved, paid]
    }

    /// The sums of an account's orders, by state.
    async fn promised(&self, account: &AccountNumber) -> BTreeMap<String, i64> {
        let mut c = self.store.read().await.expect("a connection");
        let sums: Vec<(String, i64)> = sqlx::query_as(
            "SELECT state, CAST(SUM(amount + fee) AS BIGINT) FROM ledger_orders WHERE account_number = $1 GROUP BY state",
        )
        .bind(account.as_str())
        .fetch_all(&mut *c)
        .await
        .expect("the orders");
        sums.into_iter().collect()
    }

    async fn compare(&self, batch: &[Step], answers: &[Option<Result<OrderState, CoreError>>]) {
        for account in &self.accounts {
            let [available, reserved, paid] = self.row(account).await;
            assert!(available >= 0 && reserved >= 0 && paid >= 0, "{batch:?}");
            assert_eq!(available + reserved + paid, HELD, "{batch:?}");
            let promised = self.promised(account).await;
            let of = |state: &str| promised.get(state).copied().unwrap_or(0);
            assert_eq!((reserved, paid), (of("accepted"), of("paid")), "{batch:?}");
        }
        // A program that broke takes its neighbours' answers along, never their money; nothing else goes unanswered.
        let broke = batch
            .iter()
            .any(|step| matches!(step, Step::Lose { panics: true, .. }));
        for (step, answer) in batch.iter().zip(answers) {
            match answer {
                Some(Err(CoreError::Unreachable)) => assert!(broke, "{step:?} in {batch:?}"),
                Some(Ok(OrderState::Unknown)) => assert!(matches!(step, Step::Ask { .. }), "{step:?}"),
                Some(Ok(answered)) => self.holds(step, *answered).await,
                Some(Err(error)) => assert_eq!(*error, CoreError::Conflict, "{step:?}"),
                None => {}
            }
        }
    }

    /// What was answered is so, and a sum that nobody has was never promised.
    async fn holds(&self, step: &Step, answered: OrderState) {
        let key = match step {
            Step::Place { which, .. } => which.key,
            Step::Ask { key, .. } => *key,
            Step::Lose { .. } | Step::Wait { .. } => return,
        };
        let now = self.ledgers[1].state(&self.keys[key]).await.expect("an answer");
        let grown = answered == OrderState::Accepted && matches!(now, OrderState::Paid { .. });
        assert!(now == answered || grown, "{step:?}: {answered:?}, then {now:?}");
        if let Step::Place { which, .. } = step
            && SUMS[which.sum] > HELD
        {
            let refused = OrderState::Refused {
                reason: RefusedBy::InsufficientFunds,
            };
            assert_eq!(answered, refused, "{step:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn txn_03_twenty_orders_for_the_same_money_are_carried_out_as_far_as_it_goes() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let core = &server.server.app.core;
        let orders: Vec<Order> = (0..20)
            .map(|_| Order {
                account: account(HANAKO.number),
                ..order(99_670)
            })
            .collect();
        let placed = join_all(orders.iter().map(|order| core.place(order))).await;
        let taken = placed
            .iter()
            .filter(|answer| **answer == Ok(OrderState::Accepted))
            .count();
        let refused = OrderState::Refused {
            reason: RefusedBy::InsufficientFunds,
        };
        let turned_away = placed.iter().filter(|answer| **answer == Ok(refused)).count();
        assert_eq!((taken, turned_away), (4, 16), "480,000 yen, 100,000 an order");
        assert_eq!(
            core.balance(&account(HANAKO.number)).await.unwrap().available,
            yen(80_000)
        );
        assert_eq!(
            core.balance(&account(TARO.number)).await.unwrap().available,
            yen(3_250_000)
        );
        assert_eq!(core.balance(&account("5555555")).await.unwrap().available, yen(0));
        let again = join_all(orders.iter().chain(&orders).map(|order| core.place(order))).await;
        assert_eq!(
            again,
            [placed.clone(), placed].concat(),
            "placed again, twice at once"
        );
    })
    .await;
}

#[tokio::test]
async fn txn_03_an_order_is_paid_when_its_time_has_come_and_survives_a_restart() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let order = Order {
            account: account(TARO.number),
            ..order(250_000)
        };
        let start = server.now();
        let core = &server.server.app.core;
        assert_eq!(core.state(&order.key).await, Ok(OrderState::Unknown));
        assert_eq!(core.place(&order).await, Ok(OrderState::Accepted));
        server.clock.advance_secs(19);
        assert_eq!(core.state(&order.key).await, Ok(OrderState::Accepted));
        let mut other = order.clone();
        other.amount = yen(250_001);
        assert_eq!(core.place(&other).await, Err(CoreError::Conflict));
        let server = server.restart().await;
        server.clock.advance_secs(600);
        let core = &server.server.app.core;
        let paid = Ok(OrderState::Paid {
            at: start.plus_secs(20),
        });
        assert_eq!(core.place(&order).await, paid);
        assert_eq!(core.state(&order.key).await, paid);
        assert_eq!(
            core.balance(&order.account).await.unwrap().available,
            yen(3_250_000 - 250_330)
        );
    })
    .await;
}

//! Counters of mistakes under random interleavings of mistakes, successes and time, lane by lane, against a model of five
//! lines; and mistakes at once, of which none is lost (CHAL-06, RISK-08).

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tokio::runtime::Runtime;
use warifu_server::domain::counter::{Counter, LockRule};
use warifu_server::store::Store;
use warifu_server::store::accounts::{self, Lane};
use warifu_shared::clock::Timestamp;
use warifu_shared::ids::AccountId;
use warifu_tests::databases::{Database, for_each_database};

use crate::scene::new_account;

const LANES: [Lane; 3] = [Lane::PasswordUnknown, Lane::PasswordKnown, Lane::Factor];
const RULE: LockRule = LockRule {
    failures: 5,
    first_lock: 900,
    longest_lock: 3600,
    hard_stop: 30,
};

#[derive(Debug, Clone)]
enum Step {
    Mistake { lane: usize },
    Success { lane: usize },
    Wait { secs: i64 },
}

/// What a lane should be: mistakes in a row, and until when it is locked.
#[derive(Debug, Clone, Copy, Default)]
struct Expected {
    mistakes: i64,
    locked_until: i64,
}

impl Expected {
    fn mistake(&mut self, now: i64) {
        self.mistakes += 1;
        if self.mistakes % 5 == 0 {
            let minutes = match self.mistakes / 5 {
                1 => 15,
                2 => 30,
                _ => 60,
            };
            self.locked_until = now + minutes * 60;
        }
    }

    fn fits(self, counter: &Counter, now: i64) -> bool {
        let left = 5 - self.mistakes % 5;
        counter.failures == self.mistakes
            && counter.locked_at(Timestamp::from_secs(now)) == (now < self.locked_until)
            && counter.tries_left(&RULE) == left
            && counter.stopped(&RULE) == (self.mistakes >= 30)
    }
}

#[test]
fn chal_06_risk_08_any_interleaving_of_mistakes_and_successes_counts_each_lane_alone() {
    let runtime = Runtime::new().expect("a runtime");
    let databases = [
        (Database::sqlite(), 48),
        (runtime.block_on(Database::postgres()), 16),
    ];
    for (database, cases) in &databases {
        let store = runtime.block_on(async { Store::open(database.url()).await.expect("it opens") });
        let config = Config {
            cases: *cases,
            failure_persistence: None,
            ..Config::default()
        };
        let played = TestRunner::new(config).run(&proptest::collection::vec(steps(), 1..60), |steps| {
            runtime.block_on(play(&store, &steps));
            Ok(())
        });
        if let Err(failure) = played {
            panic!("{}: {failure}", database.kind());
        }
        runtime.block_on(store.close());
    }
}

fn steps() -> impl Strategy<Value = Step> {
    // Mostly one lane, so that its counter gets far.
    let lane = prop_oneof![6 => Just(2usize), 1 => 0..3usize];
    prop_oneof![
        20 => lane.clone().prop_map(|lane| Step::Mistake { lane }),
        1 => lane.prop_map(|lane| Step::Success { lane }),
        2 => prop_oneof![Just(899i64), Just(1), 1..4000i64].prop_map(|secs| Step::Wait { secs }),
    ]
}

async fn play(store: &Store, steps: &[Step]) {
    let account = new_account(store).await;
    let mut expected = [Expected::default(); 3];
    let mut now = 1_767_225_600;
    for step in steps {
        match *step {
            Step::Wait { secs } => now += secs,
            Step::Mistake { lane } => {
                expected[lane].mistake(now);
                let counter = mistake(store, &account, LANES[lane], now).await;
                assert!(
                    expected[lane].fits(&counter, now),
                    "{step:?}: {counter:?}, not {expected:?}"
                );
            }
            Step::Success { lane } => {
                expected[lane] = Expected::default();
                let account = account.clone();
                store
                    .write(move |c| {
                        Box::pin(async move { accounts::reset_counter(c, &account, LANES[lane]).await })
                    })
                    .await
                    .expect("it answers");
            }
        }
        let mut c = store.read().await.expect("a connection");
        for (lane, expected) in LANES.iter().zip(&expected) {
            let counter = accounts::counter(&mut c, &account, *lane)
                .await
                .expect("it answers");
            assert!(
                expected.fits(&counter, now),
                "{lane:?} after {step:?}: {counter:?}, not {expected:?}"
            );
        }
    }
}

async fn mistake(store: &Store, account: &AccountId, lane: Lane, now: i64) -> Counter {
    let account = account.clone();
    store
        .write(move |c| {
            Box::pin(async move {
                accounts::count_mistake(c, &account, lane, &RULE, Timestamp::from_secs(now)).await
            })
        })
        .await
        .expect("it answers")
}

#[tokio::test(flavor = "multi_thread")]
async fn chal_06_ops_02_of_mistakes_at_once_none_is_lost() {
    for_each_database(|db| async move {
        // Two stores are two processes: each has connections and writers of its own.
        let stores = [
            Store::open(db.url()).await.expect("it opens"),
            Store::open(db.url()).await.expect("it opens"),
        ];
        let account = new_account(&stores[0]).await;
        let mistakes = (0..24).map(|at| mistake(&stores[at % 2], &account, Lane::Factor, 1_767_225_600));
        let counters = futures_util::future::join_all(mistakes).await;
        let mut counted: Vec<i64> = counters.iter().map(|counter| counter.failures).collect();
        counted.sort_unstable();
        assert_eq!(
            counted,
            (1..=24).collect::<Vec<_>>(),
            "each was told its own number"
        );
        for store in stores {
            store.close().await;
        }
    })
    .await;
}

//! Random interleavings of everything that can happen to a challenge, compared with a simple model after each step
//! (CHAL-05..07, CHAL-09, ENROL-12, OPS-02).

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use reqwest::Method;
use tokio::runtime::Runtime;
use warifu_server::app::App;
use warifu_server::config::Site;
use warifu_server::domain::context::Source;
use warifu_server::operations::create_challenge::{self, Asked, With};
use warifu_server::operations::finish_login::{self, BrowserTokens};
use warifu_server::operations::{Caller, Refusal, end_attempt};
use warifu_server::store::attempts::{Attempt, AttemptFactor};
use warifu_server::store::challenges;
use warifu_shared::api::paths;
use warifu_shared::ids::{AccountId, AttemptId, ChallengeId, RequestId};
use warifu_shared::jws::challenge::Action;
use warifu_tests::databases::Database;
use warifu_tests::evidence;
use warifu_tests::raw_device::RawDevice;
use warifu_tests::server::TestServer;

use crate::model::{Expected, Model, State, Step};
use crate::scene::{another_number, new_account, outcome};

#[test]
fn chal_09_ops_02_any_interleaving_on_sqlite_does_what_the_model_says() {
    explore(|| std::future::ready(Database::sqlite()), 40);
}

#[test]
fn chal_09_ops_02_any_interleaving_on_postgresql_does_what_the_model_says() {
    explore(Database::postgres, 12);
}

fn explore<F: Future<Output = Database>>(database: impl FnOnce() -> F, cases: u32) {
    let runtime = Runtime::new().expect("a runtime");
    // Dropped after the server, whatever happens.
    let database = runtime.block_on(database());
    let server = runtime.block_on(TestServer::start(&database));
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 100,
        ..Config::default()
    };
    let played = TestRunner::new(config).run(&proptest::collection::vec(steps(), 1..40), |steps| {
        runtime.block_on(play(&server, &steps));
        Ok(())
    });
    runtime.block_on(evidence::assert_leaves_fit(&server.server.app.store));
    if let Err(failure) = played {
        panic!("{failure}");
    }
}

fn steps() -> impl Strategy<Value = Step> {
    let (challenge, device) = (0..8usize, 0..3usize);
    prop_oneof![
        5 => any::<bool>().prop_map(|known| Step::Create { known }),
        7 => (challenge.clone(), device.clone(), prop::bool::weighted(0.4))
            .prop_map(|(challenge, device, right)| Step::Approve { challenge, device, right }),
        1 => (challenge.clone(), device.clone())
            .prop_map(|(challenge, device)| Step::Deny { challenge, device }),
        2 => challenge.clone().prop_map(|challenge| Step::Repeat { challenge }),
        1 => challenge.clone().prop_map(|challenge| Step::Cancel { challenge }),
        3 => challenge.prop_map(|challenge| Step::Consume { challenge }),
        1 => device.prop_map(|device| Step::Revoke { device }),
        2 => prop_oneof![1..60i64, Just(120), Just(900)].prop_map(|secs| Step::Wait { secs }),
    ]
}

/// An account of its own, for one interleaving.
struct Player<'a> {
    server: &'a TestServer,
    account: AccountId,
    devices: Vec<RawDevice>,
    asked: Vec<(ChallengeId, AttemptId, Option<String>)>,
    model: Model,
}

async fn play(server: &TestServer, steps: &[Step]) {
    // Whole seconds, as tokens have them: the model counts no others.
    let second = server.now().secs() + 1;
    server
        .clock
        .set(warifu_shared::clock::Timestamp::from_secs(second));
    let mut player = Player::join(server).await;
    for step in steps {
        player.step(step).await;
        player.compare(step).await;
    }
}

impl<'a> Player<'a> {
    async fn join(server: &'a TestServer) -> Self {
        let store = &server.server.app.store;
        let account = new_account(store).await;
        let mut devices = Vec::new();
        for _ in 0..3 {
            devices.push(RawDevice::of_account(store, &account, &server.origin, server.now()).await);
        }
        Self {
            server,
            account,
            model: Model::new(devices.len()),
            devices,
            asked: Vec::new(),
        }
    }

    fn app(&self) -> &App {
        &self.server.server.app
    }

    async fn step(&mut self, step: &Step) {
        let some = self.asked.len().max(1);
        let expected_and_done = match *step {
            Step::Wait { secs } => {
                self.server.clock.advance_secs(secs);
                self.model.now += secs;
                return;
            }
            Step::Create { known } => (self.model.create(known), self.create(known).await),
            Step::Revoke { device } => (self.model.revoke(device), self.revoke(device).await),
            _ if self.asked.is_empty() => return,
            Step::Approve {
                challenge,
                device,
                right,
            } => {
                let at = challenge % some;
                (
                    self.model.approve(at, device, right),
                    self.decide(at, device, Some(right)).await,
                )
            }
            Step::Deny { challenge, device } => {
                let at = challenge % some;
                (self.model.deny(at, device), self.decide(at, device, None).await)
            }
            Step::Repeat { challenge } => {
                let at = challenge % some;
                let Some((by, expected)) = self.model.repeat(at) else {
                    return;
                };
                let token = self.asked[at].2.clone().expect("it was recorded");
                (expected, self.send(at, by, &token).await)
            }
            Step::Cancel { challenge } => {
                let at = challenge % some;
                self.model.cancel(at);
                self.cancel(at).await;
                return;
            }
            Step::Consume { challenge } => {
                let at = challenge % some;
                (self.model.consume(at), self.consume(at).await)
            }
        };
        let (expected, done): (Expected, Result<String, i64>) = expected_and_done;
        assert_eq!(
            done,
            expected.map(str::to_owned),
            "{step:?}, then {:?}",
            self.model
        );
    }

    /// The database has what the model has.
    async fn compare(&self, step: &Step) {
        let store = &self.app().store;
        let mut c = store.read().await.expect("a connection");
        for (at, (id, ..)) in self.asked.iter().enumerate() {
            let stored = challenges::by_id(&mut c, id).await.expect("it answers");
            let state = stored.expect("it is there").state_at(self.server.now());
            let expected = match self.model.state(at) {
                State::Pending => "pending",
                State::Approved => "approved",
                State::Denied => "denied",
                State::Expired => "expired",
                State::Cancelled => "cancelled",
                State::Consumed => "consumed",
            };
            assert_eq!(
                state.as_str(),
                expected,
                "challenge {at} after {step:?}: {:?}",
                self.model
            );
        }
        let alive =
            sqlx::query_scalar("SELECT COUNT(*) FROM sessions WHERE account_id = $1 AND ended_at IS NULL")
                .bind(self.account.as_str())
                .fetch_one(&mut *c)
                .await;
        let alive: i64 = alive.expect("a number");
        assert_eq!(
            usize::try_from(alive),
            Ok(self.model.sessions.len()),
            "after {step:?}"
        );
    }

    async fn create(&mut self, known_browser: bool) -> Result<String, i64> {
        let asked = Asked {
            account: self.account.clone(),
            action: Action::Login,
            browser_hash: BROWSER.to_owned(),
            known_browser,
            txn: None,
            but: None,
        };
        let now = self.server.now();
        let lifetime = self.app().config.login.attempt_lifetime;
        let attempt = Attempt {
            factor: AttemptFactor::App,
            ..Attempt::begin(
                &self.account,
                BROWSER,
                Site::Browser,
                known_browser,
                now,
                lifetime,
            )
        };
        let id = attempt.id.clone();
        let created =
            create_challenge::run(self.app(), &caller(), asked, With::Attempt(Box::new(attempt))).await;
        if let Ok(created) = &created {
            self.asked.push((created.id.clone(), id, None));
        }
        said(created.map(|_| "created"))
    }

    /// Sends a decision; `right` says whether a yes has the right number.
    async fn decide(&mut self, at: usize, device: usize, right: Option<bool>) -> Result<String, i64> {
        let (id, by) = (self.asked[at].0.clone(), &self.devices[device]);
        let mut c = self.app().store.read().await.expect("a connection");
        let copy = self.app().store.hot.copy(&id, &by.id).await.expect("it answers");
        let copy = copy.map(|copy| copy.jws);
        let stored = challenges::by_id(&mut c, &id).await.expect("it answers");
        drop(c);
        let sealer = &self.app().secrets.column_sealer;
        let number = stored.and_then(|it| it.number(sealer)).expect("a number");
        let number = right.map(|right| {
            if right {
                number.reveal()
            } else {
                another_number(number.reveal())
            }
        });
        let seen = (id, copy.unwrap_or_default());
        let token = by.token(&seen, number, self.server.now());
        let done = self.send(at, device, &token).await;
        if done.is_ok() {
            self.asked[at].2 = Some(token);
        }
        done
    }

    async fn send(&self, at: usize, device: usize, token: &str) -> Result<String, i64> {
        let by = &self.devices[device];
        let request = by.carry(&self.asked[at].0, token, self.server.now());
        outcome(&by.send(&request).await).map_err(|(_, code)| code)
    }

    async fn revoke(&self, device: usize) -> Result<String, i64> {
        let by = &self.devices[device];
        let leave = by.sign(Method::DELETE, paths::DEVICE, b"", self.server.now());
        let answer = by.send(&leave).await;
        if answer.status == 204 {
            Ok("gone".to_owned())
        } else {
            Err(answer.refusal().1)
        }
    }

    async fn cancel(&self, at: usize) {
        let attempt = self.attempt(at).await;
        let ended = end_attempt::run(self.app(), &caller(), &attempt).await;
        ended.expect("it answers");
    }

    async fn consume(&self, at: usize) -> Result<String, i64> {
        let attempt = self.attempt(at).await;
        let tokens = BrowserTokens::default();
        let done = finish_login::by_approval(self.app(), &caller(), &attempt, tokens).await;
        said(done.map(|_| "a session"))
    }

    async fn attempt(&self, at: usize) -> Attempt {
        let found = self.app().store.hot.attempt(&self.asked[at].1, BROWSER).await;
        found.expect("it answers").expect("an attempt")
    }
}

fn said(done: Result<&'static str, Refusal>) -> Result<String, i64> {
    done.map(str::to_owned)
        .map_err(|refusal| refusal.code.number().into())
}

fn caller() -> Caller {
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

const BROWSER: &str = "hash of a browser's secret";

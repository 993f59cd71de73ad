//! Two processes of one firm on one PostgreSQL, and devices that try what one of them took at the other (APPR-07, CHAL-09,
//! ENROL-12).

use futures_util::future::{join, join_all};
use reqwest::Method;
use warifu_server::crypto::mac::token_hash;
use warifu_server::store::Store;
use warifu_shared::api::paths;
use warifu_shared::clock::{Clock, SystemClock};
use warifu_shared::ids::ChallengeId;
use warifu_tests::customer::{AnonymousBrowser, Answer};
use warifu_tests::databases::Database;
use warifu_tests::evidence;
use warifu_tests::raw_device::{RawDevice, RawRequest};
use warifu_tests::server::TARO;

use crate::firm::{Firm, Plan};

/// A firm with two running processes.
struct Twins {
    here: Firm,
    there: Firm,
    store: Store,
}

/// A login that waits at the first process.
struct Waiting {
    browser: AnonymousBrowser,
    page: Answer,
    challenge: (ChallengeId, String),
    number: String,
}

impl Twins {
    async fn start(db: &Database) -> Self {
        let other = Plan::new();
        let one = Plan {
            device_origin: format!("http://127.0.0.1:{}", other.web),
            relay: other.relay,
            runs_relay: false,
            ..Plan::new()
        };
        let mut here = Firm::prepare(db, &one).await;
        let mut there = here.twin(&other);
        here.start().await;
        there.start().await;
        let store = here.store().await;
        Self { here, there, store }
    }

    /// A device of the first customer, as it speaks to each of the processes.
    async fn device(&self) -> [RawDevice; 2] {
        let at_there = RawDevice::register(&self.store, TARO, &self.there.origin, SystemClock.now()).await;
        let mut at_here = at_there.copy();
        at_here.address.clone_from(&self.here.origin);
        [at_here, at_there]
    }

    async fn waiting(&self, device: &RawDevice) -> Waiting {
        let browser = self.here.browser();
        let page = browser.enter_password(TARO.number, TARO.password).await;
        Waiting {
            number: page.number(),
            challenge: device.newest_challenge(SystemClock.now()).await,
            browser,
            page,
        }
    }
}

#[tokio::test]
async fn appr_07_appr_10_what_one_process_took_the_other_one_knows() {
    let db = Database::postgres().await;
    let twins = Twins::start(&db).await;
    let [here, there] = twins.device().await;
    let waiting = twins.waiting(&here).await;
    let now = SystemClock.now();
    let token = here.token(&waiting.challenge, Some(&waiting.number), now);
    let request = here.carry(&waiting.challenge.0, &token, now);
    assert_eq!(here.send(&request).await.json["outcome"], "approved");
    let replayed = there.send(&request).await;
    assert_eq!(
        replayed.refusal(),
        (401, 1104),
        "the same request: {}",
        replayed.text
    );
    let again = there
        .send(&there.carry(&waiting.challenge.0, &token, SystemClock.now()))
        .await;
    assert_eq!(
        again.json["outcome"], "approved",
        "the same token: {}",
        again.text
    );
    let other = there.decide(&waiting.challenge, None, SystemClock.now()).await;
    assert_eq!(other.refusal(), (409, 1303), "{}", other.text);
    waiting.browser.go_on(&waiting.page).await;
    evidence::assert_leaves_fit(&twins.store).await;
}

#[tokio::test]
async fn chal_09_ops_02_of_fifty_decisions_at_two_processes_one_is_recorded() {
    let db = Database::postgres().await;
    let twins = Twins::start(&db).await;
    let both = twins.device().await;
    for _ in 0..3 {
        let waiting = twins.waiting(&both[0]).await;
        let now = SystemClock.now();
        let sent: Vec<(usize, &str, String, RawRequest)> = (0..50)
            .map(|at| {
                let yes = at % 5 != 0;
                let token = both[0].token(&waiting.challenge, yes.then_some(&waiting.number), now);
                let request = both[0].carry(&waiting.challenge.0, &token, now);
                (at % 2, if yes { "approved" } else { "denied" }, token, request)
            })
            .collect();
        let answers = join_all(sent.iter().map(|(at, _, _, request)| both[*at].send(request))).await;
        let recorded = evidence::challenge(&twins.store, &waiting.challenge.0).await;
        let mut winners = 0;
        for ((_, meant, token, _), answer) in sent.iter().zip(&answers) {
            if recorded.decision_hash == Some(token_hash(token)) {
                winners += 1;
                assert_eq!(answer.json["outcome"], *meant, "{}", answer.text);
                assert_eq!(recorded.state, *meant);
            } else {
                assert_eq!(answer.refusal(), (409, 1303), "{}", answer.text);
            }
        }
        assert_eq!(winners, 1);
        evidence::assert_leaves_fit(&twins.store).await;
    }
}

#[tokio::test]
async fn enrol_12_a_device_removed_at_one_process_is_refused_at_the_other_at_once() {
    let db = Database::postgres().await;
    let twins = Twins::start(&db).await;
    let [sibling, _] = twins.device().await;
    for round in 0..5 {
        let [here, there] = twins.device().await;
        let waiting = twins.waiting(&sibling).await;
        let now = SystemClock.now();
        let seen = here.newest_challenge(now).await;
        let requests: Vec<RawRequest> = (0..8)
            .map(|_| here.carry(&seen.0, &here.token(&seen, Some(&waiting.number), now), now))
            .collect();
        let removal = here.sign(Method::DELETE, paths::DEVICE, b"", now);
        let (early, late) = requests.split_at(round);
        let (_, removed) = join(
            join_all(early.iter().map(|request| there.send(request))),
            here.send(&removal),
        )
        .await;
        assert_eq!(removed.status, 204, "{}", removed.text);
        for request in late {
            let answer = there.send(request).await;
            assert_eq!(answer.refusal(), (403, 1207), "{}", answer.text);
        }
        for at in [&here, &there] {
            let looked = at.get(paths::CHALLENGES, SystemClock.now()).await;
            assert_eq!(looked.refusal(), (403, 1207), "{}", looked.text);
        }
        // What it approved before its removal opens no session after it.
        let cancel = waiting.page.form("/cancel");
        let action = cancel.action.replace("/cancel", "/continue");
        let click = waiting.browser.post(&action, &cancel.fields).await;
        assert!(
            click
                .cookies
                .iter()
                .all(|cookie| !cookie.starts_with("warifu-session=")),
            "{click:?}"
        );
        waiting.browser.submit(&waiting.page, "/cancel", &[]).await;
        evidence::assert_leaves_fit(&twins.store).await;
    }
}

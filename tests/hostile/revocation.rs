//! A device that is removed while it is deciding: nothing counts that it sends afterwards, and nothing comes of what it
//! sent at the same time (ENROL-12).

use std::time::Duration;

use futures_util::future::{join, join_all};
use reqwest::Method;
use warifu_server::store::Store;
use warifu_shared::api::paths;
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::evidence;
use warifu_tests::raw_device::RawDevice;
use warifu_tests::server::TestServer;

use crate::scene::{Waiting, as_seen_by, device, hold_for_a_moment, outcome, waiting};

#[tokio::test(flavor = "multi_thread")]
async fn enrol_12_chal_09_after_its_removal_a_device_decides_and_sees_nothing() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let sibling = device(&server).await;
        for round in 0..10 {
            let leaving = device(&server).await;
            let login = waiting(&server, &sibling).await;
            let seen = as_seen_by(&server, &leaving, &login).await;
            let now = server.now();
            let tokens: Vec<String> = (0..12)
                .map(|_| leaving.token(&seen, Some(&login.number), now))
                .collect();
            let decisions: Vec<_> = tokens
                .iter()
                .map(|token| leaving.carry(&seen.0, token, now))
                .collect();
            let removal = leaving.sign(Method::DELETE, paths::DEVICE, b"", now);
            let (early, late) = decisions.split_at(round);
            // What is sent before, with and right after the removal.
            let (decided, removed) = join(
                join_all(early.iter().map(|request| leaving.send(request))),
                leaving.send(&removal),
            )
            .await;
            assert_eq!(removed.status, 204, "{}", removed.text);
            for request in late {
                let answer = leaving.send(request).await;
                assert_eq!(
                    outcome(&answer),
                    Err((403, 1207)),
                    "after the removal: {}",
                    answer.text
                );
            }
            assert_sees_nothing(&server, &leaving).await;
            for answer in &decided {
                let fits = matches!(outcome(answer), Ok(_) | Err((403, 1206 | 1207) | (409, 1303)));
                assert!(fits, "{}", answer.text);
            }
            let store = &server.server.app.store;
            evidence::assert_leaves_fit(store).await;
            assert_only_the_sibling_lets_in(&server, &sibling, &login).await;
        }
    })
    .await;
}

/// What the removed device approved opens no session; what still waits, the other device may approve.
async fn assert_only_the_sibling_lets_in(server: &TestServer, sibling: &RawDevice, login: &Waiting) {
    let state = login.browser.live_status(&login.page).await.state;
    let waits = state == "pending";
    if waits {
        let seen = as_seen_by(server, sibling, login).await;
        let answer = sibling.decide(&seen, Some(&login.number), server.now()).await;
        assert_eq!(
            outcome(&answer).as_deref(),
            Ok("approved"),
            "the other device may"
        );
    }
    let form = login.page.form("/cancel");
    let action = form.action.replace("/cancel", "/continue");
    let click = login.browser.post(&action, &form.fields).await;
    let session = |cookie: &String| cookie.starts_with("warifu-session=");
    assert_eq!(click.cookies.iter().any(session), waits, "{state}: {click:?}");
}

async fn assert_sees_nothing(server: &TestServer, device: &RawDevice) {
    for path in [paths::CHALLENGES, paths::DEVICE] {
        let answer = device.get(path, server.now()).await;
        assert_eq!(answer.refusal(), (403, 1207), "{path}: {}", answer.text);
        assert!(answer.json["challenges"].is_null());
    }
}

/// PostgreSQL runs several writes side by side. Here one of them is held in the middle, and the removal comes then.
#[tokio::test]
async fn enrol_12_a_removal_waits_for_the_decision_that_came_first_and_ends_what_came_of_it() {
    let db = Database::postgres().await;
    let server = TestServer::start(&db).await;
    let store = &server.server.app.store;
    hold_for_a_moment(store, "audit_leaves", "NEW.action = 'challenge.approve'").await;
    hold_for_a_moment(store, "sessions", "true").await;
    let _sibling = device(&server).await;
    for held in ["decision", "click"] {
        let leaving = device(&server).await;
        let login = waiting(&server, &leaving).await;
        let removal = leaving.sign(Method::DELETE, paths::DEVICE, b"", server.now());
        let remove_meanwhile = async {
            until_somebody_is_held(store).await;
            let removed = leaving.send(&removal).await;
            assert_eq!(removed.status, 204, "{}", removed.text);
            evidence::challenge(store, &login.challenge.0).await.state
        };
        let decide = leaving.decide(&login.challenge, Some(&login.number), server.now());
        if held == "decision" {
            let (decided, state) = join(decide, remove_meanwhile).await;
            assert_eq!(outcome(&decided).as_deref(), Ok("approved"));
            assert_eq!(state, "approved", "it was recorded when the removal was answered");
        } else {
            assert_eq!(outcome(&decide.await).as_deref(), Ok("approved"));
            let page = login.browser.get(&login.page.path).await;
            let (click, state) = join(login.browser.submit(&page, "/continue", &[]), remove_meanwhile).await;
            assert!(
                click
                    .cookies
                    .iter()
                    .any(|cookie| cookie.starts_with("warifu-session=")),
                "{click:?}"
            );
            assert_eq!(state, "consumed");
        }
        let alive = "SELECT COUNT(*) FROM sessions WHERE ended_at IS NULL";
        assert_eq!(
            evidence::count(store, alive).await,
            0,
            "no session of a removed device goes on, also not one that began at that moment ({held})"
        );
        evidence::assert_leaves_fit(store).await;
    }
}

async fn until_somebody_is_held(store: &Store) {
    let mut beat = tokio::time::interval(Duration::from_millis(10));
    let held =
        "SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()";
    while evidence::count(store, held).await == 0 {
        beat.tick().await;
    }
}

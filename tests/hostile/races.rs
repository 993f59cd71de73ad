//! Many at once for one thing: one wins, the others hear so, and rows and audit leaves tell one story (CHAL-09, OPS-02).

use futures_util::future::join_all;
use warifu_server::crypto::mac::token_hash;
use warifu_server::store::challenges;
use warifu_tests::databases::for_each_database;
use warifu_tests::evidence;
use warifu_tests::server::TestServer;

use crate::scene::{as_seen_by, device, hold_for_a_moment, outcome, waiting};

#[tokio::test(flavor = "multi_thread")]
async fn chal_09_ops_02_of_fifty_approvals_at_once_one_is_recorded() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let device = device(&server).await;
        let waiting = waiting(&server, &device).await;
        let (now, store) = (server.now(), &server.server.app.store);
        hold_for_a_moment(store, "audit_leaves", DECIDED).await;
        let tokens: Vec<String> = (0..50)
            .map(|_| device.token(&waiting.challenge, Some(&waiting.number), now))
            .collect();
        let requests: Vec<_> = tokens
            .iter()
            .map(|token| device.carry(&waiting.challenge.0, token, now))
            .collect();
        let answers = join_all(requests.iter().map(|request| device.send(request))).await;
        let recorded = evidence::challenge(store, &waiting.challenge.0).await;
        for (token, answer) in tokens.iter().zip(&answers) {
            let won = recorded.decision_hash == Some(token_hash(token));
            let expected = if won {
                Ok("approved".to_owned())
            } else {
                Err((409, 1303))
            };
            assert_eq!(outcome(answer), expected, "{}", answer.text);
        }
        let winners = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(winners, 1);
        evidence::assert_leaves_fit(store).await;
        waiting.browser.go_on(&waiting.page).await;
        evidence::assert_leaves_fit(store).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chal_09_appr_10_of_fifty_times_the_same_approval_all_hear_the_one_outcome() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let device = device(&server).await;
        let waiting = waiting(&server, &device).await;
        let now = server.now();
        hold_for_a_moment(&server.server.app.store, "audit_leaves", DECIDED).await;
        let token = device.token(&waiting.challenge, Some(&waiting.number), now);
        let requests: Vec<_> = (0..50)
            .map(|_| device.carry(&waiting.challenge.0, &token, now))
            .collect();
        for answer in join_all(requests.iter().map(|request| device.send(request))).await {
            assert_eq!(outcome(&answer).as_deref(), Ok("approved"), "{}", answer.text);
        }
        evidence::assert_leaves_fit(&server.server.app.store).await;
    })
    .await;
}

/// Two devices, two open logins, each device says yes to one and no to the other and the reverse, all at once: the order in
/// which rows are touched differs from request to request.
#[tokio::test(flavor = "multi_thread")]
async fn chal_09_ops_02_yes_and_no_of_two_devices_at_once_leave_one_outcome_each() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let devices = [device(&server).await, device(&server).await];
        let logins = [
            waiting(&server, &devices[0]).await,
            waiting(&server, &devices[0]).await,
        ];
        let now = server.now();
        hold_for_a_moment(&server.server.app.store, "audit_leaves", DECIDED).await;
        let mut sent = Vec::new();
        for turn in 0..50 {
            let (by, login) = (&devices[turn % 2], &logins[turn / 2 % 2]);
            let seen = as_seen_by(&server, by, login).await;
            let yes = turn % 3 != 0;
            let token = by.token(&seen, yes.then_some(&login.number), now);
            sent.push((by, login, yes, by.carry(&seen.0, &token, now), token_hash(&token)));
        }
        let answers = join_all(sent.iter().map(|(by, _, _, request, _)| by.send(request))).await;
        let store = &server.server.app.store;
        let recorded = evidence::challenges(store).await;
        for ((_, login, yes, _, hash), answer) in sent.iter().zip(&answers) {
            let recorded = &recorded[login.challenge.0.as_str()];
            let expected = if recorded.decision_hash.as_ref() == Some(hash) {
                Ok(if *yes { "approved" } else { "denied" }.to_owned())
            } else {
                Err((409, 1303))
            };
            assert_eq!(outcome(answer), expected, "{recorded:?}: {}", answer.text);
        }
        let winners = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(winners, 2, "one for each login");
        evidence::assert_leaves_fit(store).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chal_08_chal_09_of_fifty_clicks_at_once_one_opens_a_session() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let device = device(&server).await;
        let waiting = waiting(&server, &device).await;
        let decided = device
            .decide(&waiting.challenge, Some(&waiting.number), server.now())
            .await;
        assert_eq!(outcome(&decided).as_deref(), Ok("approved"));
        hold_for_a_moment(&server.server.app.store, "sessions", "true").await;
        let page = waiting.browser.get(&waiting.page.path).await;
        let form = page.form("/continue");
        // The first answer takes the cookie of the waiting page away; these were all sent before.
        let clicks = join_all((0..50).map(|_| waiting.browser.post(&form.action, &form.fields))).await;
        let opened = clicks
            .iter()
            .filter(|click| {
                click
                    .cookies
                    .iter()
                    .any(|cookie| cookie.starts_with("warifu-session="))
            })
            .count();
        assert_eq!(
            opened,
            1,
            "{:?}",
            clicks.iter().map(|click| click.status).collect::<Vec<_>>()
        );
        let recorded = evidence::challenge(&server.server.app.store, &waiting.challenge.0).await;
        assert_eq!(recorded.state, "consumed");
        evidence::assert_leaves_fit(&server.server.app.store).await;
    })
    .await;
}

/// The leaves of decisions.
const DECIDED: &str = "NEW.action IN ('challenge.approve', 'challenge.deny')";

#[tokio::test]
async fn chal_08_the_statement_that_uses_an_approval_asks_for_its_browser_too() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let device = device(&server).await;
        let waiting = waiting(&server, &device).await;
        let decided = device
            .decide(&waiting.challenge, Some(&waiting.number), server.now())
            .await;
        assert_eq!(outcome(&decided).as_deref(), Ok("approved"));
        let (id, now) = (waiting.challenge.0.clone(), server.now());
        let store = &server.server.app.store;
        // A page finds its attempt by the same hash, so this is the second lock on the door.
        let used = store.write(move |c| {
            Box::pin(async move { challenges::consume(c, &id, &token_hash("another browser"), now).await })
        });
        assert!(!used.await.expect("an answer"));
        let recorded = evidence::challenge(store, &waiting.challenge.0).await;
        assert_eq!(recorded.state, "approved");
    })
    .await;
}

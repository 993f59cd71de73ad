//! Guessing the number: over one challenge, over many, over a restart; and who is locked out by it, for how long
//! (CHAL-05, CHAL-06, APPR-12, RISK-08).

use warifu_server::pages::paths;
use warifu_shared::clock::Timestamp;
use warifu_shared::jws::approval::{Decision, MatchVia, UserVerification};
use warifu_tests::databases::{Database, Kind, for_each_database};
use warifu_tests::evidence;
use warifu_tests::raw_device::{RawAnswer, RawDevice};
use warifu_tests::server::{TARO, TestServer};

use crate::scene::{Waiting, another_number, device, hold_for_a_moment, outcome, waiting, waiting_in};

#[tokio::test]
async fn chal_05_three_guesses_at_a_challenge_and_its_number_helps_no_more() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let device = device(&server).await;
        let waiting = waiting(&server, &device).await;
        let mut seen = Vec::new();
        for _ in 0..3 {
            let answer = guess(&server, &device, &waiting).await;
            seen.push((answer.refusal().1, answer.json["tries_left"].as_i64()));
        }
        assert_eq!(seen, [(1305, Some(2)), (1305, Some(1)), (1306, None)]);
        let right = device
            .decide(&waiting.challenge, Some(&waiting.number), server.now())
            .await;
        assert_eq!(outcome(&right), Err((409, 1303)));
        let recorded = evidence::challenge(&server.server.app.store, &waiting.challenge.0).await;
        assert_eq!((recorded.state.as_str(), recorded.wrong_tries), ("cancelled", 3));
        evidence::assert_leaves_fit(&server.server.app.store).await;
    })
    .await;
}

/// Fifty guesses, the right one among them, sent at once: three count at most, so it is nearly always among the late ones.
#[tokio::test(flavor = "multi_thread")]
async fn chal_05_chal_09_guesses_at_once_are_no_further_tries() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let device = device(&server).await;
        let waiting = waiting(&server, &device).await;
        let now = server.now();
        let store = &server.server.app.store;
        hold_for_a_moment(store, "audit_leaves", "NEW.action = 'challenge.approve'").await;
        let guesses = (0..50).map(|at| {
            let number = if at == 49 {
                waiting.number.clone()
            } else {
                format!("{at:06}")
            };
            let token = device.token(&waiting.challenge, Some(&number), now);
            device.carry(&waiting.challenge.0, &token, now)
        });
        let guesses: Vec<_> = guesses.collect();
        let answers =
            futures_util::future::join_all(guesses.iter().map(|request| device.send(request))).await;
        let counted = |code| answers.iter().filter(|answer| answer.refusal().1 == code).count();
        let approved = answers.iter().filter(|answer| answer.status == 200).count();
        assert!(
            counted(1305) + counted(1306) <= 3 && approved <= 1,
            "{:?}",
            answers.iter().map(RawAnswer::refusal).collect::<Vec<_>>()
        );
        assert_eq!(counted(1305) + counted(1306) + counted(1303) + approved, 50);
        let recorded = evidence::challenge(&server.server.app.store, &waiting.challenge.0).await;
        assert_eq!(
            usize::try_from(recorded.wrong_tries),
            Ok(counted(1305) + counted(1306))
        );
        evidence::assert_leaves_fit(&server.server.app.store).await;
    })
    .await;
}

#[tokio::test]
async fn chal_06_mistakes_add_up_over_challenges_restarts_and_locks_up_to_the_stop() {
    for_each_database(|db| async move {
        let mut server = TestServer::start(&db).await;
        let device = device(&server).await;
        let to_the_stop = db.kind() == Kind::Sqlite;
        let rounds = if to_the_stop { 20 } else { 3 };
        let mut locks = Vec::new();
        for round in 0..rounds {
            // Three mistakes end the first challenge, two more at the second one lock.
            let first = waiting(&server, &device).await;
            let expected = [(1305, Some(2)), (1305, Some(1)), (1306, None)];
            assert_guesses(&server, &device, &first, &expected).await;
            if round < 2 {
                server = server.restart().await;
            }
            let second = waiting(&server, &device).await;
            let expected = [(1305, Some(1)), (1308, None)];
            let until = assert_guesses(&server, &device, &second, &expected).await;
            let until = until.expect("the end of the lock is said");
            locks.push((until - server.now().0) / 60_000);
            assert_locked(&server, &device).await;
            server.send_mail().await;
            let told = server.outbox.to(TARO.mail);
            let told = told.iter().filter(|mail| mail.text.contains("間違いが続いた"));
            assert_eq!(told.count(), locks.len(), "the owner is told of each");
            server.clock.set(Timestamp(until));
        }
        assert_eq!(locks[..3], [15, 30, 60], "each lock is longer");
        assert!(
            locks[3..].iter().all(|minutes| *minutes == 60),
            "up to an hour: {locks:?}"
        );
        if to_the_stop {
            server.clock.advance_secs(30 * 86_400);
            let page = server.browser().enter_password(TARO.number, TARO.password).await;
            assert!(
                !page.body.contains("warifu://challenge"),
                "a hundred mistakes stop approvals for good"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn chal_06_the_right_number_after_a_wrong_one_forgets_the_mistake() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let device = device(&server).await;
        for _ in 0..6 {
            let waiting = waiting(&server, &device).await;
            let answer = guess(&server, &device, &waiting).await;
            assert_eq!(answer.json["tries_left"], 2, "{}", answer.text);
            let right = device
                .decide(&waiting.challenge, Some(&waiting.number), server.now())
                .await;
            assert_eq!(outcome(&right).as_deref(), Ok("approved"));
        }
    })
    .await;
}

#[tokio::test]
async fn chal_06_a_lock_holds_for_what_waited_before_it() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let device = device(&server).await;
        let before = waiting(&server, &device).await;
        let first = waiting(&server, &device).await;
        assert_guesses(
            &server,
            &device,
            &first,
            &[(1305, Some(2)), (1305, Some(1)), (1306, None)],
        )
        .await;
        let right = async || {
            device
                .decide(&before.challenge, Some(&before.number), server.now())
                .await
        };
        let second = waiting(&server, &device).await;
        let until = assert_guesses(&server, &device, &second, &[(1305, Some(1)), (1308, None)]).await;
        assert_eq!(
            right().await.refusal().1,
            1308,
            "the right number, of a request that still waits"
        );
        let store = &server.server.app.store;
        assert_eq!(
            evidence::challenge(store, &before.challenge.0).await.state,
            "pending"
        );
        assert!(until.is_some());
        evidence::assert_leaves_fit(store).await;
    })
    .await;
}

/// Guesses wrong as often as answers are expected (number and tries left); gives when to try again, as the last one says.
async fn assert_guesses(
    server: &TestServer,
    device: &RawDevice,
    waiting: &Waiting,
    expected: &[(i64, Option<i64>)],
) -> Option<i64> {
    let mut last = None;
    for expected in expected {
        let answer = guess(server, device, waiting).await;
        let said = (answer.refusal().1, answer.json["tries_left"].as_i64());
        assert_eq!(said, *expected, "{}", answer.text);
        last = answer.json["retry_at"].as_i64();
    }
    last
}

#[tokio::test]
async fn chal_06_a_success_starts_the_count_again() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let device = device(&server).await;
        for _ in 0..3 {
            for left in [2, 2, 2, 1] {
                let waiting = waiting(&server, &device).await;
                let answer = guess(&server, &device, &waiting).await;
                assert_eq!(answer.json["tries_left"], left, "{}", answer.text);
                cancel(&waiting).await;
            }
            let waiting = waiting(&server, &device).await;
            let right = device
                .decide(&waiting.challenge, Some(&waiting.number), server.now())
                .await;
            assert_eq!(outcome(&right).as_deref(), Ok("approved"));
        }
    })
    .await;
}

#[tokio::test]
async fn appr_12_a_link_counts_from_a_known_browser_of_this_network_only() {
    let db = Database::sqlite();
    let server = TestServer::with(&db, |config| {
        config.proxy.trusted = vec!["127.0.0.0/8".parse().expect("a prefix")];
    })
    .await;
    let device = device(&server).await;
    let unknown = waiting(&server, &device).await;
    assert_eq!(by_link(&server, &device, &unknown, None).await, Err((403, 1307)));
    let typed = device
        .decide(&unknown.challenge, Some(&unknown.number), server.now())
        .await;
    assert_eq!(
        outcome(&typed).as_deref(),
        Ok("approved"),
        "a refused link is no mistake, the number can be typed"
    );
    let session = unknown.browser.go_on(&unknown.page).await;
    let (known, _) = session.log_out().await;
    let known = waiting_in(&server, known, &device).await;
    for elsewhere in ["203.0.113.9", "2001:db8::1"] {
        assert_eq!(
            by_link(&server, &device, &known, Some(elsewhere)).await,
            Err((403, 1307)),
            "a device in {elsewhere}"
        );
    }
    assert_eq!(
        by_link(&server, &device, &known, None).await.as_deref(),
        Ok("approved")
    );
    let store = &server.server.app.store;
    evidence::assert_leaves_fit(store).await;
    let refused = evidence::leaves(store).await;
    let refused = refused
        .iter()
        .filter(|leaf| leaf["outcome"] == "link_not_accepted");
    assert_eq!(refused.count(), 3, "each is on record");
}

#[tokio::test]
async fn risk_08_a_strangers_wrong_passwords_leave_the_owners_browser_its_own() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let device = device(&server).await;
        let first = waiting(&server, &device).await;
        device
            .decide(&first.challenge, Some(&first.number), server.now())
            .await;
        let (known, _) = first.browser.go_on(&first.page).await.log_out().await;
        let tries = usize::try_from(server.server.app.config.counters.password_failures).expect("a few");

        let stranger = server.browser();
        for _ in 0..tries {
            stranger.enter_password(TARO.number, "wrong wrong wrong").await;
        }
        let locked = server.browser().enter_password(TARO.number, TARO.password).await;
        assert!(locked.body.contains("1501"), "unknown browsers are locked");
        let mine = waiting_in(&server, known, &device).await;
        let right = device
            .decide(&mine.challenge, Some(&mine.number), server.now())
            .await;
        assert_eq!(outcome(&right).as_deref(), Ok("approved"), "the owner gets in");
        let (known, _) = mine.browser.go_on(&mine.page).await.log_out().await;

        for _ in 0..tries {
            known.enter_password(TARO.number, "wrong wrong wrong").await;
        }
        let page = known.enter_password(TARO.number, TARO.password).await;
        assert!(page.body.contains("1501"), "the allowance is small: it ends too");
        server.clock.advance_secs(15 * 60);
        let page = known.enter_password(TARO.number, TARO.password).await;
        assert_ne!(page.path, paths::LOGIN, "and the lock ends by itself");
        assert!(page.body.contains("warifu://challenge"));
    })
    .await;
}

async fn guess(server: &TestServer, device: &RawDevice, waiting: &Waiting) -> RawAnswer {
    let wrong = another_number(&waiting.number);
    device.decide(&waiting.challenge, Some(wrong), server.now()).await
}

/// The customer gives up on the page, so that its place is free.
async fn cancel(waiting: &Waiting) {
    let page = waiting.browser.get(&waiting.page.path).await;
    waiting.browser.submit(&page, "/cancel", &[]).await;
}

/// While it is locked, nothing begins and nothing is open.
async fn assert_locked(server: &TestServer, device: &RawDevice) {
    let page = server.browser().enter_password(TARO.number, TARO.password).await;
    assert!(!page.body.contains("warifu://challenge"), "{}", page.body);
    let open = device
        .get(warifu_shared::api::paths::CHALLENGES, server.now())
        .await;
    assert_eq!(open.json["challenges"], serde_json::json!([]));
}

/// Approves by link, with the device in another network when one is named.
async fn by_link(
    server: &TestServer,
    device: &RawDevice,
    waiting: &Waiting,
    from: Option<&str>,
) -> Result<String, (u16, i64)> {
    let now = server.now();
    let mut approval = device.decision(&waiting.challenge, Some(&waiting.number), now);
    approval.decision = Decision::Approve {
        number: waiting.number.parse().expect("six digits"),
        via: MatchVia::Link,
        uv: UserVerification::Pin,
    };
    let token = approval.sign(&device.approval).expect("signed");
    let request = device.carry(&waiting.challenge.0, &token, now);
    let request = match from {
        Some(address) => request.with("x-forwarded-for", address),
        None => request,
    };
    outcome(&device.send(&request).await)
}

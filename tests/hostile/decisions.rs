//! Decisions that do not belong: to this challenge, this device, this account, this time, this state (APPR-01, APPR-07,
//! APPR-10).

use warifu_shared::api::paths;
use warifu_shared::clock::Timestamp;
use warifu_shared::ids::ChallengeId;
use warifu_shared::jws::approval::Approval;
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::evidence;
use warifu_tests::raw_device::RawDevice;
use warifu_tests::server::{HANAKO, TestServer};

use crate::scene::{as_seen_by, device, outcome, waiting};

#[tokio::test]
async fn appr_01_a_decision_counts_for_its_challenge_and_its_device_only() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let (mine, sibling) = (device(&server).await, device(&server).await);
        let store = &server.server.app.store;
        let hers = RawDevice::register(store, HANAKO, &server.origin, server.now()).await;
        let (first, second) = (waiting(&server, &mine).await, waiting(&server, &mine).await);
        let now = server.now();
        let seen_by_sibling = as_seen_by(&server, &sibling, &first).await;
        let token = |device: &RawDevice, seen, number| device.token(seen, number, now);
        let number = Some(first.number.as_str());

        // The sibling's own challenge bytes, signed by me; mine, signed by the sibling.
        let over_its_bytes = token(&mine, &seen_by_sibling, number);
        let by_its_key = sibling.token(&first.challenge, number, now);
        // Its good decision, carried by me: the claims name it, the request names me.
        let siblings_good = token(&sibling, &seen_by_sibling, number);
        let siblings_no = token(&sibling, &seen_by_sibling, None);
        let in_its_name = Approval {
            iss: sibling.decision(&first.challenge, number, now).iss,
            ..mine.decision(&seen_by_sibling, number, now)
        };
        let in_its_name = in_its_name.sign(&mine.approval).expect("signed");
        let for_the_second = token(&mine, &second.challenge, Some(&second.number));
        for (why, wrong) in [
            ("over the sibling's bytes", &over_its_bytes),
            ("by the sibling's key", &by_its_key),
            ("the sibling's yes, carried by me", &siblings_good),
            ("the sibling's no, carried by me", &siblings_no),
            ("by my key in the sibling's name", &in_its_name),
            ("for another challenge of mine", &for_the_second),
        ] {
            let answer = mine.send(&mine.carry(&first.challenge.0, wrong, now)).await;
            assert_eq!(outcome(&answer), Err((400, 1304)), "{why}: {}", answer.text);
        }
        let carried_by_her = hers
            .send(&hers.carry(&first.challenge.0, &siblings_good, now))
            .await;
        assert_eq!(outcome(&carried_by_her), Err((404, 1301)), "another account");
        let absent = mine
            .send(&mine.carry(&ChallengeId::random(), &for_the_second, now))
            .await;
        assert_eq!(outcome(&absent), Err((404, 1301)));

        let recorded = evidence::challenges(store).await;
        assert!(
            recorded
                .values()
                .all(|it| it.state == "pending" && it.wrong_tries == 0),
            "none of it counted, not even as a mistake: {recorded:?}"
        );
        let good = sibling
            .send(&sibling.carry(&first.challenge.0, &siblings_good, now))
            .await;
        assert_eq!(
            outcome(&good).as_deref(),
            Ok("approved"),
            "the sibling itself may"
        );
        evidence::assert_leaves_fit(store).await;
    })
    .await;
}

#[tokio::test]
async fn chal_01_appr_01_a_decision_counts_until_just_before_the_end() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let device = device(&server).await;
        for (late, expected) in [
            (-1, Ok("approved".to_owned())),
            (0, Err((410, 1302))),
            (1, Err((410, 1302))),
        ] {
            let waiting = waiting(&server, &device).await;
            let end = waiting.browser.live_status(&waiting.page).await.expires_at;
            // Signed in time, and sent at the end.
            server.clock.set(Timestamp(end - 2000));
            let token = device.token(&waiting.challenge, Some(&waiting.number), server.now());
            let path = paths::challenge(&waiting.challenge.0);
            server.clock.set(Timestamp(end + late));
            let seen = device.get(&path, server.now()).await;
            let answer = device
                .send(&device.carry(&waiting.challenge.0, &token, server.now()))
                .await;
            assert_eq!(outcome(&answer), expected, "{late} ms: {}", answer.text);
            assert_eq!(seen.status == 200, expected.is_ok(), "{late} ms: {}", seen.text);
            evidence::assert_leaves_fit(&server.server.app.store).await;
        }
    })
    .await;
}

#[tokio::test]
async fn appr_10_chal_09_what_ended_takes_no_decision_any_more() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let device = device(&server).await;
        let store = &server.server.app.store;
        let (denied, cancelled) = (waiting(&server, &device).await, waiting(&server, &device).await);
        let now = server.now();
        let yes_to_denied = device.token(&denied.challenge, Some(&denied.number), now);
        let yes_to_cancelled = device.token(&cancelled.challenge, Some(&cancelled.number), now);

        let no = device.decide(&denied.challenge, None, now).await;
        assert_eq!(outcome(&no).as_deref(), Ok("denied"));
        let page = cancelled.browser.get(&cancelled.page.path).await;
        cancelled.browser.submit(&page, "/cancel", &[]).await;
        for (id, token) in [
            (&denied.challenge.0, &yes_to_denied),
            (&cancelled.challenge.0, &yes_to_cancelled),
        ] {
            let answer = device.send(&device.carry(id, token, now)).await;
            assert_eq!(outcome(&answer), Err((409, 1303)), "{}", answer.text);
            let look = device.get(&paths::challenge(id), now).await;
            assert_eq!(look.refusal(), (409, 1303));
        }
        let used = waiting(&server, &device).await;
        let now = server.now();
        let token = device.token(&used.challenge, Some(&used.number), now);
        let request = device.carry(&used.challenge.0, &token, now);
        assert_eq!(outcome(&device.send(&request).await).as_deref(), Ok("approved"));
        used.browser.go_on(&used.page).await;
        let again = device.send(&device.carry(&used.challenge.0, &token, now)).await;
        assert_eq!(
            outcome(&again).as_deref(),
            Ok("approved"),
            "its outcome, also after its use"
        );
        let other = device.decide(&used.challenge, None, now).await;
        assert_eq!(outcome(&other), Err((409, 1303)));
        evidence::assert_leaves_fit(store).await;
        let sessions = evidence::count(store, "SELECT COUNT(*) FROM sessions").await;
        assert_eq!(sessions, 1, "and no second session");
    })
    .await;
}

#[tokio::test]
async fn appr_07_an_approval_lives_for_its_own_minute() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let device = device(&server).await;
    let waiting = waiting(&server, &device).await;
    let signed_at = server.now();
    let token = device.token(&waiting.challenge, Some(&waiting.number), signed_at);
    for (secs, expected) in [(60, Err((400, 1304))), (59, Ok("approved".to_owned()))] {
        server.clock.set(signed_at.plus_secs(secs));
        let answer = device
            .send(&device.carry(&waiting.challenge.0, &token, server.now()))
            .await;
        assert_eq!(outcome(&answer), expected, "after {secs} s: {}", answer.text);
    }
}

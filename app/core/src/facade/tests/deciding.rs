//! Approving and refusing.

use warifu_shared::keys::SigningKey;
use warifu_shared::link::ChallengeLink;

use super::*;

#[tokio::test]
async fn chal_07_open_challenges_stand_side_by_side_and_each_is_decided_alone() {
    let bench = Bench::active(None).await;
    let mut events = bench.core.events();
    let (first, second) = (bench.challenge().await, bench.challenge().await);
    assert_ne!(first, second);
    let arrived = std::iter::from_fn(|| events.try_recv().ok());
    assert_eq!(
        arrived
            .filter(|event| matches!(event, CoreEvent::ChallengeArrived { .. }))
            .count(),
        2
    );
    let view = bench.core.challenge(&second).unwrap();
    assert_eq!(
        (view.service.as_str(), view.seconds_left, view.number_filled),
        ("ひので証券", 120, false)
    );
    let result = bench.core.approve(&second, &typed("493 817"), PIN).await.unwrap();
    assert_eq!(result.outcome, Outcome::Approved);
    let left: Vec<String> = bench
        .core
        .view()
        .challenges
        .into_iter()
        .map(|card| card.handle)
        .collect();
    assert_eq!(left, [first]);
}

#[tokio::test]
async fn appr_03_every_approval_asks_for_the_pin_and_a_wrong_one_sends_nothing() {
    let bench = Bench::active(None).await;
    let handle = bench.challenge().await;
    let error = bench
        .core
        .approve(&handle, &typed("493817"), "111222")
        .await
        .unwrap_err();
    assert_eq!(
        (error.code, error.tries_left),
        (LocalCode::PinWrong.number(), Some(4))
    );
    assert_eq!(bench.core.challenge(&handle).unwrap().pin_tries_left, Some(4));
    assert!(bench.fake.book().decided.is_empty());
    bench.core.approve(&handle, &typed("493817"), PIN).await.unwrap();
    let next = bench.challenge().await;
    assert_eq!(bench.core.challenge(&next).unwrap().pin_tries_left, None);
    assert_eq!(
        code(bench.core.approve(&next, &typed("493817"), "").await),
        LocalCode::PinMalformed.number()
    );
}

#[tokio::test]
async fn key_04_after_five_wrong_pins_only_refusing_is_left() {
    let bench = Bench::active(None).await;
    let handle = bench.challenge().await;
    for _ in 0..4 {
        assert_eq!(
            code(bench.core.approve(&handle, &typed("493817"), "111222").await),
            LocalCode::PinWrong.number()
        );
    }
    for pin in ["111222", PIN] {
        assert_eq!(
            code(bench.core.approve(&handle, &typed("493817"), pin).await),
            LocalCode::VaultDestroyed.number()
        );
    }
    assert_eq!(bench.core.view().services[0].state, ServiceState::KeyLost);
    assert_eq!(
        bench.core.deny(&handle, DenyReason::NotMe).await.unwrap().outcome,
        Outcome::Denied
    );
}

#[tokio::test]
async fn chal_05_a_wrong_number_says_how_many_tries_are_left() {
    let bench = Bench::active(None).await;
    let handle = bench.challenge().await;
    let error = bench
        .core
        .approve(&handle, &typed("000001"), PIN)
        .await
        .unwrap_err();
    assert_eq!((error.code, error.tries_left), (1305, Some(2)));
    assert!(error.view(Language::Ja).message.contains("あと2回"));
    assert_eq!(bench.core.challenge(&handle).unwrap().tries_left, Some(2));
    assert_eq!(
        code(bench.core.approve(&handle, &typed("12345"), PIN).await),
        LocalCode::NumberUnreadable.number()
    );
    bench.core.approve(&handle, &typed("493817"), PIN).await.unwrap();
}

#[tokio::test]
async fn chal_13_refusing_needs_no_pin() {
    for reason in [
        DenyReason::Cancelled,
        DenyReason::NotMe,
        DenyReason::Phone,
        DenyReason::WrongDetails,
    ] {
        let bench = Bench::active(None).await;
        let handle = bench.challenge().await;
        let result = bench.core.deny(&handle, reason).await.unwrap();
        assert_eq!(result.outcome, Outcome::Denied);
        assert!(bench.core.view().challenges.is_empty());
    }
}

#[tokio::test]
async fn appr_10_a_lost_answer_is_asked_for_with_the_same_bytes() {
    let bench = Bench::active(None).await;
    let handle = bench.challenge().await;
    bench.fake.book().lose = 1;
    bench.core.approve(&handle, &typed("493817"), PIN).await.unwrap();
    let sent = |fake: &Fake| {
        let book = fake.book();
        assert!(
            book.decided.windows(2).all(|pair| pair[0] == pair[1]),
            "the same bytes each time"
        );
        book.decided.len()
    };
    assert_eq!(sent(&bench.fake), 2);

    let handle = bench.challenge().await;
    bench.fake.book().decided.clear();
    bench.fake.book().lose = 2;
    assert_eq!(
        code(bench.core.approve(&handle, &typed("493817"), PIN).await),
        LocalCode::ServerUnreachable.number()
    );
    assert_eq!(
        bench
            .core
            .approve(&handle, &typed("493817"), PIN)
            .await
            .unwrap()
            .outcome,
        Outcome::Approved
    );
    assert_eq!(sent(&bench.fake), 3, "also when the customer tries again");
}

#[tokio::test]
async fn appr_02_a_challenge_that_does_not_verify_is_shown_nowhere_and_said() {
    let bench = Bench::active(None).await;
    bench.fake.open_signed_by(&SigningKey::generate());
    assert_eq!(
        code(bench.core.refresh().await),
        LocalCode::RequestForged.number()
    );
    let view = bench.core.view();
    assert!(view.challenges.is_empty() && view.services[0].note.is_some());
    let good = bench.fake.open();
    bench.fake.book().open[1].id = warifu_shared::ids::ChallengeId::random();
    assert!(bench.core.refresh().await.is_err());
    assert!(bench.core.view().challenges.is_empty(), "{good} under another id");
}

#[tokio::test]
async fn chal_01_what_is_expired_or_closed_elsewhere_leaves_the_list() {
    let bench = Bench::active(None).await;
    let (old, new) = (bench.challenge().await, bench.challenge().await);
    bench.fake.book().open.remove(1);
    bench.core.refresh().await.unwrap();
    assert_eq!(code(bench.core.challenge(&new)), LocalCode::RequestGone.number());
    bench.clock.advance_secs(121);
    bench.fake.clock.advance_secs(121);
    assert!(bench.core.view().challenges.is_empty());
    assert_eq!(code(bench.core.approve(&old, &typed("493817"), PIN).await), 1302);
    bench.core.inner.sweep();
    assert_eq!(code(bench.core.challenge(&old)), LocalCode::RequestGone.number());
    assert!(bench.fake.book().decided.is_empty());
}

#[tokio::test]
async fn appr_11_a_slow_clock_is_corrected_and_a_fast_one_is_named() {
    let bench = Bench::active(None).await;
    bench.fake.clock.advance_secs(90);
    bench.core.refresh().await.unwrap();
    bench.fake.clock.advance_secs(-40);
    let handle = bench.challenge().await;
    bench.core.approve(&handle, &typed("493817"), PIN).await.unwrap();
    bench.clock.advance_secs(1000);
    bench.fake.open();
    assert_eq!(code(bench.core.refresh().await), LocalCode::ClockOff.number());
    assert!(
        bench.core.view().challenges.is_empty(),
        "never trusted by the server's word alone"
    );
}

#[tokio::test]
async fn appr_12_links_fill_the_number_of_their_own_challenge_only() {
    let bench = Bench::active(None).await;
    let (first, second) = (bench.fake.open(), bench.fake.open());
    let number = || "493817".parse().unwrap();
    let link = |origin: &str, challenge| {
        ChallengeLink {
            origin: origin.into(),
            challenge,
            number: number(),
        }
        .write()
    };
    let url = link(&bench.fake.origin, first.clone());
    let LinkTarget::Challenge {
        handle,
        number_filled: true,
    } = bench.core.open_link(&url).await.unwrap()
    else {
        panic!("a challenge")
    };
    assert!(bench.core.challenge(&handle).unwrap().number_filled && bench.fake.book().decided.is_empty());
    assert_eq!(
        code(bench.core.approve(&handle, &NumberInput::Link, "").await),
        LocalCode::PinMalformed.number()
    );
    for other in [
        link(&bench.fake.origin, second),
        link("https://other.example", first),
    ] {
        let scanned = NumberInput::Scanned(other);
        assert_eq!(
            code(bench.core.approve(&handle, &scanned, PIN).await),
            LocalCode::LinkOfAnotherService.number()
        );
    }
    bench.fake.book().refuse = Some(warifu_shared::error::ErrorCode::LinkNotAccepted);
    assert_eq!(
        code(bench.core.approve(&handle, &NumberInput::Link, PIN).await),
        1307
    );
    assert!(
        !bench.core.challenge(&handle).unwrap().number_filled,
        "now it must be typed"
    );
    assert_eq!(
        code(bench.core.approve(&handle, &NumberInput::Link, PIN).await),
        LocalCode::NumberUnreadable.number()
    );
    bench
        .core
        .approve(&handle, &NumberInput::Scanned(url), PIN)
        .await
        .unwrap();
}

#[tokio::test]
async fn app_13_links_of_unknown_services_and_garbage_are_refused() {
    let bench = Bench::active(None).await;
    let challenge = warifu_shared::ids::ChallengeId::random();
    let number = "493817".parse().unwrap();
    let link = ChallengeLink {
        origin: "https://other.example".into(),
        challenge,
        number,
    }
    .write();
    assert_eq!(
        code(bench.core.open_link(&link).await),
        LocalCode::LinkOfAnotherService.number()
    );
    assert_eq!(
        code(bench.core.open_link("https://auth.example/").await),
        LocalCode::LinkUnreadable.number()
    );
}

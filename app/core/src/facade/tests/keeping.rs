//! What a device keeps of its answers, and when it locks by itself (APP-10).

use warifu_shared::jws::challenge::Action;

use super::*;

#[tokio::test]
async fn app_10_the_last_answers_are_kept_here_without_amounts() {
    let mut bench = Bench::active(None).await;
    let service = bench.core.view().services[0].handle.clone();
    assert_eq!(bench.core.answers(&service).unwrap().answers, []);
    let first = bench.challenge().await;
    // A refusal of the server is no answer.
    bench
        .core
        .approve(&first, &typed("111111"), PIN)
        .await
        .unwrap_err();
    assert_eq!(bench.core.answers(&service).unwrap().answers, []);
    bench.core.approve(&first, &typed("493817"), PIN).await.unwrap();
    bench.clock.advance_secs(60);
    bench.fake.clock.advance_secs(60);
    let second = bench.challenge().await;
    bench.core.deny(&second, DenyReason::NotMe).await.unwrap();
    bench.restart().await;
    let kept = bench.core.answers(&service).unwrap();
    assert_eq!(kept.service, "ひので証券");
    let said: Vec<_> = kept
        .answers
        .iter()
        .map(|answer| (answer.what.as_str(), answer.answer.as_str(), answer.approved))
        .collect();
    assert_eq!(
        said,
        [
            ("ログイン", "止めました(私ではありません)", false),
            ("ログイン", "承認しました", true)
        ]
    );
    assert_ne!(kept.answers[0].at, kept.answers[1].at);
    assert_eq!(
        code(bench.core.answers("nothing")),
        LocalCode::ServiceUnknown.number()
    );
}

#[tokio::test]
async fn app_10_no_more_than_fifty_answers_are_kept() {
    let bench = Bench::active(None).await;
    let service = bench.core.view().services[0].handle.clone();
    for _ in 0..51 {
        let inner = &bench.core.inner;
        inner.keep_answer(&service, Action::Withdrawal, None).await;
    }
    let kept = bench.core.answers(&service).unwrap().answers;
    assert_eq!((kept.len(), kept[0].what.as_str()), (50, "出金"));
}

/// So many seconds later the core looks at its clock, as it does each second.
fn later(bench: &Bench, secs: i64) {
    bench.clock.advance_secs(secs);
    bench.fake.clock.advance_secs(secs);
    bench.core.lock_when_away();
}

#[tokio::test]
async fn app_10_a_minute_out_of_sight_locks_and_less_does_not() {
    let bench = Bench::active(Some(KeystoreChoice::None)).await;
    later(&bench, 3600);
    assert_eq!(bench.core.view().phase, Phase::Ready, "in sight");
    bench.core.window_is_away(true);
    later(&bench, 59);
    bench.core.window_is_away(false);
    later(&bench, 3600);
    assert_eq!(bench.core.view().phase, Phase::Ready, "back in time");
    for _ in 0..2 {
        bench.core.window_is_away(true);
        later(&bench, 59);
        assert_eq!(bench.core.view().phase, Phase::Ready);
        later(&bench, 1);
        assert_eq!(bench.core.view().phase, Phase::Locked);
        bench.core.window_is_away(false);
        bench.core.unlock(PIN).await.unwrap();
        later(&bench, 3600);
        assert_eq!(bench.core.view().phase, Phase::Ready, "unlocked, it stays open");
    }
    bench.core.window_is_away(true);
    later(&bench, -5);
    assert_eq!(
        bench.core.view().phase,
        Phase::Locked,
        "a clock that was set back wins no time"
    );
}

#[tokio::test]
async fn app_10_with_a_keystore_the_device_goes_on_listening_and_still_asks_for_the_pin() {
    let bench = Bench::active(None).await;
    let handle = bench.challenge().await;
    bench.core.window_is_away(true);
    later(&bench, 61);
    assert_eq!(bench.core.view().phase, Phase::Ready);
    assert_eq!(
        code(bench.core.approve(&handle, &typed("493817"), "111222").await),
        LocalCode::PinWrong.number()
    );
    bench.core.deny(&handle, DenyReason::Cancelled).await.unwrap();
}

//! Notices that are told, kept and opened; requests that another device answered.

use warifu_shared::api::{ChallengeEnding, EndState};
use warifu_shared::clock::Clock;
use warifu_shared::ids::{ChallengeId, DeviceId, NoticeId};
use warifu_shared::jws::challenge::device_urn;
use warifu_shared::jws::notice::{Happened, Notice, NoticeKind};
use warifu_shared::keys::SigningKey;

use super::*;

/// A notice for a device, told now.
fn signed(bench: &Bench, device: &DeviceId, kind: NoticeKind, key: &SigningKey) -> String {
    let now = bench.fake.clock.now().secs();
    let notice = Notice {
        iss: bench.fake.origin.clone(),
        aud: device_urn(device),
        jti: NoticeId::at(bench.fake.clock.now()),
        sub: "ac_1".into(),
        iat: now,
        nbf: now,
        exp: now + 600,
        told: now,
        what: Happened {
            at: now,
            place: "JP-13".into(),
            browser: "Firefox 145 / Windows".into(),
            kind,
        },
    };
    notice.sign(key).unwrap()
}

pub(super) fn tell(bench: &Bench, kind: NoticeKind) {
    let device = bench.fake.book().device.clone();
    let jws = signed(bench, &device, kind, &bench.fake.key);
    bench.fake.book().notices.push(jws);
}

pub(super) fn service(bench: &Bench) -> ServiceView {
    bench.core.view().services.remove(0)
}

#[tokio::test]
async fn enrol_07_chal_14_a_notice_is_kept_counted_and_read_once_and_survives_a_restart() {
    let mut bench = Bench::active(None).await;
    let mut events = bench.core.events();
    tell(&bench, NoticeKind::LoginUnfinished {});
    tell(&bench, NoticeKind::PasswordChanged {});
    bench.core.refresh().await.unwrap();
    tell(&bench, NoticeKind::SessionLimit {});
    bench.core.refresh().await.unwrap();
    let arrived = std::iter::from_fn(|| events.try_recv().ok());
    let sounds = arrived.filter(|event| *event == CoreEvent::NoticeArrived).count();
    assert_eq!(sounds, 1, "one notification for what waits unread");
    let handle = service(&bench).handle;
    assert_eq!(service(&bench).unread, 3);
    bench.core.refresh().await.unwrap();
    let list = bench.core.notices(&handle).unwrap();
    assert_eq!(list.notices.len(), 3, "each once");
    let of = |heading: &str| {
        let mut cards = list.notices.iter();
        cards.find(|card| card.heading == heading).unwrap().handle.clone()
    };
    let opened = bench
        .core
        .notice(&handle, &of("ログインが途中で止まりました"))
        .await
        .unwrap();
    assert!(opened.screen.urgent && opened.screen.advice.contains("パスワードを変更"));
    let shown = format!("{:?}", opened.screen.rows);
    assert!(
        shown.contains("東京都") && shown.contains("Firefox 145"),
        "{shown}"
    );
    assert_eq!(service(&bench).unread, 2);
    bench.restart().await;
    assert_eq!(
        (
            service(&bench).unread,
            bench.core.notices(&handle).unwrap().notices.len()
        ),
        (2, 3)
    );
    assert_eq!(
        code(bench.core.notice(&handle, "n_none").await),
        LocalCode::NoticeUnknown.number()
    );
}

#[tokio::test]
async fn key_10_what_another_key_signed_or_another_device_was_told_is_shown_nowhere() {
    let bench = Bench::active(None).await;
    let device = bench.fake.book().device.clone();
    let kind = || NoticeKind::RecoveryUsed {};
    let own = &bench.fake.key;
    let stranger = SigningKey::generate();
    let bad = [
        signed(&bench, &device, kind(), &stranger),
        signed(&bench, &DeviceId::random(), kind(), own),
        "not.a.token".to_owned(),
    ];
    let good = signed(&bench, &device, NoticeKind::PasswordChanged {}, own);
    bench.fake.book().notices = bad.into_iter().chain([good]).collect();
    bench.core.refresh().await.unwrap();
    let shown = service(&bench);
    let list = bench.core.notices(&shown.handle).unwrap();
    let headings: Vec<&str> = list.notices.iter().map(|card| card.heading.as_str()).collect();
    assert_eq!(
        headings,
        ["ログインパスワードが変わりました"],
        "the good one is kept"
    );
    assert!(
        shown.note.unwrap().contains("署名を確かめられない"),
        "and it is said"
    );
}

#[tokio::test]
async fn enrol_07_a_hundred_notices_are_kept_and_asked_for_from_a_minute_before_the_newest() {
    let bench = Bench::active(None).await;
    for _ in 0..3 {
        bench.fake.book().notices.clear();
        for _ in 0..50 {
            bench.fake.clock.advance_secs(1);
            tell(&bench, NoticeKind::LoginCompleted {});
        }
        bench.clock.advance_secs(50);
        bench.core.refresh().await.unwrap();
    }
    let handle = service(&bench).handle;
    assert_eq!(bench.core.notices(&handle).unwrap().notices.len(), 100);
    let newest = bench.fake.clock.now().secs();
    bench.core.refresh().await.unwrap();
    let asked = bench.fake.book().asked_after.last().copied();
    assert_eq!(asked, Some((newest - 60) * 1000));
    assert_eq!(
        bench.core.notices(&handle).unwrap().notices.len(),
        100,
        "what made room is no news"
    );
}

#[tokio::test]
async fn chal_09_a_request_that_another_device_answered_leaves_and_says_who_and_when() {
    let bench = Bench::active(None).await;
    let handle = bench.challenge().await;
    let id: ChallengeId = bench.fake.book().open.remove(0).id;
    let ending = ChallengeEnding {
        state: EndState::Approved,
        device: Some("Pixel 10".into()),
        own: false,
        at: Some(bench.fake.clock.now()),
    };
    bench.fake.book().endings.insert(id, ending);
    bench.core.refresh().await.unwrap();
    let view = bench.core.view();
    assert!(view.challenges.is_empty());
    assert_eq!(
        (view.ended[0].handle.as_str(), view.ended[0].heading.as_str()),
        (handle.as_str(), "ほかの端末で回答済みです")
    );
    assert!(
        view.ended[0].message.contains("「Pixel 10」で承認されました"),
        "{}",
        view.ended[0].message
    );
    assert_eq!(
        code(bench.core.approve(&handle, &typed("493817"), PIN).await),
        LocalCode::RequestGone.number()
    );
}

#[tokio::test]
async fn push_05_a_second_hint_at_a_closed_request_puts_it_away() {
    let bench = Bench::active(None).await;
    let handle = bench.challenge().await;
    let id: ChallengeId = bench.fake.book().open.remove(0).id;
    // A name that hides something is not repeated: nobody signed it.
    let ending = ChallengeEnding {
        state: EndState::Denied,
        device: Some("\u{202e}evil".into()),
        own: false,
        at: None,
    };
    bench.fake.book().endings.insert(id.clone(), ending);
    let caller = bench.core.inner.caller(&service(&bench).handle).unwrap();
    assert!(bench.core.inner.fetch(&caller, &id).await.is_err());
    let view = bench.core.view();
    assert!(view.challenges.iter().all(|card| card.handle != handle));
    assert_eq!(view.ended[0].message, "ほかの端末で止められました。");
}

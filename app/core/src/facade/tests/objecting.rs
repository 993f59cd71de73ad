//! Objecting to a new device and to a removal, from the notice that told of it.

use warifu_shared::clock::Clock;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::DeviceId;
use warifu_shared::jws::notice::NoticeKind;
use warifu_shared::jws::veto::VetoTo;

use super::noticing::{service, tell};
use super::*;

/// The handle of the only notice.
async fn told(bench: &Bench, kind: NoticeKind) -> String {
    bench.fake.book().notices.clear();
    tell(bench, kind);
    bench.core.refresh().await.unwrap();
    let list = bench.core.notices(&service(bench).handle).unwrap();
    list.notices[0].handle.clone()
}

fn registered(bench: &Bench, device: DeviceId) -> NoticeKind {
    NoticeKind::DeviceRegistered {
        device,
        name: "Pixel 11".into(),
        until: Some(bench.fake.clock.now().secs() + 86_400),
    }
}

#[tokio::test]
async fn enrol_09_a_new_device_is_stopped_from_its_notice_without_a_pin_and_once() {
    let mut bench = Bench::active(None).await;
    let other = DeviceId::random();
    let kind = registered(&bench, other.clone());
    let notice = told(&bench, kind).await;
    let at = service(&bench).handle;
    let shown = bench.core.notice(&at, &notice).await.unwrap();
    assert_eq!((shown.veto, &shown.vetoed), (Some(VetoTo::Registration), &None));
    assert!(
        shown.screen.advice.contains("下のボタン"),
        "{}",
        shown.screen.advice
    );
    // The answer gets lost: the same bytes are sent again.
    bench.fake.book().lose = 1;
    let after = bench.core.veto(&at, &notice).await.unwrap();
    assert_eq!(after.veto, None);
    assert!(after.vetoed.unwrap().contains("登録を取り消しました"));
    let vetoes = bench.fake.book().vetoes.clone();
    assert_eq!(vetoes.len(), 2);
    assert_eq!(vetoes[0], vetoes[1]);
    assert_eq!((&vetoes[0].dev, vetoes[0].to), (&other, VetoTo::Registration));
    let again = code(bench.core.veto(&at, &notice).await);
    assert_eq!(again, LocalCode::NoticeNoVeto.number());
    bench.restart().await;
    let shown = bench.core.notice(&at, &notice).await.unwrap();
    assert!(shown.veto.is_none() && shown.vetoed.is_some(), "kept");
}

#[tokio::test]
async fn enrol_14_a_device_keeps_itself_until_the_time_comes() {
    let bench = Bench::active(None).await;
    let own = bench.fake.book().device.clone();
    let leaving = NoticeKind::DeviceLeaving {
        device: Some(own.clone()),
        name: "Pixel".into(),
        until: bench.fake.clock.now().secs() + 86_400,
    };
    let notice = told(&bench, leaving).await;
    let at = service(&bench).handle;
    bench.fake.clock.advance_secs(86_399);
    bench.clock.advance_secs(86_399);
    bench.core.refresh().await.unwrap();
    bench.fake.book().refuse = Some(ErrorCode::RemovalNotWaiting);
    let late = code(bench.core.veto(&at, &notice).await);
    assert_eq!(late, ErrorCode::RemovalNotWaiting.number(), "the server decides");
    let shown = bench.core.notice(&at, &notice).await.unwrap();
    assert_eq!(shown.veto, Some(VetoTo::Removal));
    let after = bench.core.veto(&at, &notice).await.unwrap();
    assert!(after.vetoed.unwrap().contains("解除を取りやめました"));
    assert_eq!(bench.fake.book().vetoes.last().unwrap().dev, own);
}

#[tokio::test]
async fn enrol_09_what_cannot_be_stopped_from_here_offers_nothing() {
    let bench = Bench::active(None).await;
    let own = bench.fake.book().device.clone();
    let now = bench.fake.clock.now().secs();
    let kinds = [
        registered(&bench, own),
        NoticeKind::DeviceRegistered {
            device: DeviceId::random(),
            name: "Pixel 11".into(),
            until: None,
        },
        NoticeKind::DeviceRegistered {
            device: DeviceId::random(),
            name: "Pixel 11".into(),
            until: Some(now),
        },
        NoticeKind::DeviceLeaving {
            device: None,
            name: "Pixel".into(),
            until: now + 86_400,
        },
        NoticeKind::PasswordChanged {},
    ];
    for kind in kinds {
        let notice = told(&bench, kind.clone()).await;
        let at = service(&bench).handle;
        let shown = bench.core.notice(&at, &notice).await.unwrap();
        assert_eq!(shown.veto, None, "{kind:?}");
        let refused = code(bench.core.veto(&at, &notice).await);
        assert_eq!(refused, LocalCode::NoticeNoVeto.number(), "{kind:?}");
        bench.fake.clock.advance_secs(1);
        bench.clock.advance_secs(1);
    }
    assert!(bench.fake.book().vetoes.is_empty());
    // Suspended: the server would refuse.
    let kind = registered(&bench, DeviceId::random());
    let notice = told(&bench, kind).await;
    bench.fake.book().state = DeviceState::Suspended;
    drop(bench.core.refresh().await);
    let at = service(&bench).handle;
    assert_eq!(bench.core.notice(&at, &notice).await.unwrap().veto, None);
}

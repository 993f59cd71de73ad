//! Enrolment.

use super::*;

#[tokio::test]
async fn enrol_04_06_two_keys_a_fingerprint_and_a_confirmation_on_the_page() {
    let mut bench = Bench::new().await;
    assert_eq!(bench.core.view().phase, Phase::FirstStart);
    let preview = bench
        .core
        .begin_enrolment(EnrolInput::Link {
            text: bench.fake.link(),
        })
        .await
        .unwrap();
    assert_eq!(
        (preview.service.as_str(), preview.needs_fingerprint_first),
        ("ひので証券", false)
    );
    let view = bench.core.finish_enrolment(PIN, PIN, " Pixel ").await.unwrap();
    let expected = {
        let book = bench.fake.book();
        let (request, approval) = book.keys.as_ref().unwrap();
        assert_eq!(book.name, "Pixel");
        warifu_shared::fingerprint::fingerprint(
            bench.fake.key.public(),
            request,
            approval,
            &book.nonce,
            &book.opening,
        )
    };
    assert_eq!(view.fingerprint, expected);
    bench.restart().await;
    let Some(EnrolmentView::Fingerprint { fingerprint }) = bench.core.view().enrolment else {
        panic!("still waiting")
    };
    assert_eq!(fingerprint, view);
    bench.core.refresh().await.unwrap();
    assert_eq!(bench.core.view().services[0].state, ServiceState::Pending);
    bench.fake.book().state = DeviceState::Active;
    bench.core.refresh().await.unwrap();
    let view = bench.core.view();
    assert_eq!(
        (view.services[0].state, view.enrolment, view.phase),
        (ServiceState::Active, None, Phase::Ready)
    );
}

#[tokio::test]
async fn enrol_05_another_server_or_key_than_the_links_registers_nothing() {
    let bench = Bench::new().await;
    let other = Fake::start().await;
    let link = bench.fake.link();
    let key_of = |fake: &Fake| fake.key.public().thumbprint().as_str().to_owned();
    let swapped = link.replace(&key_of(&bench.fake), &key_of(&other));
    for (text, expected) in [
        (swapped, LocalCode::ServerKeyWrong),
        ("warifu://enrol?o=x".into(), LocalCode::LinkUnreadable),
        (
            link.replace("http%3A%2F%2F127.0.0.1", "http%3A%2F%2F192.0.2.1"),
            LocalCode::LinkUnreadable,
        ),
    ] {
        let result = bench.core.begin_enrolment(EnrolInput::Link { text }).await;
        assert_eq!(code(result), expected.number());
    }
    assert_eq!(
        code(bench.core.finish_enrolment(PIN, PIN, "x").await),
        LocalCode::NoEnrolment.number()
    );
    assert!(bench.core.view().services.is_empty() && bench.fake.book().keys.is_none());
}

#[tokio::test]
async fn enrol_05_a_typed_code_asks_for_the_fingerprint() {
    let bench = Bench::new().await;
    let input = |server: &str| EnrolInput::Typed {
        server: server.into(),
        account_number: "123".into(),
        code: "AB".into(),
    };
    let preview = bench
        .core
        .begin_enrolment(input(&bench.fake.origin))
        .await
        .unwrap();
    assert!(preview.needs_fingerprint_first);
    assert_eq!(
        code(bench.core.begin_enrolment(input("http://auth.example")).await),
        LocalCode::NotSecure.number()
    );
}

#[tokio::test]
async fn key_03_a_weak_or_mistyped_pin_registers_nothing() {
    let bench = Bench::new().await;
    bench
        .core
        .begin_enrolment(EnrolInput::Link {
            text: bench.fake.link(),
        })
        .await
        .unwrap();
    for (pin, again, name, expected) in [
        ("123456", "123456", "x", LocalCode::PinWeak),
        (PIN, "804927", "x", LocalCode::PinsDiffer),
        ("8049", "8049", "x", LocalCode::PinMalformed),
        (PIN, PIN, " ", LocalCode::DeviceNameBad),
    ] {
        assert_eq!(
            code(bench.core.finish_enrolment(pin, again, name).await),
            expected.number()
        );
    }
    assert!(bench.fake.book().keys.is_none());
    bench.core.finish_enrolment(PIN, PIN, "x").await.unwrap();
}

#[tokio::test]
async fn enrol_04_a_lost_answer_loses_no_device() {
    let bench = Bench::new().await;
    bench
        .core
        .begin_enrolment(EnrolInput::Link {
            text: bench.fake.link(),
        })
        .await
        .unwrap();
    bench.fake.book().lose = 1;
    bench.core.finish_enrolment(PIN, PIN, "Pixel").await.unwrap();
    assert_eq!(bench.core.view().services.len(), 1);
    assert!(matches!(
        bench.core.view().enrolment,
        Some(EnrolmentView::Fingerprint { .. })
    ));
}

#[tokio::test]
async fn enrol_04_after_an_outage_the_same_call_works() {
    let bench = Bench::new().await;
    bench
        .core
        .begin_enrolment(EnrolInput::Link {
            text: bench.fake.link(),
        })
        .await
        .unwrap();
    bench.fake.book().down = true;
    assert_eq!(
        code(bench.core.finish_enrolment(PIN, PIN, "x").await),
        LocalCode::ServerUnreachable.number()
    );
    bench.fake.book().down = false;
    bench.core.finish_enrolment(PIN, PIN, "x").await.unwrap();
    assert_eq!(
        bench.core.view().services.len(),
        1,
        "the first try left nothing behind"
    );
}

#[tokio::test]
async fn enrol_01_a_used_code_is_said_and_leaves_nothing() {
    let bench = Bench::new().await;
    bench.pending().await;
    bench
        .core
        .begin_enrolment(EnrolInput::Link {
            text: bench.fake.link(),
        })
        .await
        .unwrap();
    let refused = bench.core.finish_enrolment(PIN, PIN, "x").await;
    assert_eq!(code(refused), 1201);
    assert_eq!(bench.core.view().services.len(), 1);
}

#[tokio::test]
async fn app_06_without_a_keystore_the_pin_is_asked_at_start() {
    let mut bench = Bench::active(Some(KeystoreChoice::None)).await;
    assert!(bench.core.view().keystore_note.is_some());
    bench.restart().await;
    assert_eq!(bench.core.view().phase, Phase::Locked);
    bench.fake.open();
    bench.core.refresh().await.unwrap();
    assert!(bench.core.view().challenges.is_empty());
    assert_eq!(
        code(bench.core.unlock("111222").await),
        LocalCode::PinWrong.number()
    );
    bench.core.unlock(PIN).await.unwrap();
    bench.core.refresh().await.unwrap();
    let handle = bench.core.view().challenges[0].handle.clone();
    bench.core.lock();
    assert!(bench.core.view().challenges.is_empty() && bench.core.view().phase == Phase::Locked);
    assert_eq!(
        code(bench.core.deny(&handle, DenyReason::NotMe).await),
        LocalCode::RequestGone.number()
    );
}

#[tokio::test]
async fn enrol_12_removing_tells_the_server_and_forgets_also_without_it() {
    for down in [false, true] {
        let mut bench = Bench::active(None).await;
        bench.fake.book().down = down;
        let handle = bench.core.view().services[0].handle.clone();
        let removed = bench.core.remove_service(&handle).await.unwrap();
        assert_eq!(removed.server_told, !down);
        assert_eq!(bench.fake.book().state == DeviceState::Revoked, !down);
        bench.restart().await;
        assert_eq!(bench.core.view().phase, Phase::FirstStart);
        let keys = std::fs::read_to_string(bench.dir.path().join("keys.json")).unwrap();
        assert_eq!(keys, "{}");
    }
}

#[tokio::test]
async fn enrol_12_a_device_that_was_revoked_at_the_firm_is_said_and_shows_nothing() {
    let bench = Bench::active(None).await;
    bench.challenge().await;
    bench.fake.book().state = DeviceState::Revoked;
    assert_eq!(code(bench.core.refresh().await), 1207);
    let view = bench.core.view();
    assert_eq!(
        (view.services[0].state, view.challenges.len()),
        (ServiceState::Revoked, 0)
    );
}

#[tokio::test]
async fn key_04_a_missing_keystore_beside_a_vault_never_looks_like_a_first_start() {
    let mut bench = Bench::active(None).await;
    std::fs::remove_file(bench.dir.path().join("keys.json")).unwrap();
    bench.restart().await;
    let view = bench.core.view();
    assert_eq!(
        (view.phase, view.services[0].state),
        (Phase::Ready, ServiceState::KeyLost)
    );
    assert!(view.services[0].note.is_some() && view.services[0].name == "ひので証券");
}

#[tokio::test]
async fn the_language_is_kept_and_everything_follows_it() {
    let mut bench = Bench::active(None).await;
    bench.core.set_language(Language::En);
    bench.restart().await;
    let view = bench.core.view();
    assert_eq!(
        (view.language, view.services[0].name.as_str()),
        ("en", "Hinode Securities")
    );
    bench.core.rename(&view.services[0].handle, "Desk").await.unwrap();
    assert_eq!(
        (
            bench.fake.book().name.as_str(),
            bench.core.view().services[0].device_name.as_str()
        ),
        ("Desk", "Desk")
    );
}

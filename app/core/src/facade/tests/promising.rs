//! What the device promises before it hears the nonce, and when it reveals it (ENROL-06).

use super::*;

#[tokio::test]
async fn enrol_06_a_share_is_promised_again_until_it_is_revealed_and_never_after() {
    let bench = Bench::new().await;
    let link = || EnrolInput::Link {
        text: bench.fake.link(),
    };
    let promised = || bench.fake.book().commitments.clone();
    bench.core.begin_enrolment(link()).await.unwrap();
    bench.core.begin_enrolment(link()).await.unwrap();
    assert_eq!(
        promised()[0],
        promised()[1],
        "a link that came twice is one attempt"
    );
    let typed = EnrolInput::Typed {
        server: bench.fake.origin.clone(),
        account_number: "123".into(),
        code: "AB".into(),
    };
    bench.core.begin_enrolment(typed).await.unwrap();
    assert_ne!(promised()[1], promised()[2], "another code has keys of its own");
    bench.core.begin_enrolment(link()).await.unwrap();
    bench.fake.book().lose = 1;
    bench.fake.book().state = DeviceState::Revoked;
    assert!(bench.core.finish_enrolment(PIN, PIN, "x").await.is_err());
    bench.core.begin_enrolment(link()).await.unwrap();
    let all = promised();
    assert_ne!(
        all[3], all[4],
        "the server has seen the first share and could choose a nonce to it"
    );
}

#[tokio::test]
async fn enrol_06_a_second_try_shows_the_same_digits_whatever_the_server_says_meanwhile() {
    let bench = Bench::new().await;
    bench
        .core
        .begin_enrolment(EnrolInput::Typed {
            server: bench.fake.origin.clone(),
            account_number: "123".into(),
            code: "AB".into(),
        })
        .await
        .unwrap();
    let nonce = bench.fake.book().nonce.clone();
    bench.fake.book().down = true;
    assert!(bench.core.finish_enrolment(PIN, PIN, "x").await.is_err());
    bench.fake.book().down = false;
    let view = bench.core.finish_enrolment(PIN, PIN, "x").await.unwrap();
    let book = bench.fake.book();
    let (request, approval) = book.keys.as_ref().unwrap();
    let server = bench.fake.key.public();
    let expected = warifu_shared::fingerprint::fingerprint(server, request, approval, &nonce, &book.opening);
    assert_eq!(view.fingerprint, expected);
    assert_eq!(book.commitments.len(), 1);
    assert_eq!(
        book.infos, 1,
        "the server's key is asked for once, before the promise"
    );
}

#[tokio::test]
async fn enrol_06_giving_up_wipes_the_keys() {
    let bench = Bench::new().await;
    bench
        .core
        .begin_enrolment(EnrolInput::Link {
            text: bench.fake.link(),
        })
        .await
        .unwrap();
    let share = {
        let state = bench.core.inner.state();
        std::sync::Arc::downgrade(&state.enrolment.as_ref().unwrap().share)
    };
    assert!(share.upgrade().is_some());
    bench.core.cancel_enrolment();
    assert!(share.upgrade().is_none(), "nothing holds them any more");
    assert!(bench.core.view().services.is_empty() && bench.fake.book().keys.is_none());
    assert_eq!(
        code(bench.core.finish_enrolment(PIN, PIN, "x").await),
        LocalCode::NoEnrolment.number()
    );
}

#[tokio::test]
async fn enrol_06_a_nonce_that_comes_after_the_reveal_is_not_taken() {
    let bench = Bench::new().await;
    let link = || EnrolInput::Link {
        text: bench.fake.link(),
    };
    bench.core.begin_enrolment(link()).await.unwrap();
    bench.fake.book().revealed_meanwhile = Some(bench.core.clone());
    assert_eq!(
        code(bench.core.begin_enrolment(link()).await),
        LocalCode::NoEnrolment.number()
    );
}

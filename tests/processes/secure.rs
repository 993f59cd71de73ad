//! The real programs over TLS with certificates of the tests' own authority: the whole main job, and what a device refuses.

use std::sync::Arc;

use warifu_tests::authority::{Authority, Pair};
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::server::{HANAKO, TARO};

use crate::authenticator::Authenticator;
use crate::device::subscribed_watch;
use crate::firm::{Firm, LIMIT, Plan};

#[tokio::test]
async fn app_09_relay_02_a_device_enrols_hears_and_approves_over_https_and_wss() {
    for_each_database(|db| async move {
        let authority = Arc::new(Authority::new());
        let mut firm = Firm::prepare(&db, &Plan::secure(&authority)).await;
        firm.start().await;
        let device = firm.customer_with_device(TARO).await;
        let watch = subscribed_watch(&firm, &device).await;
        let browser = firm.browser();
        let waiting = browser.enter_password(TARO.number, TARO.password).await;
        let (status, log) = watch.output(LIMIT).await;
        assert!(
            status.success() && log.contains("\"screen\""),
            "pushed over wss: {log}"
        );
        device.run(["approve", "--number", &waiting.number()]).await;
        browser.go_on(&waiting).await;
        assert_eq!(firm.stop().await, Some(0));
    })
    .await;
}

#[tokio::test]
async fn app_09_unknown_expired_and_foreign_certificates_are_refused_and_nothing_is_sent() {
    let db = Database::sqlite();
    let authority = Arc::new(Authority::new());
    let mut firm = Firm::prepare(&db, &Plan::secure(&authority)).await;
    firm.start().await;
    let page = firm.log_in_by_code(TARO).await.begin_enrolment().await;
    let enrol = ["enrol", &page.link()].map(str::to_owned);

    let others = Authority::new();
    for device in [
        Authenticator::new("file"),
        Authenticator::new("file").trusting(&others.file()),
    ] {
        let refused = device.refused(&enrol).await;
        assert_eq!(refused["code"], 2025, "an unknown authority: {refused}");
    }
    for (why, pair) in [
        ("expired", authority.expired_pair()),
        ("another host", authority.pair_for("www.example")),
        ("another address", authority.pair_for("127.0.0.2")),
        ("another authority", others.pair()),
    ] {
        serve_with(&firm, &authority, &pair).await;
        let refused = firm.device().refused(&enrol).await;
        assert_eq!(refused["code"], 2025, "{why}: {refused}");
    }
    let begun = "SELECT COUNT(*) FROM enrolments WHERE nonce IS NOT NULL";
    assert_eq!(firm.count(begun).await, 0, "the server heard of none of them");
    serve_with(&firm, &authority, &authority.pair()).await;
    firm.device().run(&enrol).await;
    assert_eq!(firm.count(begun).await, 1);
}

#[tokio::test]
async fn app_09_an_enrolled_device_refuses_a_certificate_that_has_become_bad() {
    let db = Database::sqlite();
    let authority = Arc::new(Authority::new());
    let mut firm = Firm::prepare(&db, &Plan::secure(&authority)).await;
    firm.start().await;
    let device = firm.customer_with_device(HANAKO).await;
    let waiting = firm
        .browser()
        .enter_password(HANAKO.number, HANAKO.password)
        .await;
    serve_with(&firm, &authority, &authority.expired_pair()).await;
    let refused = device.refused(["approve", "--number", &waiting.number()]).await;
    assert_eq!(refused["code"], 2025, "{refused}");
    serve_with(&firm, &authority, &authority.pair()).await;
    device.run(["approve", "--number", &waiting.number()]).await;
}

#[tokio::test]
async fn ops_01_sighup_takes_a_new_certificate_and_a_bad_one_is_told_and_not_used() {
    let db = Database::sqlite();
    let authority = Arc::new(Authority::new());
    let plan = Plan::secure(&authority);
    let mut firm = Firm::prepare(&db, &plan).await;
    firm.start().await;
    let certificate = async || {
        let stream = authority.connect(plan.web, &[]).await.expect("TLS");
        stream.get_ref().1.peer_certificates().expect("certificates")[0].to_vec()
    };
    let next = authority.pair();
    serve_with(&firm, &authority, &next).await;
    assert_eq!(certificate().await, next.der());
    std::fs::write(authority.tls().key, &authority.pair().key).expect("written");
    firm.server().hang_up();
    let told = firm.server().line_with("tls.refused", LIMIT).await;
    assert!(told.contains("cannot be used together"), "{told}");
    assert_eq!(certificate().await, next.der());
    assert_eq!(firm.stop().await, Some(0));
}

#[tokio::test]
async fn ops_01_a_certificate_that_cannot_be_used_stops_the_start_with_a_sentence() {
    let db = Database::sqlite();
    let authority = Arc::new(Authority::new());
    let firm = Firm::prepare(&db, &Plan::secure(&authority)).await;
    std::fs::write(authority.tls().key, &authority.pair().key).expect("written");
    let (status, log) = firm.program("serve").start().output(LIMIT).await;
    assert!(
        status.code() == Some(1) && log.contains("cannot be used together"),
        "{log}"
    );
    std::fs::remove_file(authority.tls().certificate).expect("removed");
    let (status, log) = firm.program("serve").start().output(LIMIT).await;
    assert!(status.code() == Some(1) && log.contains("server.pem"), "{log}");
}

/// Puts a pair in place of the present one and waits until the server says that it has taken it.
async fn serve_with(firm: &Firm, authority: &Authority, pair: &Pair) {
    let replaced = || firm.server().log().matches("tls.replaced").count();
    let before = replaced();
    authority.put(pair);
    firm.server().hang_up();
    let taking = async {
        let mut beat = tokio::time::interval(std::time::Duration::from_millis(20));
        while replaced() == before {
            beat.tick().await;
        }
    };
    tokio::time::timeout(LIMIT, taking).await.expect("it is taken");
}

//! Bad input at the command line: exit code 1, a stable number, a sentence; and nothing is lost by it.

use warifu_shared::ids::ChallengeId;
use warifu_shared::link::{ChallengeLink, EnrolLink, Link, read};
use warifu_shared::number::MatchNumber;
use warifu_tests::databases::Database;
use warifu_tests::server::{HANAKO, TARO};

use crate::authenticator::Authenticator;
use crate::firm::Firm;

fn enrol_link(text: &str) -> EnrolLink {
    match read(text) {
        Ok(Link::Enrol(link)) => link,
        other => panic!("no enrolment link: {text} {:?}", other.is_ok()),
    }
}

#[tokio::test]
async fn enrol_01_mistyped_and_foreign_codes_are_refused_by_number_and_the_good_one_still_works() {
    let db = Database::sqlite();
    let firm = Firm::open(&db).await;
    let session = firm.log_in_by_code(TARO).await;
    let device = Authenticator::new("file");

    let page = session.begin_enrolment().await;
    let good = enrol_link(&page.link());
    let flipped = if good.code.starts_with('A') { "B" } else { "A" };
    let mistyped = EnrolLink {
        code: format!("{flipped}{}", &good.code[1..]),
        ..good.clone()
    };
    assert_eq!(device.refused(["enrol", &mistyped.write()]).await["code"], 1201);
    let short = page.text("#short-code");
    let typed = [
        "enrol",
        "--server",
        &firm.origin,
        "--account",
        HANAKO.number,
        "--code",
        &short,
    ];
    assert_eq!(
        device.refused(typed).await["code"],
        1201,
        "another customer's account number"
    );
    assert_eq!(
        device.refused(["enrol", "https://example.com/"]).await["code"],
        2012,
        "no link of ours"
    );
    let open = EnrolLink {
        origin: "http://auth.example".to_owned(),
        ..good.clone()
    };
    assert!(matches!(
        device.refused(["enrol", &open.write()]).await["code"].as_i64(),
        Some(2008 | 2012)
    ));

    device.run(["enrol", &page.link()]).await;
}

#[tokio::test]
async fn enrol_01_used_and_expired_codes_are_refused_by_number() {
    let db = Database::sqlite();
    let firm = Firm::open(&db).await;
    let session = firm.log_in_by_code(TARO).await;
    let (first, second) = (Authenticator::new("file"), Authenticator::new("file"));
    let page = session.begin_enrolment().await;
    first.run(["enrol", &page.link()]).await;
    assert_eq!(
        second.refused(["enrol", &page.link()]).await["code"],
        1201,
        "used"
    );

    let page = session.begin_enrolment().await;
    let store = firm.store().await;
    let aged = store.write(|c| {
        Box::pin(async move {
            sqlx::query("UPDATE enrolments SET expires_at = created_at WHERE state = 'issued'")
                .execute(c)
                .await?;
            Ok(())
        })
    });
    aged.await.expect("the code is old");
    store.close().await;
    assert_eq!(
        second.refused(["enrol", &page.link()]).await["code"],
        1202,
        "expired"
    );
    assert_eq!(
        firm.count("SELECT COUNT(*) FROM devices").await,
        1,
        "only the good one"
    );
}

#[tokio::test]
async fn enrol_05_app_13_links_of_another_server_register_and_approve_nothing() {
    let (db, other_db) = (Database::sqlite(), Database::sqlite());
    let (firm, other) = (Firm::open(&db).await, Firm::open(&other_db).await);
    let session = firm.log_in_by_code(TARO).await;
    let link = enrol_link(&session.begin_enrolment().await.link());
    let device = Authenticator::new("file");
    let swapped = EnrolLink {
        origin: other.origin.clone(),
        ..link.clone()
    };
    assert_eq!(
        device.refused(["enrol", &swapped.write()]).await["code"],
        2006,
        "not the key that the page announced"
    );
    let nobody = EnrolLink {
        server_key: warifu_shared::keys::SigningKey::generate()
            .public()
            .thumbprint()
            .to_string(),
        ..link
    };
    assert_eq!(device.refused(["enrol", &nobody.write()]).await["code"], 2006);

    firm.enrol(&session, &device).await;
    let browser = firm.browser();
    let waiting = browser.enter_password(TARO.number, TARO.password).await;
    let foreign = ChallengeLink {
        origin: other.origin.clone(),
        challenge: ChallengeId::random(),
        number: MatchNumber::random(),
    };
    assert_eq!(
        device.refused(["approve", "--link", &foreign.write()]).await["code"],
        2007
    );
    let session = firm.log_in_by_code(HANAKO).await;
    let enrol = session.begin_enrolment().await.link();
    assert_eq!(
        device.refused(["approve", "--link", &enrol]).await["code"],
        2012,
        "an enrolment link approves nothing"
    );
    assert_eq!(browser.live_status(&waiting).await.state, "pending");
}

#[tokio::test]
async fn chal_05_key_02_a_wrong_number_and_a_wrong_pin_say_how_many_tries_are_left() {
    let db = Database::sqlite();
    let firm = Firm::open(&db).await;
    let device = firm.customer_with_device(TARO).await;
    let browser = firm.browser();
    let waiting = browser.enter_password(TARO.number, TARO.password).await;
    let number = waiting.number();
    let wrong = if number == "000000" { "000001" } else { "000000" };

    let refused = device.refused(["approve", "--number", wrong]).await;
    assert_eq!(
        (refused["code"].as_i64(), refused["tries_left"].as_i64()),
        (Some(1305), Some(2)),
        "{refused}"
    );
    let refused = device.refused(["approve", "--number", "12x"]).await;
    assert_eq!(refused["code"], 2015, "what is no number is no try");
    let refused = device
        .attempt(["approve", "--number", &number], "000000")
        .await
        .refusal();
    assert_eq!(refused["code"], 2001, "{refused}");
    let left = refused["tries_left"].as_i64().expect("tries left");
    let refused = device
        .attempt(["approve", "--number", &number], "000000")
        .await
        .refusal();
    assert_eq!(
        refused["tries_left"].as_i64(),
        Some(left - 1),
        "counted on disk, across processes: {refused}"
    );
    assert_eq!(
        device
            .attempt(["approve", "--number", &number], "12345")
            .await
            .refusal()["code"],
        2024
    );
    assert_eq!(browser.live_status(&waiting).await.state, "pending");

    device.run(["approve", "--number", &number]).await;
    browser.go_on(&waiting).await;
    let gone = device.refused(["approve", "--number", &number]).await;
    assert_eq!(gone["code"], 2013, "nothing waits any more: {gone}");
}

#[tokio::test]
async fn ops_09_an_unreachable_server_is_said_and_nothing_is_lost_by_it() {
    let db = Database::sqlite();
    let mut firm = Firm::open(&db).await;
    let device = firm.customer_with_device(TARO).await;
    let browser = firm.browser();
    let waiting = browser.enter_password(TARO.number, TARO.password).await;
    assert_eq!(firm.stop().await, Some(0));
    for command in [
        vec!["list"],
        vec!["approve", "--number", "123456"],
        vec!["deny", "--reason", "cancelled"],
    ] {
        let refused = device.refused(&command).await;
        assert_eq!(refused["code"], 2005, "{command:?}: {refused}");
    }
    let fresh = Authenticator::new("file");
    let typed = [
        "enrol",
        "--server",
        &firm.origin,
        "--account",
        TARO.number,
        "--code",
        "ABCDE-FGHJK",
    ];
    assert_eq!(fresh.refused(typed).await["code"], 2005);
    firm.start().await;
    device.run(["approve", "--number", &waiting.number()]).await;
    browser.go_on(&waiting).await;
}

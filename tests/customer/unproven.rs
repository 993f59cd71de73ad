//! What a customer without a proven authentication address may do, under each setting of `addresses.unproven` (S1).

use reqwest::StatusCode;
use warifu_server::config::Unproven;
use warifu_server::demo;
use warifu_server::pages::paths;
use warifu_shared::error::ErrorCode;
use warifu_tests::customer::{Answer, CustomerSession};
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::device::Device;
use warifu_tests::server::{TARO, TestServer};

use crate::addresses::{NEW, addresses, approved, ask, by_app, last_code, says, settled};

/// A settled customer with a device whose address nobody has proven.
async fn unproven(db: &Database, setting: Unproven) -> (TestServer, Device, CustomerSession) {
    let server = TestServer::with(db, |config| config.addresses.unproven = setting).await;
    let (device, session) = settled(&server, TARO).await;
    let mut c = server.server.app.store.read().await.expect("a connection");
    let done = sqlx::query("UPDATE addresses SET proven_at = NULL")
        .execute(&mut *c)
        .await;
    done.expect("unproven");
    drop(c);
    (server, device, session)
}

async fn withdraw(session: &CustomerSession) -> Answer {
    let page = session.get(paths::WITHDRAW).await;
    let fields = [
        ("amount", "1000"),
        ("password", demo::CUSTOMERS[0].withdrawal_password),
    ];
    let answer = session.browser().submit(&page, paths::WITHDRAW, &fields).await;
    session.browser().follow(answer).await
}

async fn change_payout(session: &CustomerSession) -> Answer {
    let page = session.get(paths::PAYOUT).await;
    let csrf = page
        .form(paths::PAYOUT)
        .value("csrf")
        .unwrap_or_default()
        .to_owned();
    let fields = [
        ("csrf", csrf.as_str()),
        ("bank", "0310"),
        ("bank_name", "みずうみ銀行"),
        ("branch", "001"),
        ("branch_name", "本店"),
        ("kind", "ordinary"),
        ("acct", "7654321"),
        ("name", "ヤマダ タロウ"),
        ("password", demo::CUSTOMERS[0].withdrawal_password),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let answer = session.browser().post(paths::PAYOUT, &fields).await;
    session.browser().follow(answer).await
}

#[tokio::test]
async fn s1_unproven_enrol_only_keeps_money_and_its_destination_and_lets_the_rest_be_put_in_order() {
    for_each_database(|db| async move {
        let (server, device, session) = unproven(&db, Unproven::EnrolOnly).await;
        for answer in [withdraw(&session).await, change_payout(&session).await] {
            assert!(says(&answer, ErrorCode::AddressUnproven), "{}", answer.body);
        }
        assert_eq!(server.leaves("withdrawal.requested").await, 0);
        assert!(device.open_requests().await.is_empty(), "nothing to approve");

        // Looking, devices and the address itself stay open.
        for path in [
            paths::ACCOUNT,
            paths::WITHDRAWALS,
            paths::DEVICES,
            paths::SECURITY,
        ] {
            assert_eq!(session.get(path).await.status, StatusCode::OK, "{path}");
        }
        assert!(session.begin_enrolment().await.status.is_success());
        let page = session.get(paths::ADDRESSES).await;
        assert!(
            page.body.contains("出金と出金先口座の変更はできません"),
            "{}",
            page.body
        );
        let page = approved(&session, &device, NEW).await;
        let code = last_code(&server, NEW).await;
        let done = session.browser().enter_code(&page, &code).await;
        assert_eq!(done.path, paths::ADDRESSES, "{}", done.body);
        assert_eq!(addresses(&server, TARO).await, [NEW]);
        assert!(!done.has("#stoppable"), "there was no other side");

        // Proven: a small amount goes at once, in the cool-off.
        let waiting = withdraw(&session).await;
        assert!(waiting.has("#number"), "{}", waiting.body);
    })
    .await;
}

#[tokio::test]
async fn s1_unproven_everything_lets_money_go_by_the_app_alone() {
    for_each_database(|db| async move {
        let (server, device, session) = unproven(&db, Unproven::Everything).await;
        let page = session.get(paths::ADDRESSES).await;
        assert!(!page.body.contains("出金と出金先口座の変更はできません"));
        let waiting = withdraw(&session).await;
        assert!(waiting.has("#number"), "{}", waiting.body);
        let request = device.only_request().await;
        let done = device.approve(&request, &waiting.number()).await;
        done.expect("approved");
        let waiting = change_payout(&session).await;
        assert!(waiting.has("#number"), "{}", waiting.body);
        assert_eq!(server.leaves("withdrawal.requested").await, 1);
    })
    .await;
}

#[tokio::test]
async fn s1_no_setting_mails_a_code_to_an_unproven_address() {
    for setting in [Unproven::EnrolOnly, Unproven::Everything] {
        let db = Database::sqlite();
        let (server, device, _) = unproven(&db, setting).await;
        let before = server.outbox.to(TARO.mail).len();
        let session = by_app(&server, TARO, &device).await;
        drop(ask(&session, TARO.mail).await);
        server.send_mail().await;
        let mails = server.outbox.to(TARO.mail);
        assert!(
            mails[before..].iter().all(|mail| !mail.text.contains(" #")),
            "{mails:#?}"
        );
    }
}

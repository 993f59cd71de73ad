//! Recovery codes: made with a fresh factor, shown once, void after the next sheet (ENROL-11).

use warifu_server::domain::recovery_code;
use warifu_server::pages::paths;
use warifu_shared::error::ErrorCode;
use warifu_tests::customer::{Answer, CustomerSession};
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::server::{HANAKO, TARO, TestServer};

async fn make_sheet(session: &CustomerSession) -> Answer {
    let page = session.get(paths::RECOVERY_CODES).await;
    session.browser().submit(&page, paths::RECOVERY_CODES, &[]).await
}

/// The codes on a page.
fn codes_of(page: &Answer) -> Vec<String> {
    page.body
        .split("translate=\"no\">")
        .skip(1)
        .filter_map(|rest| rest.split('<').next().map(str::to_owned))
        .collect()
}

#[tokio::test]
async fn enrol_11_a_sheet_is_shown_once_and_kept_as_hashes_only() {
    for_each_database(async |db| {
        let server = TestServer::start(&db).await;
        let session = server.log_in_by_code(HANAKO).await;
        let page = make_sheet(&session).await;
        let codes = codes_of(&page);
        assert_eq!(codes.len(), 10, "{page:?}");
        assert!(codes.iter().all(|code| recovery_code::from_typed(code).is_some()));
        let again = session.get(paths::RECOVERY_CODES).await;
        assert!(codes_of(&again).is_empty() && !codes.iter().any(|code| again.body.contains(code)));
        server.send_mail().await;
        let mails = server.outbox.to(HANAKO.mail);
        assert!(mails.iter().any(|mail| mail.subject.contains("リカバリーコード")));
        assert!(
            mails
                .iter()
                .all(|mail| !codes.iter().any(|code| mail.text.contains(code)))
        );
        let mut c = server.server.app.store.read().await.expect("a connection");
        let stored: Vec<String> =
            sqlx::query_scalar("SELECT mac FROM recovery_codes WHERE voided_at IS NULL")
                .fetch_all(&mut *c)
                .await
                .expect("rows");
        drop(c);
        assert_eq!(stored.len(), 10);
        assert!(!codes.iter().any(|code| stored.contains(&code.replace('-', ""))));
        // Another sheet: the one before is void.
        assert_eq!(codes_of(&make_sheet(&session).await).len(), 10);
        let mut c = server.server.app.store.read().await.expect("a connection");
        let void: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM recovery_codes WHERE voided_at IS NOT NULL")
            .fetch_one(&mut *c)
            .await
            .expect("a number");
        assert_eq!(void, 10);
    })
    .await;
}

#[tokio::test]
async fn enrol_11_sess_07_a_sheet_takes_a_fresh_approval_once_there_is_a_device() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let code_session = server.log_in_by_code(TARO).await;
    let page = code_session.get(paths::RECOVERY_CODES).await;
    server.enrol(&code_session).await;
    let answer = code_session
        .browser()
        .submit(&page, paths::RECOVERY_CODES, &[])
        .await;
    assert_eq!(answer.status.as_u16(), ErrorCode::AssuranceTooLow.status());
    assert!(codes_of(&answer).is_empty());
    let session = server.log_in_by_code(HANAKO).await;
    let page = session.get(paths::RECOVERY_CODES).await;
    server.clock.advance_secs(301);
    let answer = session.browser().submit(&page, paths::RECOVERY_CODES, &[]).await;
    assert_eq!(answer.status.as_u16(), ErrorCode::AssuranceTooLow.status());
}

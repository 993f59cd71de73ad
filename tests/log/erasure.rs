//! Personal details go, leaves and proofs stay (AUDIT-08, AUDIT-09).

use warifu_server::operations::erase_details;
use warifu_server::store::accounts;
use warifu_shared::ids::AccountId;
use warifu_tests::databases::for_each_database;
use warifu_tests::evidence::count;
use warifu_tests::server::{HANAKO, Login, TARO, TestServer};

use crate::receipts::keys;

async fn account(server: &TestServer, login: Login) -> AccountId {
    let number = warifu_server::domain::account::AccountNumber::from_typed(login.number).unwrap();
    let mut c = server.server.app.store.read().await.unwrap();
    accounts::by_number(&mut c, &number).await.unwrap().unwrap().id
}

/// Details that are kept about an account.
async fn kept(server: &TestServer, account: &AccountId) -> i64 {
    let mut c = server.server.app.store.read().await.unwrap();
    sqlx::query_scalar(
        "SELECT COUNT(*) FROM audit_details d JOIN audit_leaves l ON l.id = d.leaf_id WHERE l.subject = $1 AND d.details <> '{}'",
    )
    .bind(account.as_str())
    .fetch_one(&mut *c)
    .await
    .unwrap()
}

#[tokio::test]
async fn audit_08_a_customers_details_are_erased_and_every_proof_still_holds() {
    for_each_database(|db| async move {
        let copy = tempfile::tempdir().unwrap();
        let folder = copy.path().to_owned();
        let server = TestServer::with(&db, |config| config.audit.export.clone_from(&folder)).await;
        let (sequencer, app) = (&server.server.sequencer, &server.server.app);
        server.log_in_by_code(TARO).await;
        server.log_in_by_code(HANAKO).await;
        sequencer.finish(server.now()).await.unwrap();
        // Some have no position yet.
        server.clock.advance_secs(120);
        server.log_in_by_code(TARO).await;
        let (taro, hanako) = (account(&server, TARO).await, account(&server, HANAKO).await);
        let hers = kept(&server, &hanako).await;
        assert!(kept(&server, &taro).await > 1 && hers > 1);
        let erased = erase_details::of_account(app, &taro, "staff:st_1").await.unwrap();
        assert!(erased > 1);
        assert_eq!(
            (kept(&server, &taro).await, kept(&server, &hanako).await),
            (0, hers)
        );
        assert_eq!(server.leaves("details.erased").await, 1);
        sequencer.finish(server.now()).await.unwrap();
        let report = warifu_shared::log::verify::verify(&folder, &keys(&server).await.log, &[]);
        assert!(report.holds() && report.covered == report.entries, "{report:?}");
    })
    .await;
}

#[tokio::test]
async fn audit_09_old_details_go_by_themselves_and_it_is_written_down() {
    for_each_database(|db| async move {
        let server = TestServer::with(&db, |config| config.audit.details_days = 30).await;
        let app = &server.server.app;
        server.log_in_by_code(TARO).await;
        let (taro, step) = (account(&server, TARO).await, async || {
            warifu_server::jobs::step(app, None).await.unwrap();
        });
        step().await;
        assert!(kept(&server, &taro).await > 1);
        server.clock.advance_secs(29 * 86_400);
        step().await;
        assert_eq!(server.leaves("details.erased").await, 0);
        server.clock.advance_secs(86_400 + 1);
        step().await;
        assert_eq!(kept(&server, &taro).await, 0);
        step().await;
        assert_eq!(
            server.leaves("details.erased").await,
            1,
            "nothing more, nothing said"
        );
        let all = count(&app.store, "SELECT COUNT(*) FROM audit_details").await;
        assert_eq!(all, 1, "those of that leaf");
    })
    .await;
}

//! What anybody may ask over HTTP: checkpoint and proofs, and nothing of what is in the log (AUDIT-04, AUDIT-05).

use reqwest::StatusCode;
use serde_json::Value;
use warifu_server::store::log;
use warifu_shared::api::{ConsistencyProof, InclusionProof, paths};
use warifu_shared::b64;
use warifu_shared::log::proof::{verify_consistency, verify_inclusion};
use warifu_shared::log::{Checkpoint, Hash};
use warifu_tests::databases::for_each_database;
use warifu_tests::server::{HANAKO, TARO, TestServer};

use crate::receipts::keys;

fn hashes(texts: &[String]) -> Vec<Hash> {
    texts.iter().map(|it| b64::decode_array(it).unwrap()).collect()
}

async fn checkpoint(server: &TestServer) -> Checkpoint {
    let answer = server.browser().get(paths::LOG_CHECKPOINT).await;
    assert_eq!(answer.status, StatusCode::OK);
    Checkpoint::verify(&answer.body, &keys(server).await.log).unwrap()
}

#[tokio::test]
async fn audit_04_audit_05_anybody_can_follow_the_log_and_reads_nothing_in_it() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let get = async |path: String| server.browser().get(&path).await;
        assert_eq!(
            get(paths::LOG_CHECKPOINT.to_owned()).await.status,
            StatusCode::NOT_FOUND
        );
        server.log_in_by_code(TARO).await;
        server.server.sequencer.step(server.now()).await.unwrap();
        let old = checkpoint(&server).await;
        server.log_in_by_code(HANAKO).await;
        server.server.sequencer.step(server.now()).await.unwrap();
        let new = checkpoint(&server).await;
        assert!(0 < old.size && old.size < new.size);

        let path = format!("{}?old={}&new={}", paths::LOG_CONSISTENCY, old.size, new.size);
        let answer = get(path).await;
        let proof: ConsistencyProof = serde_json::from_str(&answer.body).unwrap();
        let proof = hashes(&proof.proof);
        assert_eq!(
            verify_consistency(old.size, &old.root, new.size, &new.root, &proof),
            Ok(())
        );

        let mut c = server.server.app.store.read().await.unwrap();
        for it in log::from_position(&mut c, 0, new.size).await.unwrap() {
            let path = format!(
                "{}?leaf={}&size={}",
                paths::LOG_INCLUSION,
                b64::encode(it.hash),
                new.size
            );
            let answer = get(path).await;
            let value: Value = serde_json::from_str(&answer.body).unwrap();
            assert_eq!(value.as_object().unwrap().len(), 2, "{value}");
            let shown: InclusionProof = serde_json::from_value(value).unwrap();
            assert_eq!(shown.position, it.position);
            let proof = hashes(&shown.proof);
            assert_eq!(
                verify_inclusion(&it.hash, it.position, new.size, &proof, &new.root),
                Ok(())
            );
        }
    })
    .await;
}

#[tokio::test]
async fn web_11_odd_questions_about_the_log_are_refused() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let get = async |path: String| server.browser().get(&path).await;
        server.log_in_by_code(TARO).await;
        server.server.sequencer.step(server.now()).await.unwrap();
        let new = checkpoint(&server).await;
        let (bad, absent) = (StatusCode::BAD_REQUEST, StatusCode::NOT_FOUND);
        let more = new.size + 1;
        let leaf = b64::encode([9; 32]);
        for (query, status) in [
            (format!("{}?old=1&new={more}", paths::LOG_CONSISTENCY), absent),
            (format!("{}?old=2&new=1", paths::LOG_CONSISTENCY), bad),
            (format!("{}?old=-1&new=1", paths::LOG_CONSISTENCY), bad),
            (
                format!("{}?old=1&new=18446744073709551615", paths::LOG_CONSISTENCY),
                absent,
            ),
            (format!("{}?old=1", paths::LOG_CONSISTENCY), bad),
            (
                format!("{}?leaf={leaf}&size={}", paths::LOG_INCLUSION, new.size),
                absent,
            ),
            (
                format!("{}?leaf={leaf}&size={more}", paths::LOG_INCLUSION),
                absent,
            ),
            (format!("{}?leaf=x&size=1", paths::LOG_INCLUSION), bad),
            (format!("{}?leaf={leaf}&size=1&more=1", paths::LOG_INCLUSION), bad),
        ] {
            assert_eq!(get(query.clone()).await.status, status, "{query}");
        }
    })
    .await;
}

//! What a database says happened, read by the test itself: challenges, and the audit leaves of their decisions.

use std::collections::HashMap;

use serde_json::Value;
use sqlx::Row as _;
use sqlx::any::AnyRow;
use warifu_server::store::Store;
use warifu_shared::ids::ChallengeId;

/// A challenge as its row says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// `pending`, `approved`, `denied`, `expired`, `cancelled` or `consumed`.
    pub state: String,
    /// SHA-256 of the token that was recorded.
    pub decision_hash: Option<String>,
    /// The device that decided.
    pub decided_by: Option<String>,
    /// Wrong numbers so far.
    pub wrong_tries: i64,
    /// What it asks for.
    pub action: String,
}

/// All challenges, by id.
///
/// # Panics
/// When the database does not answer.
pub async fn challenges(store: &Store) -> HashMap<String, Recorded> {
    let mut c = store.read().await.expect("a connection");
    let rows = sqlx::query("SELECT * FROM challenges")
        .fetch_all(&mut *c)
        .await
        .expect("rows");
    rows.iter().map(|row| (row.get("id"), read(row))).collect()
}

/// One challenge.
///
/// # Panics
/// When there is none.
pub async fn challenge(store: &Store, id: &ChallengeId) -> Recorded {
    let mut c = store.read().await.expect("a connection");
    let row = sqlx::query("SELECT * FROM challenges WHERE id = $1")
        .bind(id.as_str())
        .fetch_one(&mut *c)
        .await
        .expect("a challenge");
    read(&row)
}

fn read(row: &AnyRow) -> Recorded {
    Recorded {
        state: row.get("state"),
        decision_hash: row.get("decision_hash"),
        decided_by: row.get("decided_by"),
        wrong_tries: row.get("wrong_tries"),
        action: row.get("action"),
    }
}

/// All audit leaves.
///
/// # Panics
/// When one of them is no JSON.
pub async fn leaves(store: &Store) -> Vec<Value> {
    let mut c = store.read().await.expect("a connection");
    let rows = sqlx::query("SELECT entry FROM audit_leaves")
        .fetch_all(&mut *c)
        .await
        .expect("rows");
    rows.iter()
        .map(|row| serde_json::from_slice(row.get("entry")).expect("a leaf"))
        .collect()
}

/// Checks that decisions and leaves fit one to one: each decided challenge has one leaf of its decision, by the device that
/// decided; no other challenge has one; each used approval of a login opened one session.
///
/// # Panics
/// When they do not.
pub async fn assert_leaves_fit(store: &Store) {
    let challenges = challenges(store).await;
    let leaves = leaves(store).await;
    let mut decisions: HashMap<&str, Vec<&Value>> = HashMap::new();
    for leaf in leaves.iter().filter(|leaf| is_decision(leaf)) {
        let object = leaf["object"].as_str().expect("text");
        decisions.entry(object).or_default().push(leaf);
    }
    for (id, recorded) in &challenges {
        let found = decisions.remove(id.as_str()).unwrap_or_default();
        let action = match recorded.state.as_str() {
            "approved" | "consumed" => "challenge.approve",
            "denied" => "challenge.deny",
            _ => {
                assert!(found.is_empty(), "{id} is {recorded:?} and has {found:?}");
                continue;
            }
        };
        assert_eq!(found.len(), 1, "{id} is {recorded:?} and has {found:?}");
        assert_eq!(found[0]["action"], action, "{id} is {recorded:?}");
        let by = recorded.decided_by.as_deref().expect("somebody decided");
        assert_eq!(found[0]["actor"], format!("device:{by}"), "{id}");
        assert!(recorded.decision_hash.is_some(), "{id}");
    }
    assert!(decisions.is_empty(), "leaves of no challenge: {decisions:?}");
    let used = challenges
        .values()
        .filter(|it| it.state == "consumed" && it.action == "login")
        .count();
    let completed = leaves
        .iter()
        .filter(|leaf| leaf["action"] == "login.completed" && leaf["outcome"] == "app");
    assert_eq!(completed.count(), used, "one login for each used approval");
    let sessions = "SELECT COUNT(*) FROM sessions WHERE assurance = 'app'";
    assert_eq!(
        usize::try_from(count(store, sessions).await),
        Ok(used),
        "one session for each used approval"
    );
}

/// The one number that a query gives.
///
/// # Panics
/// When it gives none.
pub async fn count(store: &Store, sql: &'static str) -> i64 {
    let mut c = store.read().await.expect("a connection");
    sqlx::query_scalar(sql)
        .fetch_one(&mut *c)
        .await
        .expect("a number")
}

/// Whether a leaf records a decision, and no refused try.
fn is_decision(leaf: &Value) -> bool {
    match leaf["action"].as_str() {
        Some("challenge.approve") => matches!(leaf["outcome"].as_str(), Some("typed" | "scanned" | "link")),
        Some("challenge.deny") => true,
        _ => false,
    }
}

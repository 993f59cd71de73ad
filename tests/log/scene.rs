//! A log without a server: a database, leaves written into it, and sequencers that are stepped.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sqlx::Row as _;
use tempfile::TempDir;
use warifu_server::audit::sequencer::{Sequencer, SequencerError};
use warifu_server::audit::{self, Details, Event, tree};
use warifu_server::store::{Dialect, Store, log};
use warifu_shared::clock::Timestamp;
use warifu_shared::ids::RequestId;
use warifu_shared::keys::SigningKey;
use warifu_shared::log::proof::verify_inclusion;
use warifu_shared::log::verify::{LogReport, verify};
use warifu_shared::log::{Checkpoint, LogKey};
use warifu_tests::databases::Database;

pub const NAME: &str = "auth.example/audit";
/// When the tests begin.
pub const START: Timestamp = Timestamp(1_795_000_000_000);

/// A log on a database.
pub struct Scene {
    pub store: Store,
    pub key: Arc<SigningKey>,
    db: Database,
    folder: TempDir,
}

impl Scene {
    pub async fn on(db: Database) -> Self {
        Self {
            store: Store::open(db.url()).await.unwrap(),
            key: Arc::new(SigningKey::generate()),
            db,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub fn log_key(&self) -> LogKey {
        LogKey::new(NAME, self.key.public()).unwrap()
    }

    /// The folder of the copy.
    pub fn copy(&self) -> PathBuf {
        self.folder.path().join("copy")
    }

    /// A new sequencer, as after a start of the process.
    pub fn sequencer(&self) -> Sequencer {
        Sequencer::new(self.store.clone(), Arc::clone(&self.key), self.log_key(), None)
    }

    /// The same with a copy in `folder`.
    pub fn copying(&self, folder: &Path) -> Sequencer {
        let folder = Some(folder.to_owned());
        Sequencer::new(self.store.clone(), Arc::clone(&self.key), self.log_key(), folder)
    }

    /// A sequencer of another process: its own connections.
    pub async fn elsewhere(&self) -> Sequencer {
        let store = Store::open(self.db.url()).await.unwrap();
        Sequencer::new(store, Arc::clone(&self.key), self.log_key(), None)
    }

    /// Writes leaves about `subject` that happened at `at`.
    pub async fn write(&self, count: usize, subject: &str, at: Timestamp) {
        for place in 0..count {
            let (subject, object) = (subject.to_owned(), format!("ch_{place}"));
            let write = self.store.write(move |c| {
                Box::pin(async move {
                    let event = Event {
                        action: "test.happened",
                        actor: "server",
                        subject: &subject,
                        outcome: "ok",
                        object: &object,
                        request: &RequestId::random(),
                        details: Details {
                            address: Some("192.0.2.1".to_owned()),
                            browser: None,
                        },
                    };
                    audit::write(c, &event, at).await
                })
            });
            write.await.unwrap();
        }
    }

    /// Leaves, positions and published checkpoints.
    pub async fn counts(&self) -> (i64, i64, i64) {
        let mut c = self.store.read().await.unwrap();
        let row = sqlx::query(
            "SELECT (SELECT COUNT(*) FROM audit_leaves) AS leaves, (SELECT COUNT(*) FROM log_positions) AS positions, \
             (SELECT COUNT(*) FROM log_checkpoints) AS checkpoints",
        )
        .fetch_one(&mut *c)
        .await
        .unwrap();
        (row.get("leaves"), row.get("positions"), row.get("checkpoints"))
    }

    /// The newest head, verified.
    pub async fn head(&self) -> Checkpoint {
        let mut c = self.store.read().await.unwrap();
        let head = log::head(&mut c).await.unwrap();
        let checkpoint = Checkpoint::verify(&head.note, &self.log_key()).unwrap();
        assert_eq!(checkpoint.size, head.size);
        checkpoint
    }

    /// Checks that every leaf has exactly one position, that positions have no gap, and that each leaf is proven.
    pub async fn assert_all_proven(&self) {
        let (leaves, positions, _) = self.counts().await;
        assert_eq!(leaves, positions, "each leaf has one position");
        let head = self.head().await;
        assert_eq!(head.size as i64, positions);
        let mut c = self.store.read().await.unwrap();
        let all = log::from_position(&mut c, 0, head.size).await.unwrap();
        for (place, it) in all.iter().enumerate() {
            assert_eq!(it.position, place as u64, "no gap");
            let entry = it.entry.as_ref().unwrap();
            assert_eq!(warifu_shared::log::leaf_hash(entry), it.hash);
            let proof = tree::inclusion(&mut c, it.position, head.size)
                .await
                .unwrap()
                .unwrap();
            assert_eq!(
                verify_inclusion(&it.hash, it.position, head.size, &proof, &head.root),
                Ok(())
            );
            assert_eq!(
                log::position_of(&mut c, &it.hash).await.unwrap(),
                Some(it.position)
            );
        }
    }

    /// Does something that only the owner of the database can do: the triggers that forbid it are gone first.
    pub async fn as_owner(&self, statements: &[&'static str]) {
        let drops: &[&'static str] = match self.store.dialect() {
            Dialect::Sqlite => &[
                "DROP TRIGGER IF EXISTS audit_leaves_no_update",
                "DROP TRIGGER IF EXISTS audit_leaves_no_delete",
                "DROP TRIGGER IF EXISTS log_positions_no_update",
                "DROP TRIGGER IF EXISTS log_positions_no_delete",
                "DROP TRIGGER IF EXISTS log_nodes_no_update",
                "DROP TRIGGER IF EXISTS log_nodes_no_delete",
                "DROP TRIGGER IF EXISTS log_checkpoints_no_delete",
                "DROP TRIGGER IF EXISTS log_head_never_shrinks",
            ],
            Dialect::Postgres => &[
                "DROP TRIGGER IF EXISTS audit_leaves_no_change ON audit_leaves",
                "DROP TRIGGER IF EXISTS audit_leaves_no_delete ON audit_leaves",
                "DROP TRIGGER IF EXISTS log_positions_no_update ON log_positions",
                "DROP TRIGGER IF EXISTS log_positions_no_change ON log_positions",
                "DROP TRIGGER IF EXISTS log_nodes_no_change ON log_nodes",
                "DROP TRIGGER IF EXISTS log_checkpoints_no_change ON log_checkpoints",
                "DROP TRIGGER IF EXISTS log_head_never_shrinks ON log_head",
            ],
        };
        let all: Vec<&'static str> = drops.iter().chain(statements).copied().collect();
        let done = self.store.write(move |c| {
            Box::pin(async move {
                for sql in all {
                    sqlx::query(sql).execute(&mut *c).await?;
                }
                Ok(())
            })
        });
        done.await.unwrap();
    }

    /// What the verifier says of the copy in `folder`.
    pub fn verify(&self, folder: &Path) -> LogReport {
        verify(folder, &self.log_key(), &[])
    }
}

/// The words of a refusal to sign.
pub fn inconsistent<T: std::fmt::Debug>(result: Result<T, SequencerError>) -> &'static str {
    match result {
        Err(SequencerError::Inconsistent(why)) => why,
        other => panic!("{other:?}"),
    }
}

//! Entries past their retention: the text goes, the hash stays, and the log says so (AUDIT-09).

use warifu_server::operations::prune_log;
use warifu_server::store::prunes;
use warifu_shared::log::export::LineProblem;
use warifu_shared::log::prune::Prune;
use warifu_shared::log::verify::{Problem, Pruned};
use warifu_tests::databases::{Database, for_each_database};

use crate::scene::{START, Scene};

const YEAR: i64 = 365 * 86_400;

/// Ten entries of one day, five of a day ten years later, all with their positions.
async fn old_and_new(scene: &Scene) {
    scene.write(10, "ac_1", START).await;
    scene.sequencer().finish(START).await.unwrap();
    let later = START.plus_secs(10 * YEAR);
    scene.write(5, "ac_1", later).await;
    scene.sequencer().finish(later).await.unwrap();
}

#[tokio::test]
async fn audit_09_old_entries_go_their_hashes_stay_and_a_record_in_the_log_says_which() {
    for_each_database(|db| async move {
        let scene = Scene::on(db).await;
        old_and_new(&scene).await;
        let before = scene.head().await;
        let now = START.plus_secs(11 * YEAR);
        let early = prune_log::run(&scene.store, 12 * 365, now).await.unwrap();
        assert_eq!(early, None, "not due");
        let prune = Prune {
            first: 0,
            last: 9,
            days: 3653,
        };
        assert_eq!(prune_log::run(&scene.store, 3653, now).await.unwrap(), Some(prune));
        assert_eq!(prune_log::run(&scene.store, 3653, now).await.unwrap(), None, "once");
        let (leaves, positions, _) = scene.counts().await;
        assert_eq!((leaves, positions), (6, 15), "five and the record; every position");

        scene.sequencer().finish(now).await.unwrap();
        let after = scene.head().await;
        assert_eq!((before.size, after.size), (15, 16), "the tree goes on");
        let folder = tempfile::tempdir().unwrap();
        scene.copying(folder.path()).finish(now).await.unwrap();
        let report = scene.verify(folder.path());
        assert!(report.holds(), "{report:?}");
        assert_eq!(report.pruned, [Pruned { prune, record: 15 }]);

        let mut c = scene.store.read().await.unwrap();
        let left: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM log_positions WHERE position < 10 AND (subject <> '-' OR actor <> '-' OR action <> '-')",
        )
        .fetch_one(&mut *c)
        .await
        .unwrap();
        assert_eq!(left, 0, "nothing beside the hashes");
        drop(c);
        for sql in [
            "DELETE FROM audit_leaves",
            "UPDATE log_positions SET subject = '-', object = '-', actor = '-', action = '-' WHERE position = 12",
            "UPDATE log_positions SET leaf_hash = (SELECT leaf_hash FROM log_positions WHERE position = 1) WHERE position = 2",
            "UPDATE log_positions SET subject = 'ac_2' WHERE position = 2",
            "DELETE FROM log_positions WHERE position = 2",
            "UPDATE log_prunes SET below = 15",
            "DELETE FROM log_prunes",
        ] {
            let done = scene
                .store
                .write(move |c| Box::pin(async move { Ok(sqlx::query(sql).execute(c).await.map(drop)?) }));
            assert!(done.await.is_err(), "{sql}");
        }
    })
    .await;
}

#[tokio::test]
async fn audit_09_what_no_record_covers_is_told_as_taken_out() {
    let scene = Scene::on(Database::sqlite()).await;
    old_and_new(&scene).await;
    let now = START.plus_secs(11 * YEAR);
    prune_log::run(&scene.store, 3653, now).await.unwrap().unwrap();
    scene.sequencer().finish(now).await.unwrap();
    scene
        .as_owner(&[
            "DELETE FROM audit_leaves WHERE id = (SELECT leaf_id FROM log_positions WHERE position = 12)",
        ])
        .await;
    let folder = tempfile::tempdir().unwrap();
    scene.copying(folder.path()).finish(now).await.unwrap();
    let what = LineProblem::TakenOut;
    assert_eq!(
        scene.verify(folder.path()).problems,
        [Problem::Entry { position: 12, what }]
    );
}

#[tokio::test]
async fn audit_09_a_record_that_no_checkpoint_covers_excuses_nothing() {
    let scene = Scene::on(Database::sqlite()).await;
    old_and_new(&scene).await;
    let now = START.plus_secs(11 * YEAR);
    prune_log::run(&scene.store, 3653, now).await.unwrap().unwrap();
    // The record has its position, and no checkpoint was published since.
    scene.sequencer().round(START.plus_secs(10 * YEAR)).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    scene
        .copying(folder.path())
        .step(START.plus_secs(10 * YEAR))
        .await
        .unwrap();
    let report = scene.verify(folder.path());
    assert_eq!(report.problems.len(), 10, "{report:?}");
    scene.sequencer().finish(now).await.unwrap();
    scene.copying(folder.path()).finish(now).await.unwrap();
    assert!(scene.verify(folder.path()).holds());
}

#[tokio::test]
async fn audit_09_an_interrupted_run_is_finished_by_the_next() {
    let scene = Scene::on(Database::sqlite()).await;
    old_and_new(&scene).await;
    let now = START.plus_secs(11 * YEAR);
    let allowed = scene
        .store
        .write(move |c| Box::pin(async move { prunes::allow(c, 0, 10, "au_record", now).await }));
    assert!(allowed.await.unwrap());
    let raced = scene
        .store
        .write(move |c| Box::pin(async move { prunes::allow(c, 0, 8, "au_other", now).await }));
    assert!(!raced.await.unwrap(), "another has pruned meanwhile");
    assert_eq!(prune_log::run(&scene.store, 3653, now).await.unwrap(), None);
    assert_eq!(scene.counts().await.0, 5);
}

//! Checkpoints are published in time, and never for a tree that does not continue what was signed (AUDIT-05).

use warifu_shared::keys::SigningKey;
use warifu_tests::databases::for_each_database;

use crate::scene::{START, Scene, inconsistent};

#[tokio::test]
async fn audit_05_a_checkpoint_comes_each_hour_each_thousand_entries_and_at_the_end() {
    for_each_database(|db| async move {
        let scene = Scene::on(db).await;
        let sequencer = scene.sequencer();
        scene.write(3, "ac_1", START).await;
        assert!(sequencer.step(START).await.unwrap().published, "the first");
        scene.write(3, "ac_1", START.plus_secs(1)).await;
        assert!(!sequencer.step(START.plus_secs(1)).await.unwrap().published);
        assert!(!sequencer.step(START.plus_secs(3599)).await.unwrap().published);
        assert!(
            sequencer.step(START.plus_secs(3600)).await.unwrap().published,
            "an hour"
        );
        assert!(
            !sequencer.step(START.plus_secs(9000)).await.unwrap().published,
            "nothing new"
        );
        scene.write(1, "ac_1", START.plus_secs(9000)).await;
        assert!(sequencer.step(START.plus_secs(9000)).await.unwrap().published);
        scene.write(999, "ac_1", START.plus_secs(9001)).await;
        assert!(!sequencer.step(START.plus_secs(9001)).await.unwrap().published);
        scene.write(1, "ac_1", START.plus_secs(9001)).await;
        assert!(
            sequencer.step(START.plus_secs(9001)).await.unwrap().published,
            "a thousand"
        );
        scene.write(1, "ac_1", START.plus_secs(9002)).await;
        assert!(
            sequencer.finish(START.plus_secs(9002)).await.unwrap().published,
            "the end"
        );
        assert!(!sequencer.finish(START.plus_secs(9002)).await.unwrap().published);
        assert_eq!(scene.counts().await.2, 5);
    })
    .await;
}

/// A log of forty entries in two rounds, whose sequencer has ended.
async fn forty(scene: &Scene) {
    let sequencer = scene.sequencer();
    for second in 0..2 {
        scene.write(20, "ac_1", START.plus_secs(second)).await;
        sequencer.finish(START.plus_secs(second)).await.unwrap();
    }
}

#[tokio::test]
async fn audit_05_nothing_is_signed_over_hashes_that_were_changed() {
    for statement in [
        "UPDATE log_positions SET leaf_hash = (SELECT leaf_hash FROM log_positions WHERE position = 1) WHERE position = 33",
        "UPDATE log_nodes SET hash = (SELECT hash FROM log_nodes WHERE level = 4 AND place = 1) WHERE level = 4 AND place = 0",
        "DELETE FROM log_positions WHERE position = 39",
        "DELETE FROM log_nodes WHERE level = 4 AND place = 1",
        "UPDATE log_head SET size = 39",
        "UPDATE log_head SET note = (SELECT note FROM log_checkpoints WHERE size = 20)",
        "UPDATE log_head SET note = ''",
    ] {
        for_each_database(|db| async move {
            let scene = Scene::on(db).await;
            forty(&scene).await;
            scene.as_owner(&[statement]).await;
            let later = START.plus_secs(10);
            scene.write(1, "ac_1", later).await;
            let sequencer = scene.sequencer();
            let why = inconsistent(sequencer.step(later).await);
            assert!(!why.is_empty());
            assert_eq!(inconsistent(sequencer.finish(later).await), why, "and again");
            // The server goes on writing leaves.
            scene.write(1, "ac_1", later).await;
        })
        .await;
    }
}

#[tokio::test]
async fn audit_05_a_log_that_was_rolled_back_is_not_continued() {
    for_each_database(|db| async move {
        let scene = Scene::on(db).await;
        let folder = scene.copy();
        let sequencer = scene.copying(&folder);
        for second in 0..2 {
            scene.write(20, "ac_1", START.plus_secs(second)).await;
            sequencer.finish(START.plus_secs(second)).await.unwrap();
        }
        // Back to the first checkpoint, honestly signed: as if the rest had never been.
        scene
            .as_owner(&[
                "UPDATE log_head SET size = 20, published_size = 20, note = (SELECT note FROM log_checkpoints WHERE size = 20)",
                "DELETE FROM log_checkpoints WHERE size = 40",
                "DELETE FROM audit_leaves WHERE id IN (SELECT leaf_id FROM log_positions WHERE position >= 20)",
                "DELETE FROM log_positions WHERE position >= 20",
                "DELETE FROM log_nodes WHERE level = 4 AND place >= 1",
            ])
            .await;
        scene.write(1, "ac_1", START.plus_secs(2)).await;
        let now = START.plus_secs(2);
        assert_eq!(inconsistent(sequencer.step(now).await), "it is shorter than what was signed");
        // A process that starts now remembers nothing, but the copy does.
        drop(sequencer);
        let why = inconsistent(scene.copying(&folder).step(now).await);
        assert_eq!(why, "it is shorter than what was signed");
        // Without a copy nobody can know: docs/security.md says so.
        assert_eq!(scene.sequencer().step(now).await.unwrap().placed, 1);
        assert_eq!(inconsistent(scene.copying(&folder).finish(now.plus_secs(4000)).await), why);
    })
    .await;
}

#[tokio::test]
async fn audit_05_another_key_does_not_continue_the_log() {
    for_each_database(|db| async move {
        let mut scene = Scene::on(db).await;
        forty(&scene).await;
        scene.key = std::sync::Arc::new(SigningKey::generate());
        scene.write(1, "ac_1", START.plus_secs(2)).await;
        let why = inconsistent(scene.sequencer().step(START.plus_secs(2)).await);
        assert_eq!(why, "a stored checkpoint is not signed by the key of the log");
    })
    .await;
}

//! Every leaf gets one position, whoever sequences and however late it comes (AUDIT-03, AUDIT-04).

use warifu_server::store::Dialect;
use warifu_shared::log::proof::verify_consistency;
use warifu_tests::databases::{Database, for_each_database};

use crate::scene::{START, Scene};

#[tokio::test]
async fn audit_03_audit_04_every_leaf_gets_one_position_and_is_proven() {
    for_each_database(|db| async move {
        let scene = Scene::on(db).await;
        let sequencer = scene.sequencer();
        let mut heads = Vec::new();
        for (round, count) in [1, 2, 5, 30, 70, 0, 7].into_iter().enumerate() {
            let now = START.plus_secs(round as i64);
            scene.write(count, "ac_1", now).await;
            let done = sequencer.step(now).await.unwrap();
            assert_eq!(done.placed, count);
            heads.push(scene.head().await);
            scene.assert_all_proven().await;
        }
        let mut c = scene.store.read().await.unwrap();
        for old in &heads {
            for new in &heads {
                let proof = warifu_server::audit::tree::consistency(&mut c, old.size, new.size).await;
                match proof.unwrap() {
                    Some(proof) => {
                        let holds = verify_consistency(old.size, &old.root, new.size, &new.root, &proof);
                        assert_eq!(holds, Ok(()), "{} to {}", old.size, new.size);
                    }
                    None => assert!(old.size > new.size),
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn audit_03_a_new_process_goes_on_where_the_last_one_stopped() {
    for_each_database(|db| async move {
        let scene = Scene::on(db).await;
        for round in 0..6 {
            // What the last process left behind lies far back.
            scene.write(23, "ac_1", START.plus_secs(round * 100_000)).await;
            let sequencer = scene.sequencer();
            let done = sequencer
                .step(START.plus_secs((round + 1) * 100_000))
                .await
                .unwrap();
            assert_eq!(done.placed, 23);
        }
        scene.assert_all_proven().await;
    })
    .await;
}

#[tokio::test]
async fn audit_03_a_leaf_that_becomes_visible_late_is_found() {
    for_each_database(|db| async move {
        let scene = Scene::on(db).await;
        let sequencer = scene.sequencer();
        scene.write(1, "ac_1", START).await;
        sequencer.step(START).await.unwrap();
        // (seconds late, seconds until it has to be found)
        for (late, limit) in [(1, 1), (100, 11), (80_000, 3601)] {
            let mut now = START.plus_secs(200_000);
            sequencer.step(now).await.unwrap();
            scene.write(1, "ac_1", now.plus_secs(-late)).await;
            let before = now;
            while scene.counts().await.0 != scene.counts().await.1 {
                now = now.plus_secs(1);
                sequencer.step(now).await.unwrap();
                assert!(now.secs_since(before) <= limit, "{late} s late");
            }
        }
        scene.assert_all_proven().await;
    })
    .await;
}

#[tokio::test]
async fn audit_03_a_backlog_is_worked_off_in_rounds() {
    for_each_database(|db| async move {
        let scene = Scene::on(db).await;
        scene.write(1300, "ac_1", START).await;
        let sequencer = scene.sequencer();
        let first = sequencer.round(START).await.unwrap();
        assert!((500..=1100).contains(&first.placed) && first.more, "{first:?}");
        sequencer.step(START).await.unwrap();
        assert_eq!(scene.counts().await.1, 1300);
        scene.assert_all_proven().await;
        let idle = sequencer.step(START).await.unwrap();
        assert_eq!((idle.placed, idle.published, idle.more), (0, false, false));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn audit_03_two_processes_on_one_postgresql_give_each_leaf_exactly_one_position() {
    let db = Database::postgres().await;
    let scene = Scene::on(db).await;
    let (one, two) = (scene.sequencer(), scene.elsewhere().await);
    let writing = async {
        for second in 0..20 {
            scene.write(10, "ac_1", START.plus_secs(second)).await;
        }
    };
    let stepping = |sequencer: warifu_server::audit::sequencer::Sequencer| async move {
        let mut placed = 0;
        for second in 0..200 {
            placed += sequencer.step(START.plus_secs(second / 10)).await.unwrap().placed;
            tokio::task::yield_now().await;
        }
        (sequencer, placed)
    };
    let ((), (one, by_one), (two, by_two)) = tokio::join!(
        writing,
        tokio::spawn(stepping(one)).map_ok(),
        tokio::spawn(stepping(two)).map_ok()
    );
    let rest = one.step(START.plus_secs(20)).await.unwrap().placed;
    assert_eq!(two.step(START.plus_secs(20)).await.unwrap().placed, 0);
    assert_eq!(by_one + by_two + rest, 200);
    scene.assert_all_proven().await;
}

/// The result of a task that must not panic.
trait MapOk<T> {
    async fn map_ok(self) -> T;
}

impl<T> MapOk<T> for tokio::task::JoinHandle<T> {
    async fn map_ok(self) -> T {
        self.await.unwrap()
    }
}

#[tokio::test]
async fn audit_03_positions_nodes_and_checkpoints_cannot_be_changed() {
    for_each_database(|db| async move {
        let scene = Scene::on(db).await;
        scene.write(40, "ac_1", START).await;
        scene.sequencer().finish(START).await.unwrap();
        let mut refused = vec![
            "UPDATE log_positions SET subject = 'ac_2'",
            "DELETE FROM log_positions",
            "UPDATE log_nodes SET place = place + 1000",
            "DELETE FROM log_nodes",
            "UPDATE log_checkpoints SET note = ''",
            "DELETE FROM log_checkpoints",
            "DELETE FROM log_head",
            "UPDATE log_head SET size = size - 1",
            "UPDATE audit_leaves SET subject = 'ac_2'",
            "DELETE FROM audit_leaves",
        ];
        if scene.store.dialect() == Dialect::Postgres {
            refused.extend([
                "TRUNCATE log_positions",
                "TRUNCATE log_nodes",
                "TRUNCATE log_checkpoints",
                "TRUNCATE log_head",
            ]);
        }
        for sql in refused {
            let done = scene
                .store
                .write(move |c| Box::pin(async move { Ok(sqlx::query(sql).execute(c).await.map(drop)?) }));
            assert!(done.await.is_err(), "{sql}");
        }
        scene.assert_all_proven().await;
    })
    .await;
}

//! What somebody does to entries, in the copy or in the database, is found and named (AUDIT-07).

use std::fs;

use warifu_shared::keys::SigningKey;
use warifu_shared::log::export::{ENTRIES, Line, LineProblem};
use warifu_shared::log::verify::{Problem, verify};
use warifu_shared::log::{LogKey, leaf_hash};
use warifu_tests::databases::{Database, for_each_database};

use crate::scene::{NAME, START, Scene};

/// Ten entries with checkpoints at five and ten.
async fn ten(scene: &Scene) {
    let sequencer = scene.copying(&scene.copy());
    for second in 0..2 {
        scene.write(5, "ac_1", START.plus_secs(second)).await;
        sequencer.finish(START.plus_secs(second)).await.unwrap();
    }
}

/// Changes the lines of the copy.
fn change(scene: &Scene, change: impl FnOnce(&mut Vec<Line>)) -> Vec<Problem> {
    let part = scene.copy().join(ENTRIES).join("000000000000.jsonl");
    let before = fs::read(&part).unwrap();
    let mut lines: Vec<Line> = before
        .split(|b| *b == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| Line::read(line).unwrap())
        .collect();
    change(&mut lines);
    let written: Vec<u8> = lines
        .iter()
        .flat_map(|line| [line.write(), b"\n".to_vec()].concat())
        .collect();
    fs::write(&part, written).unwrap();
    let found = scene.verify(&scene.copy()).problems;
    fs::write(&part, before).unwrap();
    found
}

fn edit(line: &mut Line) {
    let text = String::from_utf8(line.entry.take().unwrap()).unwrap();
    line.entry = Some(text.replace("test.happened", "test.invented").into_bytes());
}

/// As the careful do it: positions and hashes fit again.
fn tidy(lines: &mut [Line]) {
    for (position, line) in lines.iter_mut().enumerate() {
        line.position = position as u64;
        line.hash = leaf_hash(line.entry.as_ref().unwrap());
    }
}

#[tokio::test]
async fn audit_07_edit_delete_insert_reorder_and_truncate_are_found() {
    let scene = Scene::on(Database::sqlite()).await;
    ten(&scene).await;
    let entry = |position, what| vec![Problem::Entry { position, what }];
    let found = change(&scene, |lines| edit(&mut lines[7]));
    assert_eq!(found, entry(7, LineProblem::Changed));
    let found = change(&scene, |lines| lines[3].entry = None);
    assert_eq!(found, entry(3, LineProblem::TakenOut));
    let found = change(&scene, |lines| drop(lines.remove(3)));
    assert_eq!(found, entry(3, LineProblem::Position(4)));
    let found = change(&scene, |lines| lines.insert(3, lines[8].clone()));
    assert_eq!(found, entry(3, LineProblem::Position(8)));
    let found = change(&scene, |lines| lines.swap(2, 3));
    assert_eq!(found, entry(2, LineProblem::Position(3)));
    let found = change(&scene, |lines| lines.truncate(7));
    assert_eq!(found, [Problem::Truncated { size: 10, found: 7 }]);
}

#[tokio::test]
async fn audit_07_whoever_mends_positions_and_hashes_is_found_between_two_checkpoints() {
    let scene = Scene::on(Database::sqlite()).await;
    ten(&scene).await;
    let second_half = [Problem::Mismatch { from: 5, to: 10 }];
    let found = change(&scene, |lines| {
        edit(&mut lines[7]);
        tidy(lines);
    });
    assert_eq!(found, second_half);
    let found = change(&scene, |lines| {
        lines.swap(8, 9);
        tidy(lines);
    });
    assert_eq!(found, second_half);
    let found = change(&scene, |lines| {
        lines.insert(6, lines[0].clone());
        tidy(lines);
    });
    assert_eq!(found, second_half);
    let found = change(&scene, |lines| {
        lines.remove(2);
        tidy(lines);
    });
    assert_eq!(found, [Problem::Mismatch { from: 0, to: 5 }]);
    let found = change(&scene, |lines| {
        lines.remove(8);
        tidy(lines);
    });
    assert_eq!(found, [Problem::Truncated { size: 10, found: 9 }]);
}

#[tokio::test]
async fn audit_07_another_key_is_found() {
    let scene = Scene::on(Database::sqlite()).await;
    ten(&scene).await;
    let other = LogKey::new(NAME, SigningKey::generate().public()).unwrap();
    let problems = verify(&scene.copy(), &other, &[]).problems;
    assert!(matches!(problems[..], [Problem::Checkpoint(..)]), "{problems:?}");
    let other = LogKey::new("other.example/audit", scene.key.public()).unwrap();
    let problems = verify(&scene.copy(), &other, &[]).problems;
    assert!(matches!(problems[..], [Problem::Checkpoint(..)]), "{problems:?}");
}

#[tokio::test]
async fn audit_07_tampering_in_the_database_is_found_in_a_fresh_copy() {
    for (statement, expected) in [
        (
            "UPDATE audit_leaves SET entry = (SELECT entry FROM audit_leaves ORDER BY id LIMIT 1) \
             WHERE id = (SELECT leaf_id FROM log_positions WHERE position = 6)",
            Problem::Entry {
                position: 6,
                what: LineProblem::Changed,
            },
        ),
        (
            "DELETE FROM audit_leaves WHERE id = (SELECT leaf_id FROM log_positions WHERE position = 6)",
            Problem::Entry {
                position: 6,
                what: LineProblem::TakenOut,
            },
        ),
        (
            "UPDATE log_positions SET leaf_hash = (SELECT leaf_hash FROM log_positions WHERE position = 1) WHERE position = 6",
            Problem::Entry {
                position: 6,
                what: LineProblem::Changed,
            },
        ),
        (
            "UPDATE log_positions SET leaf_id = 'au_else' WHERE position = 6",
            Problem::Entry {
                position: 6,
                what: LineProblem::TakenOut,
            },
        ),
        (
            "DELETE FROM log_positions WHERE position = 9",
            Problem::Truncated { size: 10, found: 0 },
        ),
    ] {
        for_each_database(|db| {
            let expected = expected.clone();
            async move {
                let scene = Scene::on(db).await;
                ten(&scene).await;
                scene.as_owner(&[statement]).await;
                let fresh = scene.copy().join("fresh");
                let copied = scene.copying(&fresh).step(START.plus_secs(1)).await;
                let problems = scene.verify(&fresh).problems;
                if copied.is_ok() {
                    assert_eq!(problems[0], expected, "{statement}: {problems:?}");
                } else {
                    // A gap stops the copy, which says so itself.
                    assert!(!problems.is_empty(), "{statement}");
                }
            }
        })
        .await;
    }
}

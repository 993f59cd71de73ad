//! The copy in a folder: what a crash leaves is taken up, nothing is written twice, and every changed byte is seen
//! (AUDIT-06, AUDIT-07).

use std::fs;
use std::path::{Path, PathBuf};

use warifu_server::audit::sequencer::SequencerError;
use warifu_shared::log::export::{CHECKPOINTS, ENTRIES, PART_ENTRIES};
use warifu_shared::log::verify::{Problem, verify};
use warifu_tests::databases::{Database, for_each_database};

use crate::scene::{START, Scene};

/// Every file of a copy that a verifier reads.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for part in [ENTRIES, CHECKPOINTS] {
        all.extend(
            fs::read_dir(folder.join(part))
                .unwrap()
                .map(|it| it.unwrap().path()),
        );
    }
    all.sort();
    all
}

#[tokio::test]
async fn audit_06_the_copy_holds_every_entry_and_checkpoint_once() {
    for_each_database(|db| async move {
        let scene = Scene::on(db).await;
        let folder = scene.copy();
        let (mut written, mut checkpoints) = (0, 0);
        for (second, count) in [3, 0, 5, 900, 40].into_iter().enumerate() {
            let now = START.plus_secs(second as i64 * 4000);
            // Each time another process.
            let sequencer = scene.copying(&folder);
            scene.write(count, "ac_1", now).await;
            let done = sequencer.step(now).await.unwrap();
            written += count as u64;
            checkpoints += usize::from(done.published);
            let report = scene.verify(&folder);
            assert_eq!(
                (report.entries, report.checkpoints),
                (written, checkpoints),
                "{report:?}"
            );
            assert!(report.holds(), "{report:?}");
        }
        assert_eq!(scene.verify(&folder).covered, written);
    })
    .await;
}

#[tokio::test]
async fn audit_06_parts_have_a_fixed_size() {
    let scene = Scene::on(Database::sqlite()).await;
    let folder = scene.copy();
    scene.write(PART_ENTRIES as usize + 10, "ac_1", START).await;
    scene.copying(&folder).finish(START).await.unwrap();
    let names: Vec<String> = fs::read_dir(folder.join(ENTRIES))
        .unwrap()
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(
        names.contains(&"000000000000.jsonl".to_owned()) && names.contains(&"000000004096.jsonl".to_owned())
    );
    let report = scene.verify(&folder);
    assert!(
        report.holds() && report.covered == PART_ENTRIES + 10,
        "{report:?}"
    );
    // The first part is taken away: the second is not where the log begins.
    fs::remove_file(folder.join(ENTRIES).join("000000000000.jsonl")).unwrap();
    assert!(matches!(scene.verify(&folder).problems[..], [Problem::Stray(_)]));
}

#[tokio::test]
async fn audit_06_a_copy_that_was_cut_off_at_any_byte_is_taken_up_again() {
    let scene = Scene::on(Database::sqlite()).await;
    let folder = scene.copy();
    scene.write(4, "ac_1", START).await;
    scene.copying(&folder).finish(START).await.unwrap();
    let part = folder.join(ENTRIES).join("000000000000.jsonl");
    let checkpoint = folder.join(CHECKPOINTS).join("000000000004");
    let (whole, note) = (fs::read(&part).unwrap(), fs::read(&checkpoint).unwrap());
    for length in (0..whole.len()).step_by(7) {
        // Entries are on the disk before their checkpoint.
        fs::write(&part, &whole[..length]).unwrap();
        fs::remove_file(&checkpoint).unwrap();
        fs::write(folder.join("checkpoint.new"), &note[..length % note.len()]).unwrap();
        scene.copying(&folder).step(START).await.unwrap();
        assert!(
            fs::read(&part).unwrap() == whole && fs::read(&checkpoint).unwrap() == note,
            "{length}"
        );
    }
}

#[tokio::test]
async fn audit_06_two_processes_do_not_write_one_copy() {
    let scene = Scene::on(Database::sqlite()).await;
    let folder = scene.copy();
    let one = scene.copying(&folder);
    scene.write(1, "ac_1", START).await;
    one.step(START).await.unwrap();
    let other = scene.copying(&folder).step(START).await;
    assert!(matches!(other, Err(SequencerError::Export(_))), "{other:?}");
    drop(one);
    scene.copying(&folder).step(START).await.unwrap();
}

#[tokio::test]
async fn audit_07_every_flipped_byte_of_a_copy_is_found() {
    let scene = Scene::on(Database::sqlite()).await;
    let folder = scene.copy();
    let sequencer = scene.copying(&folder);
    for second in 0..2 {
        scene.write(3, "ac_1", START.plus_secs(second)).await;
        sequencer.finish(START.plus_secs(second)).await.unwrap();
    }
    assert!(scene.verify(&folder).holds());
    let mut flipped = 0;
    for path in files(&folder) {
        let whole = fs::read(&path).unwrap();
        for at in 0..whole.len() {
            for mask in [0x01, 0x20, 0x80] {
                let mut bent = whole.clone();
                bent[at] ^= mask;
                fs::write(&path, &bent).unwrap();
                let report = scene.verify(&folder);
                assert!(!report.holds(), "{} byte {at} ^ {mask:#x}", path.display());
                flipped += 1;
            }
        }
        fs::write(&path, &whole).unwrap();
    }
    assert!(flipped > 5000, "{flipped}");
    assert!(scene.verify(&folder).holds());
}

#[tokio::test]
async fn audit_07_a_shortened_copy_is_found_by_a_checkpoint_kept_elsewhere() {
    let scene = Scene::on(Database::sqlite()).await;
    let folder = scene.copy();
    let sequencer = scene.copying(&folder);
    for second in 0..2 {
        scene.write(3, "ac_1", START.plus_secs(second)).await;
        sequencer.finish(START.plus_secs(second)).await.unwrap();
    }
    let kept = folder.join("kept-elsewhere");
    fs::copy(folder.join(CHECKPOINTS).join("000000000006"), &kept).unwrap();
    fs::remove_file(folder.join(CHECKPOINTS).join("000000000006")).unwrap();
    let part = folder.join(ENTRIES).join("000000000000.jsonl");
    let text = fs::read_to_string(&part).unwrap();
    let three: String = text.split_inclusive('\n').take(3).collect();
    fs::write(&part, three).unwrap();
    assert!(scene.verify(&folder).holds(), "nothing inside the folder tells");
    let report = verify(&folder, &scene.log_key(), &[kept]);
    assert_eq!(report.problems, [Problem::Truncated { size: 6, found: 3 }]);
}

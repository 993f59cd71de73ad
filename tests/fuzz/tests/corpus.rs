//! Replays the seeds and the kept corpus of every fuzz target: what a campaign once reached stays reached, and what it
//! once found stays mended.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use warifu_fuzz_checks::{TARGETS, run, seeds};

fn corpus(target: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "../../fuzz/corpus", target]
        .iter()
        .collect()
}

#[test]
fn key_11_code_08_push_01_05_the_kept_corpus_of_every_target_passes() {
    let mut failed = Vec::new();
    for (target, _) in TARGETS {
        let entries = std::fs::read_dir(corpus(target)).unwrap_or_else(|e| panic!("{target}: {e}"));
        let files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        assert!(!files.is_empty(), "{target} has an empty corpus");
        for file in files {
            let data = std::fs::read(&file).unwrap();
            if catch_unwind(AssertUnwindSafe(|| run(target, &data))).is_err() {
                failed.push(format!(
                    "{target}: {}",
                    file.file_name().unwrap().to_string_lossy()
                ));
            }
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn every_seed_passes_and_every_target_has_one() {
    let mut by_target: BTreeMap<&str, usize> = TARGETS.iter().map(|(name, _)| (*name, 0)).collect();
    for (target, seed) in seeds::seeds() {
        let count = by_target.get_mut(target).unwrap();
        // `scripts/fuzz.sh` asks for the seeds as files, to start from.
        if let Some(folder) = std::env::var_os("WARIFU_WRITE_SEEDS") {
            let folder = PathBuf::from(folder).join(target);
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join(format!("seed-{count:03}")), &seed).unwrap();
        }
        run(target, &seed);
        *count += 1;
    }
    let without: Vec<_> = by_target.iter().filter(|(_, count)| **count == 0).collect();
    assert!(without.is_empty(), "{without:?}");
}

//! Reads `log.json` and `receipt.json` with the product's own readers.

use serde_json::Value;
use warifu_shared::b64;
use warifu_shared::log::proof::{verify_consistency, verify_inclusion};
use warifu_shared::log::{Checkpoint, Entry, Hash, LogKey, leaf_hash};
use warifu_shared::published::PublishedKeys;
use warifu_shared::receipt;

use super::{list, load, name_of, text};

fn hash(case: &Value, name: &str) -> Hash {
    b64::decode_array(text(case, name)).unwrap()
}

fn proof(case: &Value) -> Vec<Hash> {
    let hashes = case["proof"].as_array().unwrap().iter();
    hashes
        .map(|it| b64::decode_array(it.as_str().unwrap()).unwrap())
        .collect()
}

fn read(file: &Value, case: &Value) -> Result<(), String> {
    let number = |name: &str| case[name].as_u64().unwrap();
    match text(case, "kind") {
        "inclusion" => verify_inclusion(
            &hash(case, "leaf"),
            number("index"),
            number("size"),
            &proof(case),
            &hash(case, "root"),
        )
        .map_err(name_of),
        "consistency" => verify_consistency(
            number("old"),
            &hash(case, "old_root"),
            number("new"),
            &hash(case, "new_root"),
            &proof(case),
        )
        .map_err(name_of),
        "checkpoint" => {
            let key: LogKey = text(file, "log").parse().unwrap();
            Checkpoint::verify(text(case, "note"), &key)
                .map(drop)
                .map_err(name_of)
        }
        _ => {
            let bytes = text(case, "entry").as_bytes();
            assert_eq!(leaf_hash(bytes), hash(case, "hash"));
            Entry::read(bytes).map(drop).map_err(name_of)
        }
    }
}

#[test]
fn audit_04_audit_05_log_vectors() {
    let file = load("log.json");
    for case in list(&file, "accept") {
        assert_eq!(read(&file, case), Ok(()), "{}", text(case, "name"));
    }
    for case in list(&file, "refuse") {
        let error = Err(text(case, "error").to_owned());
        assert_eq!(read(&file, case), error, "{}", text(case, "name"));
    }
}

#[test]
fn txn_08_receipt_vectors() {
    let file = load("receipt.json");
    let keys = PublishedKeys::read(file["keys"].to_string().as_bytes()).unwrap();
    let read = |case: &Value| receipt::verify(text(case, "receipt").as_bytes(), &keys).map(drop);
    for case in list(&file, "accept") {
        assert_eq!(read(case), Ok(()), "{}", text(case, "name"));
    }
    for case in list(&file, "refuse") {
        let error = name_of(read(case).unwrap_err());
        assert_eq!(error, text(case, "error"), "{}", text(case, "name"));
    }
}

//! Builds `log.json`: proofs, checkpoints and entries, to be accepted and to be refused.

use serde_json::{Value, json};
use warifu_shared::b64;
use warifu_shared::clock::Timestamp;
use warifu_shared::log::entry::{Entry, Words, evidence_of};
use warifu_shared::log::proof::{consistency_spans, inclusion_spans};
use warifu_shared::log::{Checkpoint, Hash, LogKey, Span, fold, leaf_hash, node_hash};

use crate::support::{TEST2, key};

const NAME: &str = "auth.example/audit";

/// The entry at `place` of the log of these vectors.
fn entry(place: usize) -> Entry {
    let (id, object) = (format!("au_{place}"), format!("ch_{place}"));
    let words = Words {
        actor: "device:dv_7Q",
        subject: "ac_42",
        action: "challenge.approve",
        outcome: ["typed", "scanned", "link \"quoted\" あ"][place % 3],
        object: &object,
        request: "rq_1",
    };
    let at = Timestamp(1_767_225_650_123 + place as i64);
    Entry::new(&id, at, words, &evidence_of("details"), &evidence_of(&object))
}

fn leaves(count: usize) -> Vec<Hash> {
    (0..count).map(|i| entry(i).leaf_hash().unwrap()).collect()
}

fn root(leaves: &[Hash]) -> Hash {
    let len = leaves.len() as u64;
    of_span(leaves, Span { start: 0, end: len })
}

fn of_span(all: &[Hash], span: Span) -> Hash {
    fn complete(leaves: &[Hash]) -> Hash {
        match leaves {
            [one] => *one,
            _ => {
                let (left, right) = leaves.split_at(leaves.len() / 2);
                node_hash(&complete(left), &complete(right))
            }
        }
    }
    let nodes = span.nodes().into_iter();
    let hashes = nodes.map(|node| {
        let (from, len) = ((node.index << node.level) as usize, 1usize << node.level);
        complete(&all[from..from + len])
    });
    fold(&hashes.collect::<Vec<_>>())
}

fn texts(all: &[Hash], spans: Vec<Span>) -> Vec<String> {
    spans
        .into_iter()
        .map(|span| b64::encode(of_span(all, span)))
        .collect()
}

fn inclusion(index: usize, size: usize) -> Value {
    let all = leaves(size);
    let proof = texts(&all, inclusion_spans(index as u64, size as u64).unwrap());
    json!({
        "name": format!("entry {index} in a tree of {size}"), "kind": "inclusion", "leaf": b64::encode(all[index]),
        "index": index, "size": size, "proof": proof, "root": b64::encode(root(&all)),
    })
}

fn consistency(old: usize, new: usize) -> Value {
    let all = leaves(new);
    let proof = texts(&all, consistency_spans(old as u64, new as u64).unwrap());
    json!({
        "name": format!("a tree of {old} and of {new}"), "kind": "consistency", "old": old, "new": new, "proof": proof,
        "old_root": b64::encode(root(&all[..old])), "new_root": b64::encode(root(&all)),
    })
}

fn note(size: usize) -> String {
    let checkpoint = Checkpoint {
        origin: NAME.to_owned(),
        size: size as u64,
        root: root(&leaves(size)),
    };
    checkpoint.sign(&key(TEST2)).unwrap()
}

fn checkpoint(name: &str, note: &str) -> Value {
    json!({"name": name, "kind": "checkpoint", "note": note})
}

fn written(name: &str, entry: &str) -> Value {
    json!({"name": name, "kind": "entry", "entry": entry, "hash": b64::encode(leaf_hash(entry.as_bytes()))})
}

fn with(mut case: Value, name: &str, error: &str, change: impl FnOnce(&mut Value)) -> Value {
    change(&mut case);
    case["name"] = json!(name);
    case["error"] = json!(error);
    case
}

fn refused(case: Value, error: &str) -> Value {
    let name = case["name"].clone();
    with(case, name.as_str().unwrap_or_default(), error, |_| {})
}

/// A signature of a key that nobody knows.
const STRANGER: &str = "\u{2014} witness.example AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n";

fn refused_proofs() -> Vec<Value> {
    vec![
        with(inclusion(2, 7), "another index", "BadProof", |case| {
            case["index"] = json!(3);
        }),
        with(inclusion(2, 7), "another size", "BadProof", |case| {
            case["size"] = json!(4);
        }),
        with(inclusion(2, 7), "a hash too many", "BadProof", |case| {
            let leaf = case["leaf"].clone();
            case["proof"].as_array_mut().unwrap().push(leaf);
        }),
        with(inclusion(2, 7), "siblings exchanged", "BadProof", |case| {
            case["proof"].as_array_mut().unwrap().swap(0, 1);
        }),
        with(consistency(3, 7), "another old root", "BadProof", |case| {
            case["old_root"] = case["new_root"].clone();
        }),
        with(consistency(3, 7), "nothing shown", "BadProof", |case| {
            case["proof"] = json!([]);
        }),
        with(consistency(3, 7), "a tree that shrank", "BadProof", |case| {
            case["old"] = json!(8);
        }),
    ]
}

fn refused_texts(good: &str, text: &str) -> Vec<Value> {
    vec![
        refused(
            checkpoint("a changed size", &good.replacen("\n7\n", "\n8\n", 1)),
            "BadSignature",
        ),
        refused(
            checkpoint("a leading zero", &good.replacen("\n7\n", "\n07\n", 1)),
            "BadSignature",
        ),
        refused(
            checkpoint(
                "only a stranger's signature",
                &format!("{}\n\n{STRANGER}", good.split("\n\n").next().unwrap()),
            ),
            "UnknownKey",
        ),
        refused(
            checkpoint("a hyphen", &good.replace('\u{2014}', "-")),
            "Malformed",
        ),
        refused(written("a space", &text.replacen(':', ": ", 1)), "BadEntry"),
        refused(
            written(
                "another order",
                &text.replacen("\"v\":1,\"id\":\"au_2\"", "\"id\":\"au_2\",\"v\":1", 1),
            ),
            "BadEntry",
        ),
        refused(
            written(
                "a member too many",
                &text.replacen("\"v\":1", "\"v\":1,\"w\":1", 1),
            ),
            "BadEntry",
        ),
        refused(
            written("an escape that is not needed", &text.replacen('あ', "\\u3042", 1)),
            "BadEntry",
        ),
        refused(
            written("version 2", &text.replacen("\"v\":1", "\"v\":2", 1)),
            "BadEntry",
        ),
    ]
}

pub fn log() -> Value {
    let good = note(7);
    let text = String::from_utf8(entry(2).encode().unwrap()).unwrap();
    let mut accept: Vec<Value> = [(0, 1), (0, 2), (4, 5), (2, 7), (6, 7), (12, 13), (7, 8)]
        .map(|(index, size)| inclusion(index, size))
        .into();
    accept.extend(
        [(0, 5), (1, 2), (3, 7), (4, 7), (6, 8), (7, 13), (8, 8)].map(|(old, new)| consistency(old, new)),
    );
    accept.extend([
        checkpoint("a checkpoint", &good),
        checkpoint("the empty log", &note(0)),
        checkpoint("with a witness that nobody knows", &format!("{good}{STRANGER}")),
        written("an entry", &text),
    ]);
    json!({
        "about": "The audit log: proofs of RFC 6962, checkpoints of C2SP signed by the server challenge key of keys.json as log, entries.",
        "log": LogKey::new(NAME, key(TEST2).public()).unwrap().to_string(),
        "accept": accept,
        "refuse": refused_proofs().into_iter().chain(refused_texts(&good, &text)).collect::<Vec<_>>(),
    })
}

//! The audit log as strangers bring it: checkpoints, exported lines and entries, receipts, published keys.

use serde_json::Value;
use sha2::{Digest, Sha256};
use warifu_shared::b64;
use warifu_shared::log::export::Line;
use warifu_shared::log::range;
use warifu_shared::log::{Checkpoint, Entry, LogKey, leaf_hash};
use warifu_shared::published::{KeysFile, PublishedKeys};
use warifu_shared::receipt::{MAX_RECEIPT_LEN, Place, Receipt, verify};

use crate::bytes::{choice, text};
use crate::scene::{ORIGIN, SERVER};

const NAME: &str = "auth.example/audit";

fn log_key() -> LogKey {
    LogKey::new(NAME, SERVER.public()).expect("a name")
}

/// Checkpoints as they are, or any text signed as the log would: what is accepted is signed, in its one form, and reads back.
pub(crate) fn checkpoint(data: &[u8]) {
    let Some((way, rest)) = choice(data) else { return };
    let Some(rest) = text(rest) else { return };
    let note = if way & 1 == 0 {
        rest.to_owned()
    } else {
        let signature = [&log_key().key_id()[..], &SERVER.sign(rest.as_bytes())].concat();
        let signature = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, signature);
        format!("{rest}\n\u{2014} {NAME} {signature}\n")
    };
    let Ok(read) = Checkpoint::verify(&note, &log_key()) else {
        return;
    };
    assert_eq!(read.origin, NAME);
    assert!(
        note.starts_with(&format!("{}\n\u{2014} ", read.text())),
        "one way to write it"
    );
    let again = read.sign(&SERVER).expect("it can be signed");
    assert_eq!(Checkpoint::verify(&again, &log_key()), Ok(read));
    assert!(
        note.contains(&again[again.find('\u{2014}').expect("a signature")..]),
        "it was ours"
    );
}

/// Exported lines and entries: one way to write each, and the hash is that of the bytes.
pub(crate) fn lines(data: &[u8]) {
    if let Ok(entry) = Entry::read(data) {
        assert_eq!(entry.encode().as_deref(), Ok(data));
        let value: Value = serde_json::from_slice(data).expect("JSON");
        assert_eq!(value.as_object().map(serde_json::Map::len), Some(11));
    }
    let Ok(line) = Line::read(data) else { return };
    assert_eq!(line.write(), data);
    assert!(line.check(line.position + 1).is_err());
    if let Ok(entry) = line.check(line.position) {
        let bytes = entry.encode().expect("it was read");
        let hash: [u8; 32] = Sha256::digest([b"\0", &bytes[..]].concat()).into();
        assert_eq!((hash, leaf_hash(&bytes)), (line.hash, line.hash));
        assert_eq!(line.entry, Some(bytes));
    }
}

/// Parts of a log: no bytes are more than what was signed. Or an entry as the only one of a log: its part holds, and no longer
/// with any other byte.
pub(crate) fn part(data: &[u8]) {
    let report = range::verify(data, &log_key());
    if report.holds() {
        let lines = data.iter().filter(|b| **b == b'\n').count() as u64;
        assert_eq!(report.entries + 2, lines, "every line counts");
        assert!(
            report
                .span
                .is_none_or(|(first, last)| first <= last && last < report.size)
        );
    }
    let Ok(entry) = Entry::read(data) else { return };
    let line = Line {
        position: 0,
        hash: entry.leaf_hash().expect("it was read"),
        entry: Some(data.to_vec()),
    };
    let checkpoint = Checkpoint {
        origin: NAME.to_owned(),
        size: 1,
        root: line.hash,
    };
    let note = checkpoint.sign(&SERVER).expect("it can be signed");
    let file = [range::head(&note, 1), range::line(&line, &[]), range::end(1)].concat();
    let report = range::verify(file.as_slice(), &log_key());
    assert!(report.holds() && report.is_gapless(), "{report:?}");
    let mut changed = file;
    let at = data.len() % changed.len();
    changed[at] ^= 1;
    assert!(
        !range::verify(changed.as_slice(), &log_key()).holds(),
        "byte {at}"
    );
}

/// Receipts: one way to write them; what is shown was signed by the keys that were published, and is in the signed log.
pub(crate) fn receipt(data: &[u8]) {
    let keys = PublishedKeys::read(&keys_file()).expect("good keys");
    let shown = verify(data, &keys);
    let Ok(receipt) = Receipt::read(data) else {
        assert!(shown.is_err());
        return;
    };
    assert!(data.len() <= MAX_RECEIPT_LEN);
    assert_eq!(receipt.write().as_deref().map(str::as_bytes), Ok(data));
    let Ok(shown) = shown else { return };
    assert_eq!(receipt.service, ORIGIN);
    assert_eq!(shown.entries.len(), receipt.entries.len());
    for (shown, written) in shown.entries.iter().zip(&receipt.entries) {
        assert_eq!(shown.entry.encode().ok(), b64::decode(&written.entry).ok());
        assert_eq!(shown.place.is_some(), matches!(written.log, Place::Included(_)));
    }
    let first = &shown.entries[0].entry;
    let token = receipt.decision.as_ref().or(receipt.txn.as_ref());
    if let Some(token) = token {
        assert_eq!(first.evidence, b64::encode(Sha256::digest(token.as_bytes())));
    }
    if let Some(signed) = shown.signed {
        assert_eq!(first.subject, signed.challenge.sub);
        assert_eq!(first.object, signed.approval.chal.as_str());
        assert_eq!(first.actor, format!("device:{}", signed.device.id));
    }
}

/// Files of published keys: each key bears its own thumbprint, and the keys write the same file again.
pub(crate) fn keys(data: &[u8]) {
    let Ok(keys) = PublishedKeys::read(data) else {
        return;
    };
    crate::texts::check_origin(&keys.service);
    for key in &keys.challenge_keys {
        assert_eq!(keys.challenge_key(&key.thumbprint()), Some(key));
    }
    let all: Vec<_> = keys.challenge_keys.iter().collect();
    let written = serde_json::to_vec(&KeysFile::of(&keys.service, &all, &keys.log)).expect("JSON");
    let again = PublishedKeys::read(&written).expect("it reads back");
    assert_eq!(
        (again.service, again.challenge_keys, again.log),
        (keys.service, keys.challenge_keys, keys.log)
    );
}

/// The keys of `receipt.json`.
fn keys_file() -> Vec<u8> {
    serde_json::to_vec(&KeysFile::of(ORIGIN, &[SERVER.public()], &log_key())).expect("JSON")
}

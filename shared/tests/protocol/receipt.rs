//! Receipts: what they show, that every changed byte is seen, and what each wrong part is called (TXN-08).

use warifu_shared::b64;
use warifu_shared::clock::Timestamp;
use warifu_shared::jws::JwsError;
use warifu_shared::jws::approval::{Approval, Decision};
use warifu_shared::jws::challenge::{Challenge, ChallengeHash};
use warifu_shared::jws::enrolment::{Enrolment, Jwk};
use warifu_shared::keys::SigningKey;
use warifu_shared::log::entry::{Entry, Words, evidence_of};
use warifu_shared::log::{Checkpoint, Frontier, Hash, LogKey, NoteError, leaf_hash, node_hash};
use warifu_shared::published::{KeysFile, PublishedKeys};
use warifu_shared::receipt::{
    EntryFault, FORMAT, Fault, Logged, MAX_RECEIPT_LEN, Place, Receipt, ReceiptDevice, Report, verify,
};

use crate::support::{
    EXP, IAT, ORIGIN, TEST2, approval_key, approve, deny, device, enrolment, key, request_key, server_key,
    withdrawal,
};

const LOG: &str = "auth.example/audit";

/// The log's key; in the vectors it is that of the server's challenges, to keep their keys few.
fn log_key() -> SigningKey {
    key(TEST2)
}

pub fn keys_file() -> KeysFile {
    let log = LogKey::new(LOG, log_key().public()).unwrap();
    KeysFile::of(ORIGIN, &[server_key().public()], &log)
}

fn keys() -> PublishedKeys {
    PublishedKeys::read(&serde_json::to_vec(&keys_file()).unwrap()).unwrap()
}

/// When the server wrote the decision down.
const DECIDED: Timestamp = Timestamp((IAT + 51) * 1000 + 123);

fn entry(id: &str, action: &str, outcome: &str, object: &str, evidence: &str) -> Entry {
    let words = Words {
        actor: if action.starts_with("challenge") {
            "device:dv_7Q"
        } else {
            "server"
        },
        subject: "ac_42",
        action,
        outcome,
        object,
        request: "rq_1",
    };
    Entry::new(id, DECIDED, words, &evidence_of("details"), evidence)
}

/// A log of three entries: something else, then these two. Gives their proofs.
fn logged(two: [&Entry; 2]) -> Vec<Logged> {
    let bytes = two.map(|it| it.encode().unwrap());
    let other = leaf_hash(b"another entry");
    let [first, second] = [leaf_hash(&bytes[0]), leaf_hash(&bytes[1])];
    let note = note(&[other, first, second], &log_key());
    vec![
        Logged::included(&bytes[0], 1, &[other, second], &note),
        Logged::included(&bytes[1], 2, &[node_hash(&other, &first)], &note),
    ]
}

fn note(leaves: &[Hash], key: &SigningKey) -> String {
    let mut tree = Frontier::default();
    for leaf in leaves {
        tree.push(*leaf, |_, _| {});
    }
    let (size, root) = (tree.size(), tree.root());
    let origin = LOG.to_owned();
    Checkpoint { origin, size, root }.sign(key).unwrap()
}

/// What a receipt is made of, before it is signed.
struct Parts {
    challenge: Challenge,
    approval: Approval,
    by: SigningKey,
}

fn parts(approval: Approval) -> Parts {
    let by = match approval.decision {
        Decision::Approve { .. } => approval_key(),
        Decision::Deny { .. } => request_key(),
    };
    let challenge = withdrawal();
    Parts {
        challenge,
        approval,
        by,
    }
}

impl Parts {
    fn sign(mut self) -> Receipt {
        let challenge = self.challenge.sign(&server_key()).unwrap();
        self.approval.chal_hash = ChallengeHash::of(&challenge);
        let decision = self.approval.sign(&self.by).unwrap();
        let (action, outcome) = match &self.approval.decision {
            Decision::Approve { via, .. } => ("challenge.approve", via.name()),
            Decision::Deny { reason } => ("challenge.deny", reason.name()),
        };
        let evidence = evidence_of(&decision);
        let decided = entry("au_1", action, outcome, "ch_8Yk", &evidence);
        let paid = entry("au_2", "withdrawal.paid", "ok", "W-2026-000091", "-");
        Receipt {
            format: FORMAT.to_owned(),
            service: ORIGIN.to_owned(),
            challenge: Some(challenge),
            decision: Some(decision),
            device: Some(ReceiptDevice {
                id: device(),
                name: "太郎の電話".to_owned(),
                model: "Pixel 10".to_owned(),
                enrolment: enrolment().sign(&request_key(), &approval_key()).unwrap(),
            }),
            txn: None,
            entries: logged([&decided, &paid]),
        }
    }
}

pub fn approved() -> Receipt {
    parts(approve()).sign()
}

pub fn denied() -> Receipt {
    parts(deny()).sign()
}

/// A decision by mailed code: no device has signed.
pub fn by_code() -> Receipt {
    let txn = "{\"amount\":\"1500000\",\"currency\":\"JPY\"}".to_owned();
    let decided = entry("au_1", "withdrawal.confirmed", "mail", "wd_1", &evidence_of(&txn));
    let paid = entry("au_2", "withdrawal.paid", "ok", "wd_1", "-");
    Receipt {
        challenge: None,
        decision: None,
        device: None,
        txn: Some(txn),
        entries: logged([&decided, &paid]),
        ..approved()
    }
}

/// The same receipt before its last entry got a position.
pub fn pending() -> Receipt {
    let mut receipt = approved();
    let last = receipt.entries.last_mut().unwrap();
    *last = Logged::pending(&b64::decode(&last.entry).unwrap());
    receipt
}

fn check(receipt: &Receipt) -> Result<Report, Fault> {
    verify(receipt.write().unwrap().as_bytes(), &keys())
}

#[test]
fn txn_08_a_receipt_shows_who_decided_what() {
    let report = check(&approved()).unwrap();
    let signed = report.signed.unwrap();
    assert_eq!(signed.challenge, withdrawal());
    assert_eq!((signed.device.id, signed.enrolment), (device(), enrolment()));
    assert!(matches!(signed.approval.decision, Decision::Approve { .. }));
    let places: Vec<_> = report.entries.iter().map(|it| it.place).collect();
    assert_eq!(places, [Some((1, 3)), Some((2, 3))]);
    assert!(check(&denied()).unwrap().signed.is_some());
    let report = check(&by_code()).unwrap();
    assert!(report.signed.is_none() && report.txn == by_code().txn);
    let report = check(&pending()).unwrap();
    assert_eq!(report.entries[1].place, None, "said, not failed");
}

#[test]
fn txn_08_every_changed_byte_is_seen_but_those_of_the_name_that_nobody_signed() {
    let keys = keys();
    for receipt in [approved(), denied(), by_code()] {
        let text = receipt.write().unwrap();
        let name = text.find("\"name\":\"").map(|from| from + 8);
        let name = name.map_or(0..0, |from| from..from + text[from..].find('"').unwrap());
        let mut unseen = 0;
        for at in 0..text.len() {
            for mask in [0x01, 0x20] {
                let mut bytes = text.clone().into_bytes();
                bytes[at] ^= mask;
                if verify(&bytes, &keys).is_ok() {
                    assert!(name.contains(&at), "byte {at} ^ {mask:#x}");
                    unseen += 1;
                }
            }
        }
        assert_eq!(unseen > 0, receipt.device.is_some());
        for cut in [1, text.len() / 2, text.len() - 1] {
            assert!(verify(&text.as_bytes()[..cut], &keys).is_err());
        }
        assert!(verify(format!("{text}\n").as_bytes(), &keys).is_err());
        let spaced = text.replacen(':', ": ", 1);
        assert_eq!(verify(spaced.as_bytes(), &keys).unwrap_err(), Fault::Form);
    }
}

#[test]
fn txn_08_each_wrong_part_is_named() {
    let other_key = SigningKey::generate();
    let fault = |change: &dyn Fn(&mut Receipt)| {
        let mut receipt = approved();
        change(&mut receipt);
        check(&receipt).unwrap_err()
    };
    assert_eq!(
        fault(&|it| it.service = "https://other.example".to_owned()),
        Fault::Service
    );
    assert_eq!(fault(&|it| it.challenge = None), Fault::Parts);
    assert_eq!(fault(&|it| it.decision = None), Fault::Parts);
    assert_eq!(fault(&|it| it.device = None), Fault::Parts);
    assert_eq!(fault(&|it| it.txn = Some("text".to_owned())), Fault::Parts);
    assert_eq!(
        fault(&|it| it.challenge = Some(withdrawal().sign(&other_key).unwrap())),
        Fault::Challenge(JwsError::UnknownKey)
    );
    assert_eq!(
        fault(&|it| it.challenge = it.decision.clone()),
        Fault::Challenge(JwsError::WrongType)
    );
    assert_eq!(
        fault(&|it| it.decision = it.challenge.clone()),
        Fault::Decision(JwsError::WrongType)
    );
    assert_eq!(
        fault(&|it| it.decision = denied().decision),
        Fault::Entry(0, EntryFault::Other)
    );
    let other = Challenge {
        nonce: b64::encode([9; 16]),
        ..withdrawal()
    };
    assert_eq!(
        fault(&|it| it.challenge = Some(other.sign(&server_key()).unwrap())),
        Fault::OtherChallenge
    );
}

#[test]
fn txn_08_the_device_is_the_one_that_was_enrolled() {
    let other_key = SigningKey::generate();
    let fault = |change: &dyn Fn(&mut Receipt)| {
        let mut receipt = approved();
        change(&mut receipt);
        check(&receipt).unwrap_err()
    };
    let device = |change: &dyn Fn(&mut ReceiptDevice)| fault(&|it| change(it.device.as_mut().unwrap()));
    assert_eq!(device(&|it| it.model = "Pixel 11".to_owned()), Fault::Device);
    assert_eq!(device(&|it| it.name = "a\u{202e}b".to_owned()), Fault::Device);
    assert_eq!(
        device(&|it| it.id = "dv_8Q".parse().unwrap()),
        Fault::Challenge(JwsError::WrongAudience)
    );
    let elsewhere = Enrolment {
        aud: "https://other.example".to_owned(),
        ..enrolment()
    };
    let elsewhere = elsewhere.sign(&request_key(), &approval_key()).unwrap();
    assert_eq!(
        device(&|it| it.enrolment = elsewhere.clone()),
        Fault::Enrolment(JwsError::WrongAudience)
    );
    let unpinned = Enrolment {
        srv: other_key.public().thumbprint(),
        ..enrolment()
    };
    let unpinned = unpinned.sign(&request_key(), &approval_key()).unwrap();
    assert_eq!(
        device(&|it| it.enrolment = unpinned.clone()),
        Fault::Enrolment(JwsError::UnknownKey)
    );
    // Another device's keys, honestly enrolled: its enrolment does not fit the decision.
    let (request, approval) = (SigningKey::generate(), SigningKey::generate());
    let stranger = Enrolment {
        iss: approval.public().thumbprint().to_string(),
        request_jwk: Jwk::of(request.public()),
        approval_jwk: Jwk::of(approval.public()),
        ..enrolment()
    };
    let stranger = stranger.sign(&request, &approval).unwrap();
    assert_eq!(
        device(&|it| it.enrolment = stranger.clone()),
        Fault::Decision(JwsError::UnknownKey)
    );
}

#[test]
fn txn_08_entries_must_fit_and_be_in_the_signed_log() {
    let text = |change: &dyn Fn(String) -> String| {
        let mut receipt = approved();
        let bytes = b64::decode(&receipt.entries[0].entry).unwrap();
        let changed = change(String::from_utf8(bytes).unwrap());
        receipt.entries[0] = Logged::pending(changed.as_bytes());
        check(&receipt)
    };
    assert!(text(&|it| it).is_ok());
    for (from, to) in [
        ("device:dv_7Q", "device:dv_8Q"),
        ("ac_42", "ac_43"),
        ("challenge.approve", "challenge.deny"),
        ("typed", "scanned"),
        ("ch_8Yk", "ch_8Yl"),
    ] {
        let fault = text(&|it| it.replace(from, to)).unwrap_err();
        assert_eq!(fault, Fault::Entry(0, EntryFault::Other), "{to}");
    }
    // Times: only within the window of the challenge.
    let at = |secs: i64| text(&|it| it.replace(&DECIDED.0.to_string(), &(secs * 1000).to_string()));
    assert!(at(EXP - 1).is_ok());
    assert_eq!(at(EXP).unwrap_err(), Fault::Challenge(JwsError::Expired));
    assert_eq!(at(IAT - 61).unwrap_err(), Fault::Challenge(JwsError::NotYetValid));
    assert_eq!(
        text(&|it| format!(" {it}")).unwrap_err(),
        Fault::Entry(0, EntryFault::Form)
    );

    let place = |change: &dyn Fn(&mut warifu_shared::receipt::Included)| {
        let mut receipt = approved();
        let Place::Included(included) = &mut receipt.entries[1].log else {
            panic!()
        };
        change(included);
        check(&receipt).unwrap_err()
    };
    let inclusion = Fault::Entry(1, EntryFault::Inclusion);
    assert_eq!(place(&|it| it.position = 1), inclusion);
    assert_eq!(place(&|it| it.inclusion.clear()), inclusion);
    assert_eq!(place(&|it| it.inclusion[0] = b64::encode([1; 32])), inclusion);
    assert_eq!(place(&|it| it.inclusion[0].push('=')), inclusion);
    let strangers = note(&[leaf_hash(b"x")], &SigningKey::generate());
    let unknown = Fault::Entry(1, EntryFault::Checkpoint(NoteError::UnknownKey));
    assert_eq!(place(&|it| it.checkpoint.clone_from(&strangers)), unknown);
}

#[test]
fn txn_08_what_follows_belongs_to_the_decision() {
    let with = |second: Entry| {
        let mut receipt = approved();
        receipt.entries[1] = Logged::pending(&second.encode().unwrap());
        check(&receipt).map(drop)
    };
    let evidence = evidence_of(approved().decision.as_ref().unwrap());
    assert_eq!(with(entry("au_9", "challenge.used", "ok", "ch_8Yk", "-")), Ok(()));
    assert_eq!(
        with(entry("au_9", "withdrawal.paid", "ok", "W-2026-000091", "-")),
        Ok(())
    );
    assert_eq!(
        with(entry("au_9", "withdrawal.paid", "ok", "wd_1", &evidence)),
        Ok(())
    );
    let other = Err(Fault::Entry(1, EntryFault::Other));
    assert_eq!(with(entry("au_9", "withdrawal.paid", "ok", "wd_1", "-")), other);
    assert_eq!(with(entry("au_9", "withdrawal.paid", "ok", "-", "-")), other);
    let mut strangers = entry("au_9", "withdrawal.paid", "ok", "ch_8Yk", &evidence);
    strangers.subject = "ac_43".to_owned();
    assert_eq!(with(strangers), other);
    let mut receipt = by_code();
    receipt.txn = Some("{\"amount\":\"9\"}".to_owned());
    assert_eq!(check(&receipt).unwrap_err(), Fault::Txn);
}

#[test]
fn txn_08_long_and_odd_receipts_are_refused() {
    let mut receipt = approved();
    receipt.entries = vec![receipt.entries[1].clone(); 17];
    assert_eq!(check(&receipt).unwrap_err(), Fault::Form);
    receipt.entries.clear();
    assert_eq!(check(&receipt).unwrap_err(), Fault::Form);
    receipt.format = "warifu-receipt-v2".to_owned();
    assert!(Receipt::read(receipt.write().unwrap().as_bytes()).is_err());
    receipt.txn = Some("x".repeat(MAX_RECEIPT_LEN));
    assert!(receipt.write().is_err());
    assert!(Receipt::read(&vec![b' '; MAX_RECEIPT_LEN + 1]).is_err());
    let text = approved().write().unwrap();
    for (from, to) in [
        ("{\"format\"", "{\"more\":1,\"format\""),
        ("\"service\":", "\"format\":\"warifu-receipt-v1\",\"service\":"),
        ("\"position\":1", "\"position\":1,\"more\":1"),
        ("\"position\":1", "\"position\":1.0"),
    ] {
        assert!(
            Receipt::read(text.replacen(from, to, 1).as_bytes()).is_err(),
            "{to}"
        );
    }
}

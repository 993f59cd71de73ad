//! Checkpoints as C2SP writes them, entries in their one encoding, exported lines and published keys.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use warifu_shared::clock::Timestamp;
use warifu_shared::keys::SigningKey;
use warifu_shared::log::entry::{Entry, MAX_ENTRY_LEN, Words};
use warifu_shared::log::export::{Line, LineProblem};
use warifu_shared::log::{BadEntry, Checkpoint, LogKey, NoteError, empty_root, leaf_hash};
use warifu_shared::published::{KeysFile, PublishedKeys};

use crate::support::{ORIGIN, TEST2, key, server_key};

const NAME: &str = "auth.example/audit";

fn log_key() -> SigningKey {
    key(TEST2)
}

fn known() -> LogKey {
    LogKey::new(NAME, log_key().public()).unwrap()
}

fn checkpoint() -> Checkpoint {
    Checkpoint {
        origin: NAME.to_owned(),
        size: 20_852_163,
        root: STANDARD
            .decode("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")
            .unwrap()
            .try_into()
            .unwrap(),
    }
}

fn note() -> String {
    checkpoint().sign(&log_key()).unwrap()
}

fn read(note: &str) -> Result<Checkpoint, NoteError> {
    Checkpoint::verify(note, &known())
}

/// A text signed as the log would.
fn signed(text: &str) -> String {
    let mut signature = known().key_id().to_vec();
    signature.extend(log_key().sign(text.as_bytes()));
    format!("{text}\n\u{2014} {NAME} {}\n", STANDARD.encode(signature))
}

#[test]
fn audit_05_a_checkpoint_is_written_as_appendix_d_has_it() {
    let note = note();
    let (text, signature) = note.split_once("\n\n").unwrap();
    assert_eq!(
        text,
        "auth.example/audit\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
    );
    assert!(signature.starts_with("\u{2014} auth.example/audit ") && signature.ends_with('\n'));
    assert_eq!(read(&note), Ok(checkpoint()));
    assert_eq!(signed(&checkpoint().text()), note);
    let empty = STANDARD.encode(empty_root());
    assert_eq!(empty, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
}

#[test]
fn audit_05_signatures_of_strangers_are_left_alone_and_a_bad_one_of_ours_is_not() {
    let note = note();
    let stranger = SigningKey::generate();
    let line_of = |name: &str, key: &SigningKey| {
        let mut signature = LogKey::new(name, key.public()).unwrap().key_id().to_vec();
        signature.extend(key.sign(b"anything"));
        format!("\u{2014} {name} {}\n", STANDARD.encode(signature))
    };
    let strangers: String = (0..16)
        .map(|i| line_of(&format!("witness{i}.example"), &stranger))
        .collect();
    assert_eq!(read(&format!("{note}{strangers}")), Ok(checkpoint()));
    let (text, own) = note.split_once("\n\n").unwrap();
    assert_eq!(read(&format!("{text}\n\n{strangers}{own}")), Ok(checkpoint()));
    // Our name with another key's id is a stranger; our name and id with a wrong signature is not.
    assert_eq!(
        read(&format!("{note}{}", line_of(NAME, &stranger))),
        Ok(checkpoint())
    );
    assert_eq!(
        read(&format!("{note}{}", line_of(NAME, &log_key()))),
        Err(NoteError::BadSignature)
    );
    assert_eq!(
        read(&format!("{text}\n\n{strangers}")),
        Err(NoteError::UnknownKey)
    );
    let many: String = (0..100).map(|_| line_of("w.example", &stranger)).collect();
    assert_eq!(read(&format!("{note}{many}")), Err(NoteError::TooLong));
    let long = "a".repeat(70_000);
    assert_eq!(read(&format!("{long}{note}")), Err(NoteError::TooLong));
}

#[test]
fn audit_05_other_texts_are_refused_even_when_they_are_signed() {
    let text = checkpoint().text();
    for (from, to) in [
        ("20852163", "020852163"),
        ("20852163", "+20852163"),
        ("20852163", "-1"),
        ("20852163", ""),
        ("20852163", "18446744073709551615"),
        ("20852163", "18446744073709551616"),
        ("q2I=\n", "q2I\n"),
        ("q2I=\n", "q2J=\n"),
        ("q2I=\n", "q2I=\n\n"),
        ("q2I=\n", "q2I=\nextension\n"),
        ("CsUY", "-sUY"),
        ("auth.example/audit\n", "\n"),
    ] {
        let bent = text.replacen(from, to, 1);
        assert_ne!(bent, text);
        assert_eq!(read(&signed(&bent)), Err(NoteError::Text), "{bent:?}");
    }
    let other = text.replace("auth.example", "other.example");
    assert_eq!(read(&signed(&other)), Err(NoteError::WrongOrigin));
    let note = note();
    for bent in [
        note.replace("\n\n", "\n"),
        note.replace('\u{2014}', "-"),
        note.replace("\u{2014} ", "\u{2014}"),
        note.trim_end().to_owned(),
        format!("{note}\n"),
        note.replace('\n', "\r\n"),
        String::new(),
    ] {
        let refused = [Err(NoteError::Malformed), Err(NoteError::Text)];
        assert!(refused.contains(&read(&bent)), "{bent:?}: {:?}", read(&bent));
    }
}

#[test]
fn audit_05_every_changed_byte_of_a_checkpoint_is_seen() {
    let note = note();
    for at in 0..note.len() {
        for bit in 0..8 {
            let mut bytes = note.clone().into_bytes();
            bytes[at] ^= 1 << bit;
            let Ok(bent) = String::from_utf8(bytes) else {
                continue;
            };
            assert!(read(&bent).is_err(), "byte {at}, bit {bit}: {bent:?}");
        }
    }
}

#[test]
fn audit_05_keys_of_logs_have_one_form() {
    let text = known().to_string();
    assert_eq!(text.parse(), Ok(known()));
    for at in 0..text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes[at] ^= 1;
        let bent = String::from_utf8(bytes).unwrap();
        assert_ne!(bent.parse(), Ok(known()), "{bent}");
    }
    for bad in ["", "a", "a+b", "a+b+c", "a+00000000+AAAA"] {
        assert_eq!(bad.parse::<LogKey>(), Err(NoteError::Key), "{bad}");
    }
    for name in ["", "a b", "a+b", "a\nb", "a\u{a0}b"] {
        assert_eq!(
            LogKey::new(name, log_key().public()),
            Err(NoteError::Key),
            "{name:?}"
        );
    }
}

fn entry() -> Entry {
    let words = Words {
        actor: "device:dv_7Q",
        subject: "ac_42",
        action: "challenge.approve",
        outcome: "typed",
        object: "ch_8Yk",
        request: "rq_1",
    };
    Entry::new(
        "au_1",
        Timestamp(1_767_225_650_123),
        words,
        "c".repeat(43).as_str(),
        "-",
    )
}

#[test]
fn audit_02_entries_have_one_encoding() {
    let bytes = entry().encode().unwrap();
    let text = String::from_utf8(bytes.clone()).unwrap();
    assert_eq!(Entry::read(&bytes), Ok(entry()));
    for (from, to) in [
        ("{\"v\":1", "{\"v\":2"),
        ("{\"v\":1", "{ \"v\":1"),
        ("\"at\":1767225650123", "\"at\":1767225650123.0"),
        ("\"at\":1767225650123", "\"at\":\"1767225650123\""),
        (
            "\"actor\":\"device:dv_7Q\",\"subject\":\"ac_42\"",
            "\"subject\":\"ac_42\",\"actor\":\"device:dv_7Q\"",
        ),
        (",\"evidence\":\"-\"", ""),
        ("\"-\"}", "\"-\",\"more\":1}"),
        ("\"-\"}", "\"-\"}\n"),
        ("typed", "\\u0074yped"),
        ("typed", "ty\nped"),
        ("\"v\":1,", "\"v\":1,\"v\":1,"),
    ] {
        let bent = text.replacen(from, to, 1);
        assert_ne!(bent, text);
        assert_eq!(Entry::read(bent.as_bytes()), Err(BadEntry), "{bent}");
    }
    let long = text.replace("typed", &"t".repeat(MAX_ENTRY_LEN));
    assert_eq!(Entry::read(long.as_bytes()), Err(BadEntry));
}

#[test]
fn audit_07_exported_lines_have_one_form_and_name_what_is_wrong() {
    let bytes = entry().encode().unwrap();
    let line = Line {
        position: 7,
        hash: leaf_hash(&bytes),
        entry: Some(bytes),
    };
    let written = line.write();
    assert_eq!(Line::read(&written), Ok(line.clone()));
    assert_eq!(line.check(7), Ok(entry()));
    assert_eq!(line.check(8), Err(LineProblem::Position(7)));
    let text = String::from_utf8(written).unwrap();
    let edited = text.replace("typed", "taped");
    assert_eq!(
        Line::read(edited.as_bytes()).unwrap().check(7),
        Err(LineProblem::Changed)
    );
    let taken = Line { entry: None, ..line };
    assert_eq!(Line::read(&taken.write()), Ok(taken.clone()));
    assert_eq!(taken.check(7), Err(LineProblem::TakenOut));
    for (from, to) in [
        ("\"position\":7", "\"position\":07"),
        ("\"position\":7", "\"position\":+7"),
        ("\"position\":7", "\"position\": 7"),
        ("\"hash\"", "\"Hash\""),
        ("\"entry\":", "\"entry\" :"),
        ("{\"position", " {\"position"),
    ] {
        assert_eq!(
            Line::read(text.replacen(from, to, 1).as_bytes()),
            Err(LineProblem::Malformed),
            "{to}"
        );
    }
}

#[test]
fn key_12_published_keys_are_read_strictly() {
    let file = KeysFile::of(ORIGIN, &[server_key().public()], &known());
    let text = serde_json::to_string(&file).unwrap();
    let keys = PublishedKeys::read(text.as_bytes()).unwrap();
    assert_eq!((keys.service.as_str(), &keys.log), (ORIGIN, &known()));
    assert_eq!(
        keys.challenge_key(&server_key().public().thumbprint()),
        Some(server_key().public())
    );
    let more = text.replacen('{', "{\"more\":[1],", 1);
    assert!(
        PublishedKeys::read(more.as_bytes()).is_ok(),
        "unknown members are left alone"
    );
    for (from, to) in [
        ("https://auth.example", "https://auth.example/"),
        ("https://auth.example", "http://auth.example"),
        ("auth.example/audit", "other.example/audit"),
        ("\"kid\":\"F", "\"kid\":\"G"),
        ("\"x\":\"P", "\"x\":\"Q"),
        ("\"service\":", "\"service\":\"https://x.example\",\"service\":"),
    ] {
        let bent = text.replacen(from, to, 1);
        assert_ne!(bent, text);
        assert!(PublishedKeys::read(bent.as_bytes()).is_err(), "{bent}");
    }
    let none = KeysFile::of(ORIGIN, &[], &known());
    assert!(PublishedKeys::read(&serde_json::to_vec(&none).unwrap()).is_err());
    assert!(PublishedKeys::read(&vec![b' '; 20_000]).is_err());
}

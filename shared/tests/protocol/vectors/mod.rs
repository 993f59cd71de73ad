//! The vectors of `shared/vectors/`, for implementations in any language: written once from these builders, then
//! read and checked here as an outsider would. `WARIFU_WRITE_VECTORS=1` writes them anew after a wanted change.

mod build;
mod build_challenge;
mod build_device;
mod build_http;
mod build_log;
mod build_notice;
mod build_receipt;
mod other_language;
mod read_log;
mod read_notice;

use serde_json::Value;
use warifu_shared::fingerprint::{commitment, fingerprint};
use warifu_shared::http_signature::{Received, parse};
use warifu_shared::ids::DeviceId;
use warifu_shared::jws::JwsError;
use warifu_shared::jws::approval::{Approval, Decision, DeviceKeys};
use warifu_shared::jws::challenge::{Challenge, Expect};
use warifu_shared::jws::enrolment::Enrolment;
use warifu_shared::jws::recall::Recall;
use warifu_shared::keys::PublicKey;

use crate::support::{at, hex, key};

fn path(name: &str) -> std::path::PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "vectors", name].iter().collect()
}

/// Reads a file of vectors.
pub fn load(name: &str) -> Value {
    let text = std::fs::read_to_string(path(name)).expect("the file is there");
    serde_json::from_str(&text).expect("the file is JSON")
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name]
        .as_str()
        .unwrap_or_else(|| panic!("{name} is text in {value}"))
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    let list = value[name]
        .as_array()
        .unwrap_or_else(|| panic!("{name} is a list"));
    assert!(!list.is_empty(), "{name} has members");
    list
}

fn public(name: &str) -> PublicKey {
    let keys = load("keys.json");
    let found = list(&keys, "keys")
        .iter()
        .find(|k| k["name"] == name)
        .expect("the key is listed");
    PublicKey::from_b64(text(found, "x")).expect("a good key")
}

/// The name of an error without its details, as the files have it.
fn name_of(error: impl std::fmt::Debug) -> String {
    format!("{error:?}")
        .split('(')
        .next()
        .unwrap_or_default()
        .to_owned()
}

#[test]
fn the_files_are_what_the_builders_write() {
    for (name, built) in [
        ("keys.json", build::keys()),
        ("challenge.json", build_challenge::challenge()),
        ("approval.json", build_device::approval()),
        ("recall.json", build_device::recall()),
        ("notice.json", build_notice::notice()),
        ("veto.json", build_notice::veto()),
        ("reset.json", build_notice::reset()),
        ("enrol.json", build_device::enrol()),
        ("http-signature.json", build_http::http_signature()),
        ("log.json", build_log::log()),
        ("receipt.json", build_receipt::receipt()),
    ] {
        if std::env::var_os("WARIFU_WRITE_VECTORS").is_some() {
            let text = serde_json::to_string_pretty(&built).unwrap() + "\n";
            std::fs::write(path(name), text).unwrap();
        }
        assert_eq!(load(name), built, "{name}");
    }
}

#[test]
fn key_08_key_vectors() {
    let file = load("keys.json");
    for entry in list(&file, "keys") {
        let key = key(text(entry, "seed"));
        assert_eq!(key.public().to_b64(), text(entry, "x"));
        assert_eq!(key.public().thumbprint().as_str(), text(entry, "thumbprint"));
    }
    for entry in list(&file, "refuse") {
        assert!(
            PublicKey::from_bytes(&hex(text(entry, "key"))).is_err(),
            "{}",
            text(entry, "name")
        );
    }
}

fn read_challenge(file: &Value, case: &Value) -> Result<Challenge, JwsError> {
    let device: DeviceId = text(file, "device").parse().unwrap();
    let expect = Expect {
        iss: text(file, "service"),
        device: &device,
        now: at(case["now"].as_i64().unwrap()),
    };
    let verified = Challenge::verify(text(case, "token"), &public("server challenge key"), &expect)?;
    assert_eq!(verified.hash.to_string(), text(case, "hash"));
    Ok(verified.challenge)
}

#[test]
fn appr_02_challenge_vectors() {
    let file = load("challenge.json");
    for case in list(&file, "accept") {
        let challenge = read_challenge(&file, case).unwrap();
        assert_eq!(serde_json::to_value(challenge).unwrap(), case["claims"]);
    }
    for case in list(&file, "refuse") {
        let error = read_challenge(&file, case).unwrap_err();
        assert_eq!(name_of(error), text(case, "error"), "{}", text(case, "name"));
    }
}

fn read_approval(file: &Value, case: &Value) -> Result<Approval, JwsError> {
    let device: DeviceId = text(file, "device").parse().unwrap();
    let (request, approval) = (public("device request key"), public("device approval key"));
    let keys = DeviceKeys {
        device: &device,
        request: &request,
        approval: &approval,
    };
    Approval::verify(
        text(case, "token"),
        &keys,
        text(file, "service"),
        at(case["now"].as_i64().unwrap()),
    )
}

#[test]
fn appr_01_approval_vectors() {
    let file = load("approval.json");
    for case in list(&file, "accept") {
        let approval = read_approval(&file, case).unwrap();
        let claims = &case["claims"];
        assert_eq!(approval.chal_hash.to_string(), text(claims, "chal_hash"));
        match approval.decision {
            Decision::Approve { number, .. } => assert_eq!(number.reveal(), text(claims, "match")),
            Decision::Deny { reason } => assert_eq!(serde_json::to_value(reason).unwrap(), claims["reason"]),
        }
    }
    for case in list(&file, "refuse") {
        let error = read_approval(&file, case).unwrap_err();
        assert_eq!(name_of(error), text(case, "error"), "{}", text(case, "name"));
    }
}

#[test]
fn txn_08_recall_vectors() {
    let file = load("recall.json");
    let device: DeviceId = text(&file, "device").parse().unwrap();
    let request = public("device request key");
    let read = |case: &Value| {
        let now = at(case["now"].as_i64().unwrap());
        Recall::verify(
            text(case, "token"),
            &device,
            &request,
            text(&file, "service"),
            now,
        )
    };
    for case in list(&file, "accept") {
        assert_eq!(serde_json::to_value(read(case).unwrap()).unwrap(), case["claims"]);
    }
    for case in list(&file, "refuse") {
        let error = read(case).unwrap_err();
        assert_eq!(name_of(error), text(case, "error"), "{}", text(case, "name"));
    }
}

#[test]
fn enrol_04_enrolment_vectors() {
    let file = load("enrol.json");
    let read = |case: &Value| {
        let srv = public("server challenge key").thumbprint();
        let now = at(case["now"].as_i64().unwrap());
        Enrolment::verify(text(case, "token"), text(&file, "service"), &srv, now)
    };
    for case in list(&file, "accept") {
        let keys = read(case).unwrap();
        assert_eq!(serde_json::to_value(&keys.claims).unwrap(), case["claims"]);
        let (nonce, opening) = (&keys.claims.nonce, &keys.claims.opening);
        let server = public("server challenge key");
        assert_eq!(
            commitment(&keys.request, &keys.approval, opening),
            text(case, "commitment")
        );
        assert_eq!(
            fingerprint(&server, &keys.request, &keys.approval, nonce, opening),
            text(case, "fingerprint")
        );
        assert_eq!(
            (keys.request, keys.approval),
            (public("device request key"), public("device approval key"))
        );
    }
    for case in list(&file, "refuse") {
        assert_eq!(
            name_of(read(case).unwrap_err()),
            text(case, "error"),
            "{}",
            text(case, "name")
        );
    }
}

fn read_request(case: &Value) -> Result<(), String> {
    let lines = |name: &str| -> Vec<&str> {
        let headers = case["headers"].as_array().unwrap();
        headers
            .iter()
            .filter(|h| h[0] == name)
            .map(|h| h[1].as_str().unwrap())
            .collect()
    };
    let received = Received {
        method: text(case, "method"),
        target_uri: text(case, "target_uri"),
        content_type: &lines("content-type"),
        content_digest: &lines("content-digest"),
        signature_input: &lines("signature-input"),
        signature: &lines("signature"),
        body: text(case, "body").as_bytes(),
    };
    let parsed = parse(&received, at(case["now"].as_i64().unwrap())).map_err(name_of)?;
    parsed.verify(&public("device request key")).map_err(name_of)
}

#[test]
fn appr_05_http_signature_vectors() {
    let file = load("http-signature.json");
    for case in list(&file, "accept") {
        assert_eq!(read_request(case), Ok(()), "{}", text(case, "name"));
        let signature = public("device request key");
        let raw: [u8; 64] = warifu_shared::b64::decode_array(text(case, "signature_raw")).unwrap();
        assert_eq!(signature.verify(text(case, "base").as_bytes(), &raw), Ok(()));
    }
    for case in list(&file, "refuse") {
        assert_eq!(
            read_request(case),
            Err(text(case, "error").to_owned()),
            "{}",
            text(case, "name")
        );
    }
}

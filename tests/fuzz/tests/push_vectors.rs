//! The vectors of `push.json` and `vapid.json`, which another implementation wrote, at the device and at the relay.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on panics, in helpers too"
)]

use http::{HeaderMap, HeaderValue};
use ring::digest::{SHA256, digest};
use serde_json::Value;
use warifu_device_core::fuzzing::decrypt;
use warifu_server::relay::fuzzing::vapid;
use warifu_shared::clock::Timestamp;
use warifu_shared::{b64, push_payload};

fn load(name: &str) -> Value {
    let path = format!("{}/../../shared/vectors/{name}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn text<'a>(case: &'a Value, name: &str) -> &'a str {
    case[name].as_str().unwrap()
}

fn list<'a>(file: &'a Value, name: &str) -> &'a [Value] {
    let list = file[name].as_array().unwrap();
    assert!(!list.is_empty());
    list
}

#[test]
fn push_01_05_push_vectors() {
    let file = load("push.json");
    let read = |case: &Value| {
        let body = b64::decode(text(case, "body")).unwrap();
        decrypt(text(case, "private"), text(case, "auth"), &body)
    };
    for case in list(&file, "accept") {
        let plain = read(case).unwrap();
        assert_eq!(b64::encode(&plain), text(case, "plain"), "{}", text(case, "name"));
        if let Some(id) = case["challenge"].as_str() {
            assert_eq!(push_payload::read(&plain).unwrap().as_str(), id);
        }
    }
    for case in list(&file, "refuse") {
        let (plain, name) = (read(case), text(case, "name"));
        match text(case, "error") {
            "BadMessage" => assert_eq!(plain, None, "{name}"),
            _ => assert!(push_payload::read(&plain.unwrap()).is_err(), "{name}"),
        }
    }
}

#[test]
fn relay_07_vapid_vectors() {
    let file = load("vapid.json");
    let key = b64::decode(text(&file, "key")).unwrap();
    let required: [u8; 32] = digest(&SHA256, &key).as_ref().try_into().unwrap();
    let check = |case: &Value| {
        let mut headers = HeaderMap::new();
        headers.insert(
            "authorization",
            HeaderValue::from_str(text(case, "header")).unwrap(),
        );
        let now = Timestamp::from_secs(case["now"].as_i64().unwrap());
        vapid(text(&file, "audience"), Some(required), &headers, now).is_ok()
    };
    for (expected, name) in [(true, "accept"), (false, "refuse")] {
        for case in list(&file, name) {
            assert_eq!(check(case), expected, "{}", text(case, "name"));
        }
    }
}

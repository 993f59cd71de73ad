//! Properties of what is sealed: it opens to what was put in, and not with one bit flipped, cut at any length, under another
//! context or key.

use proptest::prelude::*;
use serde_json::{Value, json};
use warifu_device_core::fuzzing::{decrypt, service_file};
use warifu_server::crypto::seal::Sealer;
use warifu_server::push::encrypt::encrypt;
use warifu_server::relay::agent::{AgentHash, ChannelId};
use warifu_server::relay::token::Endpoint;
use warifu_shared::b64;
use warifu_shared::push_payload::{self, Hinted};

/// The receiver of RFC 8291 section 5.
const PRIVATE: &str = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94";
const PUBLIC: &str =
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";

/// Every bit of `whole` flipped, and every shorter length.
fn damaged(whole: &[u8]) -> impl Iterator<Item = (usize, Vec<u8>)> {
    let flipped = (0..whole.len() * 8).map(|bit| {
        let mut bad = whole.to_vec();
        bad[bit / 8] ^= 1 << (bit % 8);
        (bit / 8, bad)
    });
    flipped.chain((0..whole.len()).map(|end| (end, whole[..end].to_vec())))
}

#[test]
fn push_01_05_no_damaged_body_gives_the_device_a_hint() {
    let id = Hinted::Challenge("ch_8Yk".parse().unwrap());
    let (public, auth) = (b64::decode(PUBLIC).unwrap(), b64::decode(AUTH).unwrap());
    let body = encrypt(&push_payload::write(&id), &public, &auth).unwrap();
    let hint = decrypt(PRIVATE, AUTH, &body).map(|plain| push_payload::read(&plain));
    assert_eq!(hint, Some(Ok(id)));
    for (at, bad) in damaged(&body) {
        // The record size is a bound that no tag covers: any value that still holds the record will do.
        let bound = (16..20).contains(&at) && bad.len() == body.len();
        assert!(bound || decrypt(PRIVATE, AUTH, &bad).is_none(), "byte {at}");
    }
}

#[test]
fn relay_07_no_damaged_endpoint_token_opens() {
    let sealer = Sealer::new(&[7; 32]);
    let endpoint = Endpoint {
        agent: AgentHash::from_bytes([1; 32]),
        channel: ChannelId::from_bytes([2; 16]),
        vapid: Some([3; 32]),
    };
    let path = endpoint.to_path(&sealer);
    let token = b64::decode(path.rsplit('/').next().unwrap()).unwrap();
    let open = |bytes: &[u8]| Endpoint::open(&sealer, endpoint.version(), &b64::encode(bytes));
    assert_eq!(open(&token), Ok(endpoint.clone()));
    for (at, bad) in damaged(&token) {
        assert!(open(&bad).is_err(), "byte {at}");
    }
    for end in 0..path.len() {
        let cut = path[..end].rsplit('/').next().unwrap_or_default();
        assert!(
            Endpoint::open(&sealer, endpoint.version(), cut).is_err(),
            "cut at {end}"
        );
    }
}

/// The file of a service as a device without a keystore has it.
fn file(name: &str, customer: &str, state: &str) -> Value {
    let name = json!({"ja": name, "en": "a"});
    json!({
        "version": 1, "id": "sv_1", "name": name, "origin": "https://a.example", "created_at": 1,
        "protection": "pin_only", "failed_pins": 2,
        "body": {"plain": {
            "id": "sv_1", "created_at": 1, "origin": "https://a.example", "name": name, "server_key": "k",
            "relay_url": "", "vapid_key": "", "typed": true, "fingerprint": "685319", "device": "dv_7Q",
            "customer": customer, "account_hint": "", "device_name": "x", "state": state,
            "protection": "pin_only", "request_public": "r", "approval_public": "a",
            "kdf": {"m_kib": 19456, "t": 2, "salt": "AAAAAAAAAAAAAAAAAAAAAA"},
            "approval": {"nonce": "AAAAAAAAAAAAAAAA", "data": "AA"}, "unlock": null,
            "push": {"private": "AA", "auth": "AA"}, "channel": "c", "uploaded_for": null,
            "notices": [],
            "answers": [],
        }},
    })
}

#[test]
fn key_02_no_damaged_sealed_record_opens() {
    let plain = file("あ", "山田", "active").to_string();
    let [_, sealed] = service_file(plain.as_bytes(), "sv_1", None).unwrap();
    let key = Some(&[7; 32]);
    assert!(service_file(&sealed, "sv_1", key).is_some());
    let value: Value = serde_json::from_slice(&sealed).unwrap();
    for member in ["data", "nonce"] {
        let whole = b64::decode(value["body"]["sealed"][member].as_str().unwrap()).unwrap();
        // One bit of each byte: a file takes a while to read.
        for (at, bad) in damaged(&whole).step_by(7) {
            let mut changed = value.clone();
            changed["body"]["sealed"][member] = json!(b64::encode(bad));
            let bytes = changed.to_string().into_bytes();
            assert!(service_file(&bytes, "sv_1", key).is_none(), "{member}, byte {at}");
        }
    }
    for end in 0..sealed.len() {
        assert!(
            service_file(&sealed[..end], "sv_1", key).is_none(),
            "cut at {end}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn push_07_sealed_columns_open_in_their_context_and_whole_only(key: [u8; 32], context in ".{0,40}", plain in prop::collection::vec(any::<u8>(), 0..120)) {
        let sealer = Sealer::new(&key);
        let sealed = sealer.seal(&context, &plain);
        let opened = sealer.open(&context, &sealed).unwrap();
        prop_assert_eq!(opened.as_slice(), &plain);
        let other = format!("{context} ");
        prop_assert!(sealer.open(&other, &sealed).is_err());
        for (at, bad) in damaged(&sealed) {
            prop_assert!(sealer.open(&context, &bad).is_err(), "byte {}", at);
        }
    }

    #[test]
    fn key_02_a_vault_record_reads_back_as_written(name in "[ぁ-んァ-ヶ一-龠a-z]{1,20}", customer in "\\PC{0,30}", state in "pending|active|suspended|revoked") {
        let written = file(&name, &customer, &state);
        let [plain, sealed] = service_file(written.to_string().as_bytes(), "sv_1", None).unwrap();
        let again: Value = serde_json::from_slice(&plain).unwrap();
        prop_assert_eq!(again, written);
        let [unsealed, _] = service_file(&sealed, "sv_1", Some(&[7; 32])).unwrap();
        prop_assert_eq!(unsealed, plain);
        prop_assert!(service_file(&sealed, "sv_1", Some(&[8; 32])).is_none());
    }
}

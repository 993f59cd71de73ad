//! Every type of token in every slot that reads one, with every algorithm and header an attacker would try: honest claims,
//! honestly signed, and refused for the header alone (KEY-07, KEY-09, KEY-10). Made from the one list of token types.

use serde_json::{Value, json};
use warifu_shared::b64;
use warifu_shared::jws::enrolment::Enrolment;
use warifu_shared::jws::{JwsError, TokenType};
use warifu_shared::keys::SigningKey;

use crate::support::{
    IAT, ORIGIN, approval_key, approve, at, deny, enrolment, header, login, notice, raw, recall, request_key,
    reset, server_key, verify_at, verify_decision, verify_notice, verify_recall, verify_reset, verify_veto,
    veto, withdrawal,
};

/// A place where a token is read: what is written there honestly, and how it is read.
struct Slot {
    name: &'static str,
    typ: TokenType,
    key: fn() -> SigningKey,
    claims: fn() -> Value,
    read: fn(&str) -> Result<(), JwsError>,
}

/// Every place where a token is read, with an honest one.
fn slots() -> Vec<Slot> {
    let mut all = Vec::from(decided());
    all.extend(asked());
    all
}

/// Challenges and what is decided about them.
fn decided() -> [Slot; 5] {
    let challenge = |jws: &str| verify_at(jws, IAT).map(drop);
    let decision = |jws: &str| verify_decision(jws, IAT + 50).map(drop);
    [
        Slot {
            name: "login",
            typ: TokenType::Challenge,
            key: server_key,
            claims: || serde_json::to_value(login()).expect("JSON"),
            read: challenge,
        },
        Slot {
            name: "withdrawal",
            typ: TokenType::Challenge,
            key: server_key,
            claims: || serde_json::to_value(withdrawal()).expect("JSON"),
            read: challenge,
        },
        Slot {
            name: "yes",
            typ: TokenType::Approval,
            key: approval_key,
            claims: || claims_of(&approve().sign(&approval_key()).expect("signs")),
            read: decision,
        },
        Slot {
            name: "no",
            typ: TokenType::Approval,
            key: request_key,
            claims: || claims_of(&deny().sign(&request_key()).expect("signs")),
            read: decision,
        },
        Slot {
            name: "recall",
            typ: TokenType::Recall,
            key: request_key,
            claims: || serde_json::to_value(recall()).expect("JSON"),
            read: |token| verify_recall(token, IAT + 50).map(drop),
        },
    ]
}

/// What else is told or asked for.
fn asked() -> [Slot; 4] {
    [
        Slot {
            name: "notice",
            typ: TokenType::Notice,
            key: server_key,
            claims: || serde_json::to_value(notice()).expect("JSON"),
            read: |token| verify_notice(token, IAT + 50).map(drop),
        },
        Slot {
            name: "veto",
            typ: TokenType::Veto,
            key: request_key,
            claims: || serde_json::to_value(veto()).expect("JSON"),
            read: |token| verify_veto(token, IAT + 50).map(drop),
        },
        Slot {
            name: "reset",
            typ: TokenType::Reset,
            key: approval_key,
            claims: || serde_json::to_value(reset()).expect("JSON"),
            read: |token| verify_reset(token, IAT + 50).map(drop),
        },
        Slot {
            name: "enrolment",
            typ: TokenType::Enrol,
            key: approval_key,
            claims: || serde_json::to_value(enrolment()).expect("JSON"),
            read: |token| read_enrolment(token),
        },
    ]
}

fn claims_of(jws: &str) -> Value {
    let payload = jws.split('.').nth(1).expect("three parts");
    serde_json::from_slice(&b64::decode(payload).expect("base64url")).expect("JSON")
}

fn read_enrolment(token: &str) -> Result<(), JwsError> {
    let srv = server_key().public().thumbprint();
    Enrolment::verify(token, ORIGIN, &srv, at(IAT)).map(drop)
}

impl Slot {
    /// The honest claims under a header; an enrolment is signed twice, under the header of its second key.
    fn write(&self, header: &Value, key: &SigningKey) -> String {
        let compact = raw(&header.to_string(), &(self.claims)().to_string(), key);
        if self.typ != TokenType::Enrol {
            return compact;
        }
        let mut first = header.clone();
        first["kid"] = json!(request_key().public().thumbprint().as_str());
        let first = raw(&first.to_string(), &(self.claims)().to_string(), &request_key());
        let signatures = [first, compact.clone()].map(|one| {
            let parts: Vec<&str> = one.split('.').collect();
            json!({"protected": parts[0], "signature": parts[2]})
        });
        json!({"payload": compact.split('.').nth(1), "signatures": signatures}).to_string()
    }

    fn header(&self) -> Value {
        header(self.typ.typ(), &(self.key)())
    }

    fn read_with(&self, name: &str, value: Value) -> Result<(), JwsError> {
        let mut changed = self.header();
        changed[name] = value;
        (self.read)(&self.write(&changed, &(self.key)()))
    }
}

#[test]
fn key_10_honest_claims_under_another_type_verify_in_no_slot() {
    for slot in slots() {
        for &typ in TokenType::ALL {
            let expected = if typ == slot.typ {
                Ok(())
            } else {
                Err(JwsError::WrongType)
            };
            assert_eq!(
                slot.read_with("typ", json!(typ.typ())),
                expected,
                "{} as {typ:?}",
                slot.name
            );
        }
    }
}

#[test]
fn key_10_an_honest_token_verifies_in_its_own_slot_only() {
    for from in slots() {
        let token = from.write(&from.header(), &(from.key)());
        for to in slots() {
            let same = from.typ == to.typ;
            assert_eq!(
                (to.read)(&token).is_ok(),
                same,
                "{} in the slot of {}",
                from.name,
                to.name
            );
        }
    }
}

#[test]
fn key_07_no_slot_takes_another_algorithm() {
    for slot in slots() {
        for alg in [
            "none", "None", "NONE", "HS256", "HS512", "EdDSA", "ES256", "RS256", "PS256", "ed25519",
            "ED25519", "Ed448", "",
        ] {
            assert_eq!(
                slot.read_with("alg", json!(alg)),
                Err(JwsError::WrongAlgorithm),
                "{} by {alg:?}",
                slot.name
            );
        }
        assert_eq!(slot.read_with("alg", json!("Ed25519")), Ok(()), "{}", slot.name);
    }
}

#[test]
fn key_09_no_slot_takes_a_header_that_brings_a_key() {
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": server_key().public().to_b64()});
    for slot in slots() {
        for (name, value) in [
            ("jwk", &jwk),
            ("jku", &json!("https://evil.example/jwks")),
            ("x5u", &json!("https://evil.example/cert")),
            ("x5c", &json!(["AAAA"])),
            ("x5t", &json!("AAAA")),
            ("crit", &json!(["exp"])),
            ("crit", &json!([])),
            ("b64", &json!(false)),
        ] {
            assert_eq!(
                slot.read_with(name, value.clone()),
                Err(JwsError::Header),
                "{} with {name}",
                slot.name
            );
        }
    }
}

#[test]
fn key_09_no_slot_takes_another_kid() {
    let stranger = SigningKey::from_seed(&[9; 32]);
    let keys = [server_key(), approval_key(), request_key(), stranger];
    for slot in slots() {
        for key in &keys {
            let own = key.public() == (slot.key)().public();
            let kid = json!(key.public().thumbprint().as_str());
            assert_eq!(slot.read_with("kid", kid.clone()).is_ok(), own, "{}", slot.name);
            // Named and signed by that key.
            let mut named = slot.header();
            named["kid"] = kid;
            let token = slot.write(&named, key);
            assert_eq!((slot.read)(&token).is_ok(), own, "{}", slot.name);
        }
        for kid in [json!(null), json!(""), json!(7), json!([]), json!("AAAA")] {
            assert_eq!(slot.read_with("kid", kid.clone()), Err(JwsError::Header), "{kid}");
        }
    }
}

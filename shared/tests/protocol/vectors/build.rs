//! The vectors of keys, and what the builders of tokens share. Ed25519 is deterministic: the files never drift.

use serde_json::{Value, json};
use warifu_shared::b64;
use warifu_shared::keys::SigningKey;

use crate::keys::SMALL_ORDER;
use crate::support::{IAT, ORIGIN, TEST1, TEST2, TEST3, device, header, key, raw};

pub const NOW: i64 = IAT + 55;

pub fn keys() -> Value {
    let entry = |name: &str, seed: &str| {
        let public = key(seed).public().clone();
        json!({"name": name, "seed": seed, "x": public.to_b64(), "thumbprint": public.thumbprint().as_str()})
    };
    let mut refuse: Vec<Value> = SMALL_ORDER
        .iter()
        .enumerate()
        .map(|(i, key)| json!({"name": format!("small order {}", i + 1), "key": key}))
        .collect();
    for low in [0xed_u8, 0xee, 0xf0, 0xff] {
        let key = format!("{low:02x}{}7f", "ff".repeat(30));
        refuse.push(json!({"name": format!("y is 2^255 - 19 + {}", low - 0xed), "key": key}));
    }
    refuse.push(json!({"name": "x is 0 and its sign is set", "key": format!("01{}80", "00".repeat(30))}));
    refuse.push(json!({"name": "not on the curve", "key": format!("02{}00", "00".repeat(30))}));
    json!({
        "about": "Ed25519 keys of all vectors (seeds: RFC 8032 section 7.1, in hex), and keys that every reader refuses.",
        "keys": [
            entry("device request key", TEST1),
            entry("server challenge key", TEST2),
            entry("device approval key", TEST3),
        ],
        "refuse": refuse,
    })
}

pub fn file(about: &str, accept: &[Value], refuse: &[Value]) -> Value {
    json!({"about": about, "service": ORIGIN, "device": device().as_str(), "accept": accept, "refuse": refuse})
}

pub fn refuse(name: &str, error: &str, now: i64, token: &str) -> Value {
    json!({"name": name, "error": error, "now": now, "token": token})
}

/// Writes tokens over `claims` with one defect in header or payload, otherwise correctly signed.
pub struct Forge<'a> {
    pub typ: &'a str,
    pub key: &'a SigningKey,
    pub claims: Value,
}

impl Forge<'_> {
    /// One case per row of `[name, error, claim as JSON pointer, value]`; the value `null` removes the claim.
    pub fn claims(&self, rows: &Value) -> Vec<Value> {
        let forge = |row: &Value| {
            let mut claims = self.claims.clone();
            set(&mut claims, text(row, 2), &row[3]);
            refuse(
                text(row, 0),
                text(row, 1),
                NOW,
                &self.payload(&claims.to_string()),
            )
        };
        rows.as_array().expect("rows").iter().map(forge).collect()
    }

    /// The same for members of the header.
    fn headers(&self, rows: &Value) -> Vec<Value> {
        let forge = |row: &Value| {
            let mut head = header(self.typ, self.key);
            set(&mut head, text(row, 2), &row[3]);
            let token = raw(&head.to_string(), &self.claims.to_string(), self.key);
            refuse(text(row, 0), text(row, 1), NOW, &token)
        };
        rows.as_array().expect("rows").iter().map(forge).collect()
    }

    /// A token over any payload text.
    pub fn payload(&self, payload: &str) -> String {
        raw(&header(self.typ, self.key).to_string(), payload, self.key)
    }

    /// Defects that every compact token can have.
    pub fn common(&self) -> Vec<Value> {
        let other = if self.typ.contains("challenge") {
            "warifu-approval+jwt"
        } else {
            "warifu-challenge+jwt"
        };
        let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": self.key.public().to_b64()});
        let mut cases = self.headers(&json!([
            ["typ of another slot", "WrongType", "/typ", other],
            ["alg none", "WrongAlgorithm", "/alg", "none"],
            ["alg EdDSA", "WrongAlgorithm", "/alg", "EdDSA"],
            ["alg HS256", "WrongAlgorithm", "/alg", "HS256"],
            ["header with jwk", "Header", "/jwk", jwk],
            ["header with jku", "Header", "/jku", "https://evil.example"],
            ["header with x5u", "Header", "/x5u", "https://evil.example"],
            ["header with x5c", "Header", "/x5c", ["AAAA"]],
            ["header with crit", "Header", "/crit", ["exp"]],
            ["header without kid", "Header", "/kid", null],
            ["kid is no thumbprint", "Header", "/kid", "key-1"],
            ["kid of another key", "UnknownKey", "/kid", b64::encode([1; 32])],
        ]));
        cases.extend(self.claims(&json!([
            ["unknown claim", "BadClaims", "/admin", true],
            ["no jti", "BadClaims", "/jti", null],
            ["exp is text", "BadClaims", "/exp", "1767225720"],
            ["exp has come", "Expired", "/exp", NOW],
            ["longer than 8 KiB", "TooLong", "/iss", "x".repeat(8192)],
        ])));
        cases.extend(self.texts());
        cases
    }

    fn texts(&self) -> Vec<Value> {
        let honest = self.claims.to_string();
        let good = self.payload(&honest);
        let (input, _) = good.rsplit_once('.').expect("three parts");
        let twice = honest.replacen('{', &format!("{{\"iss\":{},", self.claims["iss"]), 1);
        [
            (
                "signature of zeros",
                "BadSignature",
                format!("{input}.{}", b64::encode([0; 64])),
            ),
            ("signature padded", "Malformed", format!("{good}==")),
            ("fourth part", "Malformed", format!("{good}.")),
            (
                "trailing data after the claims",
                "Malformed",
                self.payload(&format!("{honest}{{}}")),
            ),
            ("member twice", "DuplicateMember", self.payload(&twice)),
        ]
        .map(|(name, error, token)| refuse(name, error, NOW, &token))
        .to_vec()
    }
}

fn text(row: &Value, at: usize) -> &str {
    row[at].as_str().expect("text")
}

fn set(value: &mut Value, pointer: &str, to: &Value) {
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    let object = value
        .pointer_mut(parent)
        .and_then(Value::as_object_mut)
        .expect("an object");
    if to.is_null() {
        object.remove(name);
    } else {
        object.insert(name.to_owned(), to.clone());
    }
}

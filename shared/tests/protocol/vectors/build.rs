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

pub fn file(about: &str, accept: Vec<Value>, refuse: Vec<Value>) -> Value {
    json!({"about": about, "service": ORIGIN, "device": device().as_str(), "accept": accept, "refuse": refuse})
}

pub fn refuse(name: &str, error: &str, now: i64, token: &str) -> Value {
    json!({"name": name, "error": error, "now": now, "token": token})
}

/// A token over `claims` with a changed header or payload text, correctly signed.
pub struct Forge<'a> {
    pub typ: &'a str,
    pub key: &'a SigningKey,
    pub claims: Value,
}

impl Forge<'_> {
    fn header(&self, change: impl FnOnce(&mut Value)) -> String {
        let mut head = header(self.typ, self.key);
        change(&mut head);
        raw(&head.to_string(), &self.claims.to_string(), self.key)
    }

    pub fn claims(&self, change: impl FnOnce(&mut Value)) -> String {
        let mut claims = self.claims.clone();
        change(&mut claims);
        self.payload(&claims.to_string())
    }

    pub fn payload(&self, payload: &str) -> String {
        raw(&header(self.typ, self.key).to_string(), payload, self.key)
    }

    /// Defects that every compact token can have.
    pub fn common(&self) -> Vec<Value> {
        let honest = self.claims.to_string();
        let good = self.payload(&honest);
        let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": self.key.public().to_b64()});
        let twice = honest.replacen('{', &format!("{{\"iss\":{},", self.claims["iss"]), 1);
        let swapped = good
            .rsplit_once('.')
            .map(|(input, _)| format!("{input}.{}", b64::encode([0; 64])));
        let other = if self.typ.contains("challenge") {
            "warifu-approval+jwt"
        } else {
            "warifu-challenge+jwt"
        };
        [
            (
                "typ of another slot",
                "WrongType",
                self.header(|h| h["typ"] = json!(other)),
            ),
            (
                "alg none",
                "WrongAlgorithm",
                self.header(|h| h["alg"] = json!("none")),
            ),
            (
                "alg EdDSA",
                "WrongAlgorithm",
                self.header(|h| h["alg"] = json!("EdDSA")),
            ),
            (
                "alg HS256",
                "WrongAlgorithm",
                self.header(|h| h["alg"] = json!("HS256")),
            ),
            ("header with jwk", "Header", self.header(|h| h["jwk"] = jwk)),
            (
                "header with jku",
                "Header",
                self.header(|h| h["jku"] = json!("https://evil.example")),
            ),
            (
                "header with x5u",
                "Header",
                self.header(|h| h["x5u"] = json!("https://evil.example")),
            ),
            (
                "header with x5c",
                "Header",
                self.header(|h| h["x5c"] = json!(["AAAA"])),
            ),
            (
                "header with crit",
                "Header",
                self.header(|h| h["crit"] = json!(["exp"])),
            ),
            (
                "kid is no thumbprint",
                "Header",
                self.header(|h| h["kid"] = json!("key-1")),
            ),
            (
                "kid of another key",
                "UnknownKey",
                self.header(|h| h["kid"] = json!(b64::encode([1; 32]))),
            ),
            ("signature of zeros", "BadSignature", swapped.unwrap_or_default()),
            ("signature padded", "Malformed", format!("{good}==")),
            ("fourth part", "Malformed", format!("{good}.")),
            (
                "trailing data after the claims",
                "Malformed",
                self.payload(&format!("{honest}{{}}")),
            ),
            ("member twice", "DuplicateMember", self.payload(&twice)),
            (
                "unknown claim",
                "BadClaims",
                self.claims(|c| c["admin"] = json!(true)),
            ),
            (
                "no jti",
                "BadClaims",
                self.claims(|c| drop(c.as_object_mut().map(|o| o.remove("jti")))),
            ),
            (
                "longer than 8 KiB",
                "TooLong",
                self.claims(|c| c["iss"] = json!("x".repeat(8192))),
            ),
            ("exp has come", "Expired", self.claims(|c| c["exp"] = json!(NOW))),
        ]
        .map(|(name, error, token)| refuse(name, error, NOW, &token))
        .to_vec()
    }
}

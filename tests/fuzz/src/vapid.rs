//! VAPID at the relay: whoever is let through holds a signed, live token for this relay, of the subscription's key.

use std::sync::LazyLock;

use http::{HeaderMap, HeaderValue};
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, UnparsedPublicKey,
};
use serde_json::Value;
use warifu_server::relay::fuzzing::vapid;
use warifu_shared::b64;

use crate::bytes::{choice, headers, parts, text};
use crate::scene::now;

const AUDIENCE: &str = "https://push.example";
/// The key of RFC 8291 section 5.
const PRIVATE: &str = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94";
const PUBLIC: &str =
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";

static KEY: LazyLock<EcdsaKeyPair> = LazyLock::new(|| {
    let bytes = |text| b64::decode(text).expect("base64url");
    EcdsaKeyPair::from_private_key_and_public_key(
        &ECDSA_P256_SHA256_FIXED_SIGNING,
        &bytes(PRIVATE),
        &bytes(PUBLIC),
        &SystemRandom::new(),
    )
    .expect("a key pair")
});

/// Header lines as they come; or header and claims of a token that the right key signs.
pub(crate) fn credentials(data: &[u8]) {
    let Some((way, rest)) = choice(data) else { return };
    let map = match way & 1 {
        0 => headers(rest),
        _ => signed(rest, way & 2 == 0),
    };
    let bound = key_hash(KEY.public_key().as_ref());
    for required in [None, Some(bound), Some([9; 32])] {
        let let_through = vapid(AUDIENCE, required, &map, now()).is_ok();
        let asked = map.contains_key("authorization");
        if !let_through {
            assert!(
                asked || required.is_some(),
                "an open endpoint takes a post without a token"
            );
            continue;
        }
        assert!(required.is_none() || asked, "a bound endpoint needs a token");
        if asked {
            let key = check(&map);
            assert!(required.is_none_or(|hash| hash == key_hash(&key)));
        }
    }
}

fn key_hash(key: &[u8]) -> [u8; 32] {
    digest(&SHA256, key).as_ref().try_into().expect("32 bytes")
}

fn signed(data: &[u8], older: bool) -> HeaderMap {
    let [head, claims] = parts(data);
    let head = if head.is_empty() {
        br#"{"typ":"JWT","alg":"ES256"}"#
    } else {
        head
    };
    let input = format!("{}.{}", b64::encode(head), b64::encode(claims));
    let signature = KEY.sign(&SystemRandom::new(), input.as_bytes()).expect("signs");
    let token = format!("{input}.{}", b64::encode(signature));
    let lines = if older {
        vec![
            ("authorization", format!("WebPush {token}")),
            ("crypto-key", format!("p256ecdsa={PUBLIC}")),
        ]
    } else {
        vec![("authorization", format!("vapid t={token}, k={PUBLIC}"))]
    };
    let value = |(name, text): (&'static str, String)| {
        (
            http::HeaderName::from_static(name),
            HeaderValue::from_str(&text).expect("ASCII"),
        )
    };
    lines.into_iter().map(value).collect()
}

/// Finds a token and a key in the headers with which everything holds, and gives the key.
fn check(map: &HeaderMap) -> Vec<u8> {
    let words = |name: &str| {
        let values = map.get_all(name).iter().filter_map(|value| value.to_str().ok());
        let cut = |value: &str| -> Vec<String> {
            value
                .split([' ', '\t', ',', ';'])
                .map(|word| word.trim_matches('"').to_owned())
                .collect()
        };
        values.flat_map(cut).collect::<Vec<String>>()
    };
    let all: Vec<String> = words("authorization")
        .into_iter()
        .chain(words("crypto-key"))
        .collect();
    let unnamed = |word: &String| {
        let named = word.split_once('=').filter(|(name, _)| name.len() <= 9);
        named.map_or(word.clone(), |(_, rest)| rest.trim_matches('"').to_owned())
    };
    let mut candidates = all.clone();
    candidates.extend(all.iter().map(unnamed));
    let keys = candidates
        .iter()
        .filter_map(|word| b64::decode(word.trim_end_matches('=')).ok())
        .filter(|key| key.len() == 65);
    let good = |key: &Vec<u8>| candidates.iter().any(|token| holds(token, key));
    keys.into_iter()
        .find(good)
        .expect("a token and its key are in the headers")
}

fn holds(token: &str, key: &[u8]) -> bool {
    let parts: Vec<&str> = token.split('.').collect();
    let [head, claims, signature] = parts[..] else {
        return false;
    };
    let json = |part: &str| -> Option<Value> { serde_json::from_str(text(&b64::decode(part).ok()?)?).ok() };
    let (Some(head), Some(claims), Ok(signature)) = (json(head), json(claims), b64::decode(signature)) else {
        return false;
    };
    let left = claims["exp"].as_i64().unwrap_or(0) - now().secs();
    let signed = &token[..token.rfind('.').expect("three parts")];
    head["alg"] == "ES256"
        && claims["aud"] == AUDIENCE
        && (1..=86_400).contains(&left)
        && UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key)
            .verify(signed.as_bytes(), &signature)
            .is_ok()
}

//! Builder of the challenge vectors.

use serde_json::{Value, json};
use warifu_shared::jws::challenge::{Action, Challenge, ChallengeHash};

use super::build::{Forge, NOW, file, refuse};
use crate::support::{EXP, IAT, login, server_key, withdrawal};

pub fn challenge() -> Value {
    let server = server_key();
    let accept = [
        ("login", login()),
        (
            "test",
            Challenge {
                act: Action::Test,
                ..login()
            },
        ),
        ("withdrawal", withdrawal()),
    ]
    .map(|(name, challenge)| {
        let token = challenge.sign(&server).expect("signs");
        let hash = ChallengeHash::of(&token).to_string();
        json!({"name": name, "now": NOW, "token": token, "hash": hash, "claims": challenge})
    });
    let claims = json!(withdrawal());
    let forge = Forge {
        typ: "warifu-challenge+jwt",
        key: &server,
        claims,
    };
    let honest = forge.claims.to_string();
    let inner = honest.replacen("\"acct\":", "\"acct\":\"7654321\",\"acct\":", 1);
    let mut cases = forge.common();
    cases.extend([
        refuse("not valid yet", "NotYetValid", IAT - 61, &forge.payload(&honest)),
        refuse("at exp", "Expired", EXP, &forge.payload(&honest)),
        refuse(
            "another device",
            "WrongAudience",
            NOW,
            &forge.claims(|c| c["aud"] = json!("urn:warifu:device:dv_9")),
        ),
        refuse(
            "another service",
            "WrongIssuer",
            NOW,
            &forge.claims(|c| c["iss"] = json!("https://evil.example")),
        ),
        refuse(
            "payee account twice",
            "DuplicateMember",
            NOW,
            &forge.payload(&inner),
        ),
        refuse(
            "life of 601 s",
            "BadClaims",
            NOW,
            &forge.claims(|c| c["exp"] = json!(IAT + 601)),
        ),
        refuse(
            "two digits",
            "BadClaims",
            NOW,
            &forge.claims(|c| c["match"]["digits"] = json!(2)),
        ),
        refuse(
            "tap only",
            "BadClaims",
            NOW,
            &forge.claims(|c| c["match"]["mode"] = json!("tap")),
        ),
        refuse(
            "short nonce",
            "BadClaims",
            NOW,
            &forge.claims(|c| c["nonce"] = json!("AAECAwQFBgc")),
        ),
        refuse(
            "bidi override in the payee",
            "BadClaims",
            NOW,
            &forge.claims(|c| c["txn"]["payee"]["name"] = json!("\u{202e}ウロタ")),
        ),
        refuse(
            "line break in the firm",
            "BadClaims",
            NOW,
            &forge.claims(|c| c["svc"]["ja"] = json!("証券\n安全")),
        ),
        refuse(
            "half-width kana",
            "BadClaims",
            NOW,
            &forge.claims(|c| c["txn"]["payee"]["name"] = json!("ﾔﾏﾀﾞ")),
        ),
        refuse(
            "decomposed kana",
            "BadClaims",
            NOW,
            &forge.claims(|c| c["txn"]["payee"]["name"] = json!("ヤマタ\u{3099}")),
        ),
        refuse(
            "amount with leading zero",
            "BadClaims",
            NOW,
            &forge.claims(|c| c["txn"]["amount"] = json!("01500000")),
        ),
        refuse(
            "withdrawal called a login",
            "BadClaims",
            NOW,
            &forge.claims(|c| c["act"] = json!("login")),
        ),
    ]);
    file(
        "warifu-challenge+jwt, from the server challenge key to the device.",
        accept.to_vec(),
        cases,
    )
}

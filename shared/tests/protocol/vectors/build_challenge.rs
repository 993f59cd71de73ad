//! Builder of the challenge vectors.

use serde_json::{Value, json};
use warifu_shared::jws::challenge::{Action, Challenge, ChallengeHash};

use super::build::{Forge, NOW, file, refuse};
use crate::support::{EXP, IAT, login, payout_account, server_key, withdrawal};

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
        (
            "confirm",
            Challenge {
                act: Action::Confirm,
                ..login()
            },
        ),
        ("withdrawal", withdrawal()),
        ("payout account", payout_account()),
    ]
    .map(|(name, challenge)| {
        let token = challenge.sign(&server).expect("signs");
        let hash = ChallengeHash::of(&token).to_string();
        json!({"name": name, "now": NOW, "token": token, "hash": hash, "claims": challenge})
    });
    let forge = Forge {
        typ: "warifu-challenge+jwt",
        key: &server,
        claims: json!(withdrawal()),
    };
    let honest = forge.claims.to_string();
    let inner = honest.replacen("\"acct\":", "\"acct\":\"7654321\",\"acct\":", 1);
    let mut cases = forge.common();
    cases.extend(forge.claims(&wrong_claims()));
    cases.extend([
        refuse("not valid yet", "NotYetValid", IAT - 61, &forge.payload(&honest)),
        refuse("at exp", "Expired", EXP, &forge.payload(&honest)),
        refuse(
            "payee account twice",
            "DuplicateMember",
            NOW,
            &forge.payload(&inner),
        ),
    ]);
    file(
        "warifu-challenge+jwt, from the server challenge key to the device.",
        &accept,
        &cases,
    )
}

fn wrong_claims() -> Value {
    json!([
        [
            "another device",
            "WrongAudience",
            "/aud",
            "urn:warifu:device:dv_9"
        ],
        ["another service", "WrongIssuer", "/iss", "https://evil.example"],
        ["life of 601 s", "BadClaims", "/exp", IAT + 601],
        ["two digits", "BadClaims", "/match/digits", 2],
        ["tap only", "BadClaims", "/match/mode", "tap"],
        ["short nonce", "BadClaims", "/nonce", "AAECAwQFBgc"],
        [
            "bidi override in the payee",
            "BadClaims",
            "/txn/payee/name",
            "\u{202e}ウロタ"
        ],
        ["line break in the firm", "BadClaims", "/svc/ja", "証券\n安全"],
        [
            "invisible joiner in the payee",
            "BadClaims",
            "/txn/payee/name",
            "ヤマ\u{34f}ダ"
        ],
        [
            "variation selector in the firm",
            "BadClaims",
            "/svc/ja",
            "証券\u{e0100}"
        ],
        ["half-width kana", "BadClaims", "/txn/payee/name", "ﾔﾏﾀﾞ"],
        [
            "decomposed kana",
            "BadClaims",
            "/txn/payee/name",
            "ヤマタ\u{3099}"
        ],
        ["amount with leading zero", "BadClaims", "/txn/amount", "01500000"],
        ["withdrawal called a login", "BadClaims", "/act", "login"],
    ])
}

//! Builders of the vectors that a device signs: decisions and enrolment.

use serde_json::{Value, json};
use warifu_shared::b64;
use warifu_shared::fingerprint::{commitment, fingerprint};

use super::build::{Forge, NOW, file, refuse};
use crate::support::{
    EXP, IAT, NONCE, OPENING, approval_key, approve, deny, enrolment, recall as honest_recall, request_key,
    server_key,
};

pub fn approval() -> Value {
    let accept = [
        ("approve", approve(), approval_key()),
        ("deny", deny(), request_key()),
    ]
    .map(|(name, decision, key)| {
        let token = decision.sign(&key).expect("signs");
        json!({"name": name, "now": NOW, "claims": claims_of(&token), "token": token})
    });
    let claims = |at: usize| accept[at]["claims"].clone();
    let (approval, request) = (approval_key(), request_key());
    let typ = "warifu-approval+jwt";
    let yes = Forge {
        typ,
        key: &approval,
        claims: claims(0),
    };
    let no = Forge {
        typ,
        key: &request,
        claims: claims(1),
    };
    let yes_by_request = Forge {
        typ,
        key: &request,
        claims: claims(0),
    }
    .payload(&claims(0).to_string());
    let no_by_approval = Forge {
        typ,
        key: &approval,
        claims: claims(1),
    }
    .payload(&claims(1).to_string());
    let honest = yes.payload(&yes.claims.to_string());
    let mut cases = yes.common();
    cases.extend([
        refuse("not valid yet", "NotYetValid", IAT - 11, &honest),
        refuse("at exp", "Expired", EXP, &honest),
        refuse("yes by the request key", "WrongKey", NOW, &yes_by_request),
        refuse("no by the approval key", "WrongKey", NOW, &no_by_approval),
    ]);
    cases.extend(yes.claims(&json!([
        ["another device", "WrongIssuer", "/iss", "urn:warifu:device:dv_9"],
        ["another service", "WrongAudience", "/aud", "https://evil.example"],
        ["no user verification", "BadClaims", "/uv", null],
        ["user verification none", "BadClaims", "/uv", "none"],
        ["yes with a reason", "BadClaims", "/reason", "not_me"],
        ["number of five digits", "BadClaims", "/match", "49381"],
        ["nbf is not iat", "BadClaims", "/nbf", IAT + 51],
    ])));
    cases.extend(no.claims(&json!([
        ["no with a number", "BadClaims", "/match", "493817"],
        ["no without a reason", "BadClaims", "/reason", null],
    ])));
    let about =
        "warifu-approval+jwt, from the device's approval key (approve) or request key (deny) to the service.";
    file(about, &accept, &cases)
}

pub fn recall() -> Value {
    let (request, approval) = (request_key(), approval_key());
    let recall = honest_recall();
    let token = recall.sign(&request).expect("signs");
    let accept = [json!({"name": "recall", "now": NOW, "claims": recall, "token": token})];
    let typ = "warifu-recall+jwt";
    let by = |key| Forge {
        typ,
        key,
        claims: json!(recall),
    };
    let (forge, wrong) = (by(&request), by(&approval));
    let honest = forge.claims.to_string();
    let mut cases = forge.common();
    cases.extend([
        refuse("not valid yet", "NotYetValid", IAT - 11, &token),
        refuse("at exp", "Expired", recall.exp, &token),
        refuse("by the approval key", "UnknownKey", NOW, &wrong.payload(&honest)),
    ]);
    cases.extend(forge.claims(&json!([
        ["another device", "WrongIssuer", "/iss", "urn:warifu:device:dv_9"],
        ["another service", "WrongAudience", "/aud", "https://evil.example"],
        ["life of 661 s", "BadClaims", "/exp", IAT + 50 + 661],
        ["nbf is not iat", "BadClaims", "/nbf", IAT + 51],
        ["no withdrawal", "BadClaims", "/wd", null],
        ["a challenge as withdrawal", "BadClaims", "/wd", "ch_8Yk"],
        ["no reference", "BadClaims", "/ref", null],
        ["empty reference", "BadClaims", "/ref", ""],
        ["reference of 41 characters", "BadClaims", "/ref", "W".repeat(41)],
        ["reference with a space", "BadClaims", "/ref", "W 91"],
        ["reference in full-width", "BadClaims", "/ref", "\u{ff37}-91"],
    ])));
    let about = "warifu-recall+jwt, from the device's request key to the service.";
    file(about, &accept, &cases)
}

fn claims_of(token: &str) -> Value {
    let payload = token.split('.').nth(1).expect("three parts");
    serde_json::from_slice(&b64::decode(payload).expect("base64url")).expect("JSON")
}

pub fn enrol() -> Value {
    let (request, approval) = (request_key(), approval_key());
    let token = enrolment().sign(&request, &approval).expect("signs");
    let parsed: Value = serde_json::from_str(&token).expect("JSON");
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut token = parsed.clone();
        change(&mut token);
        token.to_string()
    };
    let cases = [
        (
            "one signature",
            "Malformed",
            changed(&|t| t["signatures"] = json!([t["signatures"][0]])),
        ),
        (
            "signatures swapped",
            "UnknownKey",
            changed(&|t| t["signatures"] = json!([t["signatures"][1], t["signatures"][0]])),
        ),
        (
            "request key twice",
            "UnknownKey",
            changed(&|t| t["signatures"][1] = t["signatures"][0].clone()),
        ),
        (
            "signature of the other key",
            "BadSignature",
            changed(&|t| t["signatures"][1]["signature"] = t["signatures"][0]["signature"].clone()),
        ),
        (
            "unprotected header",
            "Malformed",
            changed(&|t| t["signatures"][0]["header"] = json!({})),
        ),
        (
            "payload twice",
            "DuplicateMember",
            token.replacen('{', "{\"payload\":\"e30\",", 1),
        ),
        ("trailing data", "Malformed", format!("{token}x")),
    ];
    let mut cases = cases
        .map(|(name, error, token)| refuse(name, error, NOW, &token))
        .to_vec();
    cases.push(refuse("at exp", "Expired", EXP, &token));
    cases.push(refuse("not valid yet", "NotYetValid", IAT - 61, &token));
    let (r, a) = (request.public(), approval.public());
    let accept = json!({
        "name": "two keys", "now": NOW, "token": token, "claims": enrolment(),
        "commitment": commitment(r, a, OPENING),
        "fingerprint": fingerprint(server_key().public(), r, a, NONCE, OPENING),
    });
    let about = "warifu-enrol+jwt, general JSON serialisation: signed by request key, then approval key. \
        With the commitment of the begin and the fingerprint.";
    file(about, &[accept], &cases)
}

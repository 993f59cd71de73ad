//! Builders of the vectors that a device signs: decisions and enrolment.

use serde_json::{Value, json};
use warifu_shared::b64;

use super::build::{Forge, NOW, file, refuse};
use crate::support::{EXP, IAT, approval_key, approve, deny, enrolment, request_key};

pub fn approval() -> Value {
    let accept = [
        ("approve", approve(), approval_key()),
        ("deny", deny(), request_key()),
    ]
    .map(|(name, decision, key)| {
        let token = decision.sign(&key).expect("signs");
        json!({"name": name, "now": NOW, "claims": claims_of(&token), "token": token})
    });
    let (yes, no) = (accept[0]["claims"].clone(), accept[1]["claims"].clone());
    let (approval, request) = (approval_key(), request_key());
    let typ = "warifu-approval+jwt";
    let forge = Forge {
        typ,
        key: &approval,
        claims: yes.clone(),
    };
    let deny_forge = Forge {
        typ,
        key: &request,
        claims: no.clone(),
    };
    let honest = forge.payload(&yes.to_string());
    let mut cases = forge.common();
    cases.extend([
        refuse("not valid yet", "NotYetValid", IAT - 11, &honest),
        refuse("at exp", "Expired", EXP, &honest),
        refuse(
            "another device",
            "WrongIssuer",
            NOW,
            &forge.claims(|c| c["iss"] = json!("urn:warifu:device:dv_9")),
        ),
        refuse(
            "another service",
            "WrongAudience",
            NOW,
            &forge.claims(|c| c["aud"] = json!("https://evil.example")),
        ),
        refuse(
            "yes by the request key",
            "WrongKey",
            NOW,
            &Forge {
                typ,
                key: &request,
                claims: yes,
            }
            .claims(|_| ()),
        ),
        refuse(
            "no by the approval key",
            "WrongKey",
            NOW,
            &Forge {
                typ,
                key: &approval,
                claims: no,
            }
            .claims(|_| ()),
        ),
        refuse(
            "no user verification",
            "BadClaims",
            NOW,
            &forge.claims(|c| drop(c.as_object_mut().map(|o| o.remove("uv")))),
        ),
        refuse(
            "user verification none",
            "BadClaims",
            NOW,
            &forge.claims(|c| c["uv"] = json!("none")),
        ),
        refuse(
            "yes with a reason",
            "BadClaims",
            NOW,
            &forge.claims(|c| c["reason"] = json!("not_me")),
        ),
        refuse(
            "number of five digits",
            "BadClaims",
            NOW,
            &forge.claims(|c| c["match"] = json!("49381")),
        ),
        refuse(
            "no with a number",
            "BadClaims",
            NOW,
            &deny_forge.claims(|c| c["match"] = json!("493817")),
        ),
        refuse(
            "no without a reason",
            "BadClaims",
            NOW,
            &deny_forge.claims(|c| drop(c.as_object_mut().map(|o| o.remove("reason")))),
        ),
        refuse(
            "nbf is not iat",
            "BadClaims",
            NOW,
            &forge.claims(|c| c["nbf"] = json!(IAT + 51)),
        ),
    ]);
    file(
        "warifu-approval+jwt, from the device's approval key (approve) or request key (deny) to the service.",
        accept.to_vec(),
        cases,
    )
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
    let accept = json!({"name": "two keys", "now": NOW, "token": token, "claims": enrolment()});
    file(
        "warifu-enrol+jwt, general JSON serialisation: signed by request key, then approval key.",
        vec![accept],
        cases,
    )
}

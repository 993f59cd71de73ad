//! Decisions at the server: the right key for yes and for no, every member that belongs to it and no other.

use serde_json::{Value, json};
use warifu_shared::ids::DeviceId;
use warifu_shared::jws::JwsError;
use warifu_shared::jws::approval::{Approval, Decision, DenyReason, DeviceKeys, MatchVia, UserVerification};
use warifu_shared::jws::challenge::ChallengeHash;
use warifu_shared::keys::SigningKey;
use warifu_shared::number::MatchNumber;

use crate::support::{
    EXP, IAT, ORIGIN, approval_key, approve, at, decision, deny, device, header, login, raw, request_key,
    server_key, verify_decision,
};

const NOW: i64 = IAT + 51;

/// The claims of an honest approval or denial as JSON, changed, signed by the key that belongs to it.
fn changed(honest: &Approval, change: impl FnOnce(&mut Value)) -> String {
    let key = if matches!(honest.decision, Decision::Approve { .. }) {
        approval_key()
    } else {
        request_key()
    };
    let mut claims = claims_of(&honest.sign(&key).unwrap());
    change(&mut claims);
    raw(
        &header("warifu-approval+jwt", &key).to_string(),
        &claims.to_string(),
        &key,
    )
}

fn claims_of(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&warifu_shared::b64::decode(payload).unwrap()).unwrap()
}

#[test]
fn appr_01_an_approval_binds_challenge_bytes_number_and_verification() {
    for via in [MatchVia::Typed, MatchVia::Scanned, MatchVia::Link] {
        for uv in [UserVerification::Pin, UserVerification::Biometric] {
            let number: MatchNumber = "007310".parse().ok().unwrap();
            let token = decision(Decision::Approve { number, via, uv })
                .sign(&approval_key())
                .unwrap();
            let back = verify_decision(&token, NOW).unwrap();
            let Decision::Approve {
                number,
                via: via_back,
                uv: uv_back,
            } = back.decision
            else {
                panic!("approved")
            };
            assert_eq!((number.reveal(), via_back, uv_back), ("007310", via, uv));
            assert_eq!(
                back.chal_hash,
                ChallengeHash::of(&login().sign(&server_key()).unwrap())
            );
        }
    }
    let claims = claims_of(&approve().sign(&approval_key()).unwrap());
    assert_eq!(
        (&claims["match"], &claims["match_via"], &claims["uv"]),
        (&json!("493817"), &json!("typed"), &json!("pin"))
    );
    assert_eq!((&claims["nbf"], claims.get("reason")), (&claims["iat"], None));
}

#[test]
fn chal_13_a_denial_carries_its_reason_and_nothing_of_an_approval() {
    for (reason, text) in [
        (DenyReason::Cancelled, "cancelled"),
        (DenyReason::NotMe, "not_me"),
        (DenyReason::Phone, "phone"),
        (DenyReason::WrongDetails, "wrong_details"),
    ] {
        let token = decision(Decision::Deny { reason }).sign(&request_key()).unwrap();
        assert_eq!(claims_of(&token)["reason"], json!(text));
        let back = verify_decision(&token, NOW).unwrap();
        assert!(matches!(back.decision, Decision::Deny { reason: r } if r == reason));
    }
}

#[test]
fn key_03_yes_needs_the_approval_key_and_no_the_request_key() {
    let verify =
        |approval: Approval, key: &SigningKey| verify_decision(&approval.sign(key).unwrap(), NOW).map(|_| ());
    assert_eq!(verify(approve(), &approval_key()), Ok(()));
    assert_eq!(verify(approve(), &request_key()), Err(JwsError::WrongKey));
    assert_eq!(verify(deny(), &request_key()), Ok(()));
    assert_eq!(verify(deny(), &approval_key()), Err(JwsError::WrongKey));
    assert_eq!(verify(approve(), &server_key()), Err(JwsError::UnknownKey));
}

#[test]
fn appr_01_another_device_or_service_is_refused() {
    let token = approve().sign(&approval_key()).unwrap();
    let (request, approval) = (request_key(), approval_key());
    let other: DeviceId = "dv_other".parse().unwrap();
    let own = device();
    let verify = |device, aud| {
        let keys = DeviceKeys {
            device,
            request: request.public(),
            approval: approval.public(),
        };
        Approval::verify(&token, &keys, aud, at(NOW)).map(|_| ())
    };
    assert_eq!(verify(&own, ORIGIN), Ok(()));
    assert_eq!(verify(&other, ORIGIN), Err(JwsError::WrongIssuer));
    assert_eq!(
        verify(&own, "https://other.example"),
        Err(JwsError::WrongAudience)
    );
}

#[test]
fn key_11_approval_times_are_checked_at_both_ends() {
    let token = approve().sign(&approval_key()).unwrap();
    let iat = approve().iat;
    for (now, expected) in [
        (iat - 61, Some(JwsError::NotYetValid)),
        (iat - 60, None),
        (iat - 59, None),
        (EXP - 1, None),
        (EXP, Some(JwsError::Expired)),
        (EXP + 1, Some(JwsError::Expired)),
    ] {
        assert_eq!(verify_decision(&token, now).err(), expected, "at {now}");
    }
    for (iat, exp) in [(EXP, EXP), (EXP + 1, EXP), (EXP - 661, EXP)] {
        assert!(
            Approval {
                iat,
                exp,
                ..approve()
            }
            .sign(&approval_key())
            .is_err(),
            "{iat} {exp}"
        );
    }
}

#[test]
fn appr_03_missing_surplus_or_foreign_members_are_refused() {
    let refused = |honest: &Approval, name: &str, value: Option<Value>| {
        let token = changed(honest, |c| match value.clone() {
            Some(value) => c[name] = value,
            None => drop(c.as_object_mut().unwrap().remove(name)),
        });
        let error = verify_decision(&token, NOW).map(|_| ()).unwrap_err();
        assert!(
            matches!(error, JwsError::BadClaims(_)),
            "{name} = {value:?}: {error}"
        );
    };
    for name in [
        "iss",
        "aud",
        "jti",
        "iat",
        "nbf",
        "exp",
        "chal",
        "chal_hash",
        "decision",
        "match",
        "match_via",
        "uv",
    ] {
        refused(&approve(), name, None);
    }
    refused(&deny(), "reason", None);
    for uv in ["none", "", "PIN"] {
        refused(&approve(), "uv", Some(json!(uv)));
    }
    for number in ["49381", "4938170", "49381a", "４９３８１７", ""] {
        refused(&approve(), "match", Some(json!(number)));
    }
    refused(&approve(), "match", Some(json!(493_817)));
    refused(&approve(), "match_via", Some(json!("tapped")));
    refused(&approve(), "reason", Some(json!("not_me")));
    refused(&approve(), "extra", Some(json!(1)));
    refused(&approve(), "decision", Some(json!("deny")));
    refused(&approve(), "nbf", Some(json!(approve().iat - 1)));
    refused(&deny(), "match", Some(json!("493817")));
    refused(&deny(), "match_via", Some(json!("typed")));
    refused(&deny(), "uv", Some(json!("pin")));
    refused(&deny(), "reason", Some(json!("bored")));
    refused(&deny(), "decision", Some(json!("approve")));
}

#[test]
fn chal_03_debug_of_an_approval_does_not_show_the_number() {
    let shown = format!("{:?} {:#?}", approve(), approve());
    assert!(shown.contains("Typed") && shown.contains("ap_01"));
    assert!(!shown.contains("493817") && !shown.contains("817"), "{shown}");
}

//! The enrolment token: both keys prove possession over the same claims, and nothing weaker passes (ENROL-04).

use serde_json::{Value, json};
use warifu_shared::b64;
use warifu_shared::jws::JwsError;
use warifu_shared::jws::enrolment::{Enrolment, EnrolmentKeys, Jwk};
use warifu_shared::keys::SigningKey;

use crate::keys::SMALL_ORDER;
use crate::support::{EXP, IAT, ORIGIN, approval_key, at, enrolment, header, hex, request_key, server_key};

fn verify(token: &str) -> Result<EnrolmentKeys, JwsError> {
    Enrolment::verify(token, ORIGIN, &server_key().public().thumbprint(), at(IAT))
}

fn signed() -> String {
    enrolment().sign(&request_key(), &approval_key()).unwrap()
}

/// Changes the outer JSON of an honest token.
fn outer(change: impl FnOnce(&mut Value)) -> String {
    let mut token: Value = serde_json::from_str(&signed()).unwrap();
    change(&mut token);
    token.to_string()
}

/// Changes the claims and signs them with two keys.
fn inner(change: impl FnOnce(&mut Value), keys: [&SigningKey; 2]) -> String {
    let mut claims = serde_json::to_value(enrolment()).unwrap();
    change(&mut claims);
    let payload = b64::encode(claims.to_string());
    let signatures = keys.map(|key| {
        let protected = b64::encode(header("warifu-enrol+jwt", key).to_string());
        let signature = b64::encode(key.sign(format!("{protected}.{payload}").as_bytes()));
        json!({"protected": protected, "signature": signature})
    });
    json!({"payload": payload, "signatures": signatures}).to_string()
}

#[test]
fn enrol_04_both_keys_read_back() {
    let back = verify(&signed()).unwrap();
    assert_eq!(back.claims, enrolment());
    assert_eq!(
        (&back.request, &back.approval),
        (request_key().public(), approval_key().public())
    );
}

#[test]
fn enrol_04_each_key_must_sign_and_in_its_place() {
    for (token, expected) in [
        (
            outer(|t| drop(t["signatures"].as_array_mut().unwrap().pop())),
            JwsError::Malformed,
        ),
        (
            outer(|t| t["signatures"].as_array_mut().unwrap().swap(0, 1)),
            JwsError::UnknownKey,
        ),
        (
            outer(|t| t["signatures"][1] = t["signatures"][0].clone()),
            JwsError::UnknownKey,
        ),
        (
            outer(|t| t["signatures"][1]["signature"] = t["signatures"][0]["signature"].clone()),
            JwsError::BadSignature,
        ),
        (outer(|t| t["signatures"] = json!([])), JwsError::Malformed),
        (
            outer(|t| t["signatures"][0]["header"] = json!({"jwk": 1})),
            JwsError::Malformed,
        ),
        (outer(|t| t["extra"] = json!(1)), JwsError::Malformed),
        (
            inner(|_| (), [&request_key(), &server_key()]),
            JwsError::UnknownKey,
        ),
        (
            inner(|_| (), [&server_key(), &approval_key()]),
            JwsError::UnknownKey,
        ),
        (format!("{}{{}}", signed()), JwsError::Malformed),
        (
            signed().replacen('{', "{\"payload\":\"e30\",", 1),
            JwsError::DuplicateMember,
        ),
        (" ".repeat(9000), JwsError::TooLong),
    ] {
        assert_eq!(verify(&token).err(), Some(expected), "{token}");
    }
    let three = outer(|t| {
        let again = t["signatures"][0].clone();
        t["signatures"].as_array_mut().unwrap().push(again);
    });
    assert_eq!(verify(&three).err(), Some(JwsError::Malformed));
}

#[test]
fn enrol_04_claims_of_another_key_server_or_service_are_refused() {
    let own = [&request_key(), &approval_key()];
    let request = request_key().public().thumbprint();
    for (name, value, expected) in [
        ("iss", json!(request.as_str()), JwsError::WrongIssuer),
        ("aud", json!("https://evil.example"), JwsError::WrongAudience),
        ("srv", json!(request.as_str()), JwsError::WrongAudience),
        ("srv", json!("pinned"), JwsError::BadClaims("form")),
        ("nonce", json!("AAECAwQFBgc"), JwsError::BadClaims("nonce")),
        ("opening", json!("AAECAwQFBgc"), JwsError::BadClaims("opening")),
        (
            "opening",
            json!("AAECAwQFBgcICQoLDA0ODw=="),
            JwsError::BadClaims("opening"),
        ),
        ("code_hash", json!("AAAA"), JwsError::BadClaims("code_hash")),
        ("model", json!("a\u{202e}b"), JwsError::BadClaims("model")),
        ("os", json!("a\nb"), JwsError::BadClaims("os")),
        ("app", json!(""), JwsError::BadClaims("app")),
        ("exp", json!(IAT), JwsError::BadClaims("times")),
        ("exp", json!(IAT + 661), JwsError::BadClaims("times")),
        ("extra", json!(1), JwsError::BadClaims("form")),
    ] {
        let token = inner(|c| c[name] = value.clone(), own);
        assert_eq!(verify(&token).err(), Some(expected), "{name} = {value}");
    }
    let claims = serde_json::to_value(enrolment()).unwrap();
    for name in claims.as_object().unwrap().keys() {
        let token = inner(|c| drop(c.as_object_mut().unwrap().remove(name)), own);
        assert_eq!(
            verify(&token).err(),
            Some(JwsError::BadClaims("form")),
            "without {name}"
        );
    }
}

#[test]
fn enrol_04_weak_equal_or_foreign_keys_are_refused() {
    let own = [&request_key(), &approval_key()];
    for weak in SMALL_ORDER {
        let x = b64::encode(hex::<32>(weak));
        for name in ["request_jwk", "approval_jwk"] {
            let token = inner(|c| c[name]["x"] = json!(x), own);
            assert_eq!(
                verify(&token).err(),
                Some(JwsError::BadClaims("jwk")),
                "{name} = {weak}"
            );
        }
    }
    let same = inner(
        |c| c["request_jwk"] = c["approval_jwk"].clone(),
        [&approval_key(), &approval_key()],
    );
    assert_eq!(verify(&same).err(), Some(JwsError::BadClaims("jwk")));
    for (member, value) in [
        ("kty", "EC"),
        ("crv", "Ed448"),
        ("crv", "X25519"),
        ("x", ""),
        ("x", "AAAA"),
    ] {
        let token = inner(|c| c["request_jwk"][member] = json!(value), own);
        assert_eq!(
            verify(&token).err(),
            Some(JwsError::BadClaims("jwk")),
            "{member} = {value}"
        );
    }
    let private = inner(|c| c["request_jwk"]["d"] = json!("AAAA"), own);
    assert_eq!(verify(&private).err(), Some(JwsError::BadClaims("form")));
}

#[test]
fn enrol_04_signing_refuses_keys_that_the_claims_do_not_name() {
    assert_eq!(
        enrolment().sign(&approval_key(), &request_key()),
        Err(JwsError::BadClaims("jwk"))
    );
    let other = Enrolment {
        request_jwk: Jwk::of(server_key().public()),
        ..enrolment()
    };
    assert_eq!(
        other.sign(&request_key(), &approval_key()),
        Err(JwsError::BadClaims("jwk"))
    );
}

#[test]
fn key_11_enrolment_times_are_checked_at_both_ends() {
    let srv = server_key().public().thumbprint();
    for (now, expected) in [
        (IAT - 61, Some(JwsError::NotYetValid)),
        (IAT - 60, None),
        (EXP - 1, None),
        (EXP, Some(JwsError::Expired)),
        (EXP + 1, Some(JwsError::Expired)),
    ] {
        assert_eq!(
            Enrolment::verify(&signed(), ORIGIN, &srv, at(now)).err(),
            expected,
            "at {now}"
        );
    }
}

#[test]
fn key_10_an_enrolment_signed_as_another_type_is_refused() {
    let token = outer(|t| {
        let payload = t["payload"].as_str().unwrap().to_owned();
        let protected = b64::encode(header("warifu-rotate+jwt", &request_key()).to_string());
        let signature = b64::encode(request_key().sign(format!("{protected}.{payload}").as_bytes()));
        t["signatures"][0] = json!({"protected": protected, "signature": signature});
    });
    assert_eq!(verify(&token).err(), Some(JwsError::WrongType));
}

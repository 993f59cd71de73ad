//! The challenge at the device: nothing is shown that the server did not sign for it, now (APPR-02, TXN-06).

use serde_json::{Value, json};
use warifu_shared::ids::DeviceId;
use warifu_shared::jws::JwsError;
use warifu_shared::jws::challenge::{Action, Challenge, ChallengeHash, Expect};

use crate::support::{
    EXP, IAT, ORIGIN, at, challenge_with, device, login, request_key, server_key, verify_at, withdrawal,
};

#[test]
fn appr_02_a_challenge_reads_back_with_the_hash_of_its_bytes() {
    for challenge in [
        login(),
        Challenge {
            act: Action::Test,
            ..login()
        },
        Challenge {
            act: Action::Confirm,
            ..login()
        },
        withdrawal(),
    ] {
        let jws = challenge.sign(&server_key()).unwrap();
        let verified = verify_at(&jws, IAT).unwrap();
        assert_eq!(verified.challenge, challenge);
        assert_eq!(verified.hash, ChallengeHash::of(&jws));
    }
}

#[test]
fn key_11_times_hold_from_nbf_to_just_before_exp() {
    let jws = login().sign(&server_key()).unwrap();
    for (now, expected) in [
        (IAT - 61, Some(JwsError::NotYetValid)),
        (IAT - 60, None),
        (IAT - 59, None),
        (IAT, None),
        (EXP - 1, None),
        (EXP, Some(JwsError::Expired)),
        (EXP + 1, Some(JwsError::Expired)),
        (i64::MAX / 1000, Some(JwsError::Expired)),
        (0, Some(JwsError::NotYetValid)),
    ] {
        assert_eq!(verify_at(&jws, now).err(), expected, "at {now}");
    }
}

#[test]
fn chal_01_times_out_of_order_or_longer_than_600_s_are_refused() {
    for (iat, nbf, exp, good) in [
        (IAT, IAT, IAT + 600, true),
        (IAT, IAT + 10, IAT + 600, true),
        (IAT, IAT, IAT + 601, false),
        (IAT + 1, IAT, IAT + 120, false),
        (IAT, IAT, IAT, false),
        (IAT, IAT + 120, IAT + 120, false),
        (-1, IAT, IAT + 120, false),
        (i64::MIN, i64::MAX - 1, i64::MAX, false),
    ] {
        let signed = Challenge {
            iat,
            nbf,
            exp,
            ..login()
        }
        .sign(&server_key());
        assert_eq!(signed.is_ok(), good, "{iat} {nbf} {exp}");
        let jws = challenge_with(|c| (c["iat"], c["nbf"], c["exp"]) = (json!(iat), json!(nbf), json!(exp)));
        assert_eq!(verify_at(&jws, IAT + 20).is_ok(), good, "{iat} {nbf} {exp}");
    }
}

#[test]
fn appr_02_a_challenge_for_another_device_or_from_another_service_is_refused() {
    let jws = login().sign(&server_key()).unwrap();
    let other: DeviceId = "dv_other".parse().unwrap();
    let server = server_key();
    let (own, now) = (device(), at(IAT));
    let verify = |iss, device, key| Challenge::verify(&jws, key, &Expect { iss, device, now });
    assert!(verify(ORIGIN, &own, server.public()).is_ok());
    assert_eq!(
        verify(ORIGIN, &other, server.public()).err(),
        Some(JwsError::WrongAudience)
    );
    assert_eq!(
        verify("https://evil.example", &own, server.public()).err(),
        Some(JwsError::WrongIssuer)
    );
    assert_eq!(
        verify(ORIGIN, &own, request_key().public()).err(),
        Some(JwsError::UnknownKey)
    );
}

#[test]
fn key_11_every_claim_is_required_and_no_other_is_taken() {
    let claims = serde_json::to_value(withdrawal()).unwrap();
    let mut paths = Vec::new();
    collect(&claims, "", &mut paths);
    assert_eq!(paths.len(), 34, "{paths:?}");
    for path in paths {
        let jws = challenge_with(|c| {
            let (parent, name) = path.rsplit_once('/').unwrap();
            c.pointer_mut(parent)
                .and_then(Value::as_object_mut)
                .unwrap()
                .remove(name);
        });
        assert!(
            matches!(verify_at(&jws, IAT).err(), Some(JwsError::BadClaims(_))),
            "without {path}"
        );
    }
    for parent in ["", "/svc", "/match", "/ctx", "/txn", "/txn/payee"] {
        let jws = challenge_with(|c| c.pointer_mut(parent).unwrap()["extra"] = json!(1));
        assert!(
            matches!(verify_at(&jws, IAT).err(), Some(JwsError::BadClaims(_))),
            "surplus in {parent:?}"
        );
    }
}

fn collect(value: &Value, path: &str, paths: &mut Vec<String>) {
    for (name, member) in value.as_object().into_iter().flatten() {
        let path = format!("{path}/{name}");
        collect(member, &path, paths);
        paths.push(path);
    }
}

#[test]
fn chal_04_only_entering_six_digits_can_be_asked() {
    for (mode, digits) in [
        ("approve", 6),
        ("choose", 6),
        ("enter", 2),
        ("enter", 0),
        ("enter", 7),
        ("", 6),
    ] {
        let jws = challenge_with(|c| c["match"] = json!({"mode": mode, "digits": digits}));
        assert!(
            matches!(verify_at(&jws, IAT).err(), Some(JwsError::BadClaims(_))),
            "{mode} {digits}"
        );
    }
}

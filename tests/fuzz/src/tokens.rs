//! Signed tokens: only what is signed by the right key, in the one form, with claims that may be shown, is accepted.

use serde_json::Value;
use warifu_shared::b64;
use warifu_shared::jws::approval::{Approval, Decision};
use warifu_shared::jws::{MAX_LIFETIME_SECS, MAX_TOKEN_LEN, TokenType, Unverified, sign_compact};
use warifu_shared::keys::{PublicKey, SigningKey};

use crate::bytes::{assert_plain, choice, parts, text};
use crate::scene::{
    APPROVAL, ORIGIN, REQUEST, SERVER, compact as sign_raw, header, read_approval, read_challenge,
    read_enrolment, read_recall,
};
use crate::screen::check_screen;

/// A token out of the input: as it is, or with honest header and signature over any payload, or with honest signature
/// over any header and payload.
pub(crate) fn token(data: &[u8], typ: TokenType, keys: [&SigningKey; 2]) -> Option<String> {
    let (way, rest) = choice(data)?;
    let key = keys[usize::from(way & 1)];
    Some(match way >> 1 & 3 {
        0 | 1 => text(rest)?.to_owned(),
        2 => sign_raw(header(typ.typ(), key).as_bytes(), rest, key),
        _ => {
            let [header, payload] = parts(rest);
            sign_raw(header, payload, key)
        }
    })
}

/// What holds for every accepted compact token, checked without the reader's own code.
pub(crate) fn check_form(token: &str, typ: TokenType, key: &PublicKey) {
    assert!(token.len() <= MAX_TOKEN_LEN);
    let all: Vec<&str> = token.split('.').collect();
    assert_eq!(all.len(), 3);
    for part in &all {
        let bytes = b64::decode(part).expect("strict base64url");
        assert_eq!(b64::encode(bytes), **part, "one way to write it");
    }
    let head: Value = serde_json::from_slice(&b64::decode(all[0]).expect("base64url")).expect("JSON");
    let kid = key.thumbprint();
    let expected = serde_json::json!({"alg": "Ed25519", "typ": typ.typ(), "kid": kid.as_str()});
    assert_eq!(head, expected, "the header has these members only");
    let signature = b64::decode_array(all[2]).expect("64 bytes");
    let signed = &token[..all[0].len() + 1 + all[1].len()];
    assert_eq!(key.verify(signed.as_bytes(), &signature), Ok(()));
}

/// The times of accepted claims.
pub(crate) fn check_times(iat: i64, nbf: i64, exp: i64, slack: i64) {
    let now = crate::scene::now().secs();
    assert!(
        iat <= nbf && nbf < exp && now < exp && nbf <= now + 60 && exp - iat <= MAX_LIFETIME_SECS + slack
    );
}

/// Challenges: signed by the server for this device, now; they read back as written, and their screen is plain.
pub(crate) fn challenge(data: &[u8]) {
    let Some(token) = token(data, TokenType::Challenge, [&SERVER, &REQUEST]) else {
        return;
    };
    let Ok(verified) = read_challenge(&token) else {
        return;
    };
    check_form(&token, TokenType::Challenge, SERVER.public());
    let challenge = verified.challenge;
    check_times(challenge.iat, challenge.nbf, challenge.exp, 0);
    assert_eq!(challenge.iss, ORIGIN);
    check_screen(&challenge);
    let again = challenge.sign(&SERVER).expect("what is read can be written");
    let back = read_challenge(&again).expect("what is written can be read");
    assert_eq!(back.challenge, challenge);
    assert_eq!(
        again == token,
        back.hash == verified.hash,
        "the hash is of the bytes"
    );
    assert!(read_approval(&token).is_err() && read_enrolment(&token).is_err());
}

/// Approvals: yes by the approval key, no by the request key, and they read back as written.
pub(crate) fn approval(data: &[u8]) {
    let Some(token) = token(data, TokenType::Approval, [&APPROVAL, &REQUEST]) else {
        return;
    };
    let Ok(approval) = read_approval(&token) else {
        return;
    };
    let key: &SigningKey = match approval.decision {
        Decision::Approve { .. } => &APPROVAL,
        Decision::Deny { .. } => &REQUEST,
    };
    check_form(&token, TokenType::Approval, key.public());
    check_times(approval.iat, approval.iat, approval.exp, 60);
    let again = approval.sign(key).expect("what is read can be written");
    let back = read_approval(&again).expect("what is written can be read");
    assert_eq!(members(&back), members(&approval));
    let debug = format!("{approval:?}");
    if let Decision::Approve { number, .. } = &approval.decision {
        assert_eq!(number.reveal().len(), 6);
        assert!(!debug.contains("number: "), "the number is not shown");
    }
    assert!(read_challenge(&token).is_err());
}

fn members(approval: &Approval) -> (String, Option<String>) {
    let number = match &approval.decision {
        Decision::Approve { number, .. } => Some(number.reveal().to_owned()),
        Decision::Deny { .. } => None,
    };
    (format!("{approval:?}"), number)
}

/// Recalls: signed by the request key of this device, now; they read back as written, and their reference is plain.
pub(crate) fn recall(data: &[u8]) {
    let Some(token) = token(data, TokenType::Recall, [&REQUEST, &APPROVAL]) else {
        return;
    };
    let Ok(recall) = read_recall(&token) else {
        return;
    };
    check_form(&token, TokenType::Recall, REQUEST.public());
    check_times(recall.iat, recall.nbf, recall.exp, 60);
    assert_eq!((recall.aud.as_str(), recall.nbf), (ORIGIN, recall.iat));
    assert_plain(&recall.reference);
    assert!(recall.reference.is_ascii() && (1..=40).contains(&recall.reference.len()));
    let again = recall.sign(&REQUEST).expect("what is read can be written");
    assert_eq!(read_recall(&again), Ok(recall));
    assert!(read_approval(&token).is_err() && read_challenge(&token).is_err());
}

/// Enrolment tokens: both keys of the payload signed, in order; they read back as written.
pub(crate) fn enrolment(data: &[u8]) {
    let Some((way, rest)) = choice(data) else { return };
    let token = match way & 1 {
        0 => text(rest).map(str::to_owned),
        _ => Some(signed_by_both(rest)),
    };
    let Some(token) = token else { return };
    let Ok(read) = read_enrolment(&token) else { return };
    assert_ne!(read.request, read.approval);
    assert_eq!(read.claims.iss, read.approval.thumbprint().as_str());
    check_times(read.claims.iat, read.claims.nbf, read.claims.exp, 60);
    for text in [&read.claims.model, &read.claims.os, &read.claims.app] {
        assert_plain(text);
    }
    let general: Value = serde_json::from_str(&token).expect("JSON");
    let payload = general["payload"].as_str().expect("text");
    for (one, key) in [(0, &read.request), (1, &read.approval)] {
        let part = |name: &str| general["signatures"][one][name].as_str().expect("text");
        let compact = format!("{}.{payload}.{}", part("protected"), part("signature"));
        check_form(&compact, TokenType::Enrol, key);
    }
    let own = read.request == *REQUEST.public() && read.approval == *APPROVAL.public();
    if own {
        let again = read
            .claims
            .sign(&REQUEST, &APPROVAL)
            .expect("what is read can be written");
        let back = read_enrolment(&again).expect("what is written can be read");
        assert_eq!(back.claims, read.claims);
    }
}

fn signed_by_both(payload: &[u8]) -> String {
    let payload = b64::encode(payload);
    let signatures = [&*REQUEST, &*APPROVAL].map(|key| {
        let protected = b64::encode(header(TokenType::Enrol.typ(), key));
        let signature = b64::encode(key.sign(format!("{protected}.{payload}").as_bytes()));
        serde_json::json!({"protected": protected, "signature": signature})
    });
    serde_json::json!({"payload": payload, "signatures": signatures}).to_string()
}

/// Any type: a token is of one type only, and its claims come back as they were signed.
pub(crate) fn compact(data: &[u8]) {
    let Some((way, rest)) = choice(data) else { return };
    if way & 1 == 0 {
        if let Some(text) = text(rest) {
            one_type_only(text);
        }
        return;
    }
    let typ = TokenType::ALL[usize::from(way >> 1) % TokenType::ALL.len()];
    let token = sign_raw(header(typ.typ(), &SERVER).as_bytes(), rest, &SERVER);
    let Ok(unverified) = Unverified::parse(typ, &token) else {
        assert!(token.len() > MAX_TOKEN_LEN, "an honest header is read");
        return;
    };
    let Ok(claims) = unverified.verify::<Value>(SERVER.public()) else {
        return;
    };
    let lenient: Value = serde_json::from_slice(rest).expect("what the strict reader takes is JSON");
    assert_eq!(claims, lenient);
    // No claim of ours is a fraction, and the JSON library does not promise to read those back to the last digit.
    if !has_fraction(&claims)
        && let Ok(again) = sign_compact(typ, &SERVER, &claims)
    {
        let read = Unverified::parse(typ, &again).expect("what is written can be read");
        assert_eq!(read.verify::<Value>(SERVER.public()), Ok(claims));
    }
    one_type_only(&token);
}

fn has_fraction(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.is_f64(),
        Value::Array(items) => items.iter().any(has_fraction),
        Value::Object(members) => members.values().any(has_fraction),
        Value::Null | Value::Bool(_) | Value::String(_) => false,
    }
}

fn one_type_only(token: &str) {
    let fits = |typ: &&TokenType| Unverified::parse(**typ, token).is_ok();
    let typs: Vec<&TokenType> = TokenType::ALL.iter().filter(fits).collect();
    assert!(typs.len() <= 1, "{typs:?}");
    for (typ, key) in typs
        .iter()
        .flat_map(|typ| [&*SERVER, &*REQUEST, &*APPROVAL].map(|key| (typ, key)))
    {
        let verified = Unverified::parse(**typ, token).map(|read| read.verify::<Value>(key.public()));
        if let Ok(Ok(_)) = verified {
            check_form(token, **typ, key.public());
        }
    }
}

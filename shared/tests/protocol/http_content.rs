//! Signed requests whose body, method or target is not the one that was signed (APPR-05, APPR-06, APPR-08).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha512};
use warifu_shared::http_signature::HttpSignatureError::{DigestMismatch, Invalid};

use crate::http_signature::{BODY, Sent, damaged, with_digest};

#[test]
fn appr_06_the_digest_is_recomputed_over_the_received_bytes() {
    assert_eq!(damaged(|s| s.body[3] ^= 1), Err(DigestMismatch));
    assert_eq!(damaged(|s| s.body.push(b' ')), Err(DigestMismatch));
    assert_eq!(damaged(|s| s.body.truncate(BODY.len() - 1)), Err(DigestMismatch));
    // A body that is no JSON at all is judged by its bytes, not by a parser.
    assert_eq!(damaged(|s| s.body = b"\xff{".to_vec()), Err(DigestMismatch));
    for digest in [
        "",
        "sha-256",
        "sha-256=x",
        "sha-256=\"AAAA\"",
        "md5=:AAAA:",
        "sha=:AAAA:",
        "sha-256=:AAAA:;a",
    ] {
        assert!(
            damaged(|s| s.content_digest[0] = digest.to_owned()).is_err(),
            "{digest}"
        );
    }
    let beside = damaged(|s| s.content_digest[0].push_str(", md5=:AAAA:"));
    assert_eq!(beside, Err(Invalid("content-digest")));
}

#[test]
fn appr_05_a_body_cannot_be_added_to_or_taken_from_a_signed_request() {
    assert!(matches!(damaged(|s| s.body.clear()), Err(Invalid(_))));
    let mut bare = Sent::get();
    assert_eq!(bare.check(), Ok(()));
    bare.content_type.push("application/json".to_owned());
    assert!(
        matches!(bare.check(), Err(Invalid(_))),
        "an uncovered content type"
    );
    let mut grown = Sent::get();
    grown.body = BODY.to_vec();
    assert!(matches!(grown.check(), Err(Invalid(_))));
    let mut grown = Sent {
        content_digest: Sent::post().content_digest,
        ..grown
    };
    grown.content_type.push("application/json".to_owned());
    assert!(matches!(grown.check(), Err(Invalid("components"))));
}

#[test]
fn appr_08_another_method_or_target_does_not_verify() {
    for method in ["GET", "PUT", "post", "", "POST\nx"] {
        assert!(damaged(|s| s.method = method.to_owned()).is_err(), "{method:?}");
    }
    for uri in [
        "https://evil.example/v1/device/challenges/ch_8Yk/decision",
        "http://auth.example/v1/device/challenges/ch_8Yk/decision",
        "https://auth.example/v1/device/challenges/ch_9/decision",
        "https://auth.example/v1/device/challenges/ch_8Yk/decision?x=1",
        "https://auth.example/v1/device/challenges/ch_8Yk/decision\n\"x\": y",
        "",
    ] {
        assert!(damaged(|s| s.uri = uri.to_owned()).is_err(), "{uri:?}");
    }
    for content_type in [
        "text/plain",
        "application/json; charset=utf-8",
        "application/json ",
        "",
    ] {
        assert!(
            damaged(|s| s.content_type[0] = content_type.to_owned()).is_err(),
            "{content_type:?}"
        );
    }
}

#[test]
fn appr_06_sha_512_is_accepted_and_both_are_checked() {
    let sha512 = format!("sha-512=:{}:", STANDARD.encode(Sha512::digest(BODY)));
    let sha256 = Sent::post().content_digest[0].clone();
    let wrong512 = format!("sha-512=:{}:", STANDARD.encode(Sha512::digest(b"other")));
    for (digest, expected) in [
        (sha512.clone(), Ok(())),
        (format!("{sha256}, {sha512}"), Ok(())),
        (format!("{sha256}, {wrong512}"), Err(DigestMismatch)),
        (format!("{wrong512}, {sha256}"), Err(DigestMismatch)),
        (wrong512, Err(DigestMismatch)),
    ] {
        assert_eq!(with_digest(&digest).check(), expected, "{digest}");
    }
}

#[test]
fn appr_09_an_unusual_digest_line_is_refused_though_signed_and_right() {
    let right = Sent::post().content_digest[0].clone();
    assert_eq!(with_digest(&right).check(), Ok(()));
    for digest in [
        format!("{right};a=1"),
        format!("{right};a"),
        format!("{right},{right}"),
        format!("{right}, {right}"),
        format!("{right}, md5=:AAAA:"),
        format!("sha-256=:AAAA:, {right}"),
        right.replace("=:", "= :"),
        right.to_uppercase(),
        right.replace(":", "\""),
    ] {
        let got = with_digest(&digest).check();
        assert_eq!(got, Err(Invalid("content-digest")), "{digest}");
    }
}

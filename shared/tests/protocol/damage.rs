//! Every single bit and every length: a token, a signed request, a link or a payload that lost or changed anything is refused.

use proptest::prelude::*;
use warifu_shared::http_signature::{Received, RequestToSign, SignedHeaders, parse, sign};
use warifu_shared::ids::ChallengeId;
use warifu_shared::jws::TokenType;
use warifu_shared::jws::enrolment::Enrolment;
use warifu_shared::jws::{Unverified, sign_compact};
use warifu_shared::link::{self, ChallengeLink, EnrolLink, Link};
use warifu_shared::number::MatchNumber;
use warifu_shared::push_payload::Hinted;
use warifu_shared::{b64, push_payload};

use crate::support::{
    IAT, ORIGIN, approval_key, approve, at, deny, enrolment, login, request_key, server_key, verify_at,
    verify_decision, withdrawal,
};

/// A token, and whether a text passes for it.
type Case = (String, fn(&str) -> bool);

/// One honest token of each kind that devices and servers exchange.
fn tokens() -> Vec<Case> {
    let enrol = enrolment().sign(&request_key(), &approval_key()).unwrap();
    vec![
        (login().sign(&server_key()).unwrap(), |text| {
            verify_at(text, IAT).is_ok()
        }),
        (withdrawal().sign(&server_key()).unwrap(), |text| {
            verify_at(text, IAT).is_ok()
        }),
        (approve().sign(&approval_key()).unwrap(), |text| {
            verify_decision(text, IAT + 50).is_ok()
        }),
        (deny().sign(&request_key()).unwrap(), |text| {
            verify_decision(text, IAT + 50).is_ok()
        }),
        (enrol, |text| {
            Enrolment::verify(text, ORIGIN, &server_key().public().thumbprint(), at(IAT)).is_ok()
        }),
    ]
}

/// Every text that differs from this one in one bit and is still text.
fn flipped(text: &str) -> impl Iterator<Item = (usize, String)> {
    (0..text.len() * 8).filter_map(move |bit| {
        let mut bytes = text.as_bytes().to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        String::from_utf8(bytes).ok().map(|text| (bit, text))
    })
}

#[test]
fn key_08_key_11_no_token_verifies_with_any_one_bit_flipped() {
    for (token, passes) in tokens() {
        assert!(passes(&token));
        for (bit, bad) in flipped(&token) {
            assert!(!passes(&bad), "bit {bit} of {token}");
        }
    }
}

#[test]
fn key_11_no_token_verifies_cut_at_any_length_or_with_anything_behind() {
    for (token, passes) in tokens() {
        for end in 0..token.len() {
            assert!(!passes(&token[..end]), "cut at {end} of {token}");
            assert!(!passes(&token[token.len() - end..]), "the last {end} of {token}");
        }
        for more in [".", "=", "A", "\0", "}"] {
            assert!(!passes(&format!("{token}{more}")), "{more:?} behind {token}");
        }
    }
}

const BODY: &[u8] = b"{\"token\":\"e30\"}";
const TARGET: &str = "https://auth.example/v1/device/challenges/ch_8Yk/decision";

fn signed() -> SignedHeaders {
    let request = RequestToSign {
        method: "POST",
        target_uri: TARGET,
        content_type: Some("application/json"),
        body: Some(BODY),
    };
    sign(&request, &request_key(), at(IAT))
}

/// Whether a request of these parts passes: method, target, type, digest, input, signature.
fn passes(parts: &[&str; 6], body: &[u8]) -> bool {
    let received = Received {
        method: parts[0],
        target_uri: parts[1],
        content_type: &[parts[2]],
        content_digest: &[parts[3]],
        signature_input: &[parts[4]],
        signature: &[parts[5]],
        body,
    };
    parse(&received, at(IAT)).is_ok_and(|parsed| parsed.verify(request_key().public()).is_ok())
}

#[test]
fn appr_05_appr_06_no_request_verifies_with_any_one_bit_flipped_or_cut_anywhere() {
    let headers = signed();
    let digest = headers.content_digest.unwrap();
    let whole = [
        "POST",
        TARGET,
        "application/json",
        &digest,
        &headers.signature_input,
        &headers.signature,
    ];
    assert!(passes(&whole, BODY));
    for (at, part) in whole.iter().enumerate() {
        let cut = (0..part.len()).map(|end| (end, part[..end].to_owned()));
        for (place, bad) in flipped(part).chain(cut) {
            // The label is the signer's choice, but input and signature must agree on it.
            let mut parts = whole;
            parts[at] = &bad;
            assert!(!passes(&parts, BODY), "part {at}, {place}: {bad}");
        }
    }
    for bit in 0..BODY.len() * 8 {
        let mut body = BODY.to_vec();
        body[bit / 8] ^= 1 << (bit % 8);
        assert!(!passes(&whole, &body), "bit {bit} of the body");
        assert!(!passes(&whole, &BODY[..bit / 8]), "cut at {}", bit / 8);
    }
}

#[test]
fn push_05_a_changed_or_cut_payload_names_no_challenge_or_another() {
    let id = Hinted::Challenge("ch_8Yk".parse().unwrap());
    let payload = push_payload::write(&id);
    for bit in 0..payload.len() * 8 {
        let mut bad = payload;
        bad[bit / 8] ^= 1 << (bit % 8);
        // Nothing signs a payload: a changed letter of the id names another challenge, never the same.
        assert_ne!(push_payload::read(&bad), Ok(id.clone()), "bit {bit}");
        assert!(push_payload::read(&payload[..bit / 8]).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn key_10_every_type_reads_back_as_written_and_as_no_other(claims in "[ -~ぁ-ん]{0,200}", at in 0..TokenType::ALL.len()) {
        let (typ, key) = (TokenType::ALL[at], server_key());
        let token = sign_compact(typ, &key, &claims).unwrap();
        for other in TokenType::ALL {
            let read = Unverified::parse(*other, &token).map(|read| read.verify::<String>(key.public()));
            prop_assert_eq!(read.is_ok(), *other == typ);
            if let Ok(read) = read {
                prop_assert_eq!(read.as_ref(), Ok(&claims));
            }
        }
    }

    #[test]
    fn push_05_payloads_read_back_as_written(id in "(ch|nt)_[A-Za-z0-9_-]{1,22}") {
        let hinted = match id.parse::<ChallengeId>() {
            Ok(id) => Hinted::Challenge(id),
            Err(_) => Hinted::Notice(id.parse().unwrap()),
        };
        prop_assert_eq!(push_payload::read(&push_payload::write(&hinted)), Ok(hinted));
    }

    #[test]
    fn enrol_05_links_read_back_as_written_and_not_cut(host in "[a-z]{1,20}(\\.[a-z]{2,10}){1,2}(:[1-9][0-9]{3})?", key: [u8; 32], code: [u8; 16], end: prop::sample::Index) {
        let link = EnrolLink {
            origin: format!("https://{host}"),
            server_key: b64::encode(key),
            code: b64::encode(code),
        };
        let text = link.write();
        let Ok(Link::Enrol(back)) = link::read(&text) else { panic!("{text}") };
        prop_assert!(back == link);
        prop_assert!(link::read(&text[..end.index(text.len())]).is_err());
    }

    #[test]
    fn app_13_challenge_links_read_back_as_written(id in "ch_[A-Za-z0-9_-]{1,22}", number in "[0-9]{6}", port in 1024u16..) {
        let link = ChallengeLink {
            origin: format!("http://127.0.0.1:{port}"),
            challenge: id.parse().unwrap(),
            number: number.parse::<MatchNumber>().ok().unwrap(),
        };
        let text = link.write();
        let Ok(Link::Challenge(back)) = link::read(&text) else { panic!("{text}") };
        prop_assert_eq!((&back.origin, &back.challenge), (&link.origin, &link.challenge));
        prop_assert!(back.number.matches(&link.number));
        prop_assert!((0..text.len() - 5).all(|end| link::read(&text[..end]).is_err()));
    }
}

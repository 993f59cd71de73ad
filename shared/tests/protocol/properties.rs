//! Properties: reading undoes writing, and no flipped bit ever verifies.

use proptest::prelude::*;
use warifu_shared::api::Bilingual;
use warifu_shared::b64;
use warifu_shared::http_signature::{Received, RequestToSign, parse, sign};
use warifu_shared::jws::approval::{Approval, Decision, DenyReason, MatchVia, UserVerification};
use warifu_shared::jws::challenge::{Action, Challenge, Context, PayoutAccount, Transaction, Withdrawal};
use warifu_shared::jws::enrolment::Enrolment;
use warifu_shared::keys::SigningKey;

use crate::support::{
    IAT, ORIGIN, approval_key, approve, at, decision, deny, enrolment, login, request_key, server_key,
    verify_at, verify_decision, withdrawal,
};

fn text() -> impl Strategy<Value = String> {
    "[A-Za-z0-9ぁ-んァ-ヶ一-龠<>&\"'\\\\/]{1,20}( [A-Za-z0-9亜-熙]{1,19})?"
}

fn challenges() -> impl Strategy<Value = Challenge> {
    let place = prop_oneof![Just("ZZ".to_owned()), "JP-[0-4][0-9]", "[A-Z]{2}"];
    let money = ("[1-9][0-9]{0,14}", "0|[1-9][0-9]{0,5}", "JPY|USD|EUR");
    (
        text(),
        text(),
        text(),
        place,
        any::<bool>(),
        any::<[u8; 16]>(),
        1..=600i64,
        0..5u8,
        money,
    )
        .prop_map(
            |(ja, browser, name, place, new_browser, nonce, life, act, (amount, fee, currency))| {
                let base = withdrawal();
                let Some(Transaction::Withdrawal(withdrawal)) = base.txn else {
                    panic!("a withdrawal has a txn");
                };
                let payee = warifu_shared::jws::challenge::Payee {
                    name,
                    ..withdrawal.payee
                };
                let txn = Some(Transaction::Withdrawal(Withdrawal {
                    amount,
                    fee,
                    currency,
                    payee: payee.clone(),
                    ..withdrawal
                }));
                let change = Some(Transaction::PayoutAccount(PayoutAccount { payee }));
                let (act, txn) = [
                    (Action::Login, None),
                    (Action::Test, None),
                    (Action::Withdrawal, txn),
                    (Action::PayoutAccount, change),
                    (Action::Confirm, None),
                ][usize::from(act)]
                .clone();
                Challenge {
                    svc: Bilingual { ja, en: base.svc.en },
                    ctx: Context {
                        place,
                        browser,
                        new_browser,
                        network: String::new(),
                    },
                    nonce: b64::encode(nonce),
                    exp: IAT + life,
                    act,
                    txn,
                    ..login()
                }
            },
        )
}

fn decisions() -> impl Strategy<Value = Decision> {
    let vias = prop::sample::select(vec![MatchVia::Typed, MatchVia::Scanned, MatchVia::Link]);
    let uvs = prop::sample::select(vec![UserVerification::Pin, UserVerification::Biometric]);
    let reasons = prop::sample::select(vec![
        DenyReason::Cancelled,
        DenyReason::NotMe,
        DenyReason::Phone,
        DenyReason::WrongDetails,
    ]);
    prop_oneof![
        ("[0-9]{6}", vias, uvs).prop_map(|(number, via, uv)| {
            let Ok(number) = number.parse() else {
                panic!("six digits")
            };
            Decision::Approve { number, via, uv }
        }),
        reasons.prop_map(|reason| Decision::Deny { reason }),
    ]
}

/// The number that `Debug` hides, beside everything that it shows.
fn all_of(approval: &Approval) -> (String, Option<String>) {
    let number = match &approval.decision {
        Decision::Approve { number, .. } => Some(number.reveal().to_owned()),
        Decision::Deny { .. } => None,
    };
    (format!("{approval:?}"), number)
}

fn flip(text: &str, bit: usize) -> Option<String> {
    let mut bytes = text.as_bytes().to_vec();
    let bit = bit % (bytes.len() * 8);
    bytes[bit / 8] ^= 1 << (bit % 8);
    String::from_utf8(bytes).ok()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn challenges_read_back_as_written(challenge in challenges()) {
        let jws = challenge.sign(&server_key()).unwrap();
        prop_assert_eq!(verify_at(&jws, IAT).unwrap().challenge, challenge);
    }

    #[test]
    fn decisions_read_back_as_written(wanted in decisions()) {
        let approval = decision(wanted);
        let approves = matches!(approval.decision, Decision::Approve { .. });
        let key = if approves { approval_key() } else { request_key() };
        let back = verify_decision(&approval.sign(&key).unwrap(), IAT + 50).unwrap();
        prop_assert_eq!(all_of(&back), all_of(&approval));
    }

    #[test]
    fn enrolments_read_back_as_written(model in text(), os in text(), shares: [[u8; 16]; 2], seeds: [[u8; 32]; 2]) {
        prop_assume!(seeds[0] != seeds[1]);
        let [request, approval] = seeds.map(|seed| SigningKey::from_seed(&seed));
        let claims = Enrolment {
            iss: approval.public().thumbprint().to_string(),
            request_jwk: warifu_shared::jws::enrolment::Jwk::of(request.public()),
            approval_jwk: warifu_shared::jws::enrolment::Jwk::of(approval.public()),
            nonce: b64::encode(shares[0]),
            opening: b64::encode(shares[1]),
            model,
            os,
            ..enrolment()
        };
        let token = claims.sign(&request, &approval).unwrap();
        let back = Enrolment::verify(&token, ORIGIN, &server_key().public().thumbprint(), at(IAT)).unwrap();
        prop_assert_eq!(back.claims, claims);
    }

    #[test]
    fn signed_requests_read_back_as_written(path in "/[a-zA-Z0-9/_?=&%.-]{0,80}", body: Vec<u8>, seed: [u8; 32]) {
        let (key, uri) = (SigningKey::from_seed(&seed), format!("{ORIGIN}{path}"));
        let content_type = (!body.is_empty()).then_some("application/json");
        let to_sign = RequestToSign { method: "PUT", target_uri: &uri, content_type, body: Some(&body) };
        let headers = sign(&to_sign, &key, at(IAT));
        let digest = headers.content_digest.as_deref();
        let received = Received {
            method: "PUT",
            target_uri: &uri,
            content_type: content_type.as_slice(),
            content_digest: digest.as_slice(),
            signature_input: &[&headers.signature_input],
            signature: &[&headers.signature],
            body: &body,
        };
        prop_assert_eq!(parse(&received, at(IAT)).unwrap().verify(key.public()), Ok(()));
    }

    #[test]
    fn key_08_no_flipped_bit_of_a_signature_or_message_verifies(seed: [u8; 32], message: Vec<u8>, bit: usize) {
        let key = SigningKey::from_seed(&seed);
        let good = key.sign(&message);
        prop_assert_eq!(key.public().verify(&message, &good), Ok(()));
        let mut bad = good;
        bad[bit / 8 % 64] ^= 1 << (bit % 8);
        prop_assert!(key.public().verify(&message, &bad).is_err());
        if !message.is_empty() {
            let mut other = message;
            let at = bit / 8 % other.len();
            other[at] ^= 1 << (bit % 8);
            prop_assert!(key.public().verify(&other, &good).is_err());
        }
    }

    #[test]
    fn key_08_no_flipped_bit_of_a_token_verifies(bit: usize) {
        let challenge = withdrawal().sign(&server_key()).unwrap();
        let tokens = [approve().sign(&approval_key()).unwrap(), deny().sign(&request_key()).unwrap()];
        if let Some(bad) = flip(&challenge, bit) {
            prop_assert!(verify_at(&bad, IAT).is_err());
        }
        for bad in tokens.iter().filter_map(|token| flip(token, bit)) {
            prop_assert!(verify_decision(&bad, IAT + 50).is_err());
        }
        let enrol = enrolment().sign(&request_key(), &approval_key()).unwrap();
        if let Some(bad) = flip(&enrol, bit) {
            prop_assert!(Enrolment::verify(&bad, ORIGIN, &server_key().public().thumbprint(), at(IAT)).is_err());
        }
    }

    #[test]
    fn no_text_makes_a_reader_panic(text in "\\PC{0,200}", parts in "[A-Za-z0-9_=-]{0,40}\\.[A-Za-z0-9_=-]{0,40}\\.[A-Za-z0-9_-]{86}") {
        for bad in [&text, &parts] {
            prop_assert!(verify_at(bad, IAT).is_err() && verify_decision(bad, IAT).is_err());
            let srv = server_key().public().thumbprint();
            prop_assert!(Enrolment::verify(bad, ORIGIN, &srv, at(IAT)).is_err());
            let lines = [bad.as_str()];
            let received = Received {
                method: "POST", target_uri: ORIGIN, content_type: &lines, content_digest: &lines,
                signature_input: &lines, signature: &lines, body: b"x",
            };
            prop_assert!(parse(&received, at(IAT)).is_err());
        }
    }
}

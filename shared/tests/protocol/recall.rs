//! The recall of a withdrawal: whose key, about which withdrawal, for how long.

use warifu_shared::jws::JwsError;
use warifu_shared::jws::approval::Approval;
use warifu_shared::jws::recall::Recall;

use crate::support::{
    IAT, ORIGIN, approval_key, at, device, recall, request_key, server_key, verify_decision, verify_recall,
};

#[test]
fn txn_08_a_recall_reads_back_as_it_was_signed() {
    let token = recall().sign(&request_key()).unwrap();
    assert_eq!(verify_recall(&token, IAT + 50), Ok(recall()));
    assert!(verify_decision(&token, IAT + 50).is_err(), "it is no decision");
}

#[test]
fn key_03_only_the_request_key_takes_back() {
    for key in [approval_key(), server_key()] {
        let token = recall().sign(&key).unwrap();
        assert_eq!(verify_recall(&token, IAT + 50), Err(JwsError::UnknownKey));
    }
    let token = recall().sign(&request_key()).unwrap();
    let other = "dv_9".parse().unwrap();
    let (own, request, now) = (device(), request_key(), at(IAT + 50));
    let read = |device, aud| Recall::verify(&token, device, request.public(), aud, now).map(drop);
    assert_eq!(read(&own, ORIGIN), Ok(()));
    assert_eq!(read(&other, ORIGIN), Err(JwsError::WrongIssuer));
    assert_eq!(read(&own, "https://evil.example"), Err(JwsError::WrongAudience));
}

#[test]
fn key_11_a_recall_lives_eleven_minutes_at_most_and_ends_at_exp() {
    let signed = |change: &dyn Fn(&mut Recall)| {
        let mut claims = recall();
        change(&mut claims);
        claims.sign(&request_key())
    };
    let long = signed(&|it| it.exp = it.iat + 660).unwrap();
    assert_eq!(verify_recall(&long, IAT + 50 + 659).map(drop), Ok(()));
    assert_eq!(
        verify_recall(&long, IAT + 50 + 660).map(drop),
        Err(JwsError::Expired)
    );
    assert_eq!(
        verify_recall(&long, IAT - 11).map(drop),
        Err(JwsError::NotYetValid)
    );
    assert_eq!(
        signed(&|it| it.exp = it.iat + 661),
        Err(JwsError::BadClaims("times"))
    );
    assert_eq!(signed(&|it| it.exp = it.iat), Err(JwsError::BadClaims("times")));
    assert_eq!(signed(&|it| it.nbf += 1), Err(JwsError::BadClaims("nbf")));
    assert_eq!(
        signed(&|it| it.reference = "W 91".to_owned()),
        Err(JwsError::BadClaims("ref"))
    );
}

#[test]
fn key_10_a_decision_takes_nothing_back() {
    let approval: Approval = crate::support::deny();
    let token = approval.sign(&request_key()).unwrap();
    assert_eq!(verify_recall(&token, IAT + 50), Err(JwsError::WrongType));
}

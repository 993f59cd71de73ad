//! The fingerprint changes with everything that a man in the middle could swap (ENROL-06).

use warifu_shared::fingerprint::fingerprint;
use warifu_shared::keys::SigningKey;

use crate::support::{NONCE, approval_key, request_key, server_key};

#[test]
fn enrol_06_six_digits_over_both_keys_the_server_and_the_nonce() {
    let (server, request, approval) = (server_key(), request_key(), approval_key());
    let (s, r, a) = (server.public(), request.public(), approval.public());
    let shown = fingerprint(s, r, a, NONCE);
    assert!(shown.len() == 6 && shown.bytes().all(|b| b.is_ascii_digit()));
    assert_eq!(shown, fingerprint(s, r, a, NONCE));
    let other = SigningKey::from_seed(&[9; 32]);
    let o = other.public();
    for swapped in [
        fingerprint(o, r, a, NONCE),
        fingerprint(s, o, a, NONCE),
        fingerprint(s, r, o, NONCE),
        fingerprint(s, a, r, NONCE),
        fingerprint(s, r, a, "AAECAwQFBgcICQoLDA0OEA"),
    ] {
        assert_ne!(swapped, shown);
    }
}

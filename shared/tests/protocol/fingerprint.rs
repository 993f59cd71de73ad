//! The fingerprint changes with everything that a man in the middle could swap, and the commitment keeps him from searching
//! for one that fits (ENROL-06).

use warifu_shared::b64;
use warifu_shared::fingerprint::{commitment, fingerprint};
use warifu_shared::keys::{PublicKey, SigningKey};

use crate::support::{NONCE, OPENING, approval_key, request_key, server_key};

const OTHER: &str = "AAECAwQFBgcICQoLDA0OEA";

#[test]
fn enrol_06_six_digits_over_both_keys_the_server_the_nonce_and_the_opening() {
    let (server, request, approval) = (server_key(), request_key(), approval_key());
    let (s, r, a) = (server.public(), request.public(), approval.public());
    let shown = fingerprint(s, r, a, NONCE, OPENING);
    assert!(shown.len() == 6 && shown.bytes().all(|b| b.is_ascii_digit()));
    assert_eq!(shown, fingerprint(s, r, a, NONCE, OPENING));
    let other = SigningKey::from_seed(&[9; 32]);
    let o = other.public();
    for swapped in [
        fingerprint(o, r, a, NONCE, OPENING),
        fingerprint(s, o, a, NONCE, OPENING),
        fingerprint(s, r, o, NONCE, OPENING),
        fingerprint(s, a, r, NONCE, OPENING),
        fingerprint(s, r, a, OTHER, OPENING),
        fingerprint(s, r, a, NONCE, OTHER),
        fingerprint(s, r, a, OPENING, NONCE),
    ] {
        assert_ne!(swapped, shown);
    }
}

#[test]
fn enrol_06_a_commitment_opens_to_these_keys_and_this_opening_only() {
    let (request, approval) = (request_key(), approval_key());
    let (r, a) = (request.public(), approval.public());
    let promised = commitment(r, a, OPENING);
    assert_eq!(b64::decode(&promised).unwrap().len(), 32);
    assert_eq!(promised, commitment(r, a, OPENING));
    let other = SigningKey::from_seed(&[9; 32]);
    for opened in [
        commitment(other.public(), a, OPENING),
        commitment(r, other.public(), OPENING),
        commitment(a, r, OPENING),
        commitment(r, a, OTHER),
    ] {
        assert_ne!(opened, promised);
    }
}

/// Two of the six digits are compared, so that a search that works is quick and chance shows itself.
const SESSIONS: u64 = 300;
/// Far above the three in 300 that chance brings with two digits, far below what a search brings.
const CHANCE: u64 = 15;

/// 128 bits that follow from a label and a number, so that the test is the same every time.
fn drawn(label: u8, number: u64) -> String {
    let mut bytes = [label; 16];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    b64::encode(bytes)
}

fn two_digits(text: &str) -> &str {
    &text[4..]
}

/// What a device brings: its keys and its opening.
struct Share {
    request: PublicKey,
    approval: PublicKey,
    opening: String,
}

impl Share {
    fn of(seed: u8, opening: String) -> Self {
        let key = |seed| SigningKey::from_seed(&[seed; 32]).public().clone();
        Self {
            request: key(seed),
            approval: key(seed + 1),
            opening,
        }
    }

    fn commitment(&self) -> String {
        commitment(&self.request, &self.approval, &self.opening)
    }

    fn shows(&self, server: &PublicKey, nonce: &str) -> String {
        fingerprint(server, &self.request, &self.approval, nonce, &self.opening)
    }
}

/// The server's half of one enrolment: what it took at the `begin`, and what it shows for a share that it accepts.
struct Page {
    server: PublicKey,
    commitment: String,
    nonce: String,
}

impl Page {
    fn shows(&self, share: &Share) -> Option<String> {
        (share.commitment() == self.commitment).then(|| share.shows(&self.server, &self.nonce))
    }
}

#[test]
fn enrol_06_a_man_in_the_middle_who_lets_the_device_speak_first_hits_the_digits_by_chance_only() {
    let (server, his_server) = (server_key().public().clone(), SigningKey::from_seed(&[20; 32]));
    let mut hits = 0;
    for session in 0..SESSIONS {
        // He plays the server to the device until it has revealed everything: its digits stand.
        let device = Share::of(30, drawn(1, session));
        let on_device = device.shows(his_server.public(), &drawn(2, session));
        // To the real server he is a device. It draws its nonce after his commitment.
        let his = Share::of(40, drawn(3, session));
        let page = Page {
            server: server.clone(),
            commitment: his.commitment(),
            nonce: drawn(4, session),
        };
        // With all in hand he finds a share that shows the device's digits, but none that he committed to.
        let fits = (0..100_000)
            .map(|n| Share {
                opening: drawn(5, n),
                ..Share::of(40, String::new())
            })
            .find(|share| two_digits(&share.shows(&server, &page.nonce)) == two_digits(&on_device))
            .unwrap();
        assert_eq!(page.shows(&fits), None, "another share than the promised one");
        let on_page = page.shows(&his).unwrap();
        hits += u64::from(two_digits(&on_page) == two_digits(&on_device));
    }
    assert!((1..=CHANCE).contains(&hits), "{hits} of {SESSIONS}");
}

#[test]
fn enrol_06_a_man_in_the_middle_who_lets_the_page_speak_first_hits_the_digits_by_chance_only() {
    let (server, his_server) = (server_key().public().clone(), SigningKey::from_seed(&[20; 32]));
    let mut hits = 0;
    for session in 0..SESSIONS {
        // He has gone through with the real server: the digits of the page stand.
        let his = Share::of(40, drawn(3, session));
        let page = Page {
            server: server.clone(),
            commitment: his.commitment(),
            nonce: drawn(4, session),
        };
        let on_page = page.shows(&his).unwrap();
        // All that he has of the device when he must choose its nonce is the commitment. He makes what he can of it.
        let device = Share::of(30, drawn(1, session));
        let promised = device.commitment();
        let nonce = b64::encode(&b64::decode(&promised).unwrap()[..16]);
        let on_device = device.shows(his_server.public(), &nonce);
        // The nonce that he would have needed is found at once, when it is too late.
        let mut late = (0..100_000).map(|n| device.shows(his_server.public(), &drawn(5, n)));
        assert!(late.any(|shown| two_digits(&shown) == two_digits(&on_page)));
        hits += u64::from(two_digits(&on_page) == two_digits(&on_device));
    }
    assert!((1..=CHANCE).contains(&hits), "{hits} of {SESSIONS}");
}

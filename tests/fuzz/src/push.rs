//! Push: payloads, encrypted bodies, and the endpoints that the server sends to.

use std::sync::LazyLock;

use warifu_device_core::fuzzing::decrypt;
use warifu_server::push::encrypt::encrypt;
use warifu_server::push::endpoint;
use warifu_shared::b64;
use warifu_shared::ids::ChallengeId;
use warifu_shared::push_payload::{self, Hinted, PAYLOAD_LEN};

use crate::bytes::{choice, text};
use crate::settings::CONFIG;

/// Payloads: one way to write each, of one size.
pub(crate) fn payload(data: &[u8]) {
    if let Ok(id) = push_payload::read(data) {
        assert_eq!(push_payload::write(&id).as_slice(), data);
    }
    // The same with everything around the id given.
    let Some(id) = text(data).and_then(|text| text.parse::<ChallengeId>().ok()) else {
        return;
    };
    let id = Hinted::Challenge(id);
    let written = push_payload::write(&id);
    assert_eq!(
        (push_payload::read(&written), written.len()),
        (Ok(id), PAYLOAD_LEN)
    );
}

/// RFC 8291 section 5: the receiver's private key, public key and secret.
const PRIVATE: &str = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94";
const PUBLIC: &str =
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";

static RECEIVER: LazyLock<(Vec<u8>, Vec<u8>)> = LazyLock::new(|| {
    let bytes = |text| b64::decode(text).expect("base64url");
    (bytes(PUBLIC), bytes(AUTH))
});

/// Bodies: what the device opens, a second implementation opens to the same; what the server seals, the device opens,
/// and no changed byte of it.
pub(crate) fn body(data: &[u8]) {
    let Some((way, rest)) = choice(data) else { return };
    if way & 1 == 0 {
        if let Some(plain) = decrypt(PRIVATE, AUTH, rest) {
            let keys =
                ece::EcKeyComponents::new(b64::decode(PRIVATE).expect("base64url"), RECEIVER.0.clone());
            // The record size is a bound that the tag does not cover; the other one takes none above its own.
            let mut other = rest.to_vec();
            other[16..20].copy_from_slice(&4096u32.to_be_bytes());
            if other.len() <= 4096 {
                let other =
                    ece::decrypt(&keys, &RECEIVER.1, &other).expect("a second implementation opens it");
                assert_eq!(plain, other);
            }
        }
        return;
    }
    let plain = &rest[..rest.len().min(3993)];
    let mut sealed = encrypt(plain, &RECEIVER.0, &RECEIVER.1).expect("good keys");
    assert_eq!(decrypt(PRIVATE, AUTH, &sealed).as_deref(), Some(plain));
    // The record size (bytes 16 to 19) is a bound and not covered by the tag.
    let at = usize::from(way >> 1) % sealed.len();
    let at = if (16..20).contains(&at) { 20 } else { at };
    sealed[at] ^= 1 << (way & 7);
    assert_eq!(decrypt(PRIVATE, AUTH, &sealed), None, "byte {at} was changed");
    sealed.truncate(at);
    assert_eq!(decrypt(PRIVATE, AUTH, &sealed), None, "cut at {at}");
}

/// Endpoints: what is accepted is https on a listed host, or our relay; it names no user, and reads the same again.
pub(crate) fn endpoint(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let Ok(url) = endpoint::check(text, &CONFIG) else {
        return;
    };
    assert_eq!(endpoint::check(url.as_str(), &CONFIG).as_ref(), Ok(&url));
    assert!(url.username().is_empty() && url.password().is_none() && text.len() <= 2048);
    if !endpoint::is_own_relay(&url, &CONFIG) {
        let host = url.host_str().expect("a host");
        assert!(url.scheme() == "https" && CONFIG.push.allowed_hosts.iter().any(|known| known == host));
        assert!(host.parse::<std::net::IpAddr>().is_err() && !host.starts_with('['));
    }
}

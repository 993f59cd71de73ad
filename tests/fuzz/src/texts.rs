//! Links, numbers, keys and the bodies of the device API.

use serde::Serialize;
use serde::de::DeserializeOwned;
use warifu_shared::api::{
    BeginEnrolment, Decide, DecisionResult, DeviceStatus, EnrolmentOffer, EnrolmentResult, FinishEnrolment,
    OpenChallenge, OpenChallenges, Problem, Rename, ServiceInfo, Subscription,
};
use warifu_shared::b64;
use warifu_shared::jws::enrolment::Jwk;
use warifu_shared::keys::{PublicKey, Thumbprint};
use warifu_shared::link::{self, Link};
use warifu_shared::number::{self, MatchNumber};

use crate::bytes::{choice, text};

/// Links: what is read can be written, and reads back the same; origins are bare and secure.
pub(crate) fn link(data: &[u8]) {
    let Some(text) = text(data) else { return };
    if let Ok(origin) = link::origin_of(text) {
        check_origin(&origin);
    }
    match link::read(text) {
        Ok(Link::Enrol(read)) => {
            check_origin(&read.origin);
            let Ok(Link::Enrol(again)) = link::read(&read.write()) else {
                // The reader takes raw what the writer must escape, so the same link may grow over the limit.
                assert!(read.write().len() > 512);
                return;
            };
            assert!(again == read);
            assert_eq!(b64::decode(&read.code).map(|code| code.len()), Ok(16));
            assert!(read.server_key.parse::<Thumbprint>().is_ok());
        }
        Ok(Link::Challenge(read)) => {
            check_origin(&read.origin);
            let Ok(Link::Challenge(again)) = link::read(&read.write()) else {
                assert!(read.write().len() > 512);
                return;
            };
            assert_eq!((&again.origin, &again.challenge), (&read.origin, &read.challenge));
            assert!(again.number.matches(&read.number));
        }
        Err(_) => {}
    }
}

/// An accepted origin is `https`, or `http` on this machine, without anything behind the host and port.
pub(crate) fn check_origin(origin: &str) {
    assert_eq!(link::origin_of(origin).as_deref(), Ok(origin), "in its one form");
    assert!(origin.bytes().all(|b| b.is_ascii_graphic()), "{origin}");
    let (scheme, rest) = origin.split_once("://").expect("a scheme");
    assert!(!rest.contains(['/', '?', '#', '@', '\\']), "{origin}");
    if scheme != "https" {
        let local = rest.starts_with("127.") || rest.starts_with("[::1]") || rest.starts_with("localhost");
        assert!(scheme == "http" && local, "{origin}");
    }
}

/// Numbers: six digits, and what the person typed has exactly these digits in this order.
pub(crate) fn number(data: &[u8]) {
    let Some(text) = text(data) else { return };
    if let Ok(number) = text.parse::<MatchNumber>() {
        assert_eq!(number.reveal(), text);
    }
    if let Ok(number) = number::from_typed(text) {
        assert!(number.reveal().len() == 6 && number.reveal().bytes().all(|b| b.is_ascii_digit()));
        let digit = |c: char| match c {
            '０'..='９' => char::from_digit(c as u32 - '０' as u32, 10),
            _ => c.is_ascii_digit().then_some(c),
        };
        let typed: String = text.chars().filter_map(digit).collect();
        assert_eq!(number.reveal(), typed, "no digit is dropped or added");
        assert!(!text.chars().any(char::is_alphabetic));
    }
}

/// Keys: accepted encodings are canonical, of 32 bytes, and have one thumbprint; every form agrees.
pub(crate) fn keys(data: &[u8]) {
    if let Ok(raw) = <[u8; 32]>::try_from(data) {
        let key = PublicKey::from_bytes(&raw);
        let by_text = PublicKey::from_b64(&b64::encode(raw));
        assert_eq!(key, by_text);
        if let Ok(key) = key {
            assert_eq!(key.as_bytes(), &raw);
            let jwk = Jwk::of(&key);
            assert_eq!(jwk.key(), Ok(key.clone()));
            // Below p, by arithmetic of our own: p has 0xed, thirty times 0xff, 0x7f.
            let mut y = raw;
            y[31] &= 0x7f;
            y.reverse();
            let mut p = [0xff; 32];
            (p[0], p[31]) = (0x7f, 0xed);
            assert!(y < p, "a coordinate that is not reduced");
        }
    }
    let Some(text) = text(data) else { return };
    if let Ok(jwk) = serde_json::from_str::<Jwk>(text)
        && let Ok(key) = jwk.key()
    {
        assert_eq!(Jwk::of(&key), jwk, "one JWK for a key");
    }
    if let Ok(thumbprint) = text.parse::<Thumbprint>() {
        assert_eq!(thumbprint.as_str(), text);
        assert_eq!(text.len(), 43);
    }
}

/// Bodies of the device API: what is read is written and reads the same.
pub(crate) fn api_bodies(data: &[u8]) {
    let Some((way, body)) = choice(data) else { return };
    match way % 13 {
        0 => again::<BeginEnrolment>(body),
        1 => again::<FinishEnrolment>(body),
        2 => again::<Rename>(body),
        3 => again::<Subscription>(body),
        4 => again::<Decide>(body),
        5 => again::<ServiceInfo>(body),
        6 => again::<EnrolmentOffer>(body),
        7 => again::<EnrolmentResult>(body),
        8 => again::<DeviceStatus>(body),
        9 => again::<OpenChallenge>(body),
        10 => again::<OpenChallenges>(body),
        11 => again::<DecisionResult>(body),
        _ => again::<Problem>(body),
    }
}

fn again<T: Serialize + DeserializeOwned>(body: &[u8]) {
    let Ok(read) = serde_json::from_slice::<T>(body) else {
        return;
    };
    let written = serde_json::to_string(&read).expect("what is read can be written");
    let back: T = serde_json::from_str(&written).expect("what is written can be read");
    assert_eq!(serde_json::to_string(&back).expect("JSON"), written);
}

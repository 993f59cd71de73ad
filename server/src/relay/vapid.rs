//! VAPID on the receiving side: who posts to a restricted endpoint (RFC 8292, RELAY-07, RELAY-09).

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use http::{HeaderMap, header};
use ring::digest::{SHA256, digest};
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde::Deserialize;
use warifu_shared::b64;
use warifu_shared::clock::Timestamp;

use super::config::read_vapid_key;
use super::error::PushError;

/// A VAPID token and the key that should have signed it, as they were posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Credentials {
    token: String,
    key: [u8; 65],
}

/// Checks VAPID tokens. A sender uses one token for hours, so tokens that verified are remembered by their hash.
#[derive(Debug)]
pub(super) struct VapidCheck {
    audience: String,
    verified: Mutex<HashMap<[u8; 32], i64>>,
}

#[derive(Deserialize)]
struct TokenHeader {
    alg: String,
}

#[derive(Deserialize)]
struct Claims {
    aud: String,
    exp: i64,
}

/// SHA-256 of a raw VAPID key: what endpoints and channels are bound to.
pub(super) fn key_hash(key: &[u8; 65]) -> [u8; 32] {
    sha256(&[key])
}

impl Credentials {
    /// Reads `Authorization` (schemes `vapid`, and the older `webpush` and `bearer` with the key in `Crypto-Key`).
    /// `None` when there is no such header.
    pub(super) fn read(headers: &HeaderMap) -> Result<Option<Self>, PushError> {
        let Some(value) = headers.get(header::AUTHORIZATION) else {
            return Ok(None);
        };
        let value = value
            .to_str()
            .map_err(|_| PushError::Vapid("the Authorization header is not ASCII"))?;
        let (scheme, rest) = value.trim().split_once(' ').ok_or(PushError::Vapid("no token"))?;
        let (token, key) = match scheme.to_ascii_lowercase().as_str() {
            "vapid" => (parameter(rest, ',', "t"), parameter(rest, ',', "k")),
            "webpush" | "bearer" => (Some(rest.trim()), older_key(headers)),
            _ => return Err(PushError::Vapid("unknown scheme")),
        };
        let token = token.ok_or(PushError::Vapid("no token"))?;
        let key = key.ok_or(PushError::Vapid("no key"))?;
        let key = read_vapid_key(key).ok_or(PushError::Vapid("the key is not a raw P-256 key"))?;
        Ok(Some(Self {
            token: token.to_owned(),
            key,
        }))
    }
}

impl VapidCheck {
    /// `audience` is the origin of our endpoints.
    pub(super) fn new(audience: String) -> Self {
        Self {
            audience,
            verified: Mutex::default(),
        }
    }

    /// Checks that `posted` satisfies an endpoint bound to `required`. An unrestricted endpoint needs no token, but a
    /// token that comes must be right.
    pub(super) fn check(
        &self,
        required: Option<[u8; 32]>,
        posted: Option<&Credentials>,
        now: Timestamp,
    ) -> Result<(), PushError> {
        let Some(posted) = posted else {
            return required.map_or(Ok(()), |_| Err(PushError::Vapid("a token is needed")));
        };
        if required.is_some_and(|hash| hash != key_hash(&posted.key)) {
            return Err(PushError::Vapid("the key is not the subscription's"));
        }
        let memory = sha256(&[posted.token.as_bytes(), b" ", &posted.key]);
        let known = self
            .verified
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&memory)
            .copied();
        if known.is_some_and(|exp| exp > now.secs()) {
            return Ok(());
        }
        let exp = self.verify(posted, now)?;
        self.remember(memory, exp, now);
        Ok(())
    }

    /// The cheap checks come first, the signature last.
    fn verify(&self, posted: &Credentials, now: Timestamp) -> Result<i64, PushError> {
        let malformed = || PushError::Vapid("the token is malformed");
        let (signed, signature) = posted.token.rsplit_once('.').ok_or_else(malformed)?;
        let (head, claims) = signed.split_once('.').ok_or_else(malformed)?;
        let head: TokenHeader = read_part(head).ok_or_else(malformed)?;
        if head.alg != "ES256" {
            return Err(PushError::Vapid("the token is not signed with ES256"));
        }
        let claims: Claims = read_part(claims).ok_or_else(malformed)?;
        if claims.aud != self.audience {
            return Err(PushError::Vapid("aud is not the origin of the endpoint"));
        }
        if claims.exp <= now.secs() {
            return Err(PushError::Vapid("the token has expired"));
        }
        if claims.exp > now.plus_secs(LONGEST_LIFE_SECS).secs() {
            return Err(PushError::Vapid("exp lies more than 24 hours ahead"));
        }
        let signature = b64::decode(signature).map_err(|_| malformed())?;
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, posted.key)
            .verify(signed.as_bytes(), &signature)
            .map_err(|_| PushError::Vapid("the signature is wrong"))?;
        Ok(claims.exp)
    }

    fn remember(&self, memory: [u8; 32], exp: i64, now: Timestamp) {
        let mut verified = self.verified.lock().unwrap_or_else(PoisonError::into_inner);
        if verified.len() >= REMEMBERED {
            verified.retain(|_, exp| *exp > now.secs());
        }
        if verified.len() >= REMEMBERED {
            verified.clear();
        }
        verified.insert(memory, exp);
    }
}

/// Text first: the JSON reader alone passes over members that it does not look for, whatever bytes they hold.
fn read_part<T: for<'de> Deserialize<'de>>(part: &str) -> Option<T> {
    let bytes = b64::decode(part).ok()?;
    serde_json::from_str(std::str::from_utf8(&bytes).ok()?).ok()
}

/// `p256ecdsa` of `Crypto-Key`, where the drafts before RFC 8292 put the key.
fn older_key(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get("crypto-key")?.to_str().ok()?;
    value
        .split(',')
        .find_map(|group| parameter(group, ';', "p256ecdsa"))
}

fn parameter<'a>(text: &'a str, separator: char, name: &str) -> Option<&'a str> {
    text.split(separator).find_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        (key.trim() == name).then(|| value.trim().trim_matches('"'))
    })
}

fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, &parts.concat()).as_ref());
    out
}

const LONGEST_LIFE_SECS: i64 = 24 * 60 * 60;
const REMEMBERED: usize = 1024;

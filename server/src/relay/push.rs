//! `POST /wpush/…`: takes a push message (RFC 8030 section 5, RELAY-08, RELAY-09).

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, StatusCode, header};
use warifu_shared::b64;
use warifu_shared::ids::MessageId;

use super::Relay;
use super::error::PushError;
use super::protocol::EncryptionHeaders;
use super::token::{Endpoint, Version};
use super::vapid::Credentials;
use crate::store::bulk::Hot;
use crate::store::relay::{self as table, NewMessage, Refused, Waiting};
use crate::store::{Store, StoreError};

/// `/wpush/v1/{token}` and `/wpush/v2/{token}`.
pub(super) async fn post_versioned(
    State(relay): State<Relay>,
    Path((version, token)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, PushError> {
    let version = Version::parse(&version).map_err(|_| PushError::BadToken)?;
    accept(&relay, version, &token, &headers, body).await
}

/// `/wpush/{token}`: as v1.
pub(super) async fn post_unversioned(
    State(relay): State<Relay>,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, PushError> {
    accept(&relay, Version::V1, &token, &headers, body).await
}

async fn accept(
    relay: &Relay,
    version: Version,
    token: &str,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, PushError> {
    let inner = &relay.0;
    let endpoint = Endpoint::open(&inner.sealer, version, token).map_err(|_| PushError::BadToken)?;
    let now = relay.now();
    inner
        .vapid
        .check(endpoint.vapid, Credentials::read(headers)?.as_ref(), now)?;
    let ttl = read_ttl(headers)?;
    let topic = read_topic(headers)?;
    let limit = inner.config.max_body_bytes;
    let body = to_bytes(body, limit)
        .await
        .map_err(|_| PushError::TooLarge(limit))?;
    let encryption = if body.is_empty() {
        None
    } else {
        Some(read_encryption(headers)?)
    };
    inner
        .posts
        .count(
            (endpoint.agent, endpoint.channel),
            inner.config.messages_per_minute,
            now,
        )
        .map_err(|retry_after| PushError::TooMany {
            what: "to this subscription",
            retry_after,
        })?;
    let message = NewMessage {
        id: MessageId::at(now).to_string(),
        agent: endpoint.agent.to_string(),
        channel: endpoint.channel.to_string(),
        vapid: endpoint.vapid.map(b64::encode).unwrap_or_default(),
        topic,
        headers: encryption
            .map(|it| serde_json::to_string(&it).unwrap_or_default())
            .unwrap_or_default(),
        body: Bytes::into(body),
        created_at: now,
        expires_at: now.plus_secs(ttl),
        quota: inner.config.messages_per_agent,
    };
    let location = format!("{}/m/{}", inner.addresses.http, message.id);
    take(relay, &endpoint, message).await?;
    let headers = [
        (header::LOCATION, location),
        (HeaderName::from_static("ttl"), ttl.to_string()),
    ];
    Ok((StatusCode::CREATED, headers).into_response())
}

/// Stores the message, then hands it to the agent's connection. With TTL 0 it is not stored: whoever is not connected
/// to this node misses it (RFC 8030 section 5.2).
async fn take(relay: &Relay, endpoint: &Endpoint, message: NewMessage) -> Result<(), PushError> {
    let inner = &relay.0;
    let handed_over = Waiting {
        id: message.id.clone(),
        channel: message.channel.clone(),
        headers: message.headers.clone(),
        body: message.body.clone(),
    };
    let stored = if message.expires_at > message.created_at {
        keep(&inner.store, &message).await
    } else {
        Ok(false)
    };
    let stored = match stored {
        Err(error) if table::is_gone(&error) => false,
        stored => stored?,
    };
    if !stored {
        let mut connection = inner.store.read().await?;
        let refused = table::why_refused(&mut connection, &message.agent, &message.channel, &message.vapid);
        match refused.await? {
            Some(Refused::Agent) => return Err(PushError::UnknownAgent),
            Some(Refused::Channel) => return Err(PushError::UnknownChannel),
            None if message.expires_at > message.created_at => {
                return Err(PushError::TooMany {
                    what: "wait for this user agent",
                    retry_after: FULL_RETRY_SECS,
                });
            }
            None => {}
        }
    }
    inner.hub.hand_over(&endpoint.agent, handed_over);
    Ok(())
}

/// Keeps a message: with many others at once, or alone when that did not work out.
async fn keep(store: &Store, message: &NewMessage) -> Result<bool, StoreError> {
    if store.write_hot(Hot::Message(Box::new(message.clone()))).await? {
        return Ok(true);
    }
    let new = message.clone();
    store
        .write(move |c| Box::pin(async move { table::insert_message(c, &new).await }))
        .await
}

/// The TTL in seconds, capped at 30 days.
pub(super) fn read_ttl(headers: &HeaderMap) -> Result<i64, PushError> {
    let text = one(headers, "ttl").ok_or(PushError::Ttl)?.trim();
    let (negative, digits) = text
        .strip_prefix('-')
        .map_or((false, text), |digits| (true, digits));
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(PushError::Ttl);
    }
    // More digits than an i64 holds are simply more than the cap.
    let ttl = digits.parse::<i64>().unwrap_or(i64::MAX).min(LONGEST_TTL_SECS);
    if negative && ttl > 0 {
        Err(PushError::NegativeTtl)
    } else {
        Ok(ttl)
    }
}

pub(super) fn read_topic(headers: &HeaderMap) -> Result<Option<String>, PushError> {
    if !headers.contains_key("topic") {
        return Ok(None);
    }
    let topic = one(headers, "topic").ok_or(PushError::Topic)?;
    let alphabet = topic
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if alphabet && (1..=32).contains(&topic.len()) {
        Ok(Some(topic.to_owned()))
    } else {
        Err(PushError::Topic)
    }
}

/// `aes128gcm`, or the legacy `aesgcm` with the headers that it needs.
pub(super) fn read_encryption(headers: &HeaderMap) -> Result<EncryptionHeaders, PushError> {
    let encoding =
        one(headers, "content-encoding").ok_or(PushError::Encryption("Content-Encoding is missing"))?;
    let (encryption, crypto_key) = match encoding {
        "aes128gcm" => (None, None),
        "aesgcm" => {
            let salt = one(headers, "encryption").filter(|value| value.contains("salt="));
            let key = one(headers, "crypto-key").filter(|value| value.contains("dh="));
            let salt = salt.ok_or(PushError::Encryption("aesgcm needs Encryption with salt"))?;
            let key = key.ok_or(PushError::Encryption("aesgcm needs Crypto-Key with dh"))?;
            (Some(salt.to_owned()), Some(key.to_owned()))
        }
        _ => return Err(PushError::Encryption("unknown Content-Encoding")),
    };
    Ok(EncryptionHeaders {
        encoding: encoding.to_owned(),
        encryption,
        crypto_key,
    })
}

/// The value of a header that came exactly once, in ASCII and of sane length.
fn one<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok().filter(|value| value.len() <= 1024)?;
    values.next().is_none().then_some(value)
}

const LONGEST_TTL_SECS: i64 = 2_592_000;
const FULL_RETRY_SECS: i64 = 60;

//! The relay: frames of both ends, endpoint tokens, and the headers of a post.

use std::sync::LazyLock;

use warifu_device_core::fuzzing;
use warifu_server::crypto::seal::Sealer;
use warifu_server::relay::agent::{AgentHash, ChannelId, Uaid};
use warifu_server::relay::fuzzing as relay;
use warifu_server::relay::protocol::{ClientMessage, ServerMessage};
use warifu_server::relay::token::{Endpoint, Version};
use warifu_shared::b64;

use crate::bytes::{choice, headers, parts, text};

/// Frames of clients: what is read can be written and reads the same; names and channels have one form.
pub(crate) fn frames(data: &[u8]) {
    let Some(text) = text(data) else { return };
    if let Some(uaid) = Uaid::parse(text) {
        assert_eq!(uaid.expose(), text.replace('-', "").to_ascii_lowercase());
    }
    if let Ok(channel) = text.parse::<ChannelId>() {
        assert_eq!(channel.to_string(), text);
    }
    let Ok(message) = ClientMessage::read(text) else {
        return;
    };
    let again = serde_json::to_string(&message).expect("what is read can be written");
    assert_eq!(
        ClientMessage::read(&again).expect("what is written can be read"),
        message
    );
}

/// Frames of the relay at the device, and of the device at the relay: both ends understand each other.
pub(crate) fn client_frames(data: &[u8]) {
    let Some(text) = text(data) else { return };
    drop(fuzzing::frame(text));
    if let Ok(message) = serde_json::from_str::<ServerMessage>(text) {
        understood(&message);
    }
    let [uaid, channel, rest] = parts(data).map(|part| std::str::from_utf8(part).unwrap_or_default());
    let written = fuzzing::frames(uaid, channel, rest);
    if channel.parse::<ChannelId>().is_ok() {
        let read =
            written.map(|frame| ClientMessage::read(&frame).expect("the relay reads what the device writes"));
        let [
            ClientMessage::Hello { uaid: name, .. },
            ClientMessage::Register { key, .. },
            _,
            ClientMessage::Ack { updates },
        ] = read
        else {
            panic!("the four frames")
        };
        assert_eq!((name.as_deref(), key.as_deref()), (Some(uaid), Some(rest)));
        assert_eq!((updates.len(), updates[0].version.as_str()), (1, rest));
    }
}

/// The device reads of a relay's frame what the relay wrote.
fn understood(message: &ServerMessage) {
    let text = message.write().expect("it has a JSON form");
    let read = fuzzing::frame(&text);
    match message {
        ServerMessage::Hello { uaid, status, .. } => {
            let good = (1..=128).contains(&uaid.len()) && u16::try_from(*status).is_ok();
            let expected = (
                "hello",
                [Some(uaid.clone()), Some(status.to_string()), None, None],
            );
            assert_eq!(read, good.then_some(expected));
        }
        ServerMessage::Register {
            channel_id,
            status,
            push_endpoint,
        } => {
            let known = [
                Some(channel_id.to_string()),
                Some(status.to_string()),
                Some(push_endpoint.clone()),
                None,
            ];
            assert_eq!(
                read,
                u16::try_from(*status).is_ok().then_some(("register", known))
            );
        }
        ServerMessage::Notification {
            channel_id,
            version,
            data,
            headers,
        } => {
            let encoding = headers.as_ref().map(|headers| headers.encoding.clone());
            let known = [
                Some(channel_id.clone()),
                Some(version.clone()),
                data.clone(),
                encoding,
            ];
            assert_eq!(read, Some(("notification", known)));
        }
        ServerMessage::Unregister { status, .. } => {
            assert_eq!(read.is_some(), u16::try_from(*status).is_ok());
        }
        ServerMessage::Broadcast { .. } | ServerMessage::Ping => {
            assert_eq!(read.map(|(kind, _)| kind), Some("other"));
        }
    }
}

static SEALER: LazyLock<Sealer> = LazyLock::new(|| Sealer::new(&[7; 32]));

/// Endpoint tokens: nobody makes one without the key, and a made one opens to itself, under its version only.
pub(crate) fn token(data: &[u8]) {
    let Some((way, rest)) = choice(data) else { return };
    if let Some(text) = text(rest) {
        for version in [Version::V1, Version::V2] {
            assert!(
                Endpoint::open(&SEALER, version, text).is_err(),
                "nobody has the key"
            );
        }
    }
    let mut bytes = [0u8; 80];
    let len = rest.len().min(bytes.len());
    bytes[..len].copy_from_slice(&rest[..len]);
    let (agent, channel, vapid) = (&bytes[..32], &bytes[32..48], &bytes[48..]);
    let endpoint = Endpoint {
        agent: AgentHash::from_bytes(agent.try_into().expect("32 bytes")),
        channel: ChannelId::from_bytes(channel.try_into().expect("16 bytes")),
        vapid: (way & 1 == 1).then(|| vapid.try_into().expect("32 bytes")),
    };
    let path = endpoint.to_path(&SEALER);
    let (_, token) = path.rsplit_once('/').expect("a path");
    let (own, other) = match endpoint.version() {
        Version::V1 => (Version::V1, Version::V2),
        Version::V2 => (Version::V2, Version::V1),
    };
    assert_eq!(Endpoint::open(&SEALER, own, token), Ok(endpoint));
    assert!(Endpoint::open(&SEALER, other, token).is_err());
    let mut sealed = b64::decode(token).expect("base64url");
    let at = usize::from(way >> 1) % sealed.len();
    sealed[at] ^= 1 << (way & 7);
    assert!(
        Endpoint::open(&SEALER, own, &b64::encode(&sealed)).is_err(),
        "byte {at}"
    );
    assert!(
        Endpoint::open(&SEALER, own, &b64::encode(&sealed[..at])).is_err(),
        "cut at {at}"
    );
}

/// The headers of a post: what is accepted is in its bounds.
pub(crate) fn push_headers(data: &[u8]) {
    let headers = headers(data);
    let Ok((ttl, topic, encryption)) = relay::push_headers(&headers) else {
        return;
    };
    assert!((0..=2_592_000).contains(&ttl) && headers.get_all("ttl").iter().count() == 1);
    assert_eq!(topic.is_some(), headers.contains_key("topic"));
    if let Some(topic) = topic {
        assert!((1..=32).contains(&topic.len()));
        assert!(
            topic
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
        );
    }
    if let Some(encryption) = encryption {
        let legacy = encryption.encoding == "aesgcm";
        assert!(legacy || encryption.encoding == "aes128gcm");
        assert_eq!(
            legacy,
            encryption.encryption.is_some() && encryption.crypto_key.is_some()
        );
        // The device gets them inside a frame.
        let frame = serde_json::to_string(&encryption).expect("JSON");
        assert!(!frame.contains('\n'));
    }
}

//! The frames of the autopush WebSocket protocol, as a client writes and reads them (appendix A of `docs/protocol.md`).

use serde::Deserialize;
use serde_json::{Value, json};

/// What became of a message (autopush ack codes).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AckCode {
    /// Its content is durably stored.
    Delivered = 100,
    /// It did not decrypt.
    DecryptionError = 101,
    /// Nobody here wants it.
    NotDelivered = 102,
}

/// The first frame, with the name that this relay gave us earlier.
pub(crate) fn hello(uaid: Option<&str>) -> String {
    let mut frame = json!({"messageType": "hello", "broadcasts": {}, "use_webpush": true});
    if let Some(uaid) = uaid {
        frame["uaid"] = Value::from(uaid);
    }
    frame.to_string()
}

/// Asks for an endpoint that only the holder of the VAPID key may post to.
pub(crate) fn register(channel: &str, vapid_key: &str) -> String {
    json!({"messageType": "register", "channelID": channel, "key": vapid_key}).to_string()
}

/// Gives a channel up (200: by hand).
pub(crate) fn unregister(channel: &str) -> String {
    json!({"messageType": "unregister", "channelID": channel, "code": 200}).to_string()
}

/// Tells the relay that it may forget a message.
pub(crate) fn ack(channel: &str, version: &str, code: AckCode) -> String {
    let update = json!({"channelID": channel, "version": version, "code": code as u16});
    json!({"messageType": "ack", "updates": [update]}).to_string()
}

/// The JSON ping.
pub(crate) const PING: &str = "{}";

/// A frame of the relay. Unknown members are ignored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Frame {
    /// The answer to [`hello`].
    Hello {
        /// Our name at this relay.
        uaid: String,
        /// 200 when accepted.
        status: u16,
    },
    /// The answer to [`register`].
    Registered {
        /// The channel.
        channel: String,
        /// 200 when accepted.
        status: u16,
        /// Where the server posts to.
        endpoint: Option<String>,
    },
    /// A push message.
    Notification {
        /// The channel.
        channel: String,
        /// The message's id: unique and the same at redelivery.
        version: String,
        /// The `aes128gcm` body, base64url.
        data: Option<String>,
        /// The content encoding.
        encoding: Option<String>,
    },
    /// The answer to a ping, or anything that asks nothing of us.
    Other,
}

#[derive(Deserialize)]
struct Raw {
    #[serde(rename = "messageType")]
    kind: Option<String>,
    uaid: Option<String>,
    status: Option<u16>,
    #[serde(rename = "channelID")]
    channel: Option<String>,
    #[serde(rename = "pushEndpoint")]
    endpoint: Option<String>,
    version: Option<String>,
    data: Option<String>,
    headers: Option<Headers>,
}

#[derive(Deserialize)]
struct Headers {
    encoding: Option<String>,
}

/// Reads a frame; `None` when it is not JSON or lacks what its kind needs.
pub(crate) fn read(text: &str) -> Option<Frame> {
    let raw: Raw = serde_json::from_str(text).ok()?;
    Some(match raw.kind.as_deref() {
        Some("hello") => Frame::Hello {
            uaid: raw.uaid.filter(|uaid| (1..=128).contains(&uaid.len()))?,
            status: raw.status?,
        },
        Some("register") => Frame::Registered {
            channel: raw.channel?,
            status: raw.status?,
            endpoint: raw.endpoint,
        },
        Some("notification") => Frame::Notification {
            channel: raw.channel?,
            version: raw.version?,
            data: raw.data,
            encoding: raw.headers.and_then(|headers| headers.encoding),
        },
        _ => Frame::Other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relay_01_writes_the_frames_of_appendix_a() {
        let same = |frame: &str, text: &str| {
            assert_eq!(
                serde_json::from_str::<Value>(frame).unwrap(),
                serde_json::from_str::<Value>(text).unwrap()
            );
        };
        same(
            &hello(None),
            r#"{"messageType":"hello","broadcasts":{},"use_webpush":true}"#,
        );
        same(
            &hello(Some("dead")),
            r#"{"messageType":"hello","broadcasts":{},"use_webpush":true,"uaid":"dead"}"#,
        );
        same(
            &register("c", "k"),
            r#"{"messageType":"register","channelID":"c","key":"k"}"#,
        );
        same(
            &unregister("c"),
            r#"{"messageType":"unregister","channelID":"c","code":200}"#,
        );
        same(
            &ack("c", "v", AckCode::Delivered),
            r#"{"messageType":"ack","updates":[{"channelID":"c","version":"v","code":100}]}"#,
        );
    }

    #[test]
    fn relay_01_reads_the_frames_of_appendix_a() {
        let uaid = "deadbeef00000000decafbad00000000".to_owned();
        assert_eq!(
            read(
                r#"{"messageType":"hello","uaid":"deadbeef00000000decafbad00000000","status":200,"use_webpush":true,"broadcasts":{}}"#
            ),
            Some(Frame::Hello { uaid, status: 200 })
        );
        assert_eq!(
            read(
                r#"{"messageType":"notification","channelID":"c","version":"v","data":"AA","headers":{"encoding":"aes128gcm"}}"#
            ),
            Some(Frame::Notification {
                channel: "c".into(),
                version: "v".into(),
                data: Some("AA".into()),
                encoding: Some("aes128gcm".into())
            })
        );
        for other in [
            "{}",
            r#"{"messageType":"broadcast","broadcasts":{"id":"1"}}"#,
            r#"{"messageType":"unregister","channelID":"c","status":200}"#,
        ] {
            assert_eq!(read(other), Some(Frame::Other));
        }
        for bad in [
            "",
            "[]",
            r#"{"messageType":"hello","status":200,"uaid":""}"#,
            r#"{"messageType":"notification"}"#,
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}

//! The autopush WebSocket messages, both directions side by side (requirements, appendix A.1 and A.2).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::agent::ChannelId;

/// What a client sends. Unknown members are ignored, unknown types are not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "messageType", rename_all = "snake_case")]
pub enum ClientMessage {
    /// The first message.
    Hello {
        /// The uaid of an earlier connection. Anything that is not a known uaid is answered with a new one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        uaid: Option<String>,
        /// Broadcasts to follow; this relay has none.
        #[serde(default)]
        broadcasts: BTreeMap<String, String>,
        /// Firefox sends `true`.
        #[serde(default)]
        use_webpush: bool,
    },
    /// Asks for an endpoint.
    Register {
        /// The client's name for the channel.
        #[serde(rename = "channelID")]
        channel_id: ChannelId,
        /// The only VAPID key that may post: raw P-256 in base64url, padded or not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<String>,
    },
    /// Gives a channel up.
    Unregister {
        /// The channel.
        #[serde(rename = "channelID")]
        channel_id: ChannelId,
        /// 200 manual, 201 quota, 202 permission revoked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<u32>,
    },
    /// Messages that arrived: they are deleted.
    Ack {
        /// One entry a message.
        updates: Vec<AckUpdate>,
    },
    /// A message that could not be handled: it stays.
    Nack {
        /// The message.
        version: String,
        /// 301 uncaught exception, 302 unhandled rejection, 303 internal.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<u32>,
    },
    /// Broadcasts to follow; this relay has none.
    BroadcastSubscribe {
        /// Broadcast id and last version seen.
        broadcasts: BTreeMap<String, String>,
    },
    /// `{}` or `{"messageType":"ping"}`.
    Ping,
}

/// One acknowledged message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AckUpdate {
    /// The channel it came on.
    #[serde(rename = "channelID")]
    pub channel_id: ChannelId,
    /// The message.
    pub version: String,
    /// 100 delivered, 101 decryption error, 102 not delivered. All mean: do not send it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<u32>,
}

impl ClientMessage {
    /// Reads a text frame.
    ///
    /// # Errors
    /// When the text is not JSON, of an unknown type, or lacks a member.
    pub fn read(text: &str) -> Result<Self, serde_json::Error> {
        let empty = text
            .trim()
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'));
        if empty.is_some_and(|inside| inside.trim().is_empty()) {
            return Ok(Self::Ping);
        }
        serde_json::from_str(text)
    }
}

/// What the relay sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "messageType", rename_all = "snake_case")]
pub enum ServerMessage {
    /// Answers a hello.
    Hello {
        /// The client's uaid from now on.
        uaid: String,
        /// 200.
        status: u32,
        /// Always true, else Firefox falls into its legacy mode without data.
        use_webpush: bool,
        /// Always empty.
        broadcasts: BTreeMap<String, String>,
    },
    /// Answers a register.
    Register {
        /// The channel that was asked for.
        #[serde(rename = "channelID")]
        channel_id: ChannelId,
        /// 200, or 400 with a reason in `pushEndpoint`, or 500.
        status: u32,
        /// The endpoint to post to.
        #[serde(rename = "pushEndpoint")]
        push_endpoint: String,
    },
    /// Answers an unregister.
    Unregister {
        /// The channel that was given up.
        #[serde(rename = "channelID")]
        channel_id: ChannelId,
        /// 200.
        status: u32,
    },
    /// A message.
    Notification {
        /// The channel it was posted to.
        #[serde(rename = "channelID")]
        channel_id: String,
        /// Its id: unique, and the same at each redelivery.
        version: String,
        /// The encrypted body in base64url, absent when it is empty.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        data: Option<String>,
        /// Present with `data`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        headers: Option<EncryptionHeaders>,
    },
    /// Answers a broadcast subscription.
    Broadcast {
        /// Always empty.
        broadcasts: BTreeMap<String, String>,
    },
    /// Answers a ping: `{}`.
    #[serde(skip)]
    Ping,
}

/// How the body was encrypted: `aes128gcm` says it inside the body, the legacy `aesgcm` needs two headers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EncryptionHeaders {
    /// The `Content-Encoding`.
    pub encoding: String,
    /// The `Encryption` header of `aesgcm`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encryption: Option<String>,
    /// The `Crypto-Key` header of `aesgcm`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crypto_key: Option<String>,
}

impl ServerMessage {
    /// Writes a text frame.
    ///
    /// # Errors
    /// Never in practice: every member has a JSON form.
    pub fn write(&self) -> Result<String, serde_json::Error> {
        match self {
            Self::Ping => Ok("{}".to_owned()),
            message => serde_json::to_string(message),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANNEL: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";

    #[test]
    fn relay_01_client_messages_of_the_appendix_are_read() {
        for (text, expected) in [
            (
                r#"{"messageType":"hello","broadcasts":{"a/b":"\"1\""},"use_webpush":true}"#,
                "Hello",
            ),
            (
                r#"{"messageType":"hello","broadcasts":{},"use_webpush":true,"uaid":"x","channelIDs":[]}"#,
                "Hello",
            ),
            (
                &format!(r#"{{"messageType":"register","channelID":"{CHANNEL}","key":"BM3b"}}"#),
                "Register",
            ),
            (
                &format!(r#"{{"code":200,"messageType":"unregister","channelID":"{CHANNEL}"}}"#),
                "Unregister",
            ),
            (r#"{"messageType":"nack","version":"gA","code":301}"#, "Nack"),
            (
                r#"{"messageType":"broadcast_subscribe","broadcasts":{"id":"v"}}"#,
                "BroadcastSubscribe",
            ),
            (r#"{"messageType":"ping"}"#, "Ping"),
            (" { } ", "Ping"),
        ] {
            let read = ClientMessage::read(text).unwrap();
            assert!(format!("{read:?}").starts_with(expected), "{text}");
            let again = serde_json::to_string(&read).unwrap();
            assert_eq!(ClientMessage::read(&again).unwrap(), read, "{text}");
        }
    }

    #[test]
    fn relay_03_malformed_client_messages_are_refused() {
        let upper = CHANNEL.to_uppercase();
        for bad in [
            "",
            "[]",
            "null",
            "{",
            r#"{"messageType":"Hello"}"#,
            r#"{"messageType":"notify"}"#,
            r#"{"uaid":"x"}"#,
            r#"{"messageType":"register"}"#,
            &format!(r#"{{"messageType":"register","channelID":"{upper}"}}"#),
            r#"{"messageType":"ack","updates":{}}"#,
        ] {
            assert!(ClientMessage::read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn relay_01_server_messages_have_the_shape_of_the_appendix() {
        let channel_id: ChannelId = CHANNEL.parse().unwrap();
        let headers = EncryptionHeaders {
            encoding: "aes128gcm".into(),
            encryption: None,
            crypto_key: None,
        };
        for (message, expected) in [
            (
                ServerMessage::Hello {
                    uaid: "aa".into(),
                    status: 200,
                    use_webpush: true,
                    broadcasts: BTreeMap::new(),
                },
                r#"{"messageType":"hello","uaid":"aa","status":200,"use_webpush":true,"broadcasts":{}}"#
                    .to_owned(),
            ),
            (
                ServerMessage::Register {
                    channel_id,
                    status: 200,
                    push_endpoint: "https://r/w".into(),
                },
                format!(
                    r#"{{"messageType":"register","channelID":"{CHANNEL}","status":200,"pushEndpoint":"https://r/w"}}"#
                ),
            ),
            (
                ServerMessage::Unregister {
                    channel_id,
                    status: 200,
                },
                format!(r#"{{"messageType":"unregister","channelID":"{CHANNEL}","status":200}}"#),
            ),
            (
                ServerMessage::Notification {
                    channel_id: CHANNEL.into(),
                    version: "v".into(),
                    data: Some("AA".into()),
                    headers: Some(headers),
                },
                format!(
                    r#"{{"messageType":"notification","channelID":"{CHANNEL}","version":"v","data":"AA","headers":{{"encoding":"aes128gcm"}}}}"#
                ),
            ),
            (ServerMessage::Ping, "{}".to_owned()),
        ] {
            assert_eq!(message.write().unwrap(), expected);
        }
    }
}

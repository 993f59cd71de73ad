//! What the fuzz targets reach of the push client.

use super::frames::{self, AckCode, Frame};
use super::journal;
use crate::vault::PushSecret;

/// Decrypts a push message with the raw keys in base64url.
#[must_use]
pub fn decrypt(private: &str, auth: &str, body: &[u8]) -> Option<Vec<u8>> {
    let keys = PushSecret {
        private: private.to_owned(),
        auth: auth.to_owned(),
    };
    keys.decrypt(body).ok()
}

/// Reads a frame of the relay: its kind, then channel, version or name, and the rest, as far as it has them.
#[must_use]
pub fn frame(text: &str) -> Option<(&'static str, [Option<String>; 4])> {
    Some(match frames::read(text)? {
        Frame::Hello { uaid, status } => ("hello", [Some(uaid), Some(status.to_string()), None, None]),
        Frame::Registered {
            channel,
            status,
            endpoint,
        } => (
            "register",
            [Some(channel), Some(status.to_string()), endpoint, None],
        ),
        Frame::Notification {
            channel,
            version,
            data,
            encoding,
        } => ("notification", [Some(channel), Some(version), data, encoding]),
        Frame::Other => ("other", [None, None, None, None]),
    })
}

/// The frames that the client writes: hello, register, unregister, ack.
#[must_use]
pub fn frames(uaid: &str, channel: &str, text: &str) -> [String; 4] {
    [
        frames::hello(Some(uaid)),
        frames::register(channel, text),
        frames::unregister(channel),
        frames::ack(channel, text, AckCode::Delivered),
    ]
}

/// Reads a journal and notes one message; see `journal::noted_after`.
#[must_use]
pub fn journal(bytes: &[u8], version: &str) -> Option<(usize, usize, bool)> {
    journal::noted_after(bytes, version)
}

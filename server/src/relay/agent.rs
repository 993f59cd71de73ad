//! Who listens and on what: the uaid (a bearer secret), its hash, and the channel id.

use std::fmt;
use std::str::FromStr;

use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use warifu_shared::{b64, random};
use zeroize::Zeroizing;

/// The secret by which a push client is known: 128 random bits, 32 hex digits on the wire (RELAY-06, RELAY-12).
/// It has no `Debug`, so it reaches no log.
pub struct Uaid(Zeroizing<[u8; 16]>);

impl Uaid {
    /// Draws a new uaid.
    #[must_use]
    pub fn random() -> Self {
        Self(Zeroizing::new(random::bytes()))
    }

    /// Reads 32 hex digits, plain or dashed like a UUID; anything else is no uaid.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plain = match text.len() {
            32 => Zeroizing::new(text.to_owned()),
            36 if dashes_are_in_place(text) => Zeroizing::new(text.replace('-', "")),
            _ => return None,
        };
        read_hex(&plain).map(|bytes| Self(Zeroizing::new(bytes)))
    }

    /// The uaid as the client gets it: 32 lower-case hex digits without dashes.
    #[must_use]
    pub fn expose(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// How the uaid lies in the database and in endpoints.
    #[must_use]
    pub fn hash(&self) -> AgentHash {
        let mut out = [0; 32];
        out.copy_from_slice(digest(&SHA256, self.0.as_slice()).as_ref());
        AgentHash(out)
    }
}

/// SHA-256 of a uaid. The uaid has 128 random bits, so no salt and no stretching is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AgentHash([u8; 32]);

impl AgentHash {
    /// The hash from its bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for AgentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&b64::encode(self.0))
    }
}

impl FromStr for AgentHash {
    type Err = b64::BadBase64;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        b64::decode_array(text).map(Self)
    }
}

/// A channel of an agent: on the wire a lower-case dashed UUID, nothing else (RELAY-07).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ChannelId([u8; 16]);

/// Text that is not a lower-case dashed UUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("channelID is not a lower-case dashed UUID")]
pub struct BadChannelId;

impl ChannelId {
    /// The channel from the UUID's bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The UUID's bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl FromStr for ChannelId {
    type Err = BadChannelId;
    fn from_str(text: &str) -> Result<Self, BadChannelId> {
        let lower = !text.bytes().any(|b| b.is_ascii_uppercase());
        if text.len() != 36 || !lower || !dashes_are_in_place(text) {
            return Err(BadChannelId);
        }
        read_hex(&text.replace('-', "")).map(Self).ok_or(BadChannelId)
    }
}

impl TryFrom<String> for ChannelId {
    type Error = BadChannelId;
    fn try_from(text: String) -> Result<Self, BadChannelId> {
        text.parse()
    }
}

impl From<ChannelId> for String {
    fn from(id: ChannelId) -> Self {
        id.to_string()
    }
}

impl fmt::Display for ChannelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, byte) in self.0.iter().enumerate() {
            let dash = if matches!(at, 4 | 6 | 8 | 10) { "-" } else { "" };
            write!(f, "{dash}{byte:02x}")?;
        }
        Ok(())
    }
}

fn dashes_are_in_place(text: &str) -> bool {
    text.bytes()
        .enumerate()
        .all(|(at, byte)| (byte == b'-') == matches!(at, 8 | 13 | 18 | 23))
}

fn read_hex(text: &str) -> Option<[u8; 16]> {
    let digits = text.as_bytes();
    if digits.len() != 32 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let mut out = [0; 16];
    for (byte, pair) in out.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relay_06_a_uaid_is_read_plain_and_dashed_and_written_plain() {
        let plain = "deadbeef00000000decafbad00000000";
        for text in [
            plain,
            "deadbeef-0000-0000-deca-fbad00000000",
            "DEADBEEF00000000DECAFBAD00000000",
        ] {
            assert_eq!(Uaid::parse(text).unwrap().expose(), plain, "{text}");
        }
        for bad in [
            "",
            "deadbeef",
            "+eadbeef00000000decafbad00000000",
            "deadbeef-00000000-deca-fbad-00000000",
        ] {
            assert!(Uaid::parse(bad).is_none(), "{bad}");
        }
        assert_ne!(Uaid::random().expose(), Uaid::random().expose());
    }

    #[test]
    fn relay_07_a_channel_is_a_lower_case_dashed_uuid() {
        let good = "0f8fad5b-d9cb-469f-a165-70867728950e";
        assert_eq!(good.parse::<ChannelId>().unwrap().to_string(), good);
        let upper = good.to_uppercase();
        let plain = good.replace('-', "");
        for bad in [
            upper.as_str(),
            &plain,
            "",
            "0f8fad5b-d9cb-469f-a165-70867728950",
            "{0f8fad5b-d9cb-469f-a165-70867728950",
        ] {
            assert_eq!(bad.parse::<ChannelId>(), Err(BadChannelId), "{bad}");
        }
    }
}

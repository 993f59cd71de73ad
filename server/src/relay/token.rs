//! Endpoint tokens: agent, channel and the allowed VAPID key under authenticated encryption (RELAY-07).

use warifu_shared::b64;

use super::agent::{AgentHash, ChannelId};
use crate::crypto::seal::Sealer;

/// What an endpoint stands for. It carries the hash of the uaid, so that even the relay's key does not turn an
/// endpoint into the client's secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Whose channel it is.
    pub agent: AgentHash,
    /// The channel.
    pub channel: ChannelId,
    /// SHA-256 of the only VAPID key that may post; `None` makes a v1 endpoint, open to whoever knows it.
    pub vapid: Option<[u8; 32]>,
}

/// A token that does not open, or is used under another version than it was made for (404, errno 102).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the endpoint token does not open")]
pub struct BadToken;

/// The version that is part of an endpoint's path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// No VAPID key needed.
    V1,
    /// Bound to one VAPID key.
    V2,
}

impl Version {
    /// The path segment.
    #[must_use]
    pub const fn segment(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
        }
    }

    /// Reads the path segment.
    ///
    /// # Errors
    /// [`BadToken`] for any other text.
    pub fn parse(segment: &str) -> Result<Self, BadToken> {
        [Self::V1, Self::V2]
            .into_iter()
            .find(|version| version.segment() == segment)
            .ok_or(BadToken)
    }

    /// The sealing context: a restricted token cannot be passed off as an unrestricted one.
    const fn context(self) -> &'static str {
        match self {
            Self::V1 => "relay endpoint v1",
            Self::V2 => "relay endpoint v2",
        }
    }
}

impl Endpoint {
    /// The version this endpoint is made for.
    #[must_use]
    pub const fn version(&self) -> Version {
        if self.vapid.is_some() {
            Version::V2
        } else {
            Version::V1
        }
    }

    /// Writes the path, from `/wpush/` on.
    #[must_use]
    pub fn to_path(&self, sealer: &Sealer) -> String {
        let version = self.version();
        let vapid = self.vapid.as_ref().map_or(&[][..], |hash| hash.as_slice());
        let plain = [self.agent.as_bytes().as_slice(), self.channel.as_bytes(), vapid].concat();
        let token = b64::encode(sealer.seal(version.context(), &plain));
        format!("/wpush/{}/{token}", version.segment())
    }

    /// Reads a token that came under `version`.
    ///
    /// # Errors
    /// [`BadToken`] when it was not made here for that version.
    pub fn open(sealer: &Sealer, version: Version, token: &str) -> Result<Self, BadToken> {
        let sealed = b64::decode(token).map_err(|_| BadToken)?;
        let plain = sealer.open(version.context(), &sealed).map_err(|_| BadToken)?;
        let (agent, rest) = plain.split_first_chunk::<32>().ok_or(BadToken)?;
        let (channel, rest) = rest.split_first_chunk::<16>().ok_or(BadToken)?;
        let vapid = match version {
            Version::V1 if rest.is_empty() => None,
            Version::V2 => Some(rest.try_into().map_err(|_| BadToken)?),
            Version::V1 => return Err(BadToken),
        };
        Ok(Self {
            agent: AgentHash::from_bytes(*agent),
            channel: ChannelId::from_bytes(*channel),
            vapid,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(vapid: Option<[u8; 32]>) -> Endpoint {
        Endpoint {
            agent: AgentHash::from_bytes([1; 32]),
            channel: ChannelId::from_bytes([2; 16]),
            vapid,
        }
    }

    #[test]
    fn relay_07_a_token_opens_under_its_version_and_key_only() {
        let sealer = Sealer::new(&[7; 32]);
        for (vapid, own, other) in [
            (None, Version::V1, Version::V2),
            (Some([3; 32]), Version::V2, Version::V1),
        ] {
            let path = endpoint(vapid).to_path(&sealer);
            let token = path.strip_prefix(&format!("/wpush/{}/", own.segment())).unwrap();
            assert_eq!(Endpoint::open(&sealer, own, token), Ok(endpoint(vapid)));
            assert_eq!(Endpoint::open(&sealer, other, token), Err(BadToken));
            assert_eq!(Endpoint::open(&Sealer::new(&[8; 32]), own, token), Err(BadToken));
            assert_eq!(Endpoint::open(&sealer, own, &token[1..]), Err(BadToken));
        }
    }

    #[test]
    fn relay_07_two_endpoints_of_one_channel_do_not_look_alike() {
        let sealer = Sealer::new(&[7; 32]);
        assert_ne!(endpoint(None).to_path(&sealer), endpoint(None).to_path(&sealer));
    }
}

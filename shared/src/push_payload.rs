//! The plaintext of a push message: a version byte and an opaque id, padded to one size (PUSH-05).

use serde::{Deserialize, Serialize};

use crate::ids::{ChallengeId, NoticeId};

/// Bytes of every payload before encryption.
pub const PAYLOAD_LEN: usize = 256;

/// A payload that this version cannot read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a push payload of a known version")]
pub struct BadPayload;

/// What a hint names. The prefix of the id tells which.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Hinted {
    /// A challenge: a new one, or one that ended.
    Challenge(ChallengeId),
    /// A notice, and perhaps others beside it.
    Notice(NoticeId),
}

impl Hinted {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Challenge(id) => id.as_str(),
            Self::Notice(id) => id.as_str(),
        }
    }
}

/// Writes a hint: version 1, length, id, zeros.
#[must_use]
pub fn write(hinted: &Hinted) -> [u8; PAYLOAD_LEN] {
    let text = hinted.as_str().as_bytes();
    let mut out = [0u8; PAYLOAD_LEN];
    out[0] = VERSION;
    out[1] = u8::try_from(text.len()).unwrap_or(u8::MAX);
    out[2..2 + text.len()].copy_from_slice(text);
    out
}

/// Reads a hint. What it names is fetched with a signed request; the payload itself is trusted in nothing.
///
/// # Errors
/// [`BadPayload`] on another version, size, id or non-zero padding.
pub fn read(payload: &[u8]) -> Result<Hinted, BadPayload> {
    if payload.len() != PAYLOAD_LEN || payload[0] != VERSION {
        return Err(BadPayload);
    }
    let end = 2 + usize::from(payload[1]);
    let (text, padding) = (
        payload.get(2..end).ok_or(BadPayload)?,
        payload.get(end..).ok_or(BadPayload)?,
    );
    if padding.iter().any(|b| *b != 0) {
        return Err(BadPayload);
    }
    let text = std::str::from_utf8(text).map_err(|_| BadPayload)?;
    let notice = || text.parse().map(Hinted::Notice);
    let challenge = text.parse().map(Hinted::Challenge);
    challenge.or_else(|_| notice()).map_err(|_| BadPayload)
}

const VERSION: u8 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn push_05_reads_back_what_it_writes_and_nothing_else() {
        let notice = Hinted::Notice(NoticeId::random());
        assert_eq!(read(&write(&notice)), Ok(notice));
        let id = Hinted::Challenge(ChallengeId::random());
        let mut payload = write(&id);
        assert_eq!(read(&payload), Ok(id));
        payload[PAYLOAD_LEN - 1] = 1;
        assert_eq!(read(&payload), Err(BadPayload));
        assert_eq!(read(&payload[..255]), Err(BadPayload));
        assert_eq!(read(&[2; PAYLOAD_LEN]), Err(BadPayload));
    }
}

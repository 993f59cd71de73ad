//! The conversation with one client as types: [`Unidentified`] becomes [`Identified`] by a hello, and never goes back.

mod delivery;
mod identified;
mod unidentified;

pub(super) use identified::Identified;
pub(super) use unidentified::Unidentified;

use crate::store::StoreError;

/// Why a conversation ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// The client went away, or does not answer.
    Gone,
    /// No hello in time.
    NoHello,
    /// A binary frame.
    NotText,
    /// A frame that the WebSocket layer refused: too large, or malformed.
    BadFrame,
    /// A message out of place or malformed.
    Violation,
    /// Pings too close together.
    TooManyPings,
    /// A newer connection of the same agent took over.
    Replaced,
    /// Storage failed.
    Failed,
    /// The node shuts down.
    Stopping,
}

impl Ending {
    /// The close code and reason to send, if the client is still there. 4774 is never among them: it would keep
    /// Firefox from coming back (RELAY-14).
    pub(super) const fn close(self) -> Option<(u16, &'static str)> {
        match self {
            Self::Gone => None,
            Self::NoHello => Some((1008, "no hello in time")),
            Self::NotText => Some((1003, "text frames only")),
            Self::BadFrame => Some((1009, "frame refused")),
            Self::Violation => Some((1011, "unexpected message")),
            Self::TooManyPings => Some((1008, "too many pings")),
            Self::Replaced => Some((1008, "replaced by a newer connection")),
            Self::Failed => Some((1011, "try again later")),
            Self::Stopping => Some((1001, "shutting down")),
        }
    }
}

impl From<StoreError> for Ending {
    fn from(error: StoreError) -> Self {
        tracing::error!(relay.error = %error, "A connection of the relay ended because storage failed");
        Self::Failed
    }
}

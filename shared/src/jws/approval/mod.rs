//! The approval: a device's signed decision over the exact bytes of one challenge (APPR-01, APPR-03, APPR-12).

mod wire;

use std::fmt;

use serde::{Deserialize, Serialize};

use super::challenge::{ChallengeHash, device_urn};
use super::times::CLOCK_SKEW_SECS;
use super::{JwsError, TokenType, Unverified, sign_compact};
use crate::clock::Timestamp;
use crate::ids::{ApprovalId, ChallengeId, DeviceId};
use crate::keys::{PublicKey, SigningKey};
use crate::number::MatchNumber;
use wire::Wire;

/// The claims of a `warifu-approval+jwt`. `nbf` is on the wire too and always equals `iat`.
///
/// The token's text contains the number: it must not reach a log (CHAL-03). `Debug` of this type does not show it.
#[derive(Debug, Clone)]
pub struct Approval {
    /// The device, as [`device_urn`] writes it.
    pub iss: String,
    /// The origin of the service.
    pub aud: String,
    /// The approval.
    pub jti: ApprovalId,
    /// When the device signed, in seconds since the epoch.
    pub iat: i64,
    /// When the token ends, in seconds since the epoch: the challenge's `exp`.
    pub exp: i64,
    /// The challenge.
    pub chal: ChallengeId,
    /// The hash of the challenge's exact bytes.
    pub chal_hash: ChallengeHash,
    /// Yes or no.
    pub decision: Decision,
}

/// A decision with what belongs to it.
#[derive(Clone)]
pub enum Decision {
    /// Yes: signed by the approval key, after PIN or biometric (KEY-03, APPR-03).
    Approve {
        /// The number that the person carried over.
        number: MatchNumber,
        /// How it came.
        via: MatchVia,
        /// How the person was verified for this very approval.
        uv: UserVerification,
    },
    /// No: signed by the request key, without PIN (CHAL-13).
    Deny {
        /// Why.
        reason: DenyReason,
    },
}

impl fmt::Debug for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Approve { via, uv, .. } => f
                .debug_struct("Approve")
                .field("via", via)
                .field("uv", uv)
                .finish_non_exhaustive(),
            Self::Deny { reason } => f.debug_struct("Deny").field("reason", reason).finish(),
        }
    }
}

/// How the number came into the app (APPR-12).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchVia {
    /// Typed from the page.
    Typed,
    /// Scanned from the page's QR code.
    Scanned,
    /// By a link from a browser on the same device.
    Link,
}

/// How the person was verified. There is no `none` (APPR-03).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserVerification {
    /// The PIN.
    Pin,
    /// A biometric of the operating system.
    Biometric,
}

/// Why the person said no. Each has its own effect on the server (CHAL-13).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DenyReason {
    /// やめました
    Cancelled,
    /// 私ではありません
    NotMe,
    /// 電話で指示されています
    Phone,
    /// 内容が違います
    WrongDetails,
}

impl MatchVia {
    /// The name in tokens, in the database and in the log.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Typed => "typed",
            Self::Scanned => "scanned",
            Self::Link => "link",
        }
    }
}

impl DenyReason {
    /// The name in tokens, in the database and in the log.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::NotMe => "not_me",
            Self::Phone => "phone",
            Self::WrongDetails => "wrong_details",
        }
    }
}

/// The device that must have decided, and its keys from our own table (KEY-09).
#[derive(Debug, Clone, Copy)]
pub struct DeviceKeys<'a> {
    /// The device.
    pub device: &'a DeviceId,
    /// Its request key.
    pub request: &'a PublicKey,
    /// Its approval key.
    pub approval: &'a PublicKey,
}

impl Approval {
    /// Signs the decision: with the approval key for yes, with the request key for no.
    ///
    /// # Errors
    /// [`JwsError::BadClaims`] for times that [`Self::verify`] would refuse.
    pub fn sign(&self, key: &SigningKey) -> Result<String, JwsError> {
        let wire = Wire::of(self);
        wire.times().check_shape(CLOCK_SKEW_SECS)?;
        sign_compact(TokenType::Approval, key, &wire)
    }

    /// Verifies a decision of one device for the service at `aud`. Whether `chal_hash` and the number are right
    /// is for the caller, who has the challenge.
    ///
    /// # Errors
    /// Those of [`Unverified`], [`JwsError::WrongKey`] when a yes is not signed by the approval key or a no not
    /// by the request key (KEY-03), [`JwsError::WrongIssuer`], [`JwsError::WrongAudience`],
    /// [`JwsError::Expired`], [`JwsError::NotYetValid`], and [`JwsError::BadClaims`] for a missing or surplus member.
    pub fn verify(token: &str, keys: &DeviceKeys<'_>, aud: &str, now: Timestamp) -> Result<Self, JwsError> {
        let unverified = Unverified::parse(TokenType::Approval, token)?;
        let by_approval_key = keys.approval.is(unverified.kid());
        let key = if by_approval_key {
            keys.approval
        } else {
            keys.request
        };
        let wire: Wire = unverified.verify(key)?;
        if wire.iss != device_urn(keys.device) {
            return Err(JwsError::WrongIssuer);
        }
        if wire.aud != aud {
            return Err(JwsError::WrongAudience);
        }
        wire.times().check_shape(CLOCK_SKEW_SECS)?;
        wire.times().check_now(now)?;
        let approval = wire.into_approval()?;
        if by_approval_key == matches!(approval.decision, Decision::Approve { .. }) {
            Ok(approval)
        } else {
            Err(JwsError::WrongKey)
        }
    }
}

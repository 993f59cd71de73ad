//! The approval: a device's signed decision over the exact bytes of one challenge (APPR-01, APPR-03, APPR-12).

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::challenge::{ChallengeHash, device_urn};
use super::times::{CLOCK_SKEW_SECS, Times};
use super::{JwsError, TokenType, Unverified, sign_compact};
use crate::clock::Timestamp;
use crate::ids::{ApprovalId, ChallengeId, DeviceId};
use crate::keys::{PublicKey, SigningKey};
use crate::number::MatchNumber;

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

/// The claims as they are written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    iss: String,
    aud: String,
    jti: ApprovalId,
    iat: i64,
    nbf: i64,
    exp: i64,
    chal: ChallengeId,
    chal_hash: ChallengeHash,
    decision: Verdict,
    #[serde(rename = "match", default, skip_serializing_if = "Option::is_none")]
    number: Option<Digits>,
    #[serde(rename = "match_via", default, skip_serializing_if = "Option::is_none")]
    via: Option<MatchVia>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    uv: Option<UserVerification>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<DenyReason>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Approve,
    Deny,
}

impl Wire {
    fn of(approval: &Approval) -> Self {
        let (decision, number, via, uv, reason) = match &approval.decision {
            Decision::Approve { number, via, uv } => (
                Verdict::Approve,
                Some(Digits(number.clone())),
                Some(*via),
                Some(*uv),
                None,
            ),
            Decision::Deny { reason } => (Verdict::Deny, None, None, None, Some(*reason)),
        };
        Self {
            iss: approval.iss.clone(),
            aud: approval.aud.clone(),
            jti: approval.jti.clone(),
            iat: approval.iat,
            nbf: approval.iat,
            exp: approval.exp,
            chal: approval.chal.clone(),
            chal_hash: approval.chal_hash,
            decision,
            number,
            via,
            uv,
            reason,
        }
    }

    fn into_approval(self) -> Result<Approval, JwsError> {
        if self.nbf != self.iat {
            return Err(JwsError::BadClaims("nbf"));
        }
        let decision = match (self.decision, self.number, self.via, self.uv, self.reason) {
            (Verdict::Approve, Some(Digits(number)), Some(via), Some(uv), None) => {
                Decision::Approve { number, via, uv }
            }
            (Verdict::Deny, None, None, None, Some(reason)) => Decision::Deny { reason },
            _ => return Err(JwsError::BadClaims("decision")),
        };
        Ok(Approval {
            iss: self.iss,
            aud: self.aud,
            jti: self.jti,
            iat: self.iat,
            exp: self.exp,
            chal: self.chal,
            chal_hash: self.chal_hash,
            decision,
        })
    }

    fn times(&self) -> Times {
        Times {
            iat: self.iat,
            nbf: self.nbf,
            exp: self.exp,
        }
    }
}

/// The number as it is written, and only here.
struct Digits(MatchNumber);

impl Serialize for Digits {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.reveal())
    }
}

impl<'de> Deserialize<'de> for Digits {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = zeroize::Zeroizing::new(String::deserialize(deserializer)?);
        text.parse().map(Self).map_err(serde::de::Error::custom)
    }
}

//! The approval's claims as they are written: which members a yes and a no must and must not have.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Approval, Decision, DenyReason, MatchVia, UserVerification};
use crate::ids::{ApprovalId, ChallengeId};
use crate::jws::JwsError;
use crate::jws::challenge::ChallengeHash;
use crate::jws::times::Times;
use crate::number::MatchNumber;

/// The claims as they are written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wire {
    pub(super) iss: String,
    pub(super) aud: String,
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
    pub(super) fn of(approval: &Approval) -> Self {
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

    pub(super) fn into_approval(self) -> Result<Approval, JwsError> {
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

    pub(super) fn times(&self) -> Times {
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

//! The recall: a device takes a withdrawal back before its order has left (TXN-08). A protection, so it asks for no PIN.

use serde::{Deserialize, Serialize};

use super::challenge::device_urn;
use super::times::{CLOCK_SKEW_SECS, Times};
use super::{JwsError, TokenType, Unverified, sign_compact, withdrawal};
use crate::clock::Timestamp;
use crate::ids::{DeviceId, RecallId, WithdrawalId};
use crate::keys::{PublicKey, SigningKey};

/// The claims of a `warifu-recall+jwt`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recall {
    /// The device, as [`device_urn`] writes it.
    pub iss: String,
    /// The origin of the service.
    pub aud: String,
    /// The recall.
    pub jti: RecallId,
    /// When the device signed, in seconds since the epoch.
    pub iat: i64,
    /// Always `iat`.
    pub nbf: i64,
    /// When the token ends, in seconds since the epoch.
    pub exp: i64,
    /// The withdrawal.
    pub wd: WithdrawalId,
    /// Its reference, as the person saw it: what is taken back is what was on the screen.
    #[serde(rename = "ref")]
    pub reference: String,
}

impl Recall {
    /// Signs the recall with the request key.
    ///
    /// # Errors
    /// [`JwsError::BadClaims`] for what [`Self::verify`] would refuse.
    pub fn sign(&self, request: &SigningKey) -> Result<String, JwsError> {
        self.check()?;
        sign_compact(TokenType::Recall, request, self)
    }

    /// Verifies the recall of one device with its request key, for the service at `aud`. Whether there is such a
    /// withdrawal with this reference is for the caller, who has it.
    ///
    /// # Errors
    /// Those of [`Unverified`] ([`JwsError::UnknownKey`] when another key has signed, the approval key too),
    /// [`JwsError::WrongIssuer`], [`JwsError::WrongAudience`], [`JwsError::BadClaims`], [`JwsError::Expired`],
    /// [`JwsError::NotYetValid`].
    pub fn verify(
        token: &str,
        device: &DeviceId,
        request: &PublicKey,
        aud: &str,
        now: Timestamp,
    ) -> Result<Self, JwsError> {
        let recall: Self = Unverified::parse(TokenType::Recall, token)?.verify(request)?;
        if recall.iss != device_urn(device) {
            return Err(JwsError::WrongIssuer);
        }
        if recall.aud != aud {
            return Err(JwsError::WrongAudience);
        }
        recall.check()?;
        recall.times().check_now(now)?;
        Ok(recall)
    }

    /// What must hold for every recall, at whichever end.
    fn check(&self) -> Result<(), JwsError> {
        self.times().check_shape(CLOCK_SKEW_SECS)?;
        if self.nbf != self.iat {
            return Err(JwsError::BadClaims("nbf"));
        }
        withdrawal::reference(&self.reference)
    }

    fn times(&self) -> Times {
        Times {
            iat: self.iat,
            nbf: self.nbf,
            exp: self.exp,
        }
    }
}

//! The reset: a device asks for the code by which a forgotten login password is replaced (CHAL-13). As strong as an
//! approval, so it is signed by the approval key, which takes the PIN.

use serde::{Deserialize, Serialize};

use super::challenge::device_urn;
use super::times::{CLOCK_SKEW_SECS, Times};
use super::{JwsError, TokenType, Unverified, sign_compact};
use crate::clock::Timestamp;
use crate::ids::{DeviceId, ResetId};
use crate::keys::{PublicKey, SigningKey};

/// The claims of a `warifu-reset+jwt`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reset {
    /// The device, as [`device_urn`] writes it.
    pub iss: String,
    /// The origin of the service.
    pub aud: String,
    /// The request. It gets one code.
    pub jti: ResetId,
    /// When the device signed, in seconds since the epoch.
    pub iat: i64,
    /// Always `iat`.
    pub nbf: i64,
    /// When the token ends, in seconds since the epoch.
    pub exp: i64,
}

impl Reset {
    /// Signs the request with the approval key.
    ///
    /// # Errors
    /// [`JwsError::BadClaims`] for what [`Self::verify`] would refuse.
    pub fn sign(&self, approval: &SigningKey) -> Result<String, JwsError> {
        self.check()?;
        sign_compact(TokenType::Reset, approval, self)
    }

    /// Verifies the request of one device with its approval key, for the service at `aud`.
    ///
    /// # Errors
    /// Those of [`Unverified`] ([`JwsError::UnknownKey`] when another key has signed, the request key too),
    /// [`JwsError::WrongIssuer`], [`JwsError::WrongAudience`], [`JwsError::BadClaims`], [`JwsError::Expired`],
    /// [`JwsError::NotYetValid`].
    pub fn verify(
        token: &str,
        device: &DeviceId,
        approval: &PublicKey,
        aud: &str,
        now: Timestamp,
    ) -> Result<Self, JwsError> {
        let reset: Self = Unverified::parse(TokenType::Reset, token)?.verify(approval)?;
        if reset.iss != device_urn(device) {
            return Err(JwsError::WrongIssuer);
        }
        if reset.aud != aud {
            return Err(JwsError::WrongAudience);
        }
        reset.check()?;
        reset.times().check_now(now)?;
        Ok(reset)
    }

    /// What must hold for every request, at whichever end.
    fn check(&self) -> Result<(), JwsError> {
        self.times().check_shape(CLOCK_SKEW_SECS)?;
        if self.nbf == self.iat {
            Ok(())
        } else {
            Err(JwsError::BadClaims("nbf"))
        }
    }

    fn times(&self) -> Times {
        Times {
            iat: self.iat,
            nbf: self.nbf,
            exp: self.exp,
        }
    }
}

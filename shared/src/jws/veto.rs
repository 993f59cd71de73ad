//! The veto: a device objects to a new device, or to the removal of one (ENROL-09, ENROL-14). A protection, so it asks for no PIN.

use serde::{Deserialize, Serialize};

use super::challenge::device_urn;
use super::times::{CLOCK_SKEW_SECS, Times};
use super::{JwsError, TokenType, Unverified, sign_compact};
use crate::clock::Timestamp;
use crate::ids::{DeviceId, VetoId};
use crate::keys::{PublicKey, SigningKey};

/// The claims of a `warifu-veto+jwt`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Veto {
    /// The device that objects, as [`device_urn`] writes it.
    pub iss: String,
    /// The origin of the service.
    pub aud: String,
    /// The veto.
    pub jti: VetoId,
    /// When the device signed, in seconds since the epoch.
    pub iat: i64,
    /// Always `iat`.
    pub nbf: i64,
    /// When the token ends, in seconds since the epoch.
    pub exp: i64,
    /// The device that it is about, as a notice named it.
    pub dev: DeviceId,
    /// What it objects to.
    pub to: VetoTo,
}

/// What a device objects to. Each has its own effect, so one can never be taken for the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VetoTo {
    /// That the other device is registered: it is removed (ENROL-09).
    Registration,
    /// That the device leaves: it stays (ENROL-14).
    Removal,
}

impl Veto {
    /// Signs the veto with the request key.
    ///
    /// # Errors
    /// [`JwsError::BadClaims`] for what [`Self::verify`] would refuse.
    pub fn sign(&self, request: &SigningKey) -> Result<String, JwsError> {
        self.check()?;
        sign_compact(TokenType::Veto, request, self)
    }

    /// Verifies the veto of one device with its request key, for the service at `aud`. Whether this device may object to
    /// that one is for the caller, who knows both.
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
        let veto: Self = Unverified::parse(TokenType::Veto, token)?.verify(request)?;
        if veto.iss != device_urn(device) {
            return Err(JwsError::WrongIssuer);
        }
        if veto.aud != aud {
            return Err(JwsError::WrongAudience);
        }
        veto.check()?;
        veto.times().check_now(now)?;
        Ok(veto)
    }

    /// What must hold for every veto, at whichever end: nobody objects to their own registration.
    fn check(&self) -> Result<(), JwsError> {
        self.times().check_shape(CLOCK_SKEW_SECS)?;
        if self.nbf != self.iat {
            return Err(JwsError::BadClaims("nbf"));
        }
        if self.to == VetoTo::Registration && self.iss == device_urn(&self.dev) {
            return Err(JwsError::BadClaims("dev"));
        }
        Ok(())
    }

    fn times(&self) -> Times {
        Times {
            iat: self.iat,
            nbf: self.nbf,
            exp: self.exp,
        }
    }
}

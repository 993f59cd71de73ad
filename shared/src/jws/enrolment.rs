//! The enrolment token: one payload, signed by both new keys of a device (ENROL-04). General JSON serialisation.

use serde::{Deserialize, Serialize};

use super::times::{CLOCK_SKEW_SECS, Times};
use super::{JwsError, MAX_TOKEN_LEN, TokenType, compact, json, text};
use crate::b64;
use crate::clock::Timestamp;
use crate::ids::EnrolmentId;
use crate::keys::{PublicKey, SigningKey, Thumbprint};

/// The claims of a `warifu-enrol+jwt`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enrolment {
    /// The thumbprint of the approval key.
    pub iss: String,
    /// The origin of the service.
    pub aud: String,
    /// The enrolment.
    pub jti: EnrolmentId,
    /// The server's nonce: 128 bits, base64url.
    pub nonce: String,
    /// What opens the commitment of the `begin`: 128 random bits of the device, base64url (ENROL-06).
    pub opening: String,
    /// The SHA-256 of the enrolment code, base64url.
    pub code_hash: String,
    /// The thumbprint of the server's challenge key, as the device pins it (ENROL-05).
    pub srv: Thumbprint,
    /// The request key.
    pub request_jwk: Jwk,
    /// The approval key.
    pub approval_jwk: Jwk,
    /// The device's model, up to 80 characters; empty when unknown.
    pub model: String,
    /// Its operating system, up to 80 characters; empty when unknown.
    pub os: String,
    /// The app and its version, 1 to 80 characters.
    pub app: String,
    /// When it was signed, in seconds since the epoch.
    pub iat: i64,
    /// From when it is valid, in seconds since the epoch.
    pub nbf: i64,
    /// When it ends, in seconds since the epoch.
    pub exp: i64,
}

/// An Ed25519 public key as a JWK (RFC 8037), with these members only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jwk {
    /// Always `OKP`.
    pub kty: String,
    /// Always `Ed25519`.
    pub crv: String,
    /// The raw key, base64url.
    pub x: String,
}

impl Jwk {
    /// The JWK of a key.
    #[must_use]
    pub fn of(key: &PublicKey) -> Self {
        Self {
            kty: "OKP".to_owned(),
            crv: "Ed25519".to_owned(),
            x: key.to_b64(),
        }
    }

    /// The key of the JWK.
    ///
    /// # Errors
    /// [`JwsError::BadClaims`] for another kind of key, or one that KEY-08 refuses.
    pub fn key(&self) -> Result<PublicKey, JwsError> {
        let bad = JwsError::BadClaims("jwk");
        if self.kty != "OKP" || self.crv != "Ed25519" {
            return Err(bad);
        }
        PublicKey::from_b64(&self.x).map_err(|_| bad)
    }
}

/// A verified enrolment token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrolmentKeys {
    /// The claims.
    pub claims: Enrolment,
    /// The request key.
    pub request: PublicKey,
    /// The approval key.
    pub approval: PublicKey,
}

impl Enrolment {
    /// Signs with both keys, whose JWKs the claims must already carry.
    ///
    /// # Errors
    /// [`JwsError::BadClaims`] when the claims do not name these keys, or for claims that [`Self::verify`]
    /// would refuse; [`JwsError::TooLong`].
    pub fn sign(&self, request: &SigningKey, approval: &SigningKey) -> Result<String, JwsError> {
        let (first, second) = self.check()?;
        if first != *request.public() || second != *approval.public() {
            return Err(JwsError::BadClaims("jwk"));
        }
        let payload = b64::encode(serde_json::to_vec(self).map_err(|_| JwsError::BadClaims("not JSON"))?);
        let signatures = [request, approval].map(|key| OneSignature::make(key, &payload));
        let [first, second] = signatures;
        let token = General {
            payload,
            signatures: vec![first?, second?],
        };
        let token = serde_json::to_string(&token).map_err(|_| JwsError::BadClaims("not JSON"))?;
        if token.len() > MAX_TOKEN_LEN {
            Err(JwsError::TooLong)
        } else {
            Ok(token)
        }
    }

    /// Verifies a token for the service at `aud` with the challenge key `srv`. Whether nonce, code hash and
    /// enrolment are the ones that were given out, keys and opening the ones that were committed to, and the keys new, is for
    /// the caller.
    ///
    /// This is the one token whose keys come from its own payload: it proves possession, nothing else.
    ///
    /// # Errors
    /// [`JwsError::TooLong`], [`JwsError::Malformed`], [`JwsError::Header`], [`JwsError::WrongType`],
    /// [`JwsError::WrongAlgorithm`], [`JwsError::UnknownKey`] when the headers do not name request key and
    /// approval key in this order, [`JwsError::BadSignature`], [`JwsError::WrongIssuer`] unless `iss` is the
    /// approval key, [`JwsError::WrongAudience`] for another origin or server key, [`JwsError::Expired`],
    /// [`JwsError::NotYetValid`], [`JwsError::DuplicateMember`], [`JwsError::BadClaims`] (also for equal or weak keys).
    pub fn verify(
        token: &str,
        aud: &str,
        srv: &Thumbprint,
        now: Timestamp,
    ) -> Result<EnrolmentKeys, JwsError> {
        let kept = Self::verify_kept(token, aud)?;
        if kept.claims.srv != *srv {
            return Err(JwsError::WrongAudience);
        }
        kept.claims.times().check_now(now)?;
        Ok(kept)
    }

    /// Verifies a token that was kept as evidence (TXN-08): whatever its time, and whatever server key it names in `srv`.
    ///
    /// # Errors
    /// As [`Self::verify`], less those of the time and of the server key.
    pub fn verify_kept(token: &str, aud: &str) -> Result<EnrolmentKeys, JwsError> {
        if token.len() > MAX_TOKEN_LEN {
            return Err(JwsError::TooLong);
        }
        let general: General = json::read(token.as_bytes()).map_err(|error| match error {
            JwsError::BadClaims(_) => JwsError::Malformed,
            other => other,
        })?;
        let [by_request, by_approval] = general.signatures.as_slice() else {
            return Err(JwsError::Malformed);
        };
        let kids = (by_request.kid()?, by_approval.kid()?);
        let claims: Self = compact::read_payload(&general.payload)?;
        let (request, approval) = claims.check()?;
        by_request.check(&request, &kids.0, &general.payload)?;
        by_approval.check(&approval, &kids.1, &general.payload)?;
        if claims.aud != aud {
            return Err(JwsError::WrongAudience);
        }
        Ok(EnrolmentKeys {
            claims,
            request,
            approval,
        })
    }

    /// What must hold for every enrolment, at whichever end. Gives request and approval key.
    fn check(&self) -> Result<(PublicKey, PublicKey), JwsError> {
        self.times().check_shape(CLOCK_SKEW_SECS)?;
        b64::decode_array::<16>(&self.nonce).map_err(|_| JwsError::BadClaims("nonce"))?;
        b64::decode_array::<16>(&self.opening).map_err(|_| JwsError::BadClaims("opening"))?;
        b64::decode_array::<32>(&self.code_hash).map_err(|_| JwsError::BadClaims("code_hash"))?;
        text::displayed_or_empty("model", &self.model, 80)?;
        text::displayed_or_empty("os", &self.os, 80)?;
        text::displayed("app", &self.app, 80)?;
        let keys = (self.request_jwk.key()?, self.approval_jwk.key()?);
        if keys.0 == keys.1 {
            return Err(JwsError::BadClaims("jwk"));
        }
        if self.iss == keys.1.thumbprint().as_str() {
            Ok(keys)
        } else {
            Err(JwsError::WrongIssuer)
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

/// RFC 7515 section 7.2.1, without unprotected headers.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct General {
    payload: String,
    signatures: Vec<OneSignature>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OneSignature {
    protected: String,
    signature: String,
}

impl OneSignature {
    fn make(key: &SigningKey, payload: &str) -> Result<Self, JwsError> {
        let protected = compact::protected(TokenType::Enrol, key)?;
        let signature = b64::encode(key.sign(format!("{protected}.{payload}").as_bytes()));
        Ok(Self { protected, signature })
    }

    fn kid(&self) -> Result<Thumbprint, JwsError> {
        compact::read_protected(TokenType::Enrol, &self.protected)
    }

    fn check(&self, key: &PublicKey, kid: &Thumbprint, payload: &str) -> Result<(), JwsError> {
        let signature = b64::decode_array(&self.signature).map_err(|_| JwsError::Malformed)?;
        compact::check(
            key,
            kid,
            format!("{}.{payload}", self.protected).as_bytes(),
            &signature,
        )
    }
}

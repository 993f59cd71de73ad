//! The compact serialisation: writing, and reading in the order type, algorithm, key, signature, claims.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{JwsError, MAX_TOKEN_LEN, TokenType, json};
use crate::keys::{PublicKey, SigningKey, Thumbprint};

/// The only algorithm of the protocol's own tokens (RFC 9864; KEY-07).
pub(super) const ALG: &str = "Ed25519";

/// The protected header, all of it. Any other member is refused.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    typ: String,
    kid: String,
}

/// Signs `claims` as a compact JWS of type `typ`.
///
/// # Errors
/// [`JwsError::TooLong`] above 8 KiB, [`JwsError::BadClaims`] when the claims cannot be written as JSON.
pub fn sign_compact<T: Serialize>(typ: TokenType, key: &SigningKey, claims: &T) -> Result<String, JwsError> {
    let payload = Zeroizing::new(serde_json::to_vec(claims).map_err(|_| JwsError::BadClaims("not JSON"))?);
    let mut token = format!("{}.{}", protected(typ, key)?, crate::b64::encode(&*payload));
    let signature = key.sign(token.as_bytes());
    token.push('.');
    token.push_str(&crate::b64::encode(signature));
    if token.len() > MAX_TOKEN_LEN {
        Err(JwsError::TooLong)
    } else {
        Ok(token)
    }
}

/// A token of which only the header was read: nothing in it is to be believed yet.
#[derive(Debug)]
pub struct Unverified<'a> {
    kid: Thumbprint,
    signing_input: &'a str,
    payload: &'a str,
    signature: [u8; 64],
}

impl<'a> Unverified<'a> {
    /// Reads the header of a token in the slot `typ`.
    ///
    /// # Errors
    /// [`JwsError::TooLong`], [`JwsError::Malformed`], [`JwsError::Header`], [`JwsError::WrongType`] or
    /// [`JwsError::WrongAlgorithm`].
    pub fn parse(typ: TokenType, text: &'a str) -> Result<Self, JwsError> {
        if text.len() > MAX_TOKEN_LEN {
            return Err(JwsError::TooLong);
        }
        let (signing_input, signature) = text.rsplit_once('.').ok_or(JwsError::Malformed)?;
        let (header, payload) = signing_input.split_once('.').ok_or(JwsError::Malformed)?;
        if payload.contains('.') {
            return Err(JwsError::Malformed);
        }
        let signature = crate::b64::decode_array(signature).map_err(|_| JwsError::Malformed)?;
        let kid = read_protected(typ, header)?;
        Ok(Self {
            kid,
            signing_input,
            payload,
            signature,
        })
    }

    /// The thumbprint of the key that is said to have signed, to look it up in our own tables (KEY-09).
    #[must_use]
    pub fn kid(&self) -> &Thumbprint {
        &self.kid
    }

    /// Verifies with `key` and then reads the claims.
    ///
    /// # Errors
    /// [`JwsError::UnknownKey`] when `key` is not the one named by `kid`, [`JwsError::BadSignature`],
    /// [`JwsError::Malformed`], [`JwsError::DuplicateMember`] or [`JwsError::BadClaims`].
    pub fn verify<T: DeserializeOwned>(self, key: &PublicKey) -> Result<T, JwsError> {
        check(key, &self.kid, self.signing_input.as_bytes(), &self.signature)?;
        read_payload(self.payload)
    }
}

/// The protected header of `typ` and `key`, encoded.
pub(super) fn protected(typ: TokenType, key: &SigningKey) -> Result<String, JwsError> {
    let header = Header {
        alg: ALG.to_owned(),
        typ: typ.typ().to_owned(),
        kid: key.public().thumbprint().to_string(),
    };
    Ok(crate::b64::encode(
        serde_json::to_vec(&header).map_err(|_| JwsError::Header)?,
    ))
}

/// Reads an encoded protected header and returns its `kid`.
pub(super) fn read_protected(typ: TokenType, encoded: &str) -> Result<Thumbprint, JwsError> {
    let bytes = crate::b64::decode(encoded).map_err(|_| JwsError::Malformed)?;
    let header: Header = serde_json::from_slice(&bytes).map_err(|_| JwsError::Header)?;
    if header.typ != typ.typ() {
        return Err(JwsError::WrongType);
    }
    if header.alg != ALG {
        return Err(JwsError::WrongAlgorithm);
    }
    header.kid.parse().map_err(|_| JwsError::Header)
}

/// Checks that `key` is the named one and that it signed `input`.
pub(super) fn check(key: &PublicKey, kid: &Thumbprint, input: &[u8], sig: &[u8; 64]) -> Result<(), JwsError> {
    if !key.is(kid) {
        return Err(JwsError::UnknownKey);
    }
    key.verify(input, sig).map_err(|_| JwsError::BadSignature)
}

/// Reads an encoded payload strictly.
pub(super) fn read_payload<T: DeserializeOwned>(encoded: &str) -> Result<T, JwsError> {
    let bytes = Zeroizing::new(crate::b64::decode(encoded).map_err(|_| JwsError::Malformed)?);
    json::read(&bytes)
}

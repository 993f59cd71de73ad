//! VAPID: who we are towards push services (RFC 8292, PUSH-02). Tokens are cached per push service.

use std::collections::HashMap;
use std::sync::Mutex;

use warifu_shared::b64;
use warifu_shared::clock::Timestamp;
use web_push::{PartialVapidSignatureBuilder, SubscriptionInfo, VapidSignatureBuilder};

/// The VAPID key and its cached tokens.
pub struct Vapid {
    builder: PartialVapidSignatureBuilder,
    public: String,
    contact: String,
    headers: Mutex<HashMap<String, (String, Timestamp)>>,
}

/// The token could not be signed.
#[derive(Debug, thiserror::Error)]
#[error("VAPID: {0}")]
pub struct VapidError(String);

impl Vapid {
    /// Reads the raw private scalar. `None` when it is no P-256 key.
    #[must_use]
    pub fn new(private: &[u8; 32], contact: &str) -> Option<Self> {
        let builder = VapidSignatureBuilder::from_base64_no_sub(&b64::encode(private)).ok()?;
        let public = b64::encode(builder.get_public_key());
        Some(Self {
            builder,
            public,
            contact: contact.to_owned(),
            headers: Mutex::default(),
        })
    }

    /// The public key: uncompressed point, base64url.
    #[must_use]
    pub fn public_key(&self) -> &str {
        &self.public
    }

    /// The `Authorization` header for endpoints of `origin` (with its port when it is not the default one, which the
    /// crate itself drops).
    ///
    /// # Errors
    /// When signing fails.
    pub fn authorization(&self, origin: &str, now: Timestamp) -> Result<String, VapidError> {
        let mut headers = self
            .headers
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some((header, until)) = headers.get(origin)
            && now < *until
        {
            return Ok(header.clone());
        }
        let header = self.sign(origin, now)?;
        if headers.len() >= CACHED {
            headers.clear();
        }
        headers.insert(
            origin.to_owned(),
            (header.clone(), now.plus_secs(LIFETIME_SECS / 2)),
        );
        Ok(header)
    }

    fn sign(&self, origin: &str, now: Timestamp) -> Result<String, VapidError> {
        let info = SubscriptionInfo::new(origin, "", "");
        let mut builder = self.builder.clone().add_sub_info(&info);
        builder.add_claim("aud", origin);
        builder.add_claim("sub", self.contact.as_str());
        builder.add_claim("exp", now.secs() + LIFETIME_SECS);
        let signature = builder.build().map_err(|e| VapidError(e.to_string()))?;
        Ok(format!(
            "vapid t={}, k={}",
            signature.auth_t,
            b64::encode(signature.auth_k)
        ))
    }
}

/// 12 hours (PUSH-02 allows 24).
const LIFETIME_SECS: i64 = 12 * 3600;
const CACHED: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn push_02_aud_keeps_the_port_and_exp_stays_below_a_day() {
        let vapid = Vapid::new(&[5; 32], "mailto:ops@firm.example").unwrap();
        let now = Timestamp::from_secs(1_800_000_000);
        let header = vapid.authorization("https://push.example:8443", now).unwrap();
        let token = header
            .strip_prefix("vapid t=")
            .unwrap()
            .split(", k=")
            .next()
            .unwrap();
        let claims = b64::decode(token.split('.').nth(1).unwrap()).unwrap();
        let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
        assert_eq!(claims["aud"], "https://push.example:8443");
        assert_eq!(claims["sub"], "mailto:ops@firm.example");
        assert_eq!(claims["exp"], 1_800_000_000 + 12 * 3600);
        assert!(header.ends_with(&format!("k={}", vapid.public_key())));
        assert_eq!(
            header,
            vapid.authorization("https://push.example:8443", now).unwrap(),
            "cached"
        );
    }
}

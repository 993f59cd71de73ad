//! The challenge: what the server asks, exactly as the device shows and signs it (CHAL-01..12, APPR-01, APPR-02).

mod hash;

use serde::{Deserialize, Serialize};

pub use hash::ChallengeHash;

use super::times::Times;
pub use super::withdrawal::{AccountKind, Payee, PayoutAccount, Transaction, Withdrawal};
use super::{JwsError, TokenType, Unverified, sign_compact, text};
use crate::api::Bilingual;
use crate::b64;
use crate::clock::Timestamp;
use crate::ids::{ChallengeId, DeviceId};
use crate::keys::{PublicKey, SigningKey};

/// What begins the name of a device in `aud` and `iss`.
const DEVICE_URN: &str = "urn:warifu:device:";

/// The name of a device as `aud` of challenges and `iss` of approvals.
#[must_use]
pub fn device_urn(device: &DeviceId) -> String {
    format!("{DEVICE_URN}{device}")
}

/// The claims of a `warifu-challenge+jwt`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Challenge {
    /// The origin of the service.
    pub iss: String,
    /// The device, as [`device_urn`] writes it.
    pub aud: String,
    /// The challenge.
    pub jti: ChallengeId,
    /// The account.
    pub sub: String,
    /// The firm's name.
    pub svc: Bilingual,
    /// What is asked for.
    pub act: Action,
    /// When it was issued, in seconds since the epoch.
    pub iat: i64,
    /// From when it is valid, in seconds since the epoch.
    pub nbf: i64,
    /// When it ends, in seconds since the epoch; at most 600 s after `iat` (CHAL-01).
    pub exp: i64,
    /// 128 random bits, base64url (CHAL-02).
    pub nonce: String,
    /// How the number is carried over. The number itself is not here (CHAL-03).
    #[serde(rename = "match")]
    pub match_: MatchRule,
    /// What the server saw of the browser (CHAL-12).
    pub ctx: Context,
    /// What the money does, with `act=withdrawal` and `act=payout_account` and only then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub txn: Option<Transaction>,
}

/// What a challenge asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// A login.
    Login,
    /// A trial after enrolment; nothing hangs on it (ENROL-06).
    Test,
    /// A withdrawal of money.
    Withdrawal,
    /// Another payout account (TXN-05).
    PayoutAccount,
    /// Confirming again in a session, before a change that needs it (SESS-07).
    Confirm,
}

/// How the number is carried over: entered, six digits. There is no other rule (CHAL-04).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatchRule {
    /// Always `enter`.
    pub mode: MatchMode,
    /// Always 6.
    pub digits: u8,
}

impl Default for MatchRule {
    fn default() -> Self {
        Self {
            mode: MatchMode::Enter,
            digits: 6,
        }
    }
}

/// The `mode` of a [`MatchRule`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchMode {
    /// The person carries the number to the device.
    Enter,
}

/// What the server saw of the browser that asks. No raw address (CHAL-12).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Context {
    /// ISO 3166-1 alpha-2 code, or ISO 3166-2 code such as `JP-13`; `ZZ` when unknown.
    pub place: String,
    /// The network's name, up to 80 characters; empty when unknown.
    pub network: String,
    /// Browser and system, up to 80 characters, e.g. `Firefox 145 / Windows`.
    pub browser: String,
    /// Whether the account has never used this browser.
    pub new_browser: bool,
}

/// What a device expects of a challenge for itself.
#[derive(Debug, Clone, Copy)]
pub struct Expect<'a> {
    /// The origin of the service it is enrolled at.
    pub iss: &'a str,
    /// Itself.
    pub device: &'a DeviceId,
    /// The present time.
    pub now: Timestamp,
}

/// A challenge that the server signed for this device, and the hash of its exact bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The claims.
    pub challenge: Challenge,
    /// What the approval repeats.
    pub hash: ChallengeHash,
}

impl Challenge {
    /// Signs the challenge with the server's challenge key.
    ///
    /// # Errors
    /// [`JwsError::BadClaims`] for one that [`Self::verify`] would refuse, [`JwsError::TooLong`].
    pub fn sign(&self, key: &SigningKey) -> Result<String, JwsError> {
        self.check()?;
        sign_compact(TokenType::Challenge, key, self)
    }

    /// Verifies a challenge before anything of it is shown (APPR-02).
    ///
    /// # Errors
    /// Those of [`Unverified`], [`JwsError::WrongIssuer`], [`JwsError::WrongAudience`], [`JwsError::BadClaims`]
    /// for text that could mislead (TXN-06), [`JwsError::Expired`] from `exp` on, [`JwsError::NotYetValid`].
    pub fn verify(jws: &str, server_key: &PublicKey, expect: &Expect<'_>) -> Result<Verified, JwsError> {
        let challenge: Self = Unverified::parse(TokenType::Challenge, jws)?.verify(server_key)?;
        if challenge.iss != expect.iss {
            return Err(JwsError::WrongIssuer);
        }
        if challenge.aud != device_urn(expect.device) {
            return Err(JwsError::WrongAudience);
        }
        challenge.check()?;
        challenge.times().check_now(expect.now)?;
        Ok(Verified {
            challenge,
            hash: ChallengeHash::of(jws),
        })
    }

    /// Reads a challenge whose time may be long over, as evidence: the signature and the form are checked, whose it is and
    /// when it was valid is for the caller.
    ///
    /// # Errors
    /// Those of [`Unverified`], [`JwsError::BadClaims`].
    pub fn reread(jws: &str, server_key: &PublicKey) -> Result<Self, JwsError> {
        let challenge: Self = Unverified::parse(TokenType::Challenge, jws)?.verify(server_key)?;
        challenge.check()?;
        Ok(challenge)
    }

    /// What must hold for every challenge, at whichever end.
    fn check(&self) -> Result<(), JwsError> {
        self.times().check_shape(0)?;
        b64::decode_array::<16>(&self.nonce).map_err(|_| JwsError::BadClaims("nonce"))?;
        if self.match_ != MatchRule::default() {
            return Err(JwsError::BadClaims("match"));
        }
        text::displayed("iss", &self.iss, 256)?;
        text::displayed("sub", &self.sub, 64)?;
        text::displayed("svc", &self.svc.ja, 60)?;
        text::displayed("svc", &self.svc.en, 60)?;
        check_place(&self.ctx.place)?;
        text::displayed_or_empty("network", &self.ctx.network, 80)?;
        text::displayed("browser", &self.ctx.browser, 80)?;
        match (self.act, &self.txn) {
            (Action::Withdrawal, Some(txn @ Transaction::Withdrawal(_)))
            | (Action::PayoutAccount, Some(txn @ Transaction::PayoutAccount(_))) => txn.check(),
            (Action::Login | Action::Test | Action::Confirm, None) => Ok(()),
            _ => Err(JwsError::BadClaims("txn")),
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

/// Whether a text has the form of a [`Context::place`].
#[must_use]
pub fn is_place(place: &str) -> bool {
    let (country, part) = place.split_once('-').unwrap_or((place, "0"));
    country.len() == 2
        && country.bytes().all(|b| b.is_ascii_uppercase())
        && (1..=3).contains(&part.len())
        && part.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

fn check_place(place: &str) -> Result<(), JwsError> {
    if is_place(place) {
        Ok(())
    } else {
        Err(JwsError::BadClaims("place"))
    }
}

//! The device API: paths and JSON bodies, as `docs/protocol.md` describes them. One list for server and device.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::ids::{ChallengeId, DeviceId, EnrolmentId, WithdrawalId};
use crate::jws::withdrawal::Payee;

pub mod paths;

/// A text in both languages of the product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bilingual {
    /// Japanese.
    pub ja: String,
    /// English.
    pub en: String,
}

/// What anyone may know about a service. Signed by nobody: the key is compared with the link's thumbprint (ENROL-05).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceInfo {
    /// The public origin of the device API, `iss` of challenges and `aud` of approvals, e.g. `https://auth.example`.
    pub origin: String,
    /// The firm's name.
    pub name: Bilingual,
    /// The challenge key: raw Ed25519 public key, base64url.
    pub challenge_key: String,
    /// The WebSocket URL of the push relay (autopush protocol), e.g. `wss://push.example/`.
    pub relay_url: String,
    /// The server's VAPID public key: uncompressed P-256 point, base64url.
    pub vapid_key: String,
    /// The server's time.
    pub now: Timestamp,
}

/// How the app came by its enrolment code (ENROL-01).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "how", rename_all = "snake_case", deny_unknown_fields)]
pub enum BeginEnrolment {
    /// From a QR code or a link: the long code alone (128 bits, base64url).
    Link {
        /// The code.
        code: String,
        /// What the device will reveal: [`crate::fingerprint::commitment`] over its new keys and its opening.
        commitment: String,
    },
    /// Typed: the short code (50 bits, 10 characters of Crockford base32) beside the account number.
    Typed {
        /// The customer's account number, as the firm prints it.
        account_number: String,
        /// The short code; separators and case do not matter.
        code: String,
        /// As with a link.
        commitment: String,
    },
}

impl BeginEnrolment {
    /// The commitment, however the code came.
    #[must_use]
    pub fn commitment(&self) -> &str {
        match self {
            Self::Link { commitment, .. } | Self::Typed { commitment, .. } => commitment,
        }
    }
}

/// What the server answers to a live code. From then on the code belongs to the device of that commitment (ENROL-06).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolmentOffer {
    /// The enrolment.
    pub enrolment: EnrolmentId,
    /// The server's nonce: 128 bits, base64url. The same `begin` again gives the same nonce.
    pub nonce: String,
    /// The code's SHA-256 in base64url, as the `code_hash` claim must repeat it.
    pub code_hash: String,
    /// The customer's name as the app may show it.
    pub customer: String,
    /// The account number with all but the last three characters masked.
    pub account_hint: String,
    /// When the code ends.
    pub expires_at: Timestamp,
}

/// The second and last step of the device: both keys, each proving possession (ENROL-04).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FinishEnrolment {
    /// The enrolment of the offer.
    pub enrolment: EnrolmentId,
    /// The `warifu-enrol+jwt` in general JSON serialisation, as one string (its exact bytes are verified and kept).
    pub token: String,
    /// The name that the customer sees in lists, 1 to 40 characters.
    pub device_name: String,
    /// Where the keys lie (ENROL-10).
    pub protection: Protection,
}

/// How the device keeps its keys (ENROL-10, KEY-06).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protection {
    /// Request key and half of the approval key's secret in the OS keystore, the other half the PIN.
    Keystore,
    /// No OS keystore: both keys sealed under the PIN alone (APP-06).
    PinOnly,
}

/// The device is registered as `pending` and shows the fingerprint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolmentResult {
    /// The new device.
    pub device: DeviceId,
    /// The account as text, `sub` of its challenges.
    pub account: String,
}

/// The life of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceState {
    /// Keys are known, the fingerprint was not confirmed yet (ENROL-06).
    Pending,
    /// It may approve.
    Active,
    /// Stopped by its owner or staff; counts as a device, decides nothing (ENROL-13).
    Suspended,
    /// Ended for good (ENROL-12).
    Revoked,
}

/// What a device may know about itself. Answered in every state but `revoked` (then error 1207).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceStatus {
    /// The device.
    pub device: DeviceId,
    /// Its state.
    pub state: DeviceState,
    /// Its name in lists.
    pub name: String,
    /// Whether the server has a push subscription of it.
    pub subscribed: bool,
    /// The service, as [`ServiceInfo`] has it.
    pub service: ServiceInfo,
}

/// A new name for the device, 1 to 40 characters.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rename {
    /// The name.
    pub name: String,
}

/// A push subscription (RFC 8030, RFC 8291; PUSH-07, PUSH-09).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subscription {
    /// The endpoint, at most 2048 characters.
    pub endpoint: String,
    /// The device's P-256 public key: uncompressed point, base64url.
    pub p256dh: String,
    /// The authentication secret: 16 bytes, base64url.
    pub auth: String,
}

/// A challenge that waits for this device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenChallenge {
    /// The challenge.
    pub id: ChallengeId,
    /// The `warifu-challenge+jwt` in compact serialisation.
    pub jws: String,
}

/// All challenges that wait for this device, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenChallenges {
    /// The challenges.
    pub challenges: Vec<OpenChallenge>,
    /// The server's time.
    pub now: Timestamp,
}

/// How a challenge stands or ended, for a device that holds a copy of it. Nobody signed it: it only explains why a request left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChallengeEnding {
    /// How it stands.
    pub state: EndState,
    /// The name of the device that decided, when one did.
    pub device: Option<String>,
    /// Whether that was the device that asks.
    pub own: bool,
    /// When it ended.
    pub at: Option<Timestamp>,
}

/// How a challenge stands, as far as another device needs to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndState {
    /// It waits.
    Pending,
    /// A device said yes.
    Approved,
    /// A device said no.
    Denied,
    /// Nobody decided in time.
    Expired,
    /// Given up on the page, or ended by the firm.
    Cancelled,
}

/// A decision: the approval token says everything else.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decide {
    /// The `warifu-approval+jwt` in compact serialisation.
    pub token: String,
}

/// The outcome that the server recorded. Sending the same token again gives the same outcome (APPR-10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Approved.
    Approved,
    /// Denied.
    Denied,
}

/// The answer to a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionResult {
    /// What was recorded.
    pub outcome: Outcome,
}

/// Most notices of one answer.
pub const NOTICES_AT_ONCE: usize = 50;

/// What happened to the account since a moment, oldest first: the newest [`NOTICES_AT_ONCE`], each signed for this device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notices {
    /// The `warifu-notice+jwt` of each, in compact serialisation.
    pub notices: Vec<String>,
    /// The server's time.
    pub now: Timestamp,
}

/// Most withdrawals of one page.
pub const WITHDRAWALS_A_PAGE: usize = 20;

/// A page of the account's withdrawals, newest first. Nobody signed it: it says how things stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawals {
    /// At most [`WITHDRAWALS_A_PAGE`] of them.
    pub withdrawals: Vec<WithdrawalItem>,
    /// Whether there are older ones.
    pub more: bool,
    /// The server's time.
    pub now: Timestamp,
}

/// A withdrawal as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithdrawalItem {
    /// The withdrawal.
    pub id: WithdrawalId,
    /// What people read out.
    pub reference: String,
    /// How it stands.
    pub state: WithdrawalState,
    /// Why it was refused: the number of an `ErrorCode`.
    pub reason: Option<u16>,
    /// What the payee gets, in integer minor units, as it is signed.
    pub amount: String,
    /// What the firm keeps, in the same units.
    pub fee: String,
    /// ISO 4217 code.
    pub currency: String,
    /// Who gets the money, as it is signed.
    pub payee: Payee,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it was approved.
    pub approved_at: Option<Timestamp>,
    /// Until when it is held.
    pub release_at: Option<Timestamp>,
    /// When it ended, in whatever way.
    pub ended_at: Option<Timestamp>,
    /// Whether it can be taken back now.
    pub recallable: bool,
    /// The challenge that a device decided on: what [`paths::receipt`] takes.
    pub challenge: Option<ChallengeId>,
}

/// How a withdrawal stands: `pending`, perhaps `second` and `held`, `queued`, `placed`, `paid`; the others are early ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WithdrawalState {
    /// Waits for the customer's approval or code.
    Pending,
    /// Approved once, waits for the second approval.
    Second,
    /// Approved, and held: it can be taken back.
    Held,
    /// Approved and on its way to the firm's core system.
    Queued,
    /// The core system has taken the order.
    Placed,
    /// The money has left.
    Paid,
    /// Refused after the approval; no money was moved.
    Refused,
    /// The customer said no on a device.
    Denied,
    /// Nobody decided in time.
    Expired,
    /// The customer gave up on the page.
    Cancelled,
    /// Taken back.
    Recalled,
}

/// Takes a withdrawal back: the recall token says everything else. The same token again gets the same answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TakeBack {
    /// The `warifu-recall+jwt` in compact serialisation.
    pub token: String,
}

/// Objects to a new device or to a removal: the veto token says everything else. The same again gets the same answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Objection {
    /// The `warifu-veto+jwt` in compact serialisation.
    pub token: String,
}

/// Asks for the code that replaces a forgotten password.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AskReset {
    /// The `warifu-reset+jwt` in compact serialisation.
    pub token: String,
}

/// The code, told this one time.
#[derive(Clone, Serialize, Deserialize)]
pub struct PasswordReset {
    /// Sixteen characters in four groups.
    pub code: String,
    /// When it stops working.
    pub expires_at: Timestamp,
}

/// Shows that a tree of the audit log is the beginning of a larger one (RFC 6962 section 2.1.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsistencyProof {
    /// The hashes, base64url.
    pub proof: Vec<String>,
}

/// Shows that a leaf is in a tree of the audit log (RFC 6962 section 2.1.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InclusionProof {
    /// The position of the leaf.
    pub position: u64,
    /// The hashes, base64url.
    pub proof: Vec<String>,
}

/// The body of every refusal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The stable number of `crate::error::ErrorCode`.
    pub code: u16,
    /// The stable name of the same.
    pub name: String,
    /// A sentence to act on.
    pub message: Bilingual,
    /// Names the request in the server's log.
    pub request_id: String,
    /// How many tries are left, where that is counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tries_left: Option<u32>,
    /// When to try again (a lock or a limit).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<Timestamp>,
}

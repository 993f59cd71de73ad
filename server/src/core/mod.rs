//! The firm's core system: one small port to where money and orders live (TXN-03, decision 21).
//!
//! The product keeps no balances. It asks what is available, places an order once, and asks what became of it. `http` speaks
//! to a firm's system; the demo has a ledger of its own.

pub mod http;
pub mod sign;
pub mod wire;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use warifu_shared::clock::Timestamp;
use warifu_shared::ids::WithdrawalId;
use warifu_shared::jws::withdrawal::Payee;

use crate::domain::account::AccountNumber;
use crate::domain::yen::Yen;

/// What a call of the port comes to.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, CoreError>> + Send + 'a>>;

/// The firm's core system.
///
/// Any call may fail although the core system has done its work; the same call may then be made again.
pub trait Core: Send + Sync {
    /// What the customer may withdraw now.
    fn balance<'a>(&'a self, account: &'a AccountNumber) -> Answer<'a, Balance>;

    /// Places an order. The same order again gives its state and has no further effect; another order under a key that is
    /// in use is [`CoreError::Conflict`]. Never answers [`OrderState::Unknown`].
    fn place<'a>(&'a self, order: &'a Order) -> Answer<'a, OrderState>;

    /// What became of an order; [`OrderState::Unknown`] when it never arrived.
    fn state<'a>(&'a self, key: &'a WithdrawalId) -> Answer<'a, OrderState>;
}

/// What a customer's account holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// What may be withdrawn now: without what is reserved for orders that are under way.
    pub available: Yen,
}

/// An order to pay out money, as the customer approved it (TXN-02).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The withdrawal. An order with a key is carried out at most once.
    pub key: WithdrawalId,
    /// The reference that the customer saw.
    pub reference: String,
    /// The account that the money is taken from.
    pub account: AccountNumber,
    /// What the payee gets.
    pub amount: Yen,
    /// What the firm keeps; taken from the account beside the amount.
    pub fee: Yen,
    /// Who gets the money: the signed full-width text. Its form in a bank file is the core system's part.
    pub payee: Payee,
    /// When the customer approved.
    pub approved_at: Timestamp,
    /// SHA-256 of the approval token, base64url: finds the proof again.
    pub evidence: String,
}

/// What became of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderState {
    /// No order with this key ever arrived.
    Unknown,
    /// Taken: the money is reserved and will be paid or given back.
    Accepted,
    /// The money left the firm.
    Paid {
        /// When.
        at: Timestamp,
    },
    /// Not carried out, for good; nothing stays reserved.
    Refused {
        /// Why.
        reason: RefusedBy,
    },
}

/// Why a core system refuses an order for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusedBy {
    /// The account does not hold amount and fee.
    InsufficientFunds,
    /// There is no such account, or it is closed.
    AccountClosed,
    /// The payee's bank or the core system does not take this payee.
    PayeeRejected,
    /// Anything else.
    Other,
}

impl RefusedBy {
    /// The stable name on the wire, in the database and in the audit log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InsufficientFunds => "insufficient_funds",
            Self::AccountClosed => "account_closed",
            Self::PayeeRejected => "payee_rejected",
            Self::Other => "other",
        }
    }

    /// The reason of a name; `None` for a name that is not ours.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [
            Self::InsufficientFunds,
            Self::AccountClosed,
            Self::PayeeRejected,
            Self::Other,
        ]
        .into_iter()
        .find(|reason| reason.as_str() == name)
    }
}

/// Why a call gave no answer. After all but [`CoreError::Conflict`] an order may still have been taken: ask, or place the
/// same order again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CoreError {
    /// No connection, no TLS, or no answer in time.
    #[error("the core system is out of reach")]
    Unreachable,
    /// It asks for patience (429 or 5xx).
    #[error("the core system is busy")]
    Busy {
        /// How long to wait at least, when it said so; never more than an hour.
        retry_after: Option<Duration>,
    },
    /// It refuses our signature or request with this HTTP status: an operator has to act.
    #[error("the core system refuses our request ({0})")]
    Refused(u16),
    /// The key belongs to another order.
    #[error("the core system knows another order under this key")]
    Conflict,
    /// The answer cannot be read: an operator has to act.
    #[error("the core system's answer cannot be read")]
    Garbled,
}

/// No core system: whoever asks learns that it is out of reach.
#[derive(Debug, Clone, Copy, Default)]
pub struct Nowhere;

impl Core for Nowhere {
    fn balance<'a>(&'a self, _: &'a AccountNumber) -> Answer<'a, Balance> {
        Box::pin(async { Err(CoreError::Unreachable) })
    }

    fn place<'a>(&'a self, _: &'a Order) -> Answer<'a, OrderState> {
        Box::pin(async { Err(CoreError::Unreachable) })
    }

    fn state<'a>(&'a self, _: &'a WithdrawalId) -> Answer<'a, OrderState> {
        Box::pin(async { Err(CoreError::Unreachable) })
    }
}

/// A core system that a program brings itself, in place of the configured one.
#[derive(Clone)]
pub struct Own(pub Arc<dyn Core>);

impl std::fmt::Debug for Own {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Own")
    }
}

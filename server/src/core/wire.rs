//! Requests to the core system and its answers, in JSON: written in one form, read strictly.

use chrono::{DateTime, SecondsFormat};
use serde::{Deserialize, Serialize};
use warifu_shared::clock::Timestamp;
use warifu_shared::ids::WithdrawalId;
use warifu_shared::jws::withdrawal::Payee;

use super::{Balance, CoreError, Order, OrderState, RefusedBy};
use crate::domain::account::AccountNumber;
use crate::domain::yen::Yen;

/// What is asked of the core system.
#[derive(Debug, Clone, Copy)]
pub enum Call<'a> {
    /// What may this account withdraw?
    Balance(&'a AccountNumber),
    /// Carry this out, once.
    Place(&'a Order),
    /// What became of this order?
    State(&'a WithdrawalId),
}

#[derive(Serialize)]
struct Envelope<T> {
    r#type: &'static str,
    timestamp: String,
    data: T,
}

#[derive(Serialize)]
struct Held<'a> {
    account: &'a str,
}

#[derive(Serialize)]
struct Known<'a> {
    key: &'a str,
}

#[derive(Serialize)]
struct Placed<'a> {
    key: &'a str,
    reference: &'a str,
    account: &'a str,
    amount: Yen,
    fee: Yen,
    currency: &'static str,
    payee: &'a Payee,
    approved_at: String,
    evidence: &'a str,
}

impl Call<'_> {
    /// The body of the request. The timestamp of an order is the moment of its approval, so that an order has the same bytes
    /// however often it is sent.
    ///
    /// # Errors
    /// When a moment lies outside the calendar.
    pub fn write(&self, now: Timestamp) -> Result<Vec<u8>, CoreError> {
        match self {
            Self::Balance(account) => envelope(
                "balance.read",
                now,
                &Held {
                    account: account.as_str(),
                },
            ),
            Self::State(key) => envelope("order.state", now, &Known { key: key.as_str() }),
            Self::Place(order) => {
                let data = Placed {
                    key: order.key.as_str(),
                    reference: &order.reference,
                    account: order.account.as_str(),
                    amount: order.amount,
                    fee: order.fee,
                    currency: "JPY",
                    payee: &order.payee,
                    approved_at: rfc3339(order.approved_at)?,
                    evidence: &order.evidence,
                };
                envelope("order.place", order.approved_at, &data)
            }
        }
    }

    /// The key of an order that must not be carried out twice.
    pub(super) fn order(&self) -> Option<&WithdrawalId> {
        match self {
            Self::Place(order) => Some(&order.key),
            Self::Balance(_) | Self::State(_) => None,
        }
    }

    /// The name for the log.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Balance(_) => "balance.read",
            Self::Place(_) => "order.place",
            Self::State(_) => "order.state",
        }
    }
}

fn envelope<T: Serialize>(r#type: &'static str, at: Timestamp, data: &T) -> Result<Vec<u8>, CoreError> {
    let timestamp = rfc3339(at)?;
    serde_json::to_vec(&Envelope {
        r#type,
        timestamp,
        data,
    })
    .map_err(|_| CoreError::Garbled)
}

/// RFC 3339 in UTC with milliseconds.
fn rfc3339(at: Timestamp) -> Result<String, CoreError> {
    let moment = DateTime::from_timestamp_millis(at.0).ok_or(CoreError::Garbled)?;
    Ok(moment.to_rfc3339_opts(SecondsFormat::Millis, true))
}

#[derive(Deserialize)]
struct BalanceAnswer {
    account: String,
    available: Yen,
}

#[derive(Deserialize)]
struct OrderAnswer {
    key: String,
    state: StateName,
    #[serde(default)]
    paid_at: Option<String>,
    #[serde(default)]
    reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum StateName {
    Unknown,
    Accepted,
    Paid,
    Refused,
}

/// Reads the answer to `balance.read`. It names the account that was asked for, so that an answer which went to the wrong
/// request is not believed.
///
/// # Errors
/// [`CoreError::Garbled`] for anything that is not such an answer.
pub fn read_balance(answer: &[u8], account: &AccountNumber) -> Result<Balance, CoreError> {
    let read: BalanceAnswer = json(answer)?;
    if read.account != account.as_str() {
        return Err(CoreError::Garbled);
    }
    Ok(Balance {
        available: read.available,
    })
}

/// Reads the answer to `order.state`, which names the order.
///
/// # Errors
/// [`CoreError::Garbled`] for anything that is not such an answer, or contradicts itself.
pub fn read_state(answer: &[u8], key: &WithdrawalId) -> Result<OrderState, CoreError> {
    let read: OrderAnswer = json(answer)?;
    if read.key != key.as_str() {
        return Err(CoreError::Garbled);
    }
    match (read.state, read.paid_at, read.reason) {
        (StateName::Unknown, None, None) => Ok(OrderState::Unknown),
        (StateName::Accepted, None, None) => Ok(OrderState::Accepted),
        (StateName::Paid, Some(at), None) => moment(&at).map(|at| OrderState::Paid { at }),
        // A reason that came after our time still says that nothing was paid.
        (StateName::Refused, None, Some(reason)) => Ok(OrderState::Refused {
            reason: RefusedBy::from_name(&reason).unwrap_or(RefusedBy::Other),
        }),
        _ => Err(CoreError::Garbled),
    }
}

/// Reads the answer to `order.place`: that of `order.state`, and the order is known now.
///
/// # Errors
/// As [`read_state`]; also when the order is said to be unknown.
pub fn read_placed(answer: &[u8], key: &WithdrawalId) -> Result<OrderState, CoreError> {
    match read_state(answer, key)? {
        OrderState::Unknown => Err(CoreError::Garbled),
        known => Ok(known),
    }
}

fn json<'a, T: Deserialize<'a>>(answer: &'a [u8]) -> Result<T, CoreError> {
    serde_json::from_slice(answer).map_err(|_| CoreError::Garbled)
}

/// A moment between 2000 and 2100: whatever else a broken clock says is no payment.
fn moment(text: &str) -> Result<Timestamp, CoreError> {
    let read = DateTime::parse_from_rfc3339(text).map_err(|_| CoreError::Garbled)?;
    let millis = read.timestamp_millis();
    if (946_684_800_000..4_102_444_800_000).contains(&millis) {
        Ok(Timestamp(millis))
    } else {
        Err(CoreError::Garbled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> WithdrawalId {
        "wd_9f3K".parse().unwrap()
    }

    fn state(answer: &str) -> Result<OrderState, CoreError> {
        read_state(answer.as_bytes(), &key())
    }

    #[test]
    fn txn_03_answers_are_read_and_nothing_is_guessed() {
        assert_eq!(
            state(r#"{"key":"wd_9f3K","state":"accepted","more":{"x":[1]}}"#),
            Ok(OrderState::Accepted),
            "unknown members are allowed"
        );
        assert_eq!(
            state(r#"{"key":"wd_9f3K","state":"paid","paid_at":"2026-01-05T15:00:00+09:00"}"#),
            Ok(OrderState::Paid {
                at: Timestamp(1_767_592_800_000)
            })
        );
        let refused = |name: &str| {
            state(&format!(
                r#"{{"key":"wd_9f3K","state":"refused","reason":"{name}"}}"#
            ))
        };
        for reason in ["insufficient_funds", "account_closed", "payee_rejected", "other"] {
            let expected = RefusedBy::from_name(reason).unwrap();
            assert_eq!(refused(reason), Ok(OrderState::Refused { reason: expected }));
            assert_eq!(expected.as_str(), reason);
        }
        let newer = OrderState::Refused {
            reason: RefusedBy::Other,
        };
        assert_eq!(refused("dormant_account"), Ok(newer));
        for bad in [
            "",
            "{}",
            "[]",
            r#"{"state":"accepted"}"#,
            r#"{"key":"wd_other","state":"accepted"}"#,
            r#"{"key":"wd_9f3K","state":"ACCEPTED"}"#,
            r#"{"key":"wd_9f3K","state":"pending"}"#,
            r#"{"key":"wd_9f3K","state":"paid"}"#,
            r#"{"key":"wd_9f3K","state":"paid","paid_at":"yesterday"}"#,
            r#"{"key":"wd_9f3K","state":"paid","paid_at":"1970-01-01T00:00:00Z"}"#,
            r#"{"key":"wd_9f3K","state":"paid","paid_at":1767592800}"#,
            r#"{"key":"wd_9f3K","state":"accepted","paid_at":"2026-01-05T15:00:00Z"}"#,
            r#"{"key":"wd_9f3K","state":"refused"}"#,
            r#"{"key":"wd_9f3K","state":"accepted","state":"refused","reason":"other"}"#,
            r#"{"key":"wd_9f3K","state":"accepted"} x"#,
        ] {
            assert_eq!(state(bad), Err(CoreError::Garbled), "{bad}");
        }
        let unknown = br#"{"key":"wd_9f3K","state":"unknown"}"#;
        assert_eq!(read_state(unknown, &key()), Ok(OrderState::Unknown));
        assert_eq!(read_placed(unknown, &key()), Err(CoreError::Garbled));
    }

    #[test]
    fn txn_03_balances_are_whole_bounded_and_of_the_account_that_was_asked_for() {
        let account = AccountNumber::from_typed("1002001").unwrap();
        let read = |text: &str| read_balance(text.as_bytes(), &account).map(|b| b.available.get());
        assert_eq!(
            read(r#"{"account":"1002001","available":3250000}"#),
            Ok(3_250_000)
        );
        for bad in [
            r#"{"account":"1002002","available":1}"#,
            r#"{"account":"1002001","available":-1}"#,
            r#"{"account":"1002001","available":1.5}"#,
            r#"{"account":"1002001","available":1e3}"#,
            r#"{"account":"1002001","available":"1"}"#,
            r#"{"account":"1002001","available":1000000000000000}"#,
            r#"{"account":"1002001","available":99999999999999999999}"#,
            r#"{"account":"1002001"}"#,
            r#"{"account":"1002001","available":1,"available":2}"#,
        ] {
            assert_eq!(read(bad), Err(CoreError::Garbled), "{bad}");
        }
    }
}

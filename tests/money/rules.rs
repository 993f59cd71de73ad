//! A small model of one owner's withdrawals: which steps there are, and what each request and approval must come to.

use warifu_server::domain::withdrawal::State;
use warifu_server::store::withdrawals::Withdrawal;
use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;

/// The limits of these tests, in yen.
pub const MOST: i64 = 800_000;
pub const PER_DAY: i64 = 1_500_000;
pub const HOLD_FROM: i64 = 300_000;
pub const SECOND_FROM: i64 = 500_000;
pub const FEE: i64 = 110;

/// What is known about the account beside its withdrawals.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Until when new approvals are held.
    pub held_until: Timestamp,
    /// The number of the payout account that counts.
    pub payee: String,
    /// What the ledger has for the customer.
    pub available: i64,
    /// Whether a second approval is asked for right now.
    pub second_waits: bool,
}

/// Whether a state may follow another, by one step.
pub fn may_follow(from: &Withdrawal, to: State) -> bool {
    use State::{Cancelled, Denied, Expired, Held, Paid, Pending, Placed, Queued, Recalled, Refused, Second};
    match (from.state, to) {
        (Pending, Second | Held | Queued | Refused | Denied | Expired | Cancelled)
        | (Second, Held | Queued | Refused | Denied | Expired | Recalled)
        | (Held, Queued | Recalled)
        | (Queued, Placed | Paid | Refused)
        | (Placed, Paid | Refused | Queued) => true,
        // Someone is on the phone: only what nobody tried to place yet.
        (Queued, Held) => from.tries == 0,
        (from, to) => from == to,
    }
}

/// The day in Japan.
pub fn day(at: Timestamp) -> i64 {
    (at.secs() + 9 * 3600).div_euclid(86_400)
}

/// What was approved on the day of `now`, without `but`.
pub fn today(all: &[Withdrawal], now: Timestamp, but: Option<&Withdrawal>) -> i64 {
    let counted = all.iter().filter(|w| {
        let same = but.is_some_and(|but| but.id == w.id);
        !same && w.state.counts() && w.approved_at.is_some_and(|at| day(at) == day(now))
    });
    counted.map(|w| w.amount.get()).sum()
}

/// What a request for `amount` must say.
pub fn ask(all: &[Withdrawal], facts: &Facts, amount: i64, now: Timestamp) -> Result<(), ErrorCode> {
    if all.iter().any(|w| w.state_at(now) == State::Pending) {
        return Err(ErrorCode::WithdrawalOpen);
    }
    if amount > MOST {
        return Err(ErrorCode::AmountAboveLimit);
    }
    if today(all, now, None) + amount > PER_DAY {
        return Err(ErrorCode::DayLimit);
    }
    let promised = all.iter().filter(|w| w.state.is_promised());
    let promised: i64 = promised.map(|w| w.amount.get() + w.fee.get()).sum();
    if amount + FEE > (facts.available - promised).max(0) {
        return Err(ErrorCode::BalanceTooLow);
    }
    if facts.second_waits {
        return Err(ErrorCode::WithdrawalOpen);
    }
    Ok(())
}

/// Where an approval of `w` must lead.
pub fn approve(all: &[Withdrawal], facts: &Facts, w: &Withdrawal, now: Timestamp) -> State {
    let amount = w.amount.get();
    let elsewhere = !w.txn.contains(&facts.payee);
    if elsewhere || amount > MOST || today(all, now, Some(w)) + amount > PER_DAY {
        return State::Refused;
    }
    if w.state == State::Pending && amount >= SECOND_FROM {
        return State::Second;
    }
    if amount >= HOLD_FROM || facts.held_until > now {
        return State::Held;
    }
    State::Queued
}

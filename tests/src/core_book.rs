//! The books of [`crate::core_bank`]: accounts and orders with the rules of a real core system, in memory.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

/// Accounts and orders.
#[derive(Debug, Default)]
pub struct Book {
    accounts: BTreeMap<String, Account>,
    orders: BTreeMap<String, Order>,
    unloved_banks: BTreeSet<String>,
}

/// An account, in yen.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Account {
    /// May be withdrawn.
    pub available: i64,
    /// Promised to orders.
    pub reserved: i64,
    /// Left the firm.
    pub paid: i64,
    deposited: i64,
    closed: bool,
}

#[derive(Debug)]
struct Order {
    data: Value,
    state: State,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Accepted,
    Paid(String),
    Refused(String),
}

impl Book {
    /// Money comes in.
    pub fn deposit(&mut self, account: &str, yen: i64) {
        let account = self.accounts.entry(account.to_owned()).or_default();
        account.available += yen;
        account.deposited += yen;
    }

    /// The firm closes an account; what is under way goes on.
    pub fn close(&mut self, account: &str) {
        self.accounts.entry(account.to_owned()).or_default().closed = true;
    }

    /// Payments to this bank are refused.
    pub fn refuse_bank(&mut self, code: &str) {
        self.unloved_banks.insert(code.to_owned());
    }

    /// An account as it is.
    #[must_use]
    pub fn account(&self, number: &str) -> Account {
        self.accounts.get(number).cloned().unwrap_or_default()
    }

    /// How many orders were taken down.
    #[must_use]
    pub fn orders(&self) -> usize {
        self.orders.len()
    }

    /// What was ordered under a key.
    #[must_use]
    pub fn ordered(&self, key: &str) -> Option<&Value> {
        self.orders.get(key).map(|order| &order.data)
    }

    pub(crate) fn available(&self, account: &str) -> i64 {
        let account = self.account(account);
        if account.closed { 0 } else { account.available }
    }

    /// The answer about an order.
    pub(crate) fn state(&self, key: &str) -> Value {
        match self.orders.get(key).map(|order| &order.state) {
            None => json!({ "key": key, "state": "unknown" }),
            Some(State::Accepted) => json!({ "key": key, "state": "accepted", "queue": 7 }),
            Some(State::Paid(at)) => json!({ "key": key, "state": "paid", "paid_at": at }),
            Some(State::Refused(reason)) => json!({ "key": key, "state": "refused", "reason": reason }),
        }
    }

    /// Takes an order once; `None` when the key belongs to another one.
    pub(crate) fn place(&mut self, key: &str, data: &Value) -> Option<Value> {
        if let Some(known) = self.orders.get(key) {
            return (known.data == *data).then(|| self.state(key));
        }
        let state = match self.reserve(data) {
            Ok(()) => State::Accepted,
            Err(reason) => State::Refused(reason.to_owned()),
        };
        let data = data.clone();
        self.orders.insert(key.to_owned(), Order { data, state });
        Some(self.state(key))
    }

    fn reserve(&mut self, data: &Value) -> Result<(), &'static str> {
        let total = total(data).ok_or("other")?;
        let bank = data["payee"]["bank"].as_str().unwrap_or_default();
        if self.unloved_banks.contains(bank) {
            return Err("payee_rejected");
        }
        let number = data["account"].as_str().unwrap_or_default();
        let account = self.accounts.get_mut(number).filter(|account| !account.closed);
        let account = account.ok_or("account_closed")?;
        if account.available < total {
            return Err("insufficient_funds");
        }
        account.available -= total;
        account.reserved += total;
        Ok(())
    }

    /// The bank run: everything that waits is paid at this moment (RFC 3339).
    pub fn pay_all(&mut self, at: &str) {
        self.end_all(
            |account, total| account.paid += total,
            &State::Paid(at.to_owned()),
        );
    }

    /// Everything that waits is given back, for this reason.
    pub fn refuse_all(&mut self, reason: &str) {
        self.end_all(
            |account, total| account.available += total,
            &State::Refused(reason.to_owned()),
        );
    }

    fn end_all(&mut self, to: impl Fn(&mut Account, i64), state: &State) {
        for order in self
            .orders
            .values_mut()
            .filter(|order| order.state == State::Accepted)
        {
            let number = order.data["account"].as_str().unwrap_or_default();
            let (Some(account), Some(total)) = (self.accounts.get_mut(number), total(&order.data)) else {
                continue;
            };
            account.reserved -= total;
            to(account, total);
            order.state = state.clone();
        }
    }

    /// Every yen that came in is somewhere, and what is reserved belongs to orders.
    ///
    /// # Panics
    /// When it is not so.
    pub fn assert_adds_up(&self) {
        for (number, account) in &self.accounts {
            let Account {
                available,
                reserved,
                paid,
                deposited,
                ..
            } = account;
            assert!(
                *available >= 0 && *reserved >= 0 && *paid >= 0,
                "{number}: {account:?}"
            );
            assert_eq!(available + reserved + paid, *deposited, "{number}");
            let of_account = self
                .orders
                .values()
                .filter(|order| order.data["account"] == **number);
            let waiting = of_account.filter(|order| order.state == State::Accepted);
            let promised: i64 = waiting.filter_map(|order| total(&order.data)).sum();
            assert_eq!(promised, *reserved, "{number}");
        }
    }
}

/// Amount and fee; `None` when they are no good sum.
fn total(data: &Value) -> Option<i64> {
    let (amount, fee) = (data["amount"].as_i64()?, data["fee"].as_i64()?);
    (amount > 0 && fee >= 0 && data["currency"] == "JPY")
        .then(|| amount.checked_add(fee))
        .flatten()
}

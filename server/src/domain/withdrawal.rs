//! Withdrawals: their states, and the one function that says what a policy allows (TXN-05, TXN-07, TXN-09, ENROL-09).

use warifu_shared::clock::Timestamp;
use warifu_shared::display::dates::JST_SECS;
use warifu_shared::error::ErrorCode;

use super::factor::Risk;
use super::yen::Yen;
use crate::config::WithdrawalRules;

macro_rules! states {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        /// The life of a withdrawal: `pending -> second? -> held? -> queued -> placed -> paid`, and the ways it ends early.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum State {
            $($(#[$doc])* $name,)*
        }

        impl State {
            /// Every state.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The name in the database and in answers.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

states! {
    /// Waits for the customer's approval or code.
    Pending = "pending";
    /// Approved once, waits for the second approval (TXN-09).
    Second = "second";
    /// Approved, and held: it can be recalled.
    Held = "held";
    /// Approved and on its way to the core system.
    Queued = "queued";
    /// The core system has taken the order.
    Placed = "placed";
    /// The money has left.
    Paid = "paid";
    /// Refused after the approval: by a limit, by a difference, or by the core system.
    Refused = "refused";
    /// The customer said no on a device.
    Denied = "denied";
    /// Nobody decided in time.
    Expired = "expired";
    /// The customer gave up on the page.
    Cancelled = "cancelled";
    /// Taken back while it was held.
    Recalled = "recalled";
}

impl State {
    /// Reads the name.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|state| state.as_str() == text)
    }

    /// The state at `now`: what waits until `expires_at` has expired then, written down or not.
    #[must_use]
    pub fn at(self, expires_at: Timestamp, now: Timestamp) -> Self {
        match self {
            Self::Pending | Self::Second if now >= expires_at => Self::Expired,
            state => state,
        }
    }

    /// Whether the customer can still take it back without asking anybody: the order has not left.
    #[must_use]
    pub const fn can_be_recalled(self) -> bool {
        matches!(self, Self::Second | Self::Held)
    }

    /// Whether its amount counts against the day's limit: approved and not ended without a payment.
    #[must_use]
    pub const fn counts(self) -> bool {
        matches!(
            self,
            Self::Second | Self::Held | Self::Queued | Self::Placed | Self::Paid
        )
    }

    /// Whether its money is promised and the core system does not know it yet.
    #[must_use]
    pub const fn is_promised(self) -> bool {
        matches!(self, Self::Second | Self::Held | Self::Queued)
    }
}

/// How a withdrawal is approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// By a device.
    App,
    /// By a mailed code, without a device (TXN-07).
    Code,
}

impl How {
    /// The name in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Code => "code",
        }
    }

    /// Reads the name.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        [Self::App, Self::Code]
            .into_iter()
            .find(|how| how.as_str() == text)
    }
}

/// What is known when a withdrawal is judged: at the request, and again at the approval.
#[derive(Debug, Clone, Copy)]
pub struct Facts {
    /// The present.
    pub now: Timestamp,
    /// How it is approved.
    pub how: How,
    /// What this account withdrew today, without this one.
    pub today: Yen,
    /// What the customer may withdraw, less what is promised already; `None` where nobody asks the core system.
    pub available: Option<Yen>,
    /// Until when the account is in its cool-off.
    pub cool_off_until: Timestamp,
    /// Until when withdrawals of the account are held.
    pub held_until: Timestamp,
    /// What the risk engine thinks of the session (planned; ordinary until then).
    pub risk: Risk,
}

/// What follows from an approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Until when it is held, if it is.
    pub release_at: Option<Timestamp>,
    /// Whether a second approval is needed.
    pub second: bool,
}

/// Why a withdrawal is not possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// The reason.
    pub code: ErrorCode,
    /// What would be possible now.
    pub possible: Option<Yen>,
    /// When more is possible, where that is known.
    pub until: Option<Timestamp>,
}

impl Limit {
    const fn of(code: ErrorCode) -> Self {
        Self {
            code,
            possible: None,
            until: None,
        }
    }

    const fn up_to(code: ErrorCode, possible: Yen) -> Self {
        Self {
            possible: Some(possible),
            ..Self::of(code)
        }
    }
}

/// Judges an amount by the policy. Every path asks this function, and the approval asks it again.
///
/// # Errors
/// The first [`Limit`] that stands against it.
pub fn assess(rules: &WithdrawalRules, amount: Yen, facts: &Facts) -> Result<Plan, Limit> {
    if !rules.open {
        return Err(Limit::of(ErrorCode::WithdrawalsClosed));
    }
    if facts.how == How::Code && !code_path_is_open(rules, facts.now) {
        return Err(Limit::of(ErrorCode::MailedCodeWithdrawalsClosed));
    }
    if amount > rules.per_transaction {
        return Err(Limit::up_to(ErrorCode::AmountAboveLimit, rules.per_transaction));
    }
    let left = |most: Yen| most.checked_sub(facts.today).unwrap_or(Yen::ZERO);
    if facts.how == How::Code && amount > left(rules.mailed_code.per_day) {
        let possible = left(rules.mailed_code.per_day);
        return Err(Limit::up_to(ErrorCode::MailedCodeLimit, possible));
    }
    if facts.now < facts.cool_off_until && amount > left(rules.cool_off_per_day) {
        return Err(Limit {
            until: Some(facts.cool_off_until),
            ..Limit::up_to(ErrorCode::CoolOffLimit, left(rules.cool_off_per_day))
        });
    }
    if amount > left(rules.per_day) {
        return Err(Limit::up_to(ErrorCode::DayLimit, left(rules.per_day)));
    }
    if let Some(available) = facts.available {
        let possible = available.checked_sub(rules.fee).unwrap_or(Yen::ZERO);
        if amount > possible {
            return Err(Limit::up_to(ErrorCode::BalanceTooLow, possible));
        }
    }
    Ok(plan(rules, amount, facts))
}

fn plan(rules: &WithdrawalRules, amount: Yen, facts: &Facts) -> Plan {
    let from = |yen: Yen| yen > Yen::ZERO && amount >= yen;
    let hours = |hours: i64| facts.now.plus_secs(hours * 3600);
    let mut release_at = facts.held_until;
    if from(rules.hold_from) || facts.risk != Risk::Ordinary {
        release_at = release_at.max(hours(rules.hold_hours));
    }
    if facts.how == How::Code {
        release_at = release_at.max(hours(rules.mailed_code.delay_hours));
    }
    Plan {
        release_at: (release_at > facts.now).then_some(release_at),
        second: from(rules.second_approval_from),
    }
}

/// Whether the operator still offers withdrawals by mailed code at `now` (TXN-07).
#[must_use]
pub fn code_path_is_open(rules: &WithdrawalRules, now: Timestamp) -> bool {
    let today = chrono::DateTime::from_timestamp(now.secs() + i64::from(JST_SECS), 0).map(|t| t.date_naive());
    let over = match (rules.mailed_code.last_day, today) {
        (Some(last), Some(today)) => today > last,
        (last, _) => last.is_some(),
    };
    rules.mailed_code.open && !over
}

/// When the day of `now` began in Japan.
#[must_use]
pub fn day_start(now: Timestamp) -> Timestamp {
    let local = now.secs() + i64::from(JST_SECS);
    Timestamp::from_secs(now.secs() - local.rem_euclid(86_400))
}

/// A reference that people can read out: `W-261122-7KQ2MX9A`, the day in Japan and 40 bits of `mark`.
#[must_use]
pub fn reference(now: Timestamp, mark: [u8; 8]) -> String {
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let day = chrono::DateTime::from_timestamp(now.secs() + i64::from(JST_SECS), 0)
        .map(|t| t.format("%y%m%d").to_string())
        .unwrap_or_default();
    let mark: String = mark
        .iter()
        .map(|byte| char::from(ALPHABET[usize::from(byte % 32)]))
        .collect();
    format!("W-{day}-{mark}")
}

#[cfg(test)]
#[path = "withdrawal_tests.rs"]
mod tests;

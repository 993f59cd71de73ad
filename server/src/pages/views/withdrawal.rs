//! Withdrawals: the list, the form, and one of them.

use askama::Template;
use warifu_shared::clock::Timestamp;
use warifu_shared::display::Row;
use warifu_shared::error::ErrorCode;

use super::MoneyFacts;
use crate::domain::withdrawal::State;
use crate::pages::layout::{ErrorNote, Frame};

/// Why a withdrawal cannot be asked for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotNow {
    /// There is no payout account.
    NoPayout,
    /// There is no withdrawal password.
    NoPassword,
    /// The firm does not take any.
    Closed,
}

impl NotNow {
    /// Its sentence.
    #[must_use]
    pub const fn code(self) -> ErrorCode {
        match self {
            Self::NoPayout => ErrorCode::PayoutAccountMissing,
            Self::NoPassword => ErrorCode::WithdrawalPasswordMissing,
            Self::Closed => ErrorCode::WithdrawalsClosed,
        }
    }
}

/// One line of the list.
#[derive(Clone, Debug)]
pub struct HistoryRow {
    /// Where it is shown.
    pub url: String,
    /// When it was asked for.
    pub at: Timestamp,
    /// The amount.
    pub amount: String,
    /// Bank and end of the number.
    pub payee: String,
    /// Its state.
    pub state: State,
}

impl HistoryRow {
    /// The word for its state.
    #[must_use]
    pub fn state_key(&self) -> String {
        format!("{}.{}", "withdrawal.state", self.state.as_str())
    }

    /// The class of that word.
    #[must_use]
    pub const fn badge(&self) -> &'static str {
        tone_of(self.state)
    }
}

/// How a state is drawn.
#[must_use]
pub const fn tone_of(state: State) -> &'static str {
    match state {
        State::Paid => "badge badge--done",
        State::Pending | State::Second | State::Held => "badge badge--attention",
        State::Refused | State::Denied => "badge badge--danger",
        State::Queued | State::Placed | State::Expired | State::Cancelled | State::Recalled => "badge",
    }
}

/// `GET /withdrawals`.
#[derive(Template)]
#[template(path = "withdrawals.html")]
pub struct WithdrawalsPage {
    /// The frame of the page.
    pub frame: Frame,
    /// What can be withdrawn; `None` while the core system gives no answer.
    pub available: Option<String>,
    /// The payout account.
    pub payout: Option<Vec<Row>>,
    /// Why none can be asked for now.
    pub not_now: Option<NotNow>,
    /// Until when only small amounts are possible.
    pub cool_off_until: Option<Timestamp>,
    /// Until when withdrawals are held.
    pub held_until: Option<Timestamp>,
    /// The list, newest first.
    pub rows: Vec<HistoryRow>,
    /// Where the older ones are.
    pub older: Option<String>,
    /// One was just cancelled.
    pub cancelled: bool,
}

/// `GET /withdrawals/new`, and `POST` refused. The form posts `csrf`, `key`, `amount`, `password`.
#[derive(Template)]
#[template(path = "withdraw.html")]
pub struct WithdrawPage {
    /// The frame of the page.
    pub frame: Frame,
    /// The form's own key.
    pub key: String,
    /// The amount as typed before.
    pub amount: String,
    /// Whether that was before an automatic logout (SESS-09).
    pub kept: bool,
    /// What can be withdrawn; `None` while the core system gives no answer.
    pub available: Option<String>,
    /// The payout account in full.
    pub payout: Vec<Row>,
    /// What follows and what is possible, as sentences.
    pub rules: Vec<String>,
    /// Why the last try was refused.
    pub error: Option<ErrorNote>,
}

/// `GET /withdrawals/{id}` when it does not wait for an approval in this session.
#[derive(Template)]
#[template(path = "withdrawal.html")]
pub struct WithdrawalPage {
    /// The frame of the page.
    pub frame: Frame,
    /// The path of this withdrawal.
    pub url: String,
    /// Its state.
    pub state: State,
    /// Why it was refused.
    pub reason: Option<ErrorCode>,
    /// Amount, payee, fee, reference.
    pub money: MoneyFacts,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// When it was approved.
    pub approved_at: Option<Timestamp>,
    /// Until when it is held.
    pub release_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Whether it was approved by a mailed code.
    pub by_code: bool,
    /// What can be withdrawn now.
    pub available: Option<String>,
    /// Whether another device can give the second approval.
    pub second_by_device: bool,
    /// Where the receipt is, once there is a decision.
    pub receipt: Option<String>,
}

impl WithdrawalPage {
    /// What its state is called on the page.
    #[must_use]
    pub fn title(&self) -> String {
        self.words("withdrawal.title")
    }

    /// What its state means.
    #[must_use]
    pub fn meaning(&self) -> String {
        self.words("withdrawal.meaning")
    }

    fn words(&self, table: &str) -> String {
        self.frame.t(&format!("{table}.{}", self.state.as_str()))
    }

    /// The sentence of the reason.
    #[must_use]
    pub fn why(&self) -> Option<&'static str> {
        self.reason.map(|code| self.frame.sentence(code))
    }

    /// The drawing.
    #[must_use]
    pub const fn pair(&self) -> &'static str {
        match self.state {
            State::Refused | State::Denied => "pair--attention",
            State::Held | State::Queued | State::Placed | State::Paid => "pair--wait",
            _ => "pair--calm",
        }
    }

    /// Whether the halves of the drawing have met.
    #[must_use]
    pub const fn is_joined(&self) -> bool {
        matches!(
            self.state,
            State::Held | State::Queued | State::Placed | State::Paid
        )
    }

    /// Whether the page should look again by itself: something still happens without the customer.
    #[must_use]
    pub const fn moves(&self) -> bool {
        matches!(self.state, State::Queued | State::Placed)
    }
}

//! The payout account and the withdrawal password.

use askama::Template;
use warifu_shared::clock::Timestamp;
use warifu_shared::display::Row;

use crate::pages::layout::{ErrorNote, Frame};

/// What was typed into the form for another payout account.
#[derive(Clone, Debug, Default)]
pub struct PayoutForm {
    /// Bank code.
    pub bank: String,
    /// Bank name.
    pub bank_name: String,
    /// Branch code.
    pub branch: String,
    /// Branch name.
    pub branch_name: String,
    /// `ordinary`, `current` or `savings`.
    pub kind: String,
    /// Account number.
    pub acct: String,
    /// Holder.
    pub name: String,
}

/// `GET /payout-account`, and `POST` refused.
#[derive(Template)]
#[template(path = "payout.html")]
pub struct PayoutPage {
    /// The frame of the page.
    pub frame: Frame,
    /// The present account.
    pub present: Option<Vec<Row>>,
    /// Since when.
    pub since: Option<Timestamp>,
    /// Whether another one can be asked for: it needs an active device.
    pub needs_app: bool,
    /// Until when it cannot be changed.
    pub cool_off_until: Option<Timestamp>,
    /// Hours of limits after a change.
    pub cool_off_hours: i64,
    /// What was typed.
    pub form: PayoutForm,
    /// Why the last try was refused.
    pub error: Option<ErrorNote>,
    /// It was just changed.
    pub changed: bool,
}

/// `GET /withdrawal-password`, and `POST` refused.
#[derive(Template)]
#[template(path = "withdrawal_password.html")]
pub struct WithdrawalPasswordPage {
    /// The frame of the page.
    pub frame: Frame,
    /// Whether there is one.
    pub is_set: bool,
    /// The form without the present one is shown: the first time, or it is forgotten.
    pub anew: bool,
    /// Whether the session is fresh enough for that.
    pub fresh: bool,
    /// Why the last try was refused.
    pub error: Option<ErrorNote>,
    /// It was just set.
    pub changed: bool,
}

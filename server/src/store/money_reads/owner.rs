//! What decides about the withdrawals of an account, and what of it is kept between request and approval.

use warifu_shared::clock::Timestamp;
use warifu_shared::display::Language;
use warifu_shared::ids::{AccountId, WithdrawalId};
use warifu_shared::jws::withdrawal::Payee;

use crate::domain::account::Account;
use crate::domain::counter::Counter;
use crate::domain::yen::Yen;

/// An account with everything that decides about its withdrawals, but the balance.
#[derive(Debug, Clone)]
pub struct Owner {
    /// The account.
    pub account: Account,
    /// The payout account that counts: as stored, and read; `None` there when it cannot be read.
    pub payout: Option<(String, Option<Payee>)>,
    /// The hash of the withdrawal password.
    pub password_hash: Option<String>,
    /// The mistakes with it.
    pub counter: Counter,
    /// What counts against the limit of the day.
    pub today: Yen,
    /// What is promised and not placed yet, with fees.
    pub promised: Yen,
    /// Until when a withdrawal waits for its approval; zero when none does.
    pub pending_until: Timestamp,
    /// The withdrawal that the form made before, with the hash of the session that sent it.
    pub sent_before: Option<(WithdrawalId, String)>,
    /// Who is told by mail.
    pub to: Recipient,
    /// Whether the authentication address is proven.
    pub authentic: bool,
    /// The sum of the moments at which addresses were proven: another one when an address came or went.
    pub proven: i64,
}

/// Who is told by mail.
#[derive(Debug, Clone)]
pub struct Recipient {
    /// The account.
    pub account: AccountId,
    /// The language of its mails.
    pub language: Language,
    /// The proven addresses, the authentication address first.
    pub addresses: Vec<String>,
}

/// What of an owner the policy goes by when a withdrawal is approved, and who is told then. It may be of the moment when the
/// withdrawal was asked for: each of it is a condition of the statement that records the approval (`bulk::OrdinaryPayment`).
#[derive(Debug, Clone)]
pub struct Judged {
    /// Who is told by mail.
    pub to: Recipient,
    /// See [`Owner::proven`].
    pub proven: i64,
    /// The payout account that counts, as stored.
    pub payee: String,
    /// The same, read.
    pub pays_to: Payee,
    /// When the day began.
    pub day: Timestamp,
    /// What counts against the limit of that day.
    pub today: Yen,
    /// Until when the account is in its cool-off.
    pub cool_off_until: Timestamp,
    /// Until when its withdrawals are held.
    pub held_until: Timestamp,
}

impl Owner {
    /// What counts of it when its withdrawal is approved on the day that began at `day`, for which it was read; `None` for an
    /// account that pays nothing out.
    #[must_use]
    pub fn judged(&self, day: Timestamp) -> Option<Judged> {
        let Some((payee, Some(pays_to))) = &self.payout else {
            return None;
        };
        (!self.account.disabled).then(|| Judged {
            to: self.to.clone(),
            proven: self.proven,
            payee: payee.clone(),
            pays_to: pays_to.clone(),
            day,
            today: self.today,
            cool_off_until: self.account.cool_off_until,
            held_until: self.account.withdrawals_held_until,
        })
    }

    /// Whether withdrawals go to `payee`.
    #[must_use]
    pub fn pays_to(&self, payee: &Payee) -> bool {
        let active = self.payout.as_ref().and_then(|(_, read)| read.as_ref());
        active == Some(payee)
    }
}

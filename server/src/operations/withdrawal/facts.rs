//! What the policy wants to know of an account: its holds, what it took out today, what is promised, what it holds.

use warifu_shared::clock::Timestamp;
use warifu_shared::ids::WithdrawalId;

use crate::app::App;
use crate::core::CoreError;
use crate::domain::account::Account;
use crate::domain::factor::Risk;
use crate::domain::withdrawal::{Facts, How, day_start};
use crate::domain::yen::Yen;
use crate::store::money_reads::{Judged, Owner};
use crate::store::{Conn, StoreError, withdrawals};

/// The facts of an account without its balance.
///
/// # Errors
/// On a database failure.
pub async fn of(
    c: &mut Conn,
    account: &Account,
    how: How,
    but: Option<&WithdrawalId>,
    now: Timestamp,
) -> Result<(Facts, Yen), StoreError> {
    let (today, promised) = withdrawals::sums(c, &account.id, day_start(now), but).await?;
    let facts = Facts {
        now,
        how,
        today,
        available: None,
        cool_off_until: account.cool_off_until,
        held_until: account.withdrawals_held_until,
        // The engine is planned; its decision about the session belongs here.
        risk: Risk::Ordinary,
    };
    Ok((facts, promised))
}

/// The same of an owner that was read already.
#[must_use]
pub fn of_owner(owner: &Owner, how: How, now: Timestamp) -> Facts {
    Facts {
        now,
        how,
        today: owner.today,
        available: None,
        cool_off_until: owner.account.cool_off_until,
        held_until: owner.account.withdrawals_held_until,
        risk: Risk::Ordinary,
    }
}

/// The same of what is remembered of an owner, or was read just now.
#[must_use]
pub fn of_judged(judged: &Judged, how: How, now: Timestamp) -> Facts {
    Facts {
        now,
        how,
        today: judged.today,
        available: None,
        cool_off_until: judged.cool_off_until,
        held_until: judged.held_until,
        risk: Risk::Ordinary,
    }
}

/// What the customer may withdraw now: what the core system says, less what is promised and not placed yet.
///
/// # Errors
/// When the core system gives no answer.
pub async fn available(app: &App, account: &Account, promised: Yen) -> Result<Yen, CoreError> {
    let balance = app.core.balance(&account.number).await?;
    Ok(balance.available.checked_sub(promised).unwrap_or(Yen::ZERO))
}

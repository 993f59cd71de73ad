//! A withdrawal without a device: the mailed code is tried, and the right one approves (TXN-07).

use warifu_shared::error::ErrorCode;

use super::{By, evidence, settle};
use crate::app::App;
use crate::domain::withdrawal::{How, State};
use crate::operations::send_code::Purpose;
use crate::operations::try_code::{self, Typed};
use crate::operations::{Caller, Refusal};
use crate::store::accounts;
use crate::store::withdrawals::{self, Withdrawal};

/// Tries a code.
///
/// # Errors
/// `CodeWrong` (with the tries left), `CodeExpired`, `CodeSuperseded`, `CodeTriesUsed`, `AccountLocked`; `NotFound` when the
/// withdrawal no longer waits or the account has a device by now (CODE-10).
pub async fn run(app: &App, caller: &Caller, withdrawal: &Withdrawal, typed: &str) -> Result<(), Refusal> {
    let (now, typed) = (app.now(), Typed::read(typed));
    let (app_in, caller, id) = (app.clone(), caller.clone(), withdrawal.id.clone());
    let outcome = app
        .store
        .write_again(move |c| {
            Box::pin(async move {
                let waits = |w: &Withdrawal| w.how == How::Code && w.state_at(now) == State::Pending;
                let Some(current) = withdrawals::by_id(c, &id).await?.filter(waits) else {
                    return Ok(Err(Refusal::new(ErrorCode::NotFound)));
                };
                // A device came and went since the mail: the mail alone is not enough for now (CODE-10).
                let account = accounts::by_id(c, &current.account).await?;
                if account.is_none_or(|account| now < account.fallback_opens_at) {
                    return Ok(Err(Refusal::new(ErrorCode::NotFound)));
                }
                let purpose = Purpose::from(&current);
                if let Err(refusal) = try_code::check(c, &app_in, &caller, &purpose, &typed, now).await? {
                    return Ok(Err(refusal));
                }
                let by = By::customer(&caller);
                let proof = evidence::of_code(&app_in, &current);
                settle::settle(c, &app_in, &by, &current, Some(&proof), now).await?;
                Ok(Ok(()))
            })
        })
        .await?;
    app.mail_wake.notify_one();
    app.orders_wake.notify_one();
    app.live.changed(withdrawal.id.as_str());
    outcome
}

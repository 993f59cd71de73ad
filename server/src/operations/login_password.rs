//! The login password asked for again in a session, with the same counting as at the login (PASS-04).

use warifu_shared::error::ErrorCode;

use super::{Caller, Refusal};
use crate::app::App;
use crate::audit::{self, Event};
use crate::crypto::password::Check;
use crate::domain::account::Account;
use crate::domain::password_rules;
use crate::store::accounts::{self, Lane};
use crate::store::wrong_passwords;

/// Checks it. A refusal is written to the log as `refused_as`.
///
/// # Errors
/// `LoginPasswordWrong`, `AccountLocked` with its end, `LoginBusy` when too many hashes wait.
pub async fn check(
    app: &App,
    caller: &Caller,
    account: &Account,
    typed: &str,
    refused_as: &'static str,
) -> Result<(), Refusal> {
    let mut c = app.store.read().await?;
    let lock = accounts::counter(&mut c, &account.id, Lane::PasswordKnown).await?;
    drop(c);
    if lock.locked_at(app.now()) {
        return Err(Refusal::new(ErrorCode::AccountLocked).at(lock.locked_until));
    }
    let _place = app.hash_queue.try_acquire().map_err(|_| ErrorCode::LoginBusy)?;
    let right = typed.chars().count() <= password_rules::LONGEST
        && app.passwords.check(typed, Some(&account.password_hash)).await? != Check::Wrong;
    let (now, rule, caller, account) = (app.now(), app.password_lock(), caller.clone(), account.id.clone());
    app.store
        .write_again(move |c| {
            Box::pin(async move {
                // Parallel guesses may have locked it while this one was hashed, or be about to.
                accounts::take_turn(c, &account).await?;
                let lock = accounts::counter(c, &account, Lane::PasswordKnown).await?;
                let refused = if lock.locked_at(now) {
                    Refusal::new(ErrorCode::AccountLocked).at(lock.locked_until)
                } else if right {
                    return Ok(Ok(()));
                } else {
                    let lane = Lane::PasswordKnown;
                    let counter = accounts::count_mistake(c, &account, lane, &rule, now).await?;
                    wrong_passwords::put(c, &account, &caller.source, true, counter, now).await?;
                    ErrorCode::LoginPasswordWrong.into()
                };
                let event = Event {
                    action: refused_as,
                    actor: "customer",
                    subject: account.as_str(),
                    outcome: refused.code.name(),
                    object: "-",
                    request: &caller.request,
                    details: caller.details(),
                };
                audit::write(c, &event, now).await?;
                Ok(Err(refused))
            })
        })
        .await?
}

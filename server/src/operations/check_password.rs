//! The first factor. Until the password is right, every account looks alike (CHAL-11).

use warifu_shared::error::ErrorCode;
use warifu_shared::ids::AccountId;

use super::{Caller, Refusal, admit};
use crate::app::App;
use crate::audit::{self, Event};
use crate::crypto::password::Check;
use crate::domain::account::{Account, AccountNumber};
use crate::store::accounts::{self, Lane};
use crate::store::wrong_passwords;

/// Checks account number and password.
///
/// Unknown account, wrong password, locked account: the same refusal 1501, after the same work.
///
/// # Errors
/// `LoginRefused`; `LoginBusy` when a limit is used up or too many logins wait already (RISK-07, PASS-04).
pub async fn run(
    app: &App,
    caller: &Caller,
    typed: &str,
    password: &str,
    browser_token: Option<&str>,
) -> Result<(Account, bool), Refusal> {
    let admitted = admit::login(app, caller, typed, browser_token).await?;
    let (known, now) = (admitted.known, app.now());
    let mut c = app.store.read().await?;
    let account = match AccountNumber::from_typed(typed) {
        Some(number) => accounts::by_number(&mut c, &number).await?,
        None => None,
    };
    // One that nobody has activated yet has no password, and is as unknown as one that does not exist.
    let account = account.filter(|found| !found.opened);
    let id = account.as_ref().map_or_else(nobody, |found| found.id.clone());
    let locked = accounts::counter(&mut c, &id, lane(known)).await?.locked_at(now);
    drop(c);
    let stored = account.as_ref().map(|a| a.password_hash.as_str());
    let passwords = if known {
        &app.known_passwords
    } else {
        &app.passwords
    };
    let checked = passwords.check(&clipped(password), stored).await?;
    let right = checked != Check::Wrong && password.chars().count() <= MAX_CHARS;
    if let Some(account) = &account
        && right
        && !locked
        && !account.disabled
    {
        let stale = checked == Check::RightButStale;
        let rehashed = if stale {
            Some(passwords.hash(password).await?)
        } else {
            None
        };
        if succeed(app, caller, account, known, rehashed).await? {
            return Ok((account.clone(), known));
        }
    }
    fail(app, caller, account.as_ref(), known, locked || right).await?;
    Err(ErrorCode::LoginRefused.into())
}

async fn succeed(
    app: &App,
    caller: &Caller,
    account: &Account,
    known: bool,
    rehashed: Option<String>,
) -> Result<bool, Refusal> {
    let (now, caller, id) = (app.now(), caller.clone(), account.id.clone());
    let old = account.password_hash.clone();
    let done = app
        .store
        .write(move |c| {
            Box::pin(async move {
                // Parallel guesses may have locked the account while this one was hashed.
                if accounts::counter(c, &id, lane(known)).await?.locked_at(now) {
                    return Ok(false);
                }
                if let Some(hash) = rehashed {
                    accounts::set_password_hash(c, &id, &old, &hash).await?;
                }
                accounts::reset_counter(c, &id, lane(known)).await?;
                let event = Event {
                    action: "login.password",
                    actor: "customer",
                    subject: id.as_str(),
                    outcome: "ok",
                    object: "-",
                    request: &caller.request,
                    details: caller.details(),
                };
                audit::write(c, &event, now).await?;
                Ok(true)
            })
        })
        .await?;
    Ok(done)
}

async fn fail(
    app: &App,
    caller: &Caller,
    account: Option<&Account>,
    known: bool,
    locked: bool,
) -> Result<(), Refusal> {
    let (now, rule, caller) = (app.now(), app.password_lock(), caller.clone());
    let account = account.map(|a| a.id.clone());
    app.store
        .write(move |c| {
            Box::pin(async move {
                let mut outcome = if locked { "locked" } else { "wrong_password" };
                // Without anybody to count for it is the same work, so that the time tells nothing.
                let counted = account.clone().filter(|_| !locked);
                let id = counted.clone().unwrap_or_else(nobody);
                let counter = accounts::count_mistake(c, &id, lane(known), &rule, now).await?;
                wrong_passwords::put(c, &id, &caller.source, known, counter, now).await?;
                if counted.is_some() && counter.locked_at(now) {
                    outcome = "wrong_password_now_locked";
                }
                let event = Event {
                    action: "login.password",
                    actor: "customer",
                    subject: account.as_ref().map_or("-", |id| id.as_str()),
                    outcome: if account.is_some() {
                        outcome
                    } else {
                        "unknown_account"
                    },
                    object: "-",
                    request: &caller.request,
                    details: caller.details(),
                };
                audit::write(c, &event, now).await
            })
        })
        .await?;
    Ok(())
}

/// An id that no account has.
fn nobody() -> AccountId {
    AccountId::random()
}

fn lane(known: bool) -> Lane {
    if known {
        Lane::PasswordKnown
    } else {
        Lane::PasswordUnknown
    }
}

/// What is hashed at most. A longer password is refused (it was never accepted), but costs the same.
fn clipped(password: &str) -> String {
    password.chars().take(MAX_CHARS).collect()
}

/// Longest password, in code points (PASS-01).
const MAX_CHARS: usize = 128;

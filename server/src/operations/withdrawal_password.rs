//! The withdrawal password: checked at each withdrawal, with a lock of its own; set and changed (TXN-07, PASS-03).

use warifu_shared::api::DeviceState;
use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::AccountId;
use zeroize::Zeroizing;

use super::withdrawal::request::Asker;
use super::{Caller, Refusal, issue_enrolment, login_password, notify};
use crate::app::App;
use crate::audit::{self, Event};
use crate::crypto::password::Check;
use crate::domain::account::Account;
use crate::domain::counter::Counter;
use crate::domain::password_rules::{self, Context};
use crate::domain::session::Session;
use crate::mail::Mail;
use crate::store::accounts::{self, Holds, Lane};
use crate::store::{Conn, StoreError, devices, payout};

/// Checks the withdrawal password of an account. Wrong ones are counted in a lane of their own: they lock withdrawals, not
/// the login.
///
/// # Errors
/// `WithdrawalPasswordMissing`, `WithdrawalPasswordWrong` with the tries left, `WithdrawalPasswordLocked` with its end.
pub async fn check(app: &App, caller: &Caller, account: &Account, password: &str) -> Result<(), Refusal> {
    let mut c = app.store.read().await?;
    let stored = payout::password_hash(&mut c, &account.id).await?;
    let counter = accounts::counter(&mut c, &account.id, Lane::Withdrawal).await?;
    drop(c);
    let right = is_right(app, stored.as_deref(), &counter, password).await?;
    record(app, caller, &account.id, right).await
}

/// Compares a password with what was read of the account. Nothing is counted or written yet.
///
/// # Errors
/// `WithdrawalPasswordMissing`, `WithdrawalPasswordLocked` with its end, `LoginBusy`.
pub(super) async fn is_right(
    app: &App,
    stored: Option<&str>,
    counter: &Counter,
    password: &str,
) -> Result<bool, Refusal> {
    let stored = stored.ok_or(ErrorCode::WithdrawalPasswordMissing)?;
    if let Some(refusal) = locked(app, counter, app.now()) {
        return Err(refusal);
    }
    let _place = app.hash_queue.try_acquire().map_err(|_| ErrorCode::LoginBusy)?;
    Ok(password.chars().count() <= password_rules::LONGEST
        && app.passwords.check(password, Some(stored)).await? != Check::Wrong)
}

/// Counts and writes down whether the password was right.
///
/// # Errors
/// `WithdrawalPasswordWrong` with the tries left, `WithdrawalPasswordLocked` with its end: perhaps by others meanwhile.
pub(super) async fn record(
    app: &App,
    caller: &Caller,
    account: &AccountId,
    right: bool,
) -> Result<(), Refusal> {
    let (now, app_in, caller, account) = (app.now(), app.clone(), caller.clone(), account.clone());
    let outcome = app
        .store
        .write_again(move |c| {
            Box::pin(async move {
                // Parallel guesses may have locked it while this one was hashed, or be about to.
                accounts::take_turn(c, &account).await?;
                let before = accounts::counter(c, &account, Lane::Withdrawal).await?;
                let outcome = if let Some(refusal) = locked(&app_in, &before, now) {
                    Err(refusal)
                } else if right {
                    accounts::reset_counter(c, &account, Lane::Withdrawal).await?;
                    Ok(())
                } else {
                    Err(mistake(c, &app_in, &caller, &account, now).await?)
                };
                let said = outcome.map_or_else(|refusal: Refusal| refusal.code.name(), |()| "ok");
                audit::write(c, &event(&caller, &account, said), now).await?;
                Ok(outcome)
            })
        })
        .await?;
    app.mail_wake.notify_one();
    outcome
}

/// What the audit log says about a password that was tried.
pub(super) fn event<'a>(caller: &'a Caller, account: &'a AccountId, outcome: &'a str) -> Event<'a> {
    Event {
        action: "withdrawal.password",
        actor: "customer",
        subject: account.as_str(),
        outcome,
        object: "-",
        request: &caller.request,
        details: caller.details(),
    }
}

/// The lock, and the stop after very many mistakes: only a password that is set anew helps then.
fn locked(app: &App, counter: &Counter, now: Timestamp) -> Option<Refusal> {
    let refusal = Refusal::new(ErrorCode::WithdrawalPasswordLocked);
    if counter.stopped(&app.factor_lock()) {
        return Some(refusal);
    }
    counter.locked_at(now).then(|| refusal.at(counter.locked_until))
}

async fn mistake(
    c: &mut Conn,
    app: &App,
    caller: &Caller,
    account: &AccountId,
    now: Timestamp,
) -> Result<Refusal, StoreError> {
    let rule = app.factor_lock();
    let counter = accounts::count_mistake(c, account, Lane::Withdrawal, &rule, now).await?;
    if !counter.locked_at(now) {
        return Ok(Refusal::new(ErrorCode::WithdrawalPasswordWrong).tries(counter.tries_left(&rule)));
    }
    let mail = Mail::WithdrawalsLocked {
        scene: notify::scene(&caller.source, now),
        until: (!counter.stopped(&rule)).then_some(counter.locked_until),
    };
    notify::all_addresses(c, app, account, mail, now).await?;
    let refusal = Refusal::new(ErrorCode::WithdrawalPasswordLocked);
    Ok(locked(app, &counter, now).unwrap_or(refusal))
}

/// What a customer sends to set or change it.
#[derive(Debug)]
pub struct Form {
    /// Which proof comes with it.
    pub proof: Proof,
    /// The new password.
    pub new: Zeroizing<String>,
    /// The new password again.
    pub again: Zeroizing<String>,
}

/// By what a new withdrawal password is allowed.
#[derive(Debug)]
pub enum Proof {
    /// The present withdrawal password.
    Present(Zeroizing<String>),
    /// The login password: the first time, and when the present one is forgotten.
    Login(Zeroizing<String>),
}

/// Sets or changes it. Without the present one it takes the login password and a second factor of the last five minutes,
/// the strongest that the account has, and is followed by the cool-off (ENROL-09).
///
/// # Errors
/// `PasswordsDiffer`, `PasswordUnfit`, `PasswordSame`, `AssuranceTooLow`, `LoginPasswordWrong`, those of [`check`].
pub async fn set(app: &App, asker: &Asker<'_>, session: &Session, form: Form) -> Result<(), Refusal> {
    if *form.new != *form.again {
        return Err(ErrorCode::PasswordsDiffer.into());
    }
    let account = asker.account;
    let context = Context {
        account: account.number.as_str(),
        name: &account.customer_name,
        firm: [&app.config.service.name_ja, &app.config.service.name_en],
    };
    password_rules::check(&form.new, &context).map_err(|_| ErrorCode::PasswordUnfit)?;
    let mut c = app.store.read().await?;
    let present = payout::password_hash(&mut c, &account.id).await?;
    drop(c);
    let anew = match &form.proof {
        Proof::Present(typed) => {
            check(app, asker.caller, account, typed).await?;
            false
        }
        Proof::Login(typed) => {
            by_login_password(app, asker, session, typed, "withdrawal_password.refused").await?;
            true
        }
    };
    for other in [Some(&account.password_hash), present.as_ref()]
        .into_iter()
        .flatten()
    {
        if app.passwords.check(&form.new, Some(other)).await? != Check::Wrong {
            return Err(ErrorCode::PasswordSame.into());
        }
    }
    let hash = app.passwords.hash(&form.new).await?;
    store(app, asker, hash, anew && present.is_some(), anew).await
}

/// The login password, counted as at the login, and a fresh second factor (SESS-07).
pub(super) async fn by_login_password(
    app: &App,
    asker: &Asker<'_>,
    session: &Session,
    typed: &str,
    refused_as: &'static str,
) -> Result<(), Refusal> {
    let mut c = app.store.read().await?;
    let devices = devices::of_account(&mut c, &asker.account.id).await?;
    drop(c);
    let registered = devices.iter().any(|d| d.state != DeviceState::Pending);
    if !issue_enrolment::fresh_enough(app, session, registered) {
        return Err(ErrorCode::AssuranceTooLow.into());
    }
    login_password::check(app, asker.caller, asker.account, typed, refused_as).await
}

async fn store(
    app: &App,
    asker: &Asker<'_>,
    hash: String,
    forgotten: bool,
    anew: bool,
) -> Result<(), Refusal> {
    let (now, app_in, caller) = (app.now(), app.clone(), asker.caller.clone());
    let account = asker.account.id.clone();
    app.store
        .write_again(move |c| {
            Box::pin(async move {
                payout::set_password(c, &account, &hash, now).await?;
                accounts::reset_counter(c, &account, Lane::Withdrawal).await?;
                if forgotten {
                    let until = now.plus_secs(app_in.config.enrolment.cool_off_hours * 3600);
                    let holds = Holds {
                        cool_off_until: Some(until),
                        ..Holds::default()
                    };
                    accounts::hold(c, &account, holds).await?;
                }
                let mail = Mail::WithdrawalPasswordChanged {
                    anew,
                    scene: notify::scene(&caller.source, now),
                };
                notify::all_addresses(c, &app_in, &account, mail, now).await?;
                let event = Event {
                    action: "withdrawal_password.set",
                    actor: "customer",
                    subject: account.as_str(),
                    outcome: if anew { "anew" } else { "changed" },
                    object: "-",
                    request: &caller.request,
                    details: caller.details(),
                };
                audit::write(c, &event, now).await
            })
        })
        .await?;
    app.mail_wake.notify_one();
    Ok(())
}

//! The last step of a recovery: the recovery code is used up, and in the same transaction everything changes (ENROL-09, ENROL-11).

use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use zeroize::Zeroizing;

use crate::app::App;
use crate::audit::{self, Event};
use crate::config::Site;
use crate::domain::account::Account;
use crate::domain::device_life::Why;
use crate::domain::recovery::Lost;
use crate::domain::session::Assurance;
use crate::mail::{Mail, Remover};
use crate::operations::change_password::{self, Change};
use crate::operations::device_actor::Actor;
use crate::operations::finish_login::{self, BrowserTokens, LoggedIn, Proof};
use crate::operations::revoke_device::{self, Manner};
use crate::operations::{Caller, Refusal, notify};
use crate::store::accounts::{self, Holds, Lane};
use crate::store::attempts::{self, Attempt, AttemptFactor};
use crate::store::recoveries::{self, Recovery};
use crate::store::{Conn, StoreError, devices, recovery_codes, sessions};

/// Sets the new password: all sessions end, waiting requests end, every address is told, the cool-off begins.
///
/// # Errors
/// 1690 to 1696, `PasswordSame`, `LoginBusy`; `RecoveryEnded` when the recovery code no longer works or the password was changed
/// meanwhile; `NotFound` when the step is over.
pub async fn password(
    app: &App,
    caller: &Caller,
    account: &Account,
    recovery: &Recovery,
    new: &Zeroizing<String>,
) -> Result<(), Refusal> {
    let hash = change_password::judged_hash(app, account, new).await?;
    let change = Change {
        account: account.id.clone(),
        old: account.password_hash.clone(),
        new: hash,
        browser_hash: recovery.browser_hash.clone(),
        keep: None,
        end_others: true,
        how: "recovered",
    };
    let (now, app_in, caller, recovery) = (app.now(), app.clone(), caller.clone(), recovery.clone());
    let outcome = app
        .store
        .write_again(move |c| {
            Box::pin(async move {
                accounts::take_turn(c, &recovery.account).await?;
                if let Err(code) = use_up(c, &recovery, recoveries::PASSWORD, now).await? {
                    return Ok(Err(Refusal::new(code)));
                }
                let ended = change_password::take_effect(c, &caller, &change, now).await?;
                // A changed password ends the recovery, and this has the account's turn: nobody was faster.
                let ended = ended.ok_or_else(|| {
                    StoreError::inconsistent("accounts", change.account.as_str(), "password")
                })?;
                for lane in [Lane::PasswordUnknown, Lane::PasswordKnown] {
                    accounts::reset_counter(c, &recovery.account, lane).await?;
                }
                told(c, &app_in, &caller, &recovery, now).await?;
                Ok(Ok(ended))
            })
        })
        .await?;
    revoke_device::wake(app, outcome?.iter());
    Ok(())
}

/// Where the last step was made, and what the browser brought.
#[derive(Debug, Clone)]
pub struct At {
    /// The site.
    pub site: Site,
    /// Its tokens.
    pub browser: BrowserTokens,
}

/// Removes the devices and opens a session of low assurance, which may register a first device (CODE-12); inside the
/// transaction that used the mailed code. `ended` gets the challenges that ended with the devices.
///
/// # Errors
/// On a database failure.
pub(super) async fn device(
    c: &mut Conn,
    app: &App,
    caller: &Caller,
    recovery: &Recovery,
    at: At,
    ended: &mut Vec<String>,
    now: Timestamp,
) -> Result<Result<LoggedIn, Refusal>, StoreError> {
    if let Err(code) = use_up(c, recovery, recoveries::CODE, now).await? {
        return Ok(Err(code.into()));
    }
    let account = &recovery.account;
    sessions::end_others(c, account, None, "recovery", now).await?;
    attempts::end_all(c, account, "ended:1002").await?;
    let (actor, manner) = (
        Actor::customer(caller),
        Manner {
            by: Remover::Customer,
            why: Why::Lost,
            sessions: true,
            keep: None,
            own_mail: false,
        },
    );
    for found in devices::of_account(c, account).await? {
        if let Some(challenges) = revoke_device::end_in(c, app, &actor, &found, &manner, now).await? {
            ended.extend(challenges);
        }
    }
    told(c, app, caller, recovery, now).await?;
    let lifetime = app.config.login.attempt_lifetime;
    let attempt = Attempt {
        factor: AttemptFactor::Code,
        ..Attempt::begin(account, &recovery.browser_hash, at.site, false, now, lifetime).seen(&caller.source)
    };
    attempts::insert(c, &attempt).await?;
    let proof = Proof {
        browser: at.browser,
        device: None,
    };
    finish_login::open(c, app, caller, &attempt, Assurance::Code, proof, now).await
}

/// Ends the way, and uses up the recovery code with it, once.
async fn use_up(
    c: &mut Conn,
    recovery: &Recovery,
    from: &str,
    now: Timestamp,
) -> Result<Result<(), ErrorCode>, StoreError> {
    let id = &recovery.id;
    if !recoveries::advance(c, id, from, recoveries::DONE, now).await? {
        return Ok(Err(ErrorCode::NotFound));
    }
    if recovery_codes::consume(c, &recovery.code, now).await? {
        return Ok(Ok(()));
    }
    recoveries::advance(c, id, recoveries::DONE, recoveries::ENDED, now).await?;
    Ok(Err(ErrorCode::RecoveryEnded))
}

/// Cool-off, mails to all addresses, the entry in the log; mistakes with recovery codes are forgotten.
async fn told(
    c: &mut Conn,
    app: &App,
    caller: &Caller,
    recovery: &Recovery,
    now: Timestamp,
) -> Result<(), StoreError> {
    let account = &recovery.account;
    let hours = app.config.enrolment.cool_off_hours;
    let holds = Holds {
        cool_off_until: Some(now.plus_secs(hours * 3600)),
        ..Holds::default()
    };
    accounts::hold(c, account, holds).await?;
    accounts::reset_counter(c, account, Lane::Recovery).await?;
    let left = recovery_codes::left(c, account)
        .await?
        .map_or(0, |left| left.count);
    let scene = notify::scene(&caller.source, now);
    let mail = if recovery.from_device() {
        Mail::PasswordChanged { scene }
    } else {
        Mail::Recovered {
            lost: recovery.lost,
            left,
            letter: recovery.from_letter(),
            scene,
        }
    };
    notify::all_addresses(c, app, account, mail, now).await?;
    let event = Event {
        action: if recovery.from_device() {
            "recovery.app_completed"
        } else if recovery.from_letter() {
            "recovery.letter_completed"
        } else {
            "recovery.completed"
        },
        actor: "customer",
        subject: account.as_str(),
        outcome: match recovery.lost {
            Lost::Password => "password",
            Lost::Device => "device",
        },
        object: recovery.id.as_str(),
        request: &caller.request,
        details: caller.details(),
    };
    audit::write(c, &event, now).await
}

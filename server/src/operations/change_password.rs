//! The login password changed, by the present one and a fresh second factor (PASS-05, CHAL-13).

use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::{AccountId, ChallengeId, SessionId};
use warifu_shared::jws::challenge::Action;
use zeroize::Zeroizing;

use super::withdrawal::request::Asker;
use super::withdrawal::{By, end};
use super::{Caller, Refusal, change_payout, new_password, notify, withdrawal_password};
use crate::app::App;
use crate::audit::{self, Event};
use crate::crypto::password::Check;
use crate::domain::account::Account;
use crate::domain::session::Session;
use crate::mail::Mail;
use crate::store::new_password as passwords;
use crate::store::staff::proposals as staff_proposals;
use crate::store::{Conn, StoreError, attempts, payout, recoveries, recovery_codes, sessions};

/// What a customer sends to change it.
#[derive(Debug)]
pub struct Form {
    /// The present password.
    pub present: Zeroizing<String>,
    /// The new one.
    pub new: Zeroizing<String>,
    /// Whether all other sessions end.
    pub end_others: bool,
}

/// Changes it. The old one is dead at once; waiting requests of other browsers end, and what *not me* had stopped is open again.
///
/// # Errors
/// `AssuranceTooLow` without a fresh second factor, `LoginPasswordWrong`, `AccountLocked`, `PasswordSame`, 1690 to 1696.
pub async fn run(app: &App, asker: &Asker<'_>, session: &Session, form: Form) -> Result<(), Refusal> {
    let account = asker.account;
    withdrawal_password::by_login_password(app, asker, session, &form.present, "password.refused").await?;
    let hash = judged_hash(app, account, &form.new).await?;
    let change = Change {
        account: account.id.clone(),
        old: account.password_hash.clone(),
        new: hash,
        browser_hash: asker.session_hash.to_owned(),
        keep: Some(session.id.clone()),
        end_others: form.end_others,
        how: "changed",
    };
    let (now, app_in, caller) = (app.now(), app.clone(), asker.caller.clone());
    let ended = app
        .store
        .write_again(move |c| {
            Box::pin(async move {
                let ended = take_effect(c, &caller, &change, now).await?;
                if ended.is_some() {
                    let mail = Mail::PasswordChanged {
                        scene: notify::scene(&caller.source, now),
                    };
                    notify::all_addresses(c, &app_in, &change.account, mail, now).await?;
                }
                Ok(ended)
            })
        })
        .await?;
    // Somebody else changed it meanwhile: what was typed as the present one is so no longer.
    let ended = ended.ok_or(ErrorCode::LoginPasswordWrong)?;
    app.mail_wake.notify_one();
    for id in &ended {
        app.live.changed(id);
    }
    Ok(())
}

/// The hash of a new password that follows the rules and is neither the present one nor the withdrawal password.
///
/// # Errors
/// 1690 to 1696, `PasswordSame`, `LoginBusy`.
pub(super) async fn judged_hash(app: &App, account: &Account, new: &str) -> Result<String, Refusal> {
    new_password::judge(app, account, new).await?;
    let mut c = app.store.read().await?;
    let withdrawal = payout::password_hash(&mut c, &account.id).await?;
    drop(c);
    let _place = app.hash_queue.try_acquire().map_err(|_| ErrorCode::LoginBusy)?;
    for other in [Some(&account.password_hash), withdrawal.as_ref()]
        .into_iter()
        .flatten()
    {
        if app.passwords.check(new, Some(other)).await? != Check::Wrong {
            return Err(ErrorCode::PasswordSame.into());
        }
    }
    Ok(app.passwords.hash(new).await?)
}

/// A new password, and what ends with the old one.
#[derive(Clone)]
pub(super) struct Change {
    /// Whose.
    pub account: AccountId,
    /// The hash that is replaced.
    pub old: String,
    /// The new hash.
    pub new: String,
    /// The browser whose own requests go on.
    pub browser_hash: String,
    /// The session that goes on.
    pub keep: Option<SessionId>,
    /// Whether the other sessions end.
    pub end_others: bool,
    /// `changed` or `recovered`, for the audit log.
    pub how: &'static str,
}

/// Puts a new password in the place of the old one, inside a transaction; gives the ended challenges, or `None` when it was changed
/// meanwhile.
///
/// # Errors
/// On a database failure.
pub(super) async fn take_effect(
    c: &mut Conn,
    caller: &Caller,
    change: &Change,
    now: Timestamp,
) -> Result<Option<Vec<String>>, StoreError> {
    let account = &change.account;
    if !passwords::change_password(c, account, &change.old, &change.new).await? {
        return Ok(None);
    }
    if change.end_others {
        sessions::end_others(c, account, change.keep.as_ref(), "password", now).await?;
    }
    attempts::end_all(c, account, "ended:1002").await?;
    recoveries::end_all(c, account).await?;
    recovery_codes::void_from_devices(c, account, now).await?;
    // Whoever has a new password needs no letter; one that set it is used by now.
    recovery_codes::void_letters(c, account, now).await?;
    staff_proposals::stop_letters(c, account.as_str()).await?;
    let mut ended = Vec::new();
    for (id, action) in passwords::cancel_of_others(c, account, &change.browser_hash, now).await? {
        end_purpose(c, caller, &id, action, now).await?;
        ended.push(id.to_string());
    }
    let event = Event {
        action: "password.set",
        actor: "customer",
        subject: account.as_str(),
        outcome: change.how,
        object: "-",
        request: &caller.request,
        details: caller.details(),
    };
    audit::write(c, &event, now).await?;
    Ok(Some(ended))
}

async fn end_purpose(
    c: &mut Conn,
    caller: &Caller,
    id: &ChallengeId,
    action: Action,
    now: Timestamp,
) -> Result<(), StoreError> {
    match action {
        Action::Withdrawal => end::denied(c, &By::customer(caller), id, "password_changed", now).await,
        Action::PayoutAccount => change_payout::denied(c, id, now).await,
        _ => Ok(()),
    }
}

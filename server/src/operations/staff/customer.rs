//! What one staff member may do for a customer at once: things that stop or protect, and looking closer (STAFF-04..06).

use warifu_shared::api::DeviceState;
use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::{AccountId, DeviceId, WithdrawalId};

use super::{Done, Why, actor, record};
use crate::app::App;
use crate::mail::{Mail, Remover, Scene, StaffDeed};
use crate::operations::change_address::by_staff;
use crate::operations::withdrawal::{By, end};
use crate::operations::{Caller, Refusal, notify, revoke_device, stop_address, stop_letter};
use crate::store::accounts::{self, Holds};
use crate::store::address_changes::{self, AddressChange};
use crate::store::staff::customers;
use crate::store::staff::members::Member;
use crate::store::{Conn, StoreError, attempts, devices, withdrawals};

/// Who acts, for whom, and why.
#[derive(Debug, Clone)]
pub struct Acting {
    /// The request.
    pub caller: Caller,
    /// The staff member.
    pub by: Member,
    /// The customer.
    pub account: AccountId,
    /// Why.
    pub why: Why,
}

/// Ends every session of the customer.
///
/// # Errors
/// `StaffNothingToDo` when there is none.
pub async fn end_sessions(app: &App, acting: Acting) -> Result<(), Refusal> {
    let now = app.now();
    let app_in = app.clone();
    let done = app
        .store
        .write_again(move |c| {
            Box::pin(async move {
                let ended = customers::end_sessions(c, &acting.account, now).await?;
                if ended == 0 {
                    return Ok(false);
                }
                let before = format!("open_sessions={ended}");
                let what = ("staff.sessions_ended", "-");
                note(c, &acting, what, &before, "open_sessions=0", now).await?;
                tell(c, &app_in, &acting.account, StaffDeed::SessionsEnded, now).await?;
                Ok(true)
            })
        })
        .await?;
    app.mail_wake.notify_one();
    if_done(done, ErrorCode::StaffNothingToDo)
}

/// Locks the account: no login, every session ended, withdrawals held for a day.
///
/// # Errors
/// `StaffNothingToDo` when it is locked.
pub async fn lock(app: &App, acting: Acting) -> Result<(), Refusal> {
    let now = app.now();
    let app_in = app.clone();
    let done = app
        .store
        .write_again(move |c| Box::pin(async move { lock_in(c, &app_in, &acting, now).await }))
        .await?;
    app.mail_wake.notify_one();
    if_done(done, ErrorCode::StaffNothingToDo)
}

/// The same in a transaction that is under way. False when it is locked.
///
/// # Errors
/// On a database failure.
pub(super) async fn lock_in(
    c: &mut Conn,
    app: &App,
    acting: &Acting,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let before = customers::facts(c, &acting.account).await?.unwrap_or_default();
    if !customers::lock(c, &acting.account, now).await? {
        return Ok(false);
    }
    customers::end_sessions(c, &acting.account, now).await?;
    attempts::end_of_account(c, &acting.account, "cancelled").await?;
    let until = now.plus_secs(HOLD_SECS);
    let holds = Holds {
        withdrawals_held_until: Some(until),
        ..Holds::default()
    };
    accounts::hold(c, &acting.account, holds).await?;
    withdrawals::hold_longer(c, &acting.account, until).await?;
    let after = customers::facts(c, &acting.account).await?.unwrap_or_default();
    note(c, acting, ("staff.account_locked", "-"), &before, &after, now).await?;
    tell(c, app, &acting.account, StaffDeed::Locked, now).await?;
    Ok(true)
}

/// Removes a device of this customer. The record comes first; the removal writes its own entry with its effect.
///
/// # Errors
/// `NotFound` for a device of somebody else, `StaffNothingToDo` when it was removed before.
pub async fn remove_device(app: &App, acting: Acting, device: &DeviceId) -> Result<(), Refusal> {
    let now = app.now();
    let mut c = app.store.read().await?;
    let found = devices::by_id(&mut c, device).await?;
    drop(c);
    let device = found
        .filter(|it| it.account == acting.account)
        .ok_or(ErrorCode::NotFound)?;
    if device.state == DeviceState::Revoked {
        return Err(ErrorCode::StaffNothingToDo.into());
    }
    let (caller, object) = (acting.caller.clone(), device.id.to_string());
    app.store
        .write(move |c| {
            Box::pin(async move {
                let what = ("staff.device_removal", object.as_str());
                note(c, &acting, what, "device=registered", "device=revoked", now).await
            })
        })
        .await?;
    let asked = revoke_device::Asked::default();
    let done = revoke_device::run(app, &caller, &device, Remover::Staff, asked).await?;
    if_done(done, ErrorCode::StaffNothingToDo)
}

/// Takes back a withdrawal of this customer that has not left.
///
/// # Errors
/// `NotFound`, `WithdrawalEnded`.
pub async fn recall(app: &App, acting: Acting, id: &WithdrawalId) -> Result<(), Refusal> {
    let now = app.now();
    let (app_in, id_in) = (app.clone(), id.clone());
    let done = app
        .store
        .write_again(move |c| {
            Box::pin(async move {
                let found = withdrawals::by_id(c, &id_in).await?;
                let Some(it) = found.filter(|it| it.account == acting.account) else {
                    return Ok(Err(ErrorCode::NotFound.into()));
                };
                let by = By::named(&actor(&acting.by), &acting.caller);
                if !end::recall_in(c, &app_in, &by, &it.id, None, now).await? {
                    return Ok(Err(ErrorCode::WithdrawalEnded.into()));
                }
                let before = format!("state={}", it.state.as_str());
                let what = ("staff.withdrawal_recalled", it.id.as_str());
                note(c, &acting, what, &before, "state=recalled", now).await?;
                Ok(Ok(()))
            })
        })
        .await?;
    app.mail_wake.notify_one();
    app.live.changed(id.as_str());
    done
}

/// Stops the change of the customer's mail address for a caller who has no stop code at hand: the old address comes back, as
/// with the code. One person may, because it gives nobody anything new.
///
/// # Errors
/// `StaffNothingToDo` when there is none that can be stopped.
pub async fn stop_address(app: &App, acting: Acting) -> Result<(), Refusal> {
    let now = app.now();
    let app_in = app.clone();
    let done = app
        .store
        .write_again(move |c| {
            Box::pin(async move {
                let found = address_changes::stoppable_of(c, &acting.account).await?;
                let open = |it: &AddressChange| it.stop_until.is_some_and(|until| now < until);
                let Some(change) = found.filter(open) else {
                    return Ok(Err(Refusal::new(ErrorCode::StaffNothingToDo)));
                };
                let before = by_staff::facts(c, &app_in, &acting.account).await?;
                let by = stop_address::By {
                    actor: &actor(&acting.by),
                    caller: &acting.caller,
                    asker: None,
                    how: "staff",
                };
                let Ok(cancelled) = stop_address::stop(c, &app_in, &by, &change, now).await? else {
                    return Ok(Err(ErrorCode::StaffNothingToDo.into()));
                };
                let after = by_staff::facts(c, &app_in, &acting.account).await?;
                let what = ("staff.address_stopped", change.id.as_str());
                note(c, &acting, what, &before, &after, now).await?;
                Ok(Ok(cancelled))
            })
        })
        .await?;
    revoke_device::wake(app, done?.iter());
    Ok(())
}

/// Stops a recovery letter of the customer, printed or not. One person may, because it gives nobody anything new.
///
/// # Errors
/// `StaffNothingToDo` when there is none.
pub async fn stop_letter(app: &App, acting: Acting) -> Result<(), Refusal> {
    let now = app.now();
    let app_in = app.clone();
    let done = app
        .store
        .write_again(move |c| {
            Box::pin(async move {
                accounts::take_turn(c, &acting.account).await?;
                // Where the firm's people sit is nobody's business.
                let scene = Scene {
                    at: now,
                    place: String::new(),
                    browser: String::new(),
                };
                if !stop_letter::stop(c, &app_in, &acting.account, scene, now).await? {
                    return Ok(false);
                }
                let what = ("staff.letter_stopped", "-");
                note(c, &acting, what, "letter=open", "letter=stopped", now).await?;
                Ok(true)
            })
        })
        .await?;
    app.mail_wake.notify_one();
    if_done(done, ErrorCode::StaffNothingToDo)
}

/// Writes down that somebody looks at what is masked (STAFF-04): everything of the customer, or one thing, `object`. What they
/// see is read after this.
///
/// # Errors
/// On a failure of the database only.
pub async fn reveal(app: &App, acting: Acting, object: &str) -> Result<(), Refusal> {
    let (now, object) = (app.now(), object.to_owned());
    let written = app.store.write(move |c| {
        Box::pin(async move {
            let what = ("staff.revealed", object.as_str());
            note(c, &acting, what, "masked", "shown", now).await
        })
    });
    Ok(written.await?)
}

pub(super) async fn note(
    c: &mut Conn,
    acting: &Acting,
    (action, object): (&str, &str),
    before: &str,
    after: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let done = Done {
        action,
        subject: acting.account.as_str(),
        object,
        why: &acting.why,
        before,
        after,
    };
    record(c, &acting.caller, &acting.by, &done, now).await
}

/// Tells the customer (STAFF-06).
pub(super) async fn tell(
    c: &mut Conn,
    app: &App,
    account: &AccountId,
    what: StaffDeed,
    now: Timestamp,
) -> Result<(), StoreError> {
    notify::all_addresses(c, app, account, Mail::StaffActed { what, at: now }, now).await
}

fn if_done(done: bool, otherwise: ErrorCode) -> Result<(), Refusal> {
    if done { Ok(()) } else { Err(otherwise.into()) }
}

/// How long withdrawals are held by a lock.
const HOLD_SECS: i64 = 24 * 3600;

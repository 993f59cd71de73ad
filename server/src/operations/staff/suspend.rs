//! Staff suspend a customer's device at once: the customer called, or somebody warned us (ENROL-13, STAFF-06). Two of them lift
//! a suspension (ENROL-14).

use warifu_shared::api::DeviceState;
use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::{AccountId, DeviceId};

use super::actor;
use super::customer::{Acting, note};
use crate::app::App;
use crate::operations::change_address::by_staff::Approval;
use crate::operations::device_actor::Actor;
use crate::operations::{Refusal, lift_device, revoke_device, suspend_device};
use crate::store::staff::customers;
use crate::store::{Conn, StoreError};

/// Suspends a device of this customer. It still counts as a device, so the mailed code stays closed (CODE-10); newer devices
/// that it could stop stand still with it.
///
/// # Errors
/// `NotFound` for a device of somebody else, `StaffNothingToDo` when it is not active.
pub async fn device(app: &App, acting: Acting, id: &DeviceId) -> Result<(), Refusal> {
    let now = app.now();
    let (app_in, id) = (app.clone(), id.clone());
    let done = app
        .store
        .write_again(move |c| {
            Box::pin(async move {
                customers::take(c, &acting.account).await?;
                let before = customers::facts(c, &acting.account).await?.unwrap_or_default();
                let by = Actor::staff(&actor(&acting.by), &acting.caller);
                let done = suspend_device::by_staff(c, &app_in, &by, &acting.account, &id, now).await?;
                let cancelled = match done {
                    Ok(Some(cancelled)) => cancelled,
                    Ok(None) => return Ok(Err(ErrorCode::StaffNothingToDo.into())),
                    Err(refusal) => return Ok(Err(refusal)),
                };
                let after = customers::facts(c, &acting.account).await?.unwrap_or_default();
                let what = ("staff.device_suspended", id.as_str());
                note(c, &acting, what, &before, &after, now).await?;
                Ok(Ok(cancelled))
            })
        })
        .await?;
    revoke_device::wake(app, done?.iter());
    Ok(())
}

/// Whether the suspension of a device can be lifted.
///
/// # Errors
/// The inner one: `NotFound` for a device of somebody else, `NotSuspended`, `DeviceExpired`.
pub(super) async fn can_be_lifted(
    c: &mut Conn,
    account: &AccountId,
    id: &DeviceId,
    now: Timestamp,
) -> Result<Result<(), Refusal>, StoreError> {
    Ok(match lift_device::of_account(c, account, id).await? {
        None => Err(ErrorCode::NotFound.into()),
        Some(it) if it.state != DeviceState::Suspended => Err(ErrorCode::NotSuspended.into()),
        Some(it) if it.life.expired(now) => Err(ErrorCode::DeviceExpired.into()),
        Some(_) => Ok(()),
    })
}

/// Lifts it, where a second person approved that; false when there is nothing to lift any more.
pub(super) async fn lift(
    c: &mut Conn,
    app: &App,
    by: &Approval<'_>,
    (account, id): (&AccountId, &DeviceId),
    now: Timestamp,
) -> Result<bool, StoreError> {
    let Some(device) = lift_device::of_account(c, account, id).await? else {
        return Ok(false);
    };
    let actor = Actor::staff(by.actor, by.caller);
    Ok(lift_device::lift(c, app, &actor, &device, now).await?.is_ok())
}

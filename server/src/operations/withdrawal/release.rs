//! Two of the staff let a withdrawal go on: the second approval in the place of a device, or the end of a hold before its time
//! (TXN-09, STAFF-03, decision 43). The order is still made from the signed bytes alone (TXN-02).

use warifu_shared::api::DeviceState;
use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::{AccountId, WithdrawalId};
use warifu_shared::jws::withdrawal as signed;

use super::{By, evidence, notice, settle, write_event};
use crate::app::App;
use crate::audit::evidence_of;
use crate::domain::withdrawal::{How, State};
use crate::operations::Refusal;
use crate::operations::change_address::by_staff::Approval;
use crate::store::staff::customers;
use crate::store::withdrawals::{self, Step, Withdrawal};
use crate::store::{Conn, StoreError, accounts, challenges, devices, payout};

/// The state that a release is proposed on: account and devices, the withdrawal with its exact text, and where money goes.
/// `None` when the customer has no such withdrawal.
///
/// # Errors
/// On a database failure.
pub async fn facts(
    c: &mut Conn,
    account: &AccountId,
    id: &WithdrawalId,
    now: Timestamp,
) -> Result<Option<String>, StoreError> {
    let (Some(it), Some(state)) = (
        of_account(c, account, id).await?,
        customers::facts(c, account).await?,
    ) else {
        return Ok(None);
    };
    let payout = payout::active(c, account).await?;
    Ok(Some(format!(
        "{state} withdrawal={id} state={} release_at={} approved_at={} text={} payout={}",
        it.state_at(now).as_str(),
        it.release_at.map_or(0, |at| at.0),
        it.approved_at.map_or(0, |at| at.0),
        evidence_of(&it.txn),
        payout.as_ref().map_or("-", |it| it.id.as_str()),
    )))
}

/// Whether it can go on at all.
///
/// # Errors
/// The inner one: `NotFound`; `StaffNothingToDo` when it waits for nothing; `ReleaseAccountLocked`, `ReleaseUnproven`,
/// `ReleasePayeeChanged`, `ReleaseDeviceGone`.
pub async fn fits(
    c: &mut Conn,
    account: &AccountId,
    id: &WithdrawalId,
    now: Timestamp,
) -> Result<Result<(), Refusal>, StoreError> {
    let Some(it) = of_account(c, account, id).await? else {
        return Ok(Err(ErrorCode::NotFound.into()));
    };
    Ok(judge(c, &it, now).await?.map_err(Refusal::from))
}

async fn judge(c: &mut Conn, it: &Withdrawal, now: Timestamp) -> Result<Result<(), ErrorCode>, StoreError> {
    if !it.state_at(now).can_be_recalled() {
        return Ok(Err(ErrorCode::StaffNothingToDo));
    }
    let owner = accounts::by_id(c, &it.account).await?;
    if owner.is_none_or(|it| it.disabled) {
        return Ok(Err(ErrorCode::ReleaseAccountLocked));
    }
    let Some(signed) = settle::signed_text(it) else {
        return Ok(Err(ErrorCode::ReleaseUnproven));
    };
    if !payout::is_active(c, &it.account, &signed.payee).await? {
        return Ok(Err(ErrorCode::ReleasePayeeChanged));
    }
    if it.how == How::App && !device_stands(c, it, now).await? {
        return Ok(Err(ErrorCode::ReleaseDeviceGone));
    }
    Ok(Ok(()))
}

/// Whether the device that approved it is in use. What one approved that was lost since waits out its time or is taken back.
async fn device_stands(c: &mut Conn, it: &Withdrawal, now: Timestamp) -> Result<bool, StoreError> {
    let Some(first) = &it.challenge else {
        return Ok(false);
    };
    let by = challenges::by_id(c, first).await?.and_then(|it| it.decided_by);
    let Some(Ok(id)) = by.map(|id| id.parse()) else {
        return Ok(false);
    };
    let device = devices::by_id(c, &id).await?;
    Ok(device.is_some_and(|it| it.state == DeviceState::Active && !it.life.expired(now)))
}

async fn of_account(
    c: &mut Conn,
    account: &AccountId,
    id: &WithdrawalId,
) -> Result<Option<Withdrawal>, StoreError> {
    let found = withdrawals::by_id(c, id).await?;
    Ok(found.filter(|it| it.account == *account))
}

/// Lets it go on. One that waited for its second approval goes where that of another device would have sent it, perhaps into
/// a hold; a held one is on its way. False when it can go on no more; a limit that it is over by now ends it, as ever.
///
/// # Errors
/// On a database failure.
pub async fn carry_out(
    c: &mut Conn,
    app: &App,
    by: &Approval<'_>,
    (account, id): (&AccountId, &WithdrawalId),
    now: Timestamp,
) -> Result<bool, StoreError> {
    let Some(it) = of_account(c, account, id).await? else {
        return Ok(false);
    };
    if judge(c, &it, now).await?.is_err() {
        return Ok(false);
    }
    let by = By::named(by.actor, by.caller);
    if it.state == State::Second {
        return approve(c, app, &by, &it, now).await;
    }
    if !withdrawals::advance(c, id, Step::new(State::Held, State::Queued, Some(now))).await? {
        return Ok(false);
    }
    let after = Withdrawal {
        state: State::Queued,
        ..it
    };
    write_event(c, &by, &after, "withdrawal.released", "queued", now).await?;
    if let Some(stage) = notice::stage_of(&after) {
        notice::send(c, app, &after, stage, now).await?;
    }
    Ok(true)
}

/// The second approval. A request that waits on another device ends with it: it could approve nothing any more, and the
/// evidence must name no challenge that nobody approved.
async fn approve(
    c: &mut Conn,
    app: &App,
    by: &By,
    it: &Withdrawal,
    now: Timestamp,
) -> Result<bool, StoreError> {
    if let Some(second) = &it.second {
        challenges::cancel(c, second, "page", now).await?;
        withdrawals::forget_second(c, &it.id).await?;
    }
    settle::settle(c, app, by, it, None, now).await?;
    let after = withdrawals::by_id(c, &it.id).await?;
    Ok(after.is_some_and(|it| it.state.is_promised() && it.state != State::Second))
}

/// What was signed, verified anew, for whoever has to decide; `None` when it does not hold together.
///
/// # Errors
/// On a database failure.
pub async fn shown(app: &App, it: &Withdrawal) -> Result<Option<signed::Withdrawal>, StoreError> {
    // The second approval is what is missing: nothing of it has been signed yet.
    let first = Withdrawal {
        second: it.second.clone().filter(|_| it.state != State::Second),
        ..it.clone()
    };
    let holds = evidence::holds(app, &first).await?;
    Ok(holds.then(|| settle::signed_text(it)).flatten())
}

//! The account's withdrawals on its devices: how they stand, and taking one back. Another account's are not there (WEB-08).

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use warifu_shared::api::{TakeBack, WITHDRAWALS_A_PAGE, WithdrawalItem, WithdrawalState, Withdrawals};
use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::WithdrawalId;
use warifu_shared::jws::withdrawal::Transaction;

use super::ApiError;
use super::signed::SignedRequest;
use crate::app::App;
use crate::domain::withdrawal::{How, State as Stored};
use crate::operations::withdrawal::recall as take_back;
use crate::store::withdrawals::{self, Withdrawal};
use crate::store::{Conn, StoreError};

/// Where a page begins.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct From {
    before: Option<WithdrawalId>,
}

/// The account's withdrawals, newest first, a page of them.
pub async fn list(
    State(app): State<App>,
    from: Result<Query<From>, QueryRejection>,
    request: SignedRequest,
) -> Result<Json<Withdrawals>, ApiError> {
    request.active()?;
    let Query(from) = from.map_err(|_| request.refuse(ErrorCode::BadRequest))?;
    let (now, refuse) = (app.now(), |error: StoreError| request.refuse(error));
    let mut c = app.store.read().await.map_err(refuse)?;
    let page = page(&mut c, &request, from.before.as_ref(), now).await;
    page.map(Json).map_err(refuse)
}

async fn page(
    c: &mut Conn,
    request: &SignedRequest,
    before: Option<&WithdrawalId>,
    now: Timestamp,
) -> Result<Withdrawals, StoreError> {
    // One more than is told says whether there are older ones.
    let most = i64::try_from(WITHDRAWALS_A_PAGE)
        .unwrap_or(i64::MAX)
        .saturating_add(1);
    let rows = withdrawals::of_account(c, &request.device.account, before, most).await?;
    let more = rows.len() > WITHDRAWALS_A_PAGE;
    let told = rows.iter().take(WITHDRAWALS_A_PAGE).map(|row| item(row, now));
    Ok(Withdrawals {
        withdrawals: told.collect::<Result<_, _>>()?,
        more,
        now,
    })
}

/// Takes a withdrawal back. The nonce is used up in the same transaction (APPR-07).
pub async fn recall(
    State(app): State<App>,
    Path(id): Path<String>,
    request: SignedRequest,
) -> Result<StatusCode, ApiError> {
    request.active()?;
    let id: WithdrawalId = id.parse().map_err(|_| request.refuse(ErrorCode::NotFound))?;
    let TakeBack { token } = request.json()?;
    let (caller, device) = (&request.caller, &request.device);
    let done = take_back::run(&app, caller, device, &id, &token, request.nonce()).await;
    done.map(|()| StatusCode::NO_CONTENT)
        .map_err(|refusal| request.refuse(refusal))
}

/// A row as a device is told it. What is signed is told as it was signed.
fn item(row: &Withdrawal, now: Timestamp) -> Result<WithdrawalItem, StoreError> {
    let Ok(Transaction::Withdrawal(signed)) = Transaction::read(&row.txn) else {
        return Err(StoreError::inconsistent("withdrawals", row.id.as_str(), "txn"));
    };
    let state = row.state_at(now);
    Ok(WithdrawalItem {
        id: row.id.clone(),
        reference: signed.reference,
        state: told(state),
        reason: row.reason.map(ErrorCode::number),
        amount: signed.amount,
        fee: signed.fee,
        currency: signed.currency,
        payee: signed.payee,
        created_at: row.created_at,
        approved_at: row.approved_at,
        release_at: row.release_at,
        ended_at: row.ended_at,
        recallable: state.can_be_recalled(),
        challenge: row.challenge.clone().filter(|_| was_decided(row, state)),
    })
}

/// Whether a device has decided on it: then there is a receipt. Refused is only what was approved before.
fn was_decided(row: &Withdrawal, state: Stored) -> bool {
    row.how == How::App && (row.approved_at.is_some() || matches!(state, Stored::Denied | Stored::Refused))
}

const fn told(state: Stored) -> WithdrawalState {
    match state {
        Stored::Pending => WithdrawalState::Pending,
        Stored::Second => WithdrawalState::Second,
        Stored::Held => WithdrawalState::Held,
        Stored::Queued => WithdrawalState::Queued,
        Stored::Placed => WithdrawalState::Placed,
        Stored::Paid => WithdrawalState::Paid,
        Stored::Refused => WithdrawalState::Refused,
        Stored::Denied => WithdrawalState::Denied,
        Stored::Expired => WithdrawalState::Expired,
        Stored::Cancelled => WithdrawalState::Cancelled,
        Stored::Recalled => WithdrawalState::Recalled,
    }
}

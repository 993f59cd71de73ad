//! The order of an approved withdrawal, made anew from what was signed; without a proof there is no order (TXN-02, TXN-08).

use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::{ChallengeId, WithdrawalId};
use warifu_shared::jws::approval::{Approval, Decision, DeviceKeys};
use warifu_shared::jws::challenge::{Challenge, ChallengeHash, device_urn};
use warifu_shared::jws::withdrawal::{self as signed, Transaction};

use super::settle::signed_text;
use crate::app::App;
use crate::core::Order;
use crate::crypto::mac::token_hash;
use crate::domain::withdrawal::{self as domain, How};
use crate::domain::yen::Yen;
use crate::store::withdrawals::Withdrawal;
use crate::store::{Conn, StoreError, accounts, challenges, devices, payout};

/// Makes the order of an approved withdrawal from its evidence. Refused is what does not follow from what was signed, and,
/// before the first call only, what goes to an account that is no longer the customer's payout account or leaves one that was
/// closed meanwhile: an order that may have left stays what it was.
///
/// # Errors
/// On a database failure.
pub async fn order(
    c: &mut Conn,
    app: &App,
    withdrawal: &Withdrawal,
) -> Result<Result<Order, ErrorCode>, StoreError> {
    match proven(c, app, withdrawal).await {
        Ok(Some(order)) if withdrawal.may_have_left() => Ok(Ok(order)),
        Ok(Some(order)) => may_leave(c, withdrawal, order).await,
        Ok(None) => Ok(Err(ErrorCode::DetailsChanged)),
        // What cannot even be read is not what was written.
        Err(error) if error.is_unreadable() => {
            tracing::error!(event = "withdrawal.evidence", %error, "evidence cannot be read");
            Ok(Err(ErrorCode::DetailsChanged))
        }
        Err(error) => Err(error),
    }
}

async fn may_leave(
    c: &mut Conn,
    withdrawal: &Withdrawal,
    order: Order,
) -> Result<Result<Order, ErrorCode>, StoreError> {
    if !payout::is_active(c, &withdrawal.account, &order.payee).await? {
        return Ok(Err(ErrorCode::DetailsChanged));
    }
    let account = accounts::by_id(c, &withdrawal.account).await?;
    if account.is_none_or(|account| account.disabled) {
        return Ok(Err(ErrorCode::CoreRefused));
    }
    Ok(Ok(order))
}

async fn proven(c: &mut Conn, app: &App, withdrawal: &Withdrawal) -> Result<Option<Order>, StoreError> {
    let Some(row) = signed_text(withdrawal) else {
        return Ok(None);
    };
    let proven = match (withdrawal.how, &withdrawal.challenge) {
        (How::App, Some(first)) => approved(c, app, withdrawal, first).await?,
        (How::Code, None) => by_code(app, withdrawal).then(|| row.clone()),
        _ => None,
    };
    let again = match &withdrawal.second {
        Some(second) => approved(c, app, withdrawal, second).await?,
        None => proven.clone(),
    };
    let named = reference(app, &withdrawal.id, withdrawal.created_at);
    let same = |proven: &signed::Withdrawal| {
        *proven == row && again.as_ref() == Some(proven) && proven.reference == named
    };
    let Some(proven) = proven.filter(same) else {
        return Ok(None);
    };
    let Some(account) = accounts::by_id(c, &withdrawal.account).await? else {
        return Ok(None);
    };
    Ok(to_order(withdrawal, proven, account.number))
}

/// The reference of a withdrawal follows from its id by a keyed hash. It is signed, so one approval serves one id, and the core
/// system sees one order, whatever is copied in the database.
#[must_use]
pub fn reference(app: &App, id: &WithdrawalId, created_at: Timestamp) -> String {
    let tag = app
        .secrets
        .code_pepper
        .short_tag("withdrawal-reference", id.as_str().as_bytes());
    let mut mark = [0; 8];
    mark.copy_from_slice(&tag[..8]);
    domain::reference(created_at, mark)
}

fn to_order(
    withdrawal: &Withdrawal,
    proven: signed::Withdrawal,
    account: crate::domain::account::AccountNumber,
) -> Option<Order> {
    Some(Order {
        key: withdrawal.id.clone(),
        account,
        amount: Yen::from_digits(&proven.amount)?,
        fee: Yen::from_digits(&proven.fee)?,
        reference: proven.reference,
        payee: proven.payee,
        approved_at: withdrawal.approved_at?,
        evidence: withdrawal.evidence.clone()?,
    })
}

/// What a device signed its approval over: challenge by our key, approval by the device's, number compared when it came.
async fn approved(
    c: &mut Conn,
    app: &App,
    withdrawal: &Withdrawal,
    id: &ChallengeId,
) -> Result<Option<signed::Withdrawal>, StoreError> {
    let Some(kept) = challenges::evidence(c, id).await? else {
        return Ok(None);
    };
    let first = withdrawal.challenge.as_ref() == Some(id);
    if first && withdrawal.evidence.as_deref() != Some(&token_hash(&kept.token)) {
        return Ok(None);
    }
    // Of a device that is gone by now the keys are still known: what it approved before stays approved.
    let Some(device) = devices::by_id(c, &kept.device).await? else {
        return Ok(None);
    };
    let keys = DeviceKeys {
        device: &device.id,
        request: &device.request_key,
        approval: &device.approval_key,
    };
    let service = &app.config.service.device_origin;
    let Ok(challenge) = Challenge::reread(&kept.copy, app.secrets.challenge_key.public()) else {
        return Ok(None);
    };
    let Ok(approval) = Approval::verify(&kept.token, &keys, service, kept.decided_at) else {
        return Ok(None);
    };
    let fits = matches!(approval.decision, Decision::Approve { .. })
        && approval.chal == *id
        && approval.chal_hash == ChallengeHash::of(&kept.copy)
        && challenge.jti == *id
        && challenge.iss == *service
        && challenge.aud == device_urn(&device.id)
        && challenge.sub == withdrawal.account.as_str();
    Ok(match challenge.txn {
        Some(Transaction::Withdrawal(signed)) if fits => Some(signed),
        _ => None,
    })
}

/// The keyed hash that stands for an approval by mailed code: made when the code was right, over what it was bound to.
#[must_use]
pub fn of_code(app: &App, withdrawal: &Withdrawal) -> String {
    app.secrets
        .code_pepper
        .mac("withdrawal-by-code", &parts(withdrawal))
}

fn by_code(app: &App, withdrawal: &Withdrawal) -> bool {
    withdrawal.evidence.as_deref().is_some_and(|evidence| {
        app.secrets
            .code_pepper
            .verify("withdrawal-by-code", &parts(withdrawal), evidence)
    })
}

fn parts(withdrawal: &Withdrawal) -> [&[u8]; 3] {
    [
        withdrawal.id.as_str().as_bytes(),
        withdrawal.account.as_str().as_bytes(),
        withdrawal.txn.as_bytes(),
    ]
}

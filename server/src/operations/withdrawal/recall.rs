//! A device takes a withdrawal back, by a token of its own (TXN-08). The page's way is `end::recall`.

use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::WithdrawalId;
use warifu_shared::jws::recall::Recall;

use super::By;
use super::end::recall_in;
use crate::app::App;
use crate::operations::decide::Nonce;
use crate::operations::{Caller, Refusal};
use crate::store::devices::{self, Device};
use crate::store::withdrawals::{self, Withdrawal};
use crate::store::{Conn, StoreError};

/// Takes back what the token names. Nothing of another account can be seen here, and the same token again gets the same
/// answer (APPR-10).
///
/// # Errors
/// `NotFound` when the account has no such withdrawal, `RecallInvalid`, `SignatureReplayed`, `DeviceNotActive` when the
/// device is no longer active, `WithdrawalEnded` when the order has left or it ended before.
pub async fn run(
    app: &App,
    caller: &Caller,
    device: &Device,
    id: &WithdrawalId,
    token: &str,
    nonce: Nonce,
) -> Result<(), Refusal> {
    let now = app.now();
    let mut c = app.store.read().await?;
    let found = withdrawals::by_id(&mut c, id).await?;
    drop(c);
    let own = found.filter(|it| it.account == device.account);
    let own = own.ok_or(ErrorCode::NotFound)?;
    verify(app, device, &own, token, now)?;
    let (app_in, by) = (app.clone(), By::device(&device.id, caller));
    let (device, own, token) = (device.clone(), own.id, token.to_owned());
    let outcome = app
        .store
        .write_again(move |c| {
            Box::pin(async move {
                if !devices::use_nonce(c, &nonce.kid, &nonce.value, now).await? {
                    return Ok(Err(ErrorCode::SignatureReplayed.into()));
                }
                if !devices::stays_active(c, device.id.as_str()).await? {
                    return Ok(Err(ErrorCode::DeviceNotActive.into()));
                }
                if recall_in(c, &app_in, &by, &own, Some(&token), now).await?
                    || again(c, &own, &token).await?
                {
                    return Ok(Ok(()));
                }
                Ok(Err(ErrorCode::WithdrawalEnded.into()))
            })
        })
        .await?;
    app.mail_wake.notify_one();
    app.live.changed(id.as_str());
    outcome
}

/// The very token that took it back, sent again: the answer got lost.
async fn again(c: &mut Conn, id: &WithdrawalId, token: &str) -> Result<bool, StoreError> {
    let kept = withdrawals::recall_token(c, id).await?;
    Ok(kept.as_deref() == Some(token))
}

/// The token must be of this device, for this service, now, and name what the person saw.
fn verify(
    app: &App,
    device: &Device,
    withdrawal: &Withdrawal,
    token: &str,
    now: Timestamp,
) -> Result<(), Refusal> {
    let aud = &app.config.service.device_origin;
    let recall = Recall::verify(token, &device.id, &device.request_key, aud, now).map_err(|error| {
        tracing::info!(event = "recall.invalid", %error, device = %device.id, "a recall did not verify");
        Refusal::new(ErrorCode::RecallInvalid)
    })?;
    if recall.wd == withdrawal.id && recall.reference == withdrawal.reference {
        Ok(())
    } else {
        Err(ErrorCode::RecallInvalid.into())
    }
}

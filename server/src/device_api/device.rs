//! The device about itself: its state, name, subscription, and its leaving.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use warifu_shared::api::{AskReset, DeviceState, DeviceStatus, PasswordReset, Rename, Subscription};
use warifu_shared::b64;
use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;

use super::ApiError;
use super::signed::SignedRequest;
use crate::app::App;
use crate::mail::Remover;
use crate::operations::decide::Nonce;
use crate::operations::finish_enrolment::clean_name;
use crate::operations::{Refusal, reset_password, revoke_device};
use crate::push::{encrypt, endpoint};
use crate::store::devices::{self, StoredSubscription};
use crate::store::{Conn, StoreError, Work};

/// Answers the device's state.
pub async fn status(State(app): State<App>, request: SignedRequest) -> Result<Json<DeviceStatus>, ApiError> {
    let refuse = |error: StoreError| request.refuse(error);
    let mut c = app.store.read().await.map_err(refuse)?;
    let subscribed = devices::subscription(&mut c, &request.device.id)
        .await
        .map_err(refuse)?
        .is_some();
    drop(c);
    note_seen(&app, &request).await.map_err(|r| request.refuse(r))?;
    Ok(Json(DeviceStatus {
        device: request.device.id.clone(),
        state: request.device.state,
        name: request.device.name.clone(),
        subscribed,
        service: app.service_info(),
    }))
}

/// Notes when and from where a device last spoke, at most once a minute.
async fn note_seen(app: &App, request: &SignedRequest) -> Result<(), Refusal> {
    let now: Timestamp = app.now();
    if now.secs_since(request.device.last_seen_at) < 60 {
        return Ok(());
    }
    let (id, prefix) = (request.device.id.clone(), request.caller.source.prefix.clone());
    app.store
        .write(move |c| Box::pin(async move { devices::seen(c, &id, &prefix, now).await }))
        .await?;
    Ok(())
}

/// Renames the device.
pub async fn rename(State(app): State<App>, request: SignedRequest) -> Result<StatusCode, ApiError> {
    let rename: Rename = request.json()?;
    not_suspended(&request)?;
    let name = clean_name(&rename.name).ok_or_else(|| request.refuse(ErrorCode::BadRequest))?;
    let id = request.device.id.clone();
    once(&app, &request, move |c| {
        Box::pin(async move { devices::rename(c, &id, &name).await.map(drop) })
    })
    .await
}

/// Gives the code that replaces a forgotten password (CHAL-13).
pub async fn reset_password(
    State(app): State<App>,
    request: SignedRequest,
) -> Result<Json<PasswordReset>, ApiError> {
    request.active()?;
    let AskReset { token } = request.json()?;
    let (caller, device) = (&request.caller, &request.device);
    let given = reset_password::run(&app, caller, device, &token, request.nonce()).await;
    given.map(Json).map_err(|refusal| request.refuse(refusal))
}

/// Stores the push subscription, sealed (PUSH-07, PUSH-09).
pub async fn subscribe(State(app): State<App>, request: SignedRequest) -> Result<StatusCode, ApiError> {
    let new: Subscription = request.json()?;
    let bad = || request.refuse(ErrorCode::BadRequest);
    endpoint::check(&new.endpoint, &app.config).map_err(|_| bad())?;
    let key = b64::decode(&new.p256dh).map_err(|_| bad())?;
    let auth = b64::decode_array::<16>(&new.auth).map_err(|_| bad())?;
    // A trial encryption proves that the key is a point of the curve.
    encrypt::encrypt(b"", &key, &auth).map_err(|_| bad())?;
    let (id, sealer, now) = (request.device.id.clone(), &app.secrets.column_sealer, app.now());
    let stored = StoredSubscription {
        endpoint_sealed: sealer.seal(&format!("endpoint:{id}"), new.endpoint.as_bytes()),
        p256dh: new.p256dh,
        auth_sealed: sealer.seal(&format!("push-auth:{id}"), &auth),
        device: id,
    };
    once(&app, &request, move |c| {
        Box::pin(async move { devices::subscribe(c, &stored, now).await })
    })
    .await
}

/// Forgets the push subscription.
pub async fn unsubscribe(State(app): State<App>, request: SignedRequest) -> Result<StatusCode, ApiError> {
    let id = request.device.id.clone();
    once(&app, &request, move |c| {
        Box::pin(async move { devices::unsubscribe(c, &id).await.map(drop) })
    })
    .await
}

/// Nothing that a suspended device signs counts, its leaving neither: whoever found it could open the mailed code that way
/// (ENROL-13).
fn not_suspended(request: &SignedRequest) -> Result<(), ApiError> {
    if request.device.state == DeviceState::Suspended {
        Err(request.refuse(ErrorCode::DeviceSuspended))
    } else {
        Ok(())
    }
}

/// The device leaves: it is revoked (ENROL-12, ENROL-14).
pub async fn leave(State(app): State<App>, request: SignedRequest) -> Result<StatusCode, ApiError> {
    not_suspended(&request)?;
    let asked = revoke_device::Asked {
        nonce: Some(request.nonce()),
        keep: None,
    };
    let left = revoke_device::run(&app, &request.caller, &request.device, Remover::Device, asked).await;
    left.map(|_| StatusCode::NO_CONTENT)
        .map_err(|refusal| request.refuse(refusal))
}

/// Runs `work` in the transaction that uses up the request's nonce (APPR-07).
async fn once<F>(app: &App, request: &SignedRequest, work: F) -> Result<StatusCode, ApiError>
where
    F: for<'c> FnOnce(&'c mut Conn) -> Work<'c, ()> + Send + 'static,
{
    let (nonce, now): (Nonce, Timestamp) = (request.nonce(), app.now());
    let fresh = app
        .store
        .write(move |c| {
            Box::pin(async move {
                if !devices::use_nonce(c, &nonce.kid, &nonce.value, now).await? {
                    return Ok(false);
                }
                work(c).await?;
                Ok(true)
            })
        })
        .await
        .map_err(|error| request.refuse(error))?;
    if fresh {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(request.refuse(ErrorCode::SignatureReplayed))
    }
}

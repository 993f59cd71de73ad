//! The device's challenges: what waits, one of them, and the decision (CHAL-10, APPR-01).

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderName;
use axum::http::header::CONTENT_TYPE;
use warifu_shared::api::{
    ChallengeEnding, Decide, DecisionResult, EndState, OpenChallenge, OpenChallenges, Outcome,
};
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::ChallengeId;

use super::ApiError;
use super::signed::{Recalled, SignedRequest};
use crate::app::App;
use crate::domain::challenge::ChallengeState;
use crate::operations::{decide, receipt};
use crate::store::hot_reads::Copy;
use crate::store::{StoreError, challenges};

/// All challenges that wait for this device.
pub async fn list(State(app): State<App>, request: SignedRequest) -> Result<Json<OpenChallenges>, ApiError> {
    request.active()?;
    let (now, refuse) = (app.now(), |error: StoreError| request.refuse(error));
    let mut c = app.store.read().await.map_err(refuse)?;
    let open = challenges::open_for(&mut c, &request.device.account, &request.device.id, now)
        .await
        .map_err(refuse)?;
    let challenges = open
        .into_iter()
        .map(|(id, jws)| OpenChallenge { id, jws })
        .collect();
    Ok(Json(OpenChallenges { challenges, now }))
}

/// One challenge of this device; of another device or account: not found. One read tells its bytes, how it stands and that
/// the device is active; what is unusual is looked at again, for the exact refusal.
pub async fn get(
    State(app): State<App>,
    Path(id): Path<String>,
    recalled: Recalled,
) -> Result<Json<OpenChallenge>, ApiError> {
    let known = recalled.unconfirmed();
    let challenge_id = read_id(&id, known)?;
    let copy = app.store.hot.copy(&challenge_id, &known.device.id).await;
    let copy = copy.map_err(|error| known.refuse(error))?;
    if let Some(Copy {
        jws,
        challenge,
        active: true,
    }) = copy
    {
        match challenge.state_at(app.now()) {
            ChallengeState::Pending => {
                return Ok(Json(OpenChallenge {
                    id: challenge_id,
                    jws,
                }));
            }
            ChallengeState::Expired => return Err(known.refuse(ErrorCode::ChallengeExpired)),
            _ => return Err(known.refuse(ErrorCode::ChallengeClosed)),
        }
    }
    let request = recalled.confirmed(&app).await?;
    request.active()?;
    Err(request.refuse(ErrorCode::ChallengeNotFound))
}

/// Records the decision. An ordinary approval is confirmed by the statement that records it; everything else is decided for
/// the device as it is now.
pub async fn decide(
    State(app): State<App>,
    Path(id): Path<String>,
    recalled: Recalled,
) -> Result<Json<DecisionResult>, ApiError> {
    let known = recalled.unconfirmed();
    if let (Ok(id), Ok(Decide { token })) = (read_id(&id, known), known.json()) {
        let recorded =
            decide::ordinary(&app, &known.caller, &known.device, &id, &token, &known.nonce()).await;
        if recorded.map_err(|refusal| known.refuse(refusal))? {
            let outcome = Outcome::Approved;
            return Ok(Json(DecisionResult { outcome }));
        }
    }
    let request = recalled.confirmed(&app).await?;
    request.active()?;
    let id = read_id(&id, &request)?;
    let Decide { token } = request.json()?;
    let outcome = decide::run(
        &app,
        &request.caller,
        &request.device,
        &id,
        &token,
        request.nonce(),
    )
    .await;
    outcome
        .map(|outcome| Json(DecisionResult { outcome }))
        .map_err(|refusal| request.refuse(refusal))
}

/// How a challenge of this device stands or ended, so that the app can say why a request left.
pub async fn ending(
    State(app): State<App>,
    Path(id): Path<String>,
    request: SignedRequest,
) -> Result<Json<ChallengeEnding>, ApiError> {
    request.active()?;
    let id = read_id(&id, &request)?;
    let (now, refuse) = (app.now(), |error: StoreError| request.refuse(error));
    let mut c = app.store.read().await.map_err(refuse)?;
    let found = challenges::ending(&mut c, &id, &request.device.id).await;
    let found = found.map_err(refuse)?;
    let ended = found.ok_or_else(|| request.refuse(ErrorCode::ChallengeNotFound))?;
    let expired = ended.state == ChallengeState::Pending && ended.expires_at <= now;
    let state = match ended.state {
        ChallengeState::Pending if expired => EndState::Expired,
        ChallengeState::Pending => EndState::Pending,
        ChallengeState::Approved | ChallengeState::Consumed => EndState::Approved,
        ChallengeState::Denied => EndState::Denied,
        ChallengeState::Expired => EndState::Expired,
        ChallengeState::Cancelled => EndState::Cancelled,
    };
    Ok(Json(ChallengeEnding {
        state,
        own: ended.by.as_deref() == Some(request.device.id.as_str()),
        device: ended.name,
        at: if expired { Some(ended.expires_at) } else { ended.at },
    }))
}

/// The receipt of a decision, for any device of the account, byte for byte as it is to be kept (TXN-08).
pub async fn receipt(
    State(app): State<App>,
    Path(id): Path<String>,
    request: SignedRequest,
) -> Result<([(HeaderName, &'static str); 1], String), ApiError> {
    request.active()?;
    let id = read_id(&id, &request)?;
    let written = receipt::of_challenge(&app, &request.device.account, &id, &[]).await;
    written
        .map(|text| ([(CONTENT_TYPE, "application/json")], text))
        .map_err(|refusal| request.refuse(refusal))
}

fn read_id(text: &str, request: &SignedRequest) -> Result<ChallengeId, ApiError> {
    text.parse()
        .map_err(|_| request.refuse(ErrorCode::ChallengeNotFound))
}

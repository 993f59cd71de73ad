//! The device's challenges: what waits, one of them, and the decision (CHAL-10, APPR-01).

use axum::Json;
use axum::extract::{Path, State};
use warifu_shared::api::{Decide, DecisionResult, OpenChallenge, OpenChallenges};
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::ChallengeId;

use super::ApiError;
use super::signed::SignedRequest;
use crate::app::App;
use crate::domain::challenge::ChallengeState;
use crate::operations::decide;
use crate::store::{StoreError, challenges};

/// All challenges that wait for this device.
pub async fn list(State(app): State<App>, request: SignedRequest) -> Result<Json<OpenChallenges>, ApiError> {
    request.active()?;
    let (now, refuse) = (app.now(), |error: StoreError| request.refuse(error));
    let mut c = app.store.read().await.map_err(refuse)?;
    let open = challenges::open_for(&mut c, &request.device.id, now)
        .await
        .map_err(refuse)?;
    let challenges = open
        .into_iter()
        .map(|(id, jws)| OpenChallenge { id, jws })
        .collect();
    Ok(Json(OpenChallenges { challenges, now }))
}

/// One challenge of this device; of another device or account: not found.
pub async fn get(
    State(app): State<App>,
    Path(id): Path<String>,
    request: SignedRequest,
) -> Result<Json<OpenChallenge>, ApiError> {
    request.active()?;
    let id = read_id(&id, &request)?;
    let copy = app.store.hot.copy(&id, &request.device.id).await;
    let copy = copy.map_err(|error| request.refuse(error))?;
    let (jws, challenge) = copy.ok_or_else(|| request.refuse(ErrorCode::ChallengeNotFound))?;
    match challenge.state_at(app.now()) {
        ChallengeState::Pending => Ok(Json(OpenChallenge { id, jws })),
        ChallengeState::Expired => Err(request.refuse(ErrorCode::ChallengeExpired)),
        _ => Err(request.refuse(ErrorCode::ChallengeClosed)),
    }
}

/// Records the decision.
pub async fn decide(
    State(app): State<App>,
    Path(id): Path<String>,
    request: SignedRequest,
) -> Result<Json<DecisionResult>, ApiError> {
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

fn read_id(text: &str, request: &SignedRequest) -> Result<ChallengeId, ApiError> {
    text.parse()
        .map_err(|_| request.refuse(ErrorCode::ChallengeNotFound))
}

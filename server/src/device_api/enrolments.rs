//! `POST /v1/enrolments/begin` and `/finish`: the device's way in. Open, because the device has no key here yet.

use axum::Json;
use axum::extract::State;
use serde::de::DeserializeOwned;
use warifu_shared::api::{BeginEnrolment, EnrolmentOffer, EnrolmentResult, FinishEnrolment};
use warifu_shared::error::ErrorCode;

use super::ApiError;
use super::signed::OpenRequest;
use crate::app::App;
use crate::operations::{begin_enrolment, finish_enrolment};

/// Answers the nonce to sign for a live code.
pub async fn begin(State(app): State<App>, open: OpenRequest) -> Result<Json<EnrolmentOffer>, ApiError> {
    let OpenRequest { caller, body } = open;
    let refuse = |refusal| ApiError::new(refusal, &caller.request).as_of(app.now());
    let begin: BeginEnrolment = read(&body).map_err(|code| refuse(code.into()))?;
    begin_enrolment::run(&app, &caller, &begin)
        .await
        .map(Json)
        .map_err(refuse)
}

/// Registers the device as pending.
pub async fn finish(State(app): State<App>, open: OpenRequest) -> Result<Json<EnrolmentResult>, ApiError> {
    let OpenRequest { caller, body } = open;
    let refuse = |refusal| ApiError::new(refusal, &caller.request).as_of(app.now());
    let finish: FinishEnrolment = read(&body).map_err(|code| refuse(code.into()))?;
    finish_enrolment::run(&app, &caller, &finish)
        .await
        .map(Json)
        .map_err(refuse)
}

/// Reads a JSON body. Unknown members and trailing data are refused by the types.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, ErrorCode> {
    serde_json::from_slice(body).map_err(|_| ErrorCode::BadRequest)
}

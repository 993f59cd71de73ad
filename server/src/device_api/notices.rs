//! What happened to the account, told to its device (ENROL-07). Another account's is not there.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use serde::Deserialize;
use warifu_shared::api::Notices;
use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;

use super::ApiError;
use super::signed::SignedRequest;
use crate::app::App;
use crate::operations::notices;

/// From when on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct From {
    after: Option<i64>,
}

/// The newest notices since a moment, for an active device.
pub async fn list(
    State(app): State<App>,
    from: Result<Query<From>, QueryRejection>,
    request: SignedRequest,
) -> Result<Json<Notices>, ApiError> {
    request.active()?;
    let Query(from) = from.map_err(|_| request.refuse(ErrorCode::BadRequest))?;
    let after = Timestamp(from.after.unwrap_or(0));
    let told = notices::for_device(&app, &request.device, after).await;
    told.map(Json).map_err(|refusal| request.refuse(refusal))
}

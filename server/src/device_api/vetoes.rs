//! A device objects to a new device, or to a removal (ENROL-09, ENROL-14). Another account's devices are not there (WEB-08).

use axum::extract::State;
use axum::http::StatusCode;
use warifu_shared::api::Objection;

use super::ApiError;
use super::signed::SignedRequest;
use crate::app::App;
use crate::operations::veto_token;

/// Does what the token says. The nonce is used up in the same transaction (APPR-07).
pub async fn object(State(app): State<App>, request: SignedRequest) -> Result<StatusCode, ApiError> {
    request.active()?;
    let Objection { token } = request.json()?;
    let (caller, device) = (&request.caller, &request.device);
    let done = veto_token::run(&app, caller, device, &token, request.nonce()).await;
    done.map(|()| StatusCode::NO_CONTENT)
        .map_err(|refusal| request.refuse(refusal))
}

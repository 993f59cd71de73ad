//! `GET /withdrawals/{id}/receipt`: the proof of what was approved, as a file (TXN-08).

use axum::extract::{Path, State as In};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use warifu_shared::error::ErrorCode;

use super::one::find;
use crate::app::App;
use crate::domain::withdrawal::How;
use crate::operations::{Refusal, receipt};
use crate::pages::customer::Customer;
use crate::pages::error::PageError;
use crate::store::withdrawals::Withdrawal;

/// Whether there is something to prove: a decision of a device, or an approval by a code.
pub(super) const fn exists(found: &Withdrawal) -> bool {
    use crate::domain::withdrawal::State;
    match found.how {
        How::App => found.approved_at.is_some() || matches!(found.state, State::Denied),
        How::Code => found.approved_at.is_some(),
    }
}

/// The receipt, to be saved.
pub async fn get(
    In(app): In<App>,
    customer: Customer,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let found = find(&app, &customer, &id).await?;
    let made = make(&app, &found).await;
    let text = made.map_err(|refusal| customer.refuse(&app, refusal))?;
    let name = format!("attachment; filename=\"{}.warifu-receipt.json\"", found.reference);
    let headers = [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((headers, text).into_response())
}

async fn make(app: &App, found: &Withdrawal) -> Result<String, Refusal> {
    match (found.how, &found.challenge, found.approved_at) {
        (How::App, Some(challenge), _) => receipt::of_challenge(app, &found.account, challenge, &[]).await,
        (How::Code, _, Some(at)) => {
            receipt::of_code(app, &found.account, &found.reference, at, found.txn.clone(), &[]).await
        }
        _ => Err(ErrorCode::NotFound.into()),
    }
}

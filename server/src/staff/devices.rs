//! A customer's device at the console: suspended at once by one person, in use again by two (ENROL-13, ENROL-14).

use axum::extract::{Path, State};
use axum::response::Response;
use warifu_shared::error::ErrorCode;

use super::acts::{acting, answer, propose};
use super::gate::{At, Fields};
use crate::app::App;
use crate::operations::staff::plan::Plan;
use crate::operations::staff::suspend as operation;
use crate::pages::error::PageError;

/// Suspends it. Stopping needs no identified caller: whoever warns us may be anybody.
pub async fn suspend(
    State(app): State<App>,
    at: At,
    Path((account, object)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, PageError> {
    let device = object.parse().map_err(|_| at.refuse(&app, ErrorCode::NotFound))?;
    match acting(&app, &at, &account, &fields, false).await? {
        Ok(acting) => {
            let id = acting.account.clone();
            answer(&app, &at, &id, operation::device(&app, acting, &device).await)
        }
        Err(again) => Ok(again),
    }
}

/// Proposes to lift its suspension.
pub async fn lift(
    State(app): State<App>,
    at: At,
    Path((account, object)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, PageError> {
    let device = object.parse().map_err(|_| at.refuse(&app, ErrorCode::NotFound))?;
    propose(&app, &at, &account, &fields, Plan::LiftDevice { device }).await
}

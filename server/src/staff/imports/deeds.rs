//! What is decided about an import: the question with the reason, and the deed (STAFF-03, STAFF-06).

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use warifu_shared::error::ErrorCode;

use super::find;
use crate::app::App;
use crate::operations::imports::decide::{Deed, decide};
use crate::operations::staff::Why;
use crate::pages::error::PageError;
use crate::pages::layout::{ErrorNote, form_page, page};
use crate::staff::gate::{At, Fields};
use crate::staff::paths;
use crate::staff::views::imports::ImportAskPage;

/// The question.
pub async fn ask(State(app): State<App>, at: At, Path(id): Path<String>) -> Result<Response, PageError> {
    let view = question(&app, &at, &id, "", None).await?;
    Ok(page(StatusCode::OK, &view))
}

async fn question(
    app: &App,
    at: &At,
    id: &str,
    reason: &str,
    error: Option<ErrorNote>,
) -> Result<ImportAskPage, PageError> {
    let it = find(app, at, id).await?;
    let url = at.browser.page.path.clone();
    Ok(ImportAskPage {
        frame: at.frame(app),
        who: at.who(),
        deed: url.rsplit('/').next().unwrap_or_default().to_owned(),
        reason: reason.chars().take(400).collect(),
        letters: None,
        url,
        it,
        error,
    })
}

/// The deed.
pub async fn act(
    State(app): State<App>,
    at: At,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    let it = find(&app, &at, &id).await?;
    let deed = at.browser.page.path.rsplit('/').next().and_then(Deed::read);
    let deed = deed.ok_or_else(|| at.refuse(&app, ErrorCode::NotFound))?;
    let done = match Why::read(fields.get("reason"), &[]) {
        Ok(why) => decide(&app, at.caller(), at.member(), &it.id, deed, why).await,
        Err(refusal) => Err(refusal),
    };
    match done {
        Ok(()) => Ok(Redirect::to(&paths::import(&id)).into_response()),
        Err(refusal) => {
            let view = question(&app, &at, &id, fields.get("reason"), Some(refusal.into())).await?;
            Ok(form_page(&app, Some(refusal), &view))
        }
    }
}

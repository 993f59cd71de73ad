//! `/`: what this person may do here, and what waits for them.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::gate::At;
use super::views::HomePage;
use crate::app::App;
use crate::domain::staff::Act;
use crate::operations::Refusal;
use crate::operations::imports::PROPOSAL_SECS;
use crate::operations::staff::plan::Plan;
use crate::pages::error::PageError;
use crate::pages::layout::page;
use crate::store::staff::proposals;
use crate::store::{imports, withdrawals};

/// Shows it.
pub async fn get(State(app): State<App>, at: At) -> Result<Response, PageError> {
    let waiting = waiting(&app, &at)
        .await
        .map_err(|refusal| at.refuse(&app, refusal))?;
    let held = held(&app, &at)
        .await
        .map_err(|refusal| at.refuse(&app, refusal))?;
    let imports = imports_waiting(&app, &at)
        .await
        .map_err(|refusal| at.refuse(&app, refusal))?;
    let view = HomePage {
        frame: at.frame(&app),
        who: at.who(),
        waiting,
        held,
        imports,
    };
    Ok(page(StatusCode::OK, &view))
}

/// How many withdrawals wait, for whoever may see them.
async fn held(app: &App, at: &At) -> Result<Option<i64>, Refusal> {
    if !at.member().roles.may(Act::SeeHeld) {
        return Ok(None);
    }
    let mut c = app.store.read().await?;
    Ok(Some(withdrawals::count_waiting(&mut c, MOST_COUNTED).await?))
}

/// How many imports wait for this person's approval.
async fn imports_waiting(app: &App, at: &At) -> Result<i64, Refusal> {
    if !at.member().roles.may(Act::ApproveImport) {
        return Ok(0);
    }
    let since = app.now().plus_secs(-PROPOSAL_SECS);
    let mut c = app.store.read().await?;
    Ok(imports::count_proposed(&mut c, &at.member().id, since).await?)
}

/// How many proposals this person could decide now.
async fn waiting(app: &App, at: &At) -> Result<usize, Refusal> {
    let mut c = app.store.read().await?;
    let open = proposals::open(&mut c, app.now(), 100).await?;
    let mut count = 0;
    for p in &open {
        let own = p.requested_by == at.member().id;
        count += usize::from(!own && at.member().roles.may(Plan::of(p)?.deciding()));
    }
    Ok(count)
}

/// More than this is not counted.
pub(super) const MOST_COUNTED: i64 = 100;

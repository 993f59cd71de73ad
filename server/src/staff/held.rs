//! `/held`: withdrawals that wait for a second approval or are held, and the proposal to let one go on (TXN-09).

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::WithdrawalId;

use super::acts::propose;
use super::gate::{At, Fields};
use super::views::{HeldLine, HeldPage};
use crate::app::App;
use crate::operations::Refusal;
use crate::operations::staff::plan::Plan;
use crate::pages::error::PageError;
use crate::pages::layout::page;
use crate::store::staff::proposals;
use crate::store::withdrawals;

/// Which part of the list.
#[derive(Default, Deserialize)]
pub struct Part {
    /// The withdrawal that the part begins after.
    #[serde(default)]
    after: Option<WithdrawalId>,
}

/// The list, oldest first.
pub async fn list(State(app): State<App>, at: At, Query(part): Query<Part>) -> Result<Response, PageError> {
    let after = part.after;
    let (lines, next) = read(&app, after.as_ref())
        .await
        .map_err(|refusal| at.refuse(&app, refusal))?;
    let view = HeldPage {
        frame: at.frame(&app),
        who: at.who(),
        lines,
        first: after.is_none(),
        next,
    };
    Ok(page(StatusCode::OK, &view))
}

async fn read(
    app: &App,
    after: Option<&WithdrawalId>,
) -> Result<(Vec<HeldLine>, Option<WithdrawalId>), Refusal> {
    let now = app.now();
    let mut c = app.store.read().await?;
    let mut found = withdrawals::waiting(&mut c, after, now, AT_ONCE + 1).await?;
    let more = found.len() > usize::try_from(AT_ONCE).unwrap_or(usize::MAX);
    if more {
        found.pop();
    }
    let mut proposed = Vec::new();
    for p in proposals::open(&mut c, now, MOST_PROPOSALS).await? {
        if let Plan::ReleaseWithdrawal { withdrawal } = Plan::of(&p)? {
            proposed.push((withdrawal, p.id));
        }
    }
    let next = found.last().filter(|_| more).map(|it| it.id.clone());
    let rules = &app.config.withdrawal;
    let lines = found.iter().map(|it| {
        let open = proposed.iter().find(|(id, _)| *id == it.id);
        HeldLine::of(it, rules, now, open.map(|(_, proposal)| proposal))
    });
    Ok((lines.collect(), next))
}

/// Proposes that a withdrawal goes on.
pub async fn release(
    State(app): State<App>,
    at: At,
    Path((account, object)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, PageError> {
    let withdrawal = object.parse().map_err(|_| at.refuse(&app, ErrorCode::NotFound))?;
    propose(
        &app,
        &at,
        &account,
        &fields,
        Plan::ReleaseWithdrawal { withdrawal },
    )
    .await
}

/// Lines on a page.
const AT_ONCE: i64 = 50;
/// Open proposals that are looked through for a link.
const MOST_PROPOSALS: i64 = 200;

//! `/proposals` (customers) and `/staff/proposals` (staff): what waits for a second person (STAFF-03).

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::ProposalId;

use super::gate::{At, Fields};
use super::paths;
use super::views::{ProposalLine, ProposalPage, ProposalsPage, TokenPage};
use crate::app::App;
use crate::domain::staff::Act;
use crate::operations::Refusal;
use crate::operations::staff::Why;
use crate::operations::staff::plan::Plan;
use crate::operations::staff::proposals as operation;
use crate::pages::error::PageError;
use crate::pages::layout::{ErrorNote, form_page, page};
use crate::store::staff::members;
use crate::store::staff::proposals::{self, Proposal};

/// The open proposals for customers.
pub async fn list(State(app): State<App>, at: At) -> Result<Response, PageError> {
    let lines = open(&app, &at, Act::Approve).await;
    let view = ProposalsPage {
        frame: at.frame(&app),
        who: at.who(),
        lines: lines.map_err(|refusal| at.refuse(&app, refusal))?,
    };
    Ok(page(StatusCode::OK, &view))
}

/// The open proposals that whoever may `deciding` decides.
pub(super) async fn open(app: &App, at: &At, deciding: Act) -> Result<Vec<ProposalLine>, Refusal> {
    let mut c = app.store.read().await?;
    let mut lines = Vec::new();
    for p in proposals::open(&mut c, app.now(), MOST).await? {
        let plan = Plan::of(&p)?;
        if plan.deciding() == deciding {
            let by = members::by_id(&mut c, &p.requested_by).await?;
            lines.push(ProposalLine::of(&p, &plan, by.as_ref(), &at.member().id));
        }
    }
    Ok(lines)
}

/// One about a customer.
pub async fn get(State(app): State<App>, at: At, Path(id): Path<String>) -> Result<Response, PageError> {
    show(&app, &at, &id, Act::Approve, None).await
}

/// One about staff.
pub async fn get_staff(
    State(app): State<App>,
    at: At,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    show(&app, &at, &id, Act::ManageStaff, None).await
}

/// Decides one about a customer.
pub async fn post(
    State(app): State<App>,
    at: At,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    decide(&app, &at, &id, Act::Approve, &fields).await
}

/// Decides one about staff.
pub async fn post_staff(
    State(app): State<App>,
    at: At,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    decide(&app, &at, &id, Act::ManageStaff, &fields).await
}

/// A proposal of this kind; one of the other kind is not found here.
async fn find(app: &App, at: &At, id: &str, deciding: Act) -> Result<(Proposal, ProposalLine), PageError> {
    let missing = || at.refuse(app, ErrorCode::NotFound);
    let id: ProposalId = id.parse().map_err(|_| missing())?;
    let found = async {
        let mut c = app.store.read().await?;
        let Some(p) = proposals::by_id(&mut c, &id).await? else {
            return Ok::<_, Refusal>(None);
        };
        let plan = Plan::of(&p)?;
        let by = members::by_id(&mut c, &p.requested_by).await?;
        let line = ProposalLine::of(&p, &plan, by.as_ref(), &at.member().id);
        Ok((plan.deciding() == deciding).then_some((p, line)))
    };
    let found = found.await.map_err(|refusal| at.refuse(app, refusal))?;
    found.ok_or_else(missing)
}

async fn show(
    app: &App,
    at: &At,
    id: &str,
    deciding: Act,
    refused: Option<Refusal>,
) -> Result<Response, PageError> {
    let (p, line) = find(app, at, id, deciding).await?;
    let open = p.state == "open" && app.now() < p.expires_at;
    let view = ProposalPage {
        frame: at.frame(app),
        who: at.who(),
        can_decide: open && !line.own && at.member().roles.may(deciding),
        open,
        expires_at: p.expires_at,
        line,
        error: refused.map(ErrorNote::from),
    };
    Ok(form_page(app, refused, &view))
}

async fn decide(app: &App, at: &At, id: &str, deciding: Act, fields: &Fields) -> Result<Response, PageError> {
    let (p, line) = find(app, at, id, deciding).await?;
    let approve = fields.get("decision") == "approve";
    let done = match Why::read(fields.get("reason"), &[]) {
        Ok(why) => operation::decide(app, at.caller(), at.member(), &p.id, approve, why).await,
        Err(refusal) => Err(refusal),
    };
    match done {
        Ok(carried) => match carried.token {
            Some(token) => {
                let view = TokenPage {
                    frame: at.frame(app),
                    who: at.who(),
                    token,
                    origin: app.config.staff.origin.clone(),
                };
                Ok(page(StatusCode::OK, &view))
            }
            None => Ok(Redirect::to(&line.url).into_response()),
        },
        Err(refusal) => show(app, at, id, deciding, Some(refusal)).await,
    }
}

/// Where the list is that holds proposals of this kind.
pub(super) const fn list_of(deciding: Act) -> &'static str {
    match deciding {
        Act::ManageStaff => paths::STAFF,
        _ => paths::PROPOSALS,
    }
}

/// Lines of a list at most.
const MOST: i64 = 200;

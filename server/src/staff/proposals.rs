//! `/proposals` (customers) and `/staff/proposals` (staff): what waits for a second person (STAFF-03).

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::ProposalId;

use super::gate::{At, Fields};
use super::paths;
use super::views::{Next, ProposalLine, ProposalPage, ProposalsPage, TokenPage};
use crate::app::App;
use crate::domain::staff::Act;
use crate::operations::Refusal;
use crate::operations::staff::Why;
use crate::operations::staff::granted;
use crate::operations::staff::plan::Plan;
use crate::operations::staff::proposals as operation;
use crate::pages::error::PageError;
use crate::pages::layout::{ErrorNote, form_page, page};
use crate::pages::live_status::{self, Status};
use crate::store::StoreError;
use crate::store::staff::members;
use crate::store::staff::proposals::{self, Proposal};

/// The open proposals for customers.
pub async fn list(State(app): State<App>, at: At) -> Result<Response, PageError> {
    let lines = open(&app, &at, Act::Approve).await;
    let view = ProposalsPage {
        frame: at.frame(&app),
        who: at.who(),
        lines: lines.map_err(|refusal| at.refuse(&app, refusal))?,
        granted: granted_to(&app, &at)
            .await
            .map_err(|refusal| at.refuse(&app, refusal))?,
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
    let next = next(app, at, &p, &line.plan).await;
    let view = ProposalPage {
        now: app.now(),
        next: next.map_err(|refusal| at.refuse(app, refusal))?,
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

/// What whoever proposed can do with it now: nothing for most plans.
async fn next(app: &App, at: &At, p: &Proposal, plan: &Plan) -> Result<Next, Refusal> {
    let own = p.requested_by == at.member().id && p.state == "approved";
    if !own || granted::window(plan).is_none() {
        return Ok(Next::Nothing);
    }
    let mut c = app.store.read().await?;
    let grant = granted::own(&mut c, at.member(), &p.id, plan.proposing()).await?;
    let stands = match &grant {
        Ok(grant) => granted::stands(&mut c, app, grant, app.now()).await?.is_ok(),
        Err(_) => false,
    };
    Ok(match plan {
        Plan::Enrol if stands => Next::ShowCode,
        Plan::RecoveryLetter { .. } | Plan::ActivationLetter { .. } if stands && p.made.is_none() => {
            Next::Print
        }
        _ => Next::Over,
    })
}

/// What this person proposed, was approved, and waits for their hands.
async fn granted_to(app: &App, at: &At) -> Result<Vec<ProposalLine>, Refusal> {
    let since = app.now().plus_secs(-granted::LETTER_SECS);
    let mut c = app.store.read().await?;
    let found = proposals::granted(&mut c, &at.member().id, since).await?;
    drop(c);
    let mut lines = Vec::new();
    for p in found {
        let plan = Plan::of(&p)?;
        if matches!(next(app, at, &p, &plan).await?, Next::ShowCode | Next::Print) {
            lines.push(ProposalLine::of(&p, &plan, Some(at.member()), &at.member().id));
        }
    }
    Ok(lines)
}

/// The live status as a stream, for whoever waits for the second person.
pub async fn events(State(app): State<App>, at: At, Path(id): Path<String>) -> Result<Response, PageError> {
    let (p, _) = find(&app, &at, &id, Act::Approve).await?;
    let follow = app.clone();
    Ok(live_status::stream(&app, p.id.to_string(), move || {
        let (app, id) = (follow.clone(), p.id.clone());
        async move { read_status(&app, &id).await.ok()? }
    }))
}

/// The live status once.
pub async fn status(State(app): State<App>, at: At, Path(id): Path<String>) -> Result<Response, PageError> {
    let (p, _) = find(&app, &at, &id, Act::Approve).await?;
    let status = read_status(&app, &p.id)
        .await
        .map_err(|error| at.refuse(&app, error))?;
    Ok(status.ok_or_else(|| at.refuse(&app, ErrorCode::NotFound))?.json())
}

async fn read_status(app: &App, id: &ProposalId) -> Result<Option<Status>, StoreError> {
    let now = app.now();
    let mut c = app.store.read().await?;
    let found = proposals::by_id(&mut c, id).await?;
    Ok(found.map(|p| Status {
        state: match p.state.as_str() {
            "open" if now < p.expires_at => "pending",
            "open" => "expired",
            "approved" => "approved",
            _ => "cancelled",
        },
        expires_at: p.expires_at,
        now,
    }))
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

//! A device registered at the counter: proposed for an identified customer, and, once another person has approved, the code, the
//! fingerprint and the end of it on the screen of whoever proposed (ENROL-01..06, decision 40).

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::ProposalId;
use warifu_shared::link::EnrolLink;

use super::acts::propose_or_ask;
use super::gate::{At, Fields};
use super::paths;
use super::views::{CodePage, ComparePage, EnrolledPage};
use crate::app::App;
use crate::domain::enrolment::EnrolmentCodes;
use crate::operations::confirm_enrolment::Verdict;
use crate::operations::staff::counter as operation;
use crate::operations::staff::granted::Grant;
use crate::operations::staff::plan::Plan;
use crate::operations::{Refusal, issue_enrolment};
use crate::pages::enrol::{device_of, read_status};
use crate::pages::error::PageError;
use crate::pages::layout::page;
use crate::pages::live_status;
use crate::store::accounts;
use crate::store::enrolments::StoredEnrolment;

/// Proposes it.
pub async fn propose(
    State(app): State<App>,
    at: At,
    Path(account): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    propose_or_ask(&app, &at, &account, &fields, Ok(Plan::Enrol)).await
}

/// Issues a code, or another one, and leads to its page.
pub async fn issue(State(app): State<App>, at: At, Path(id): Path<String>) -> Result<Response, PageError> {
    let id = read(&app, &at, &id)?;
    let issued = operation::issue(&app, at.caller(), &at.session, &id).await;
    issued.map_err(|refusal| at.refuse(&app, refusal))?;
    Ok(Redirect::to(&paths::counter(id.as_str())).into_response())
}

/// The code, the fingerprint, or how it ended.
pub async fn get(State(app): State<App>, at: At, Path(id): Path<String>) -> Result<Response, PageError> {
    let (id, grant, enrolment) = find(&app, &at, &id).await?;
    let live = app.now() < enrolment.expires_at;
    match enrolment.state.as_str() {
        "confirmed" => return enrolled(&app, &at, &grant, &enrolment).await,
        "issued" | "claimed" if live => {}
        _ => return Ok(Redirect::to(&paths::proposal(id.as_str())).into_response()),
    }
    let stands = operation::stands(&app, &grant).await;
    stands.map_err(|refusal| at.refuse(&app, refusal))?;
    if enrolment.state == "claimed" {
        compare(&app, &at, &id, &enrolment).await
    } else {
        code(&app, &at, &id, &grant, &enrolment).await
    }
}

async fn code(
    app: &App,
    at: &At,
    id: &ProposalId,
    grant: &Grant,
    enrolment: &StoredEnrolment,
) -> Result<Response, PageError> {
    let codes = issue_enrolment::codes(app, &enrolment.id, &enrolment.session);
    let link = EnrolLink {
        origin: app.config.service.device_origin.clone(),
        server_key: app.secrets.challenge_key.public().thumbprint().to_string(),
        code: codes.long.to_string(),
    };
    let lifetime = app.config.enrolment.code_lifetime;
    let view = CodePage {
        frame: at.frame(app),
        who: at.who(),
        url: paths::counter(id.as_str()),
        customer: paths::customer(grant.account.as_str()),
        app_link: link.write(),
        server_origin: link.origin,
        short_code: EnrolmentCodes::short_grouped(&codes.short),
        created_at: enrolment.expires_at.plus_secs(-lifetime),
        expires_at: enrolment.expires_at,
        now: app.now(),
    };
    Ok(page(StatusCode::OK, &view))
}

async fn compare(
    app: &App,
    at: &At,
    id: &ProposalId,
    enrolment: &StoredEnrolment,
) -> Result<Response, PageError> {
    let device = device_of(app, enrolment).await;
    let device = device.map_err(|refusal| at.refuse(app, refusal))?;
    let view = ComparePage {
        frame: at.frame(app),
        who: at.who(),
        url: paths::counter(id.as_str()),
        fingerprint: enrolment.fingerprint.clone().unwrap_or_default(),
        device_name: device.name,
        model: device.model,
        expires_at: enrolment.expires_at,
        now: app.now(),
    };
    Ok(page(StatusCode::OK, &view))
}

async fn enrolled(
    app: &App,
    at: &At,
    grant: &Grant,
    enrolment: &StoredEnrolment,
) -> Result<Response, PageError> {
    let found = async {
        let device = device_of(app, enrolment).await?;
        let mut c = app.store.read().await?;
        let owner = accounts::by_id(&mut c, &grant.account).await?;
        Ok::<_, Refusal>((device, owner.ok_or(ErrorCode::NotFound)?))
    };
    let (device, owner) = found.await.map_err(|refusal| at.refuse(app, refusal))?;
    let view = EnrolledPage {
        frame: at.frame(app),
        who: at.who(),
        customer: paths::customer(grant.account.as_str()),
        device_name: device.name,
        cool_off_until: Some(owner.cool_off_until).filter(|until| *until > app.now()),
    };
    Ok(page(StatusCode::OK, &view))
}

/// The fingerprints are the same.
pub async fn confirm(State(app): State<App>, at: At, Path(id): Path<String>) -> Result<Response, PageError> {
    decide(&app, &at, &id, Verdict::Same).await
}

/// They differ, or the customer leaves.
pub async fn cancel(State(app): State<App>, at: At, Path(id): Path<String>) -> Result<Response, PageError> {
    decide(&app, &at, &id, Verdict::Stop).await
}

async fn decide(app: &App, at: &At, id: &str, verdict: Verdict) -> Result<Response, PageError> {
    let id = read(app, at, id)?;
    match operation::decide(app, at.caller(), &at.session, &id, verdict).await {
        Ok(()) => {}
        // A second click, or too late: the page says where it stands.
        Err(refusal) if refusal.code == ErrorCode::EnrolmentCodeExpired => {}
        Err(refusal) => return Err(at.refuse(app, refusal)),
    }
    Ok(Redirect::to(&paths::counter(id.as_str())).into_response())
}

/// The live status as a stream.
pub async fn events(State(app): State<App>, at: At, Path(id): Path<String>) -> Result<Response, PageError> {
    let (_, _, enrolment) = find(&app, &at, &id).await?;
    let follow = app.clone();
    Ok(live_status::stream(&app, enrolment.id.to_string(), move || {
        let (app, id) = (follow.clone(), enrolment.id.clone());
        async move { read_status(&app, &id).await.ok() }
    }))
}

/// The live status once.
pub async fn status(State(app): State<App>, at: At, Path(id): Path<String>) -> Result<Response, PageError> {
    let (_, _, enrolment) = find(&app, &at, &id).await?;
    let status = read_status(&app, &enrolment.id).await;
    Ok(status.map_err(|error| at.refuse(&app, error))?.json())
}

/// The present enrolment of a proposal of this person, in this session; any other is refused or not found.
async fn find(app: &App, at: &At, id: &str) -> Result<(ProposalId, Grant, StoredEnrolment), PageError> {
    let id = read(app, at, id)?;
    let found = operation::find(app, &at.session, &id).await;
    let (grant, enrolment) = found.map_err(|refusal| at.refuse(app, refusal))?;
    Ok((id, grant, enrolment))
}

fn read(app: &App, at: &At, id: &str) -> Result<ProposalId, PageError> {
    id.parse().map_err(|_| at.refuse(app, ErrorCode::NotFound))
}

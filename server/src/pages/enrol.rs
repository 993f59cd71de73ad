//! `/enrol`: the code in three forms, the fingerprint, the offer of a test (ENROL-01..06).

use axum::Form;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::EnrolmentId;
use warifu_shared::link::EnrolLink;

use super::attempt::Button;
use super::customer::{Background, Customer};
use super::error::PageError;
use super::layout::page;
use super::live_status::{self, Status};
use super::paths;
use super::views::{EnrolDonePage, EnrolPage, FingerprintPage, TestState};
use crate::app::App;
use crate::domain::enrolment::EnrolmentCodes;
use crate::operations::confirm_enrolment::{self, Verdict};
use crate::operations::{Refusal, issue_enrolment};
use crate::store::enrolments::{self, StoredEnrolment};
use crate::store::{StoreError, devices};

/// Issues a code and leads to its page.
pub async fn post(
    State(app): State<App>,
    customer: Customer,
    headers: HeaderMap,
    Form(form): Form<Button>,
) -> Result<Response, PageError> {
    customer.guard(&app, &headers, &form.csrf)?;
    let issued = issue_enrolment::run(&app, &customer.browser.caller, &customer.session).await;
    let id = issued.map_err(|refusal| customer.refuse(&app, refusal))?;
    Ok(Redirect::to(&paths::enrolment(id.as_str())).into_response())
}

/// Shows where the enrolment stands.
pub async fn get(
    State(app): State<App>,
    customer: Customer,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let enrolment = find(&app, &customer, &id).await?;
    let live = app.now() < enrolment.expires_at;
    match enrolment.state.as_str() {
        "issued" if live => Ok(page(StatusCode::OK, &code_page(&app, &customer, &enrolment))),
        "claimed" if live => fingerprint_page(&app, &customer, &enrolment).await,
        "confirmed" => done_page(&app, &customer, &enrolment).await,
        "issued" | "claimed" => Err(customer.refuse(&app, ErrorCode::EnrolmentCodeExpired)),
        _ => Ok(Redirect::to(&format!("{}?done=stopped", paths::DEVICES)).into_response()),
    }
}

fn code_page(app: &App, customer: &Customer, enrolment: &StoredEnrolment) -> EnrolPage {
    let codes = issue_enrolment::codes(app, &enrolment.id, &customer.session.id);
    let link = EnrolLink {
        origin: app.config.service.device_origin.clone(),
        server_key: app.secrets.challenge_key.public().thumbprint().to_string(),
        code: codes.long.to_string(),
    };
    EnrolPage {
        frame: customer.frame(app),
        url: paths::enrolment(enrolment.id.as_str()),
        app_link: link.write(),
        server_origin: link.origin,
        account_number: customer.account.number.as_str().to_owned(),
        short_code: EnrolmentCodes::short_grouped(&codes.short),
        created_at: enrolment
            .expires_at
            .plus_secs(-app.config.enrolment.code_lifetime),
        expires_at: enrolment.expires_at,
        now: app.now(),
    }
}

async fn fingerprint_page(
    app: &App,
    customer: &Customer,
    enrolment: &StoredEnrolment,
) -> Result<Response, PageError> {
    let device = device_of(app, enrolment)
        .await
        .map_err(|refusal| customer.refuse(app, refusal))?;
    let view = FingerprintPage {
        frame: customer.frame(app),
        url: paths::enrolment(enrolment.id.as_str()),
        fingerprint: enrolment.fingerprint.clone().unwrap_or_default(),
        device_name: device.name,
        model: device.model,
        expires_at: enrolment.expires_at,
        now: app.now(),
        error: None,
    };
    Ok(page(StatusCode::OK, &view))
}

async fn done_page(
    app: &App,
    customer: &Customer,
    enrolment: &StoredEnrolment,
) -> Result<Response, PageError> {
    let device = device_of(app, enrolment)
        .await
        .map_err(|refusal| customer.refuse(app, refusal))?;
    let until = customer.account.cool_off_until;
    let view = EnrolDonePage {
        frame: customer.frame(app),
        device_name: device.name,
        test: TestState::Offered,
        cool_off_until: (until > app.now()).then_some(until),
    };
    Ok(page(StatusCode::OK, &view))
}

/// The fingerprints are the same: the device becomes active.
pub async fn confirm(
    State(app): State<App>,
    customer: Customer,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Button>,
) -> Result<Response, PageError> {
    decide(&app, &customer, &id, &headers, &form, Verdict::Same).await
}

/// They differ, or the customer stops.
pub async fn cancel(
    State(app): State<App>,
    customer: Customer,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Button>,
) -> Result<Response, PageError> {
    decide(&app, &customer, &id, &headers, &form, Verdict::Stop).await
}

async fn decide(
    app: &App,
    customer: &Customer,
    id: &str,
    headers: &HeaderMap,
    form: &Button,
    verdict: Verdict,
) -> Result<Response, PageError> {
    customer.guard(app, headers, &form.csrf)?;
    let enrolment = find(app, customer, id).await?;
    let caller = &customer.browser.caller;
    match confirm_enrolment::run(app, caller, &enrolment, verdict).await {
        Ok(()) => {}
        // A second click: the page says where it stands.
        Err(refusal) if refusal.code == ErrorCode::EnrolmentCodeExpired => {}
        Err(refusal) => return Err(customer.refuse(app, refusal)),
    }
    Ok(Redirect::to(&paths::enrolment(enrolment.id.as_str())).into_response())
}

/// The live status as a stream.
pub async fn events(
    State(app): State<App>,
    Background(customer): Background,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let enrolment = find(&app, &customer, &id).await?;
    let follow = app.clone();
    Ok(live_status::stream(&app, enrolment.id.to_string(), move || {
        let (app, id) = (follow.clone(), enrolment.id.clone());
        async move { read_status(&app, &id).await.ok() }
    }))
}

/// The live status once.
pub async fn status(
    State(app): State<App>,
    Background(customer): Background,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let enrolment = find(&app, &customer, &id).await?;
    let status = read_status(&app, &enrolment.id).await;
    Ok(status.map_err(|error| customer.refuse(&app, error))?.json())
}

/// Where it stands, for the page that waits.
///
/// # Errors
/// On a database failure.
pub(crate) async fn read_status(app: &App, id: &EnrolmentId) -> Result<Status, StoreError> {
    let now: Timestamp = app.now();
    let mut c = app.store.read().await?;
    let found = enrolments::by_id(&mut c, id).await?;
    let enrolment = found.ok_or_else(|| StoreError::inconsistent("enrolments", id.as_str(), "missing"))?;
    let state = match enrolment.state.as_str() {
        "issued" | "claimed" if now >= enrolment.expires_at => "expired",
        "issued" => "pending",
        "claimed" => "claimed",
        "confirmed" => "confirmed",
        _ => "cancelled",
    };
    Ok(Status {
        state,
        expires_at: enrolment.expires_at,
        now,
    })
}

/// An enrolment that this very session asked for.
async fn find(app: &App, customer: &Customer, id: &str) -> Result<StoredEnrolment, PageError> {
    let missing = || customer.refuse(app, ErrorCode::NotFound);
    let id: EnrolmentId = id.parse().map_err(|_| missing())?;
    let failed = |error: StoreError| customer.refuse(app, error);
    let mut c = app.store.read().await.map_err(failed)?;
    let found = enrolments::by_id(&mut c, &id)
        .await
        .map_err(failed)?
        .ok_or_else(missing)?;
    if found.session == customer.session.id {
        Ok(found)
    } else {
        Err(missing())
    }
}

/// The device that came with the code.
///
/// # Errors
/// `NotFound` while there is none.
pub(crate) async fn device_of(app: &App, enrolment: &StoredEnrolment) -> Result<devices::Device, Refusal> {
    let id = enrolment.device.as_ref().ok_or(ErrorCode::NotFound)?;
    let mut c = app.store.read().await?;
    Ok(devices::by_id(&mut c, id).await?.ok_or(ErrorCode::NotFound)?)
}

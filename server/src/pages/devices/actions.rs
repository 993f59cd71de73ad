//! What the buttons of a device do.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::DeviceId;

use super::{one, own};
use crate::app::App;
use crate::domain::device_life::Why;
use crate::operations::remove_device::{Choice, Removed};
use crate::operations::{Refusal, lift_device, remove_device, rename_device, suspend_device, veto_device};
use crate::pages::attempt::Button;
use crate::pages::customer::Customer;
use crate::pages::error::PageError;
use crate::pages::layout::{ErrorNote, form_page};
use crate::pages::paths;

/// Another name.
#[derive(Deserialize)]
pub struct Rename {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    name: String,
}

/// Gives the device another name.
pub async fn rename(
    State(app): State<App>,
    customer: Customer,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Rename>,
) -> Result<Response, PageError> {
    customer.guard(&app, &headers, &form.csrf)?;
    let device = read(&app, &customer, &id)?;
    let caller = &customer.browser.caller;
    let done = rename_device::run(&app, caller, &customer.account.id, &device, &form.name).await;
    answer(&app, &customer, &id, done, "renamed").await
}

/// Suspends it at once: no more than the session is asked for (ENROL-13).
pub async fn suspend(
    State(app): State<App>,
    customer: Customer,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Button>,
) -> Result<Response, PageError> {
    customer.guard(&app, &headers, &form.csrf)?;
    let device = read(&app, &customer, &id)?;
    let done = suspend_device::one(&app, &customer.browser.caller, &customer.session, &device).await;
    answer(&app, &customer, &id, done.map(drop), "suspended").await
}

/// Lifts a suspension: by a fresh approval on another device (ENROL-14).
pub async fn lift(
    State(app): State<App>,
    customer: Customer,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Button>,
) -> Result<Response, PageError> {
    customer.guard(&app, &headers, &form.csrf)?;
    let device = read(&app, &customer, &id)?;
    let done = lift_device::run(&app, &customer.browser.caller, &customer.session, &device).await;
    answer(&app, &customer, &id, done, "lifted").await
}

/// Stops a new device (ENROL-09).
pub async fn veto(
    State(app): State<App>,
    customer: Customer,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Button>,
) -> Result<Response, PageError> {
    customer.guard(&app, &headers, &form.csrf)?;
    let device = read(&app, &customer, &id)?;
    let by = veto_device::By::Session(customer.session.clone());
    let caller = &customer.browser.caller;
    match veto_device::run(&app, caller, &customer.account.id, by, &device).await {
        Ok(()) => Ok(to_list("vetoed")),
        refused => answer(&app, &customer, &id, refused, "vetoed").await,
    }
}

/// Stops an announced removal (ENROL-14).
pub async fn keep(
    State(app): State<App>,
    customer: Customer,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Button>,
) -> Result<Response, PageError> {
    customer.guard(&app, &headers, &form.csrf)?;
    let device = read(&app, &customer, &id)?;
    let by = veto_device::By::Session(customer.session.clone());
    let caller = &customer.browser.caller;
    let done = veto_device::keep(&app, caller, &customer.account.id, by, &device).await;
    answer(&app, &customer, &id, done, "kept").await
}

/// The removal with its reason.
#[derive(Deserialize)]
pub struct Remove {
    #[serde(default)]
    csrf: String,
    /// One of [`Why`].
    #[serde(default)]
    why: String,
    /// Present when the sessions that it approved end as well.
    #[serde(default)]
    sessions: String,
}

/// Removes it, or announces that when it is the last one (ENROL-12, ENROL-14).
pub async fn remove(
    State(app): State<App>,
    customer: Customer,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Remove>,
) -> Result<Response, PageError> {
    customer.guard(&app, &headers, &form.csrf)?;
    let device = read(&app, &customer, &id)?;
    let why = Why::read(&form.why).ok_or_else(|| customer.refuse(&app, ErrorCode::BadRequest))?;
    let choice = Choice {
        why,
        sessions: form.sessions == "end",
    };
    let (caller, session) = (&customer.browser.caller, &customer.session);
    match remove_device::run(&app, caller, session, &device, choice).await {
        Ok(Removed::Now(_)) => Ok(to_list("removed")),
        done => answer(&app, &customer, &id, done.map(drop), "leaving").await,
    }
}

fn read(app: &App, customer: &Customer, id: &str) -> Result<DeviceId, PageError> {
    id.parse().map_err(|_| customer.refuse(app, ErrorCode::NotFound))
}

fn to_list(done: &str) -> Response {
    Redirect::to(&format!("{}?done={done}", paths::DEVICES)).into_response()
}

/// Back to the device, or its page with what was refused.
async fn answer(
    app: &App,
    customer: &Customer,
    id: &str,
    done: Result<(), Refusal>,
    flash: &str,
) -> Result<Response, PageError> {
    let Err(refusal) = done else {
        let to = format!("{}?done={flash}", paths::device(id));
        return Ok(Redirect::to(&to).into_response());
    };
    let own = own(app, customer).await?;
    let Ok(device) = own.find(id) else {
        return Err(customer.refuse(app, refusal));
    };
    let view = one::view(app, customer, &own, device, Some(ErrorNote::from(refusal)));
    Ok(form_page(app, Some(refusal), &view))
}

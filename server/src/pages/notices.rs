//! `/security/notices`: which logins are told (RISK-06).

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get as on_get;
use axum::{Form, Router};
use serde::Deserialize;
use warifu_shared::error::ErrorCode;

use super::customer::Customer;
use super::error::PageError;
use super::layout::{ErrorNote, form_page};
use super::paths;
use super::views::NoticesPage;
use crate::app::App;
use crate::mail::MailAddress;
use crate::operations::{Refusal, admit, login_choice, recovery_codes};
use crate::store::{accounts, login_notices};

/// Its routes.
pub(super) fn routes() -> Router<App> {
    Router::new().route(paths::NOTICES, on_get(get).post(post))
}

/// What just happened, named in the address (it says nothing secret and changes nothing).
#[derive(Deserialize)]
pub struct Just {
    #[serde(default)]
    done: String,
}

/// The choice as it is.
async fn get(
    State(app): State<App>,
    customer: Customer,
    Query(just): Query<Just>,
) -> Result<Response, PageError> {
    show(&app, &customer, None, just.done == "changed").await
}

/// The form.
#[derive(Deserialize)]
pub struct ChoiceForm {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    which: String,
}

/// Changes it.
async fn post(
    State(app): State<App>,
    customer: Customer,
    headers: HeaderMap,
    Form(form): Form<ChoiceForm>,
) -> Result<Response, PageError> {
    customer.guard(&app, &headers, &form.csrf)?;
    let only_new = match form.which.as_str() {
        "every" => false,
        "new" => true,
        _ => return Err(customer.refuse(&app, ErrorCode::NotFound)),
    };
    let caller = &customer.browser.caller;
    let done = match admit::money(&app, caller, &customer.account.id).await {
        Ok(()) => login_choice::set(&app, caller, &customer.session, only_new).await,
        Err(refusal) => Err(refusal),
    };
    match done {
        Ok(()) => Ok(Redirect::to(&format!("{}?done=changed", paths::NOTICES)).into_response()),
        Err(refusal) => show(&app, &customer, Some(refusal), false).await,
    }
}

async fn show(
    app: &App,
    customer: &Customer,
    refusal: Option<Refusal>,
    done: bool,
) -> Result<Response, PageError> {
    let view = view(app, customer, refusal, done)
        .await
        .map_err(|refusal| customer.refuse(app, refusal))?;
    Ok(form_page(app, refusal, &view))
}

async fn view(
    app: &App,
    customer: &Customer,
    refusal: Option<Refusal>,
    done: bool,
) -> Result<NoticesPage, Refusal> {
    let fresh = recovery_codes::allowed(app, &customer.session).await?;
    let mut c = app.store.read().await?;
    let only_new = login_notices::only_new(&mut c, &customer.account.id).await?;
    let addresses = accounts::addresses(&mut c, &customer.account.id).await?;
    drop(c);
    let proven = addresses.into_iter().filter(|it| it.proven);
    Ok(NoticesPage {
        frame: customer.frame(app),
        only_new,
        fresh,
        addresses: proven
            .filter_map(|it| it.address.parse::<MailAddress>().ok())
            .map(|it| it.masked())
            .collect(),
        error: refusal.map(ErrorNote::from),
        done,
    })
}

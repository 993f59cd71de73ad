//! `/security/recovery-codes`: the sheet of recovery codes, made and shown once (ENROL-11).

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get as on_get;
use axum::{Form, Router};

use super::attempt::Button;
use super::customer::Customer;
use super::error::PageError;
use super::layout::{ErrorNote, form_page};
use super::paths;
use super::views::RecoveryCodesPage;
use crate::app::App;
use crate::operations::{Refusal, admit, recovery_codes as operation};
use crate::store::recovery_codes;

/// The routes.
pub fn routes() -> Router<App> {
    Router::new().route(paths::RECOVERY_CODES, on_get(get).post(post))
}

/// Says what there is, and offers a new sheet.
pub async fn get(State(app): State<App>, customer: Customer) -> Result<Response, PageError> {
    show(&app, &customer, None).await
}

/// Makes a new sheet and shows it, this once. It comes in the answer itself: no address shows it a second time.
pub async fn post(
    State(app): State<App>,
    customer: Customer,
    headers: HeaderMap,
    Form(form): Form<Button>,
) -> Result<Response, PageError> {
    customer.guard(&app, &headers, &form.csrf)?;
    let caller = &customer.browser.caller;
    let made = match admit::money(&app, caller, &customer.account.id).await {
        Ok(()) => operation::make(&app, caller, &customer.session).await,
        Err(refusal) => Err(refusal),
    };
    let codes = match made {
        Ok(codes) => codes,
        Err(refusal) => return show(&app, &customer, Some(refusal)).await,
    };
    let view = RecoveryCodesPage {
        frame: customer.frame(&app),
        number: customer.account.number.masked(),
        left: None,
        fresh: true,
        made_at: app.now(),
        codes: codes.iter().map(|code| code.to_string()).collect(),
        error: None,
    };
    Ok(form_page(&app, None, &view))
}

async fn show(app: &App, customer: &Customer, refusal: Option<Refusal>) -> Result<Response, PageError> {
    let view = view(app, customer, refusal)
        .await
        .map_err(|refusal| customer.refuse(app, refusal))?;
    Ok(form_page(app, refusal, &view))
}

async fn view(
    app: &App,
    customer: &Customer,
    refusal: Option<Refusal>,
) -> Result<RecoveryCodesPage, Refusal> {
    let fresh = operation::allowed(app, &customer.session).await?;
    let mut c = app.store.read().await?;
    let left = recovery_codes::left(&mut c, &customer.account.id).await?;
    Ok(RecoveryCodesPage {
        frame: customer.frame(app),
        number: customer.account.number.masked(),
        left: left.map(|left| left.count),
        fresh,
        made_at: left.map_or_else(|| app.now(), |left| left.made_at),
        codes: Vec::new(),
        error: refusal.map(ErrorNote::from),
    })
}

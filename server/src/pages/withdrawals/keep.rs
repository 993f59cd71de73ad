//! `POST /withdrawals/new/keep`: what is typed in the form when the session ends by itself, and its end (SESS-09).

use axum::Form;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::app::App;
use crate::crypto::mac::token_hash;
use crate::operations::keep_form;
use crate::pages::browser::Browser;
use crate::pages::customer::Background;
use crate::pages::error::PageError;
use crate::pages::paths;

/// The form: without an amount it forgets what is kept.
#[derive(Deserialize)]
pub struct KeepForm {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    amount: String,
}

/// Keeps or forgets. No access by a person as the session rule means it: it never extends (SESS-02).
pub async fn post(
    State(app): State<App>,
    browser: Browser,
    customer: Result<Background, PageError>,
    headers: HeaderMap,
    Form(form): Form<KeepForm>,
) -> Result<Response, PageError> {
    if !form.amount.trim().is_empty() {
        from_stale(&app, &browser, &headers, &form.csrf, &form.amount).await?;
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let Background(customer) = customer?;
    customer.guard(&app, &headers, &form.csrf)?;
    let done = keep_form::forget(&app, &customer.account.id).await;
    done.map_err(|refusal| customer.refuse(&app, refusal))?;
    Ok(Redirect::to(paths::ACCOUNT).into_response())
}

/// Keeps what a page of a session typed, also when that session has just run out.
pub async fn from_stale(
    app: &App,
    browser: &Browser,
    headers: &HeaderMap,
    csrf: &str,
    amount: &str,
) -> Result<(), PageError> {
    let token = browser.session_token.as_deref();
    let Some(session) = token else {
        return Err(PageError::LogIn);
    };
    browser.guard(app, headers, csrf, token)?;
    keep_form::run(app, &token_hash(session), amount)
        .await
        .map_err(|refusal| browser.refuse(app, refusal.code))
}

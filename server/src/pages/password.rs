//! `/security/password`: the login password, changed (PASS-05, PASS-06).

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get as on_get;
use axum::{Form, Router};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::customer::Customer;
use super::error::PageError;
use super::layout::{ErrorNote, form_page};
use super::paths;
use super::views::PasswordPage;
use crate::app::App;
use crate::domain::password_rules::shortest_login;
use crate::operations::withdrawal::request::Asker;
use crate::operations::{Refusal, admit, change_password, recovery_codes};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new().route(paths::PASSWORD, on_get(get).post(post))
}

/// The form.
#[derive(Deserialize)]
pub struct ChangeForm {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    present: Zeroizing<String>,
    #[serde(default)]
    new: Zeroizing<String>,
    #[serde(default)]
    end_others: String,
}

/// What just happened.
#[derive(Deserialize)]
pub struct Just {
    #[serde(default)]
    done: String,
}

/// Shows the form.
pub async fn get(
    State(app): State<App>,
    customer: Customer,
    Query(just): Query<Just>,
) -> Result<Response, PageError> {
    show(&app, &customer, None, just.done == "changed").await
}

/// Changes it.
pub async fn post(
    State(app): State<App>,
    customer: Customer,
    headers: HeaderMap,
    Form(form): Form<ChangeForm>,
) -> Result<Response, PageError> {
    customer.guard(&app, &headers, &form.csrf)?;
    match change(&app, &customer, form).await {
        Ok(()) => Ok(Redirect::to(&format!("{}?done=changed", paths::PASSWORD)).into_response()),
        Err(refusal) => show(&app, &customer, Some(refusal), false).await,
    }
}

async fn change(app: &App, customer: &Customer, form: ChangeForm) -> Result<(), Refusal> {
    admit::money(app, &customer.browser.caller, &customer.account.id).await?;
    let asker = Asker {
        caller: &customer.browser.caller,
        account: &customer.account,
        session_hash: &customer.session_hash,
    };
    let form = change_password::Form {
        present: form.present,
        new: form.new,
        end_others: form.end_others == "1",
    };
    change_password::run(app, &asker, &customer.session, form).await
}

async fn show(
    app: &App,
    customer: &Customer,
    refusal: Option<Refusal>,
    changed: bool,
) -> Result<Response, PageError> {
    let fresh = recovery_codes::allowed(app, &customer.session)
        .await
        .map_err(|refusal| customer.refuse(app, refusal))?;
    let view = PasswordPage {
        frame: customer.frame(app),
        fresh,
        shortest: shortest_login(app.config.login.second_factor),
        error: refusal.map(ErrorNote::from),
        changed,
    };
    Ok(form_page(app, refusal, &view))
}

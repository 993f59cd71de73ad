//! `/withdrawal-password`: set and changed (PASS-03, PASS-06).

use axum::Form;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use warifu_shared::api::DeviceState;
use zeroize::Zeroizing;

use super::customer::Customer;
use super::error::PageError;
use super::layout::{ErrorNote, form_page};
use super::paths;
use super::views::WithdrawalPasswordPage;
use crate::app::App;
use crate::operations::withdrawal::request::Asker;
use crate::operations::withdrawal_password::{self as operation, Proof};
use crate::operations::{Refusal, admit, issue_enrolment};
use crate::store::{devices, payout};

/// The form.
#[derive(Deserialize)]
pub struct PasswordForm {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    how: String,
    #[serde(default)]
    proof: Zeroizing<String>,
    #[serde(default)]
    new: Zeroizing<String>,
    #[serde(default)]
    again: Zeroizing<String>,
}

/// Which form, and what just happened.
#[derive(Deserialize)]
pub struct Which {
    #[serde(default)]
    anew: String,
    #[serde(default)]
    done: String,
}

/// Shows the form.
pub async fn get(
    State(app): State<App>,
    customer: Customer,
    Query(which): Query<Which>,
) -> Result<Response, PageError> {
    let (anew, changed) = (which.anew == "1", which.done == "set");
    show(&app, &customer, anew, None, changed).await
}

/// Sets or changes it.
pub async fn post(
    State(app): State<App>,
    customer: Customer,
    headers: HeaderMap,
    Form(form): Form<PasswordForm>,
) -> Result<Response, PageError> {
    customer.guard(&app, &headers, &form.csrf)?;
    let anew = form.how != "present";
    match change(&app, &customer, form).await {
        Ok(()) => {
            let to = format!("{}?done=set", paths::WITHDRAWAL_PASSWORD);
            Ok(Redirect::to(&to).into_response())
        }
        Err(refusal) => show(&app, &customer, anew, Some(refusal), false).await,
    }
}

async fn change(app: &App, customer: &Customer, form: PasswordForm) -> Result<(), Refusal> {
    admit::money(app, &customer.browser.caller, &customer.account.id).await?;
    let asker = Asker {
        caller: &customer.browser.caller,
        account: &customer.account,
        session_hash: &customer.session_hash,
    };
    let proof = if form.how == "present" {
        Proof::Present(form.proof)
    } else {
        Proof::Login(form.proof)
    };
    let form = operation::Form {
        proof,
        new: form.new,
        again: form.again,
    };
    operation::set(app, &asker, &customer.session, form).await
}

async fn show(
    app: &App,
    customer: &Customer,
    anew: bool,
    refusal: Option<Refusal>,
    changed: bool,
) -> Result<Response, PageError> {
    let view = view(app, customer, anew, refusal, changed).await;
    let view = view.map_err(|refusal| customer.refuse(app, refusal))?;
    Ok(form_page(app, refusal, &view))
}

async fn view(
    app: &App,
    customer: &Customer,
    anew: bool,
    refusal: Option<Refusal>,
    changed: bool,
) -> Result<WithdrawalPasswordPage, Refusal> {
    let mut c = app.store.read().await?;
    let is_set = payout::password_hash(&mut c, &customer.account.id)
        .await?
        .is_some();
    let devices = devices::of_account(&mut c, &customer.account.id).await?;
    let registered = devices.iter().any(|d| d.state != DeviceState::Pending);
    Ok(WithdrawalPasswordPage {
        frame: customer.frame(app),
        is_set,
        anew: anew || !is_set,
        fresh: issue_enrolment::fresh_enough(app, &customer.session, registered),
        error: refusal.map(ErrorNote::from),
        changed,
    })
}

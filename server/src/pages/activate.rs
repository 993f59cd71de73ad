//! `/activate`: an account that the firm opened becomes the customer's own, step by step (WEB-09).

use axum::extract::{Path, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use axum::routing::{get as on_get, post as on_post};
use axum::{Form, Router};
use serde::Deserialize;
use warifu_shared::error::ErrorCode;
use zeroize::Zeroizing;

use super::attempt::{self, Button};
use super::browser::{Browser, Cookie};
use super::code::{self, CodeForm};
use super::error::PageError;
use super::layout::{ErrorNote, form_page, page};
use super::paths;
use super::views::{ActivateAddressPage, ActivatePage, ActivatePasswordsPage, CodeFor};
use crate::app::App;
use crate::crypto::mac::new_token;
use crate::domain::account::Account;
use crate::http::retry::with_retry_after;
use crate::operations::activate::{self as operation, Passwords};
use crate::operations::{Refusal, admit};
use crate::store::accounts;
use crate::store::activations::{self, Activation};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route(paths::ACTIVATE, on_get(get).post(post))
        .route("/activate/{id}", on_get(step))
        .route("/activate/{id}/passwords", on_post(passwords))
        .route("/activate/{id}/address", on_post(address))
        .route("/activate/{id}/code", on_post(mailed_code))
        .route("/activate/{id}/resend", on_post(resend))
        .route("/activate/{id}/cancel", on_post(other_address))
}

/// The first form.
#[derive(Deserialize)]
pub struct BeginForm {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    account_number: String,
    #[serde(default)]
    code: Zeroizing<String>,
}

/// Shows the first form, and gives the browser the secret that the steps are bound to.
async fn get(State(app): State<App>, mut browser: Browser) -> Response {
    let fresh = browser.pre_token.is_none();
    let token = browser.pre_token.get_or_insert_with(new_token).clone();
    let view = ActivatePage {
        frame: browser.frame(&app),
        account_number: String::new(),
        error: None,
    };
    let shown = page(StatusCode::OK, &view);
    if !fresh {
        return shown;
    }
    let cookie = Cookie::Pre.set(&browser.origin, &token);
    (AppendHeaders([(SET_COOKIE, cookie)]), shown).into_response()
}

/// Account number and code. Every refusal looks the same (CHAL-11).
async fn post(
    State(app): State<App>,
    browser: Browser,
    headers: HeaderMap,
    Form(form): Form<BeginForm>,
) -> Result<Response, PageError> {
    browser.guard(&app, &headers, &form.csrf, browser.pre_token.as_deref())?;
    let (number, hash) = (&form.account_number, browser.pre_hash());
    let refusal = match operation::begin(&app, &browser.caller, number, &form.code, &hash).await {
        Ok(id) => return Ok(Redirect::to(&paths::activation(id.as_str())).into_response()),
        Err(refusal) => refusal,
    };
    let on_the_form = [
        ErrorCode::ActivationRefused,
        ErrorCode::ActivationCodeMistyped,
        ErrorCode::TooManyRequests,
    ];
    if !on_the_form.contains(&refusal.code) {
        return Err(browser.refuse(&app, refusal.code));
    }
    let view = ActivatePage {
        frame: browser.frame(&app),
        account_number: number.chars().take(40).collect(),
        error: Some(refusal.into()),
    };
    Ok(form_page(&app, Some(refusal), &view))
}

/// Shows the step that is next.
async fn step(
    State(app): State<App>,
    browser: Browser,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let (activation, account) = find(&app, &browser, &id).await?;
    show(&app, &browser, &activation, &account, None).await
}

/// Both passwords.
#[derive(Deserialize)]
pub struct PasswordsForm {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    login: Zeroizing<String>,
    #[serde(default)]
    login_again: Zeroizing<String>,
    #[serde(default)]
    withdrawal: Zeroizing<String>,
    #[serde(default)]
    withdrawal_again: Zeroizing<String>,
}

async fn passwords(
    State(app): State<App>,
    browser: Browser,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(form): Form<PasswordsForm>,
) -> Result<Response, PageError> {
    browser.guard(&app, &headers, &form.csrf, browser.pre_token.as_deref())?;
    let (activation, account) = find(&app, &browser, &id).await?;
    let typed = Passwords {
        login: form.login,
        login_again: form.login_again,
        withdrawal: form.withdrawal,
        withdrawal_again: form.withdrawal_again,
    };
    let done = async {
        admit::code(&app, &browser.caller).await?;
        operation::set_passwords(&app, &account, &activation, &typed).await
    };
    let Err(refusal) = done.await else {
        return Ok(back(&activation));
    };
    if activation.step != activations::PASSWORDS {
        return Err(browser.refuse(&app, refusal.code));
    }
    let [login_unfit, withdrawal_unfit] = operation::unfit(&app, &account, &typed);
    let view = ActivatePasswordsPage {
        login_unfit,
        withdrawal_unfit,
        ..passwords_page(&app, &browser, &activation, &account, Some(refusal))
    };
    Ok(form_page(&app, Some(refusal), &view))
}

/// The mail address.
#[derive(Deserialize)]
pub struct AddressForm {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    address: String,
}

async fn address(
    State(app): State<App>,
    browser: Browser,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(form): Form<AddressForm>,
) -> Result<Response, PageError> {
    browser.guard(&app, &headers, &form.csrf, browser.pre_token.as_deref())?;
    let (activation, account) = find(&app, &browser, &id).await?;
    match operation::set_address(&app, &browser.caller, &activation, &form.address).await {
        Ok(()) => Ok(back(&activation)),
        Err(refusal) if refusal.code == ErrorCode::AddressInvalid => {
            let view = ActivateAddressPage {
                frame: browser.frame(&app),
                url: paths::activation(activation.id.as_str()),
                address: form.address.chars().take(320).collect(),
                error: Some(refusal.into()),
            };
            Ok(form_page(&app, Some(refusal), &view))
        }
        Err(refusal) => again(&app, &browser, &activation, &account, refusal).await,
    }
}

async fn mailed_code(
    State(app): State<App>,
    browser: Browser,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(form): Form<CodeForm>,
) -> Result<Response, PageError> {
    browser.guard(&app, &headers, &form.csrf, browser.pre_token.as_deref())?;
    let (activation, account) = find(&app, &browser, &id).await?;
    let done = async {
        admit::code(&app, &browser.caller).await?;
        let (site, tokens) = (browser.site, browser.tokens());
        operation::finish(&app, &browser.caller, &activation, &form.code, site, tokens).await
    };
    match done.await {
        Ok(logged_in) => Ok(attempt::log_in(&browser, &logged_in)),
        Err(refusal) => again(&app, &browser, &activation, &account, refusal).await,
    }
}

async fn resend(
    State(app): State<App>,
    browser: Browser,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Button>,
) -> Result<Response, PageError> {
    browser.guard(&app, &headers, &form.csrf, browser.pre_token.as_deref())?;
    let (activation, account) = find(&app, &browser, &id).await?;
    let done = async {
        admit::code(&app, &browser.caller).await?;
        operation::resend(&app, &browser.caller, &activation).await
    };
    match done.await {
        Ok(()) => code_page(&app, &browser, &activation, None, true).await,
        Err(refusal) => again(&app, &browser, &activation, &account, refusal).await,
    }
}

async fn other_address(
    State(app): State<App>,
    browser: Browser,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Button>,
) -> Result<Response, PageError> {
    browser.guard(&app, &headers, &form.csrf, browser.pre_token.as_deref())?;
    let (activation, _) = find(&app, &browser, &id).await?;
    match operation::other_address(&app, &activation).await {
        Ok(()) => Ok(back(&activation)),
        Err(refusal) => Err(browser.refuse(&app, refusal.code)),
    }
}

/// After a refusal: the page of the step as it is now, with the sentence; a refusal that ends everything as a page.
async fn again(
    app: &App,
    browser: &Browser,
    before: &Activation,
    account: &Account,
    refusal: Refusal,
) -> Result<Response, PageError> {
    let over = [
        ErrorCode::ActivationEnded,
        ErrorCode::ActivationStepOver,
        ErrorCode::Unavailable,
        ErrorCode::Internal,
    ];
    if over.contains(&refusal.code) {
        return Err(browser.refuse(app, refusal.code));
    }
    let (now, _) = find(app, browser, before.id.as_str()).await?;
    let shown = show(app, browser, &now, account, Some(refusal)).await?;
    Ok(with_retry_after(shown, refusal, app.now()))
}

async fn show(
    app: &App,
    browser: &Browser,
    activation: &Activation,
    account: &Account,
    refusal: Option<Refusal>,
) -> Result<Response, PageError> {
    match activation.step.as_str() {
        activations::PASSWORDS => {
            let view = passwords_page(app, browser, activation, account, refusal);
            Ok(form_page(app, refusal, &view))
        }
        activations::ADDRESS => {
            let view = ActivateAddressPage {
                frame: browser.frame(app),
                url: paths::activation(activation.id.as_str()),
                address: String::new(),
                error: refusal.map(ErrorNote::from),
            };
            Ok(form_page(app, refusal, &view))
        }
        _ => code_page(app, browser, activation, refusal.map(ErrorNote::from), false).await,
    }
}

fn passwords_page(
    app: &App,
    browser: &Browser,
    activation: &Activation,
    account: &Account,
    refusal: Option<Refusal>,
) -> ActivatePasswordsPage {
    ActivatePasswordsPage {
        frame: browser.frame(app),
        url: paths::activation(activation.id.as_str()),
        account_number: account.number.as_str().to_owned(),
        error: refusal.map(ErrorNote::from),
        login_unfit: None,
        withdrawal_unfit: None,
    }
}

async fn code_page(
    app: &App,
    browser: &Browser,
    activation: &Activation,
    error: Option<ErrorNote>,
    sent_again: bool,
) -> Result<Response, PageError> {
    let asked = code::Asked {
        frame: browser.frame(app),
        url: paths::activation(activation.id.as_str()),
        purpose: activation.id.as_str(),
        account: &activation.account,
        created_at: activation.created_at,
        what: CodeFor::Activation,
        money: None,
        to: activation.address.clone(),
    };
    let shown = code::show_for(app, asked, error, sent_again).await;
    shown.map_err(|refusal| browser.refuse(app, refusal.code))
}

/// The activation of this browser, while it goes on.
async fn find(app: &App, browser: &Browser, id: &str) -> Result<(Activation, Account), PageError> {
    let found = async {
        let mut c = app.store.read().await?;
        let found = activations::find(&mut c, id, &browser.pre_hash()).await?;
        let Some(activation) = found else {
            return Ok(Err(ErrorCode::ActivationEnded.into()));
        };
        let account = accounts::by_id(&mut c, &activation.account).await?;
        let over = matches!(activation.step.as_str(), activations::DONE | activations::ENDED)
            || app.now() >= activation.expires_at;
        Ok(match account {
            Some(account) if !over && !account.disabled => Ok((activation, account)),
            _ => Err(Refusal::new(ErrorCode::ActivationEnded)),
        })
    };
    let found: Result<Result<_, Refusal>, crate::store::StoreError> = found.await;
    match found {
        Ok(Ok(found)) => Ok(found),
        Ok(Err(refusal)) => Err(browser.refuse(app, refusal.code)),
        Err(error) => Err(browser.refuse(app, Refusal::from(error).code)),
    }
}

fn back(activation: &Activation) -> Response {
    Redirect::to(&paths::activation(activation.id.as_str())).into_response()
}

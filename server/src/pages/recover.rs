//! `/recover`: the way back of a customer who forgot the password or lost the devices, step by step (ENROL-11).

use axum::extract::{Path, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use axum::routing::{get as on_get, post as on_post};
use axum::{Form, Router};
use serde::Deserialize;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::RecoveryId;
use zeroize::Zeroizing;

use super::attempt::Button;
use super::browser::{Browser, Cookie};
use super::code::{self, CodeForm};
use super::error::PageError;
use super::layout::{ErrorNote, form_page, page};
use super::paths;
use super::views::{CodeFor, RecoverDonePage, RecoverPage, RecoverPasswordPage};
use crate::app::App;
use crate::crypto::mac::new_token;
use crate::domain::account::Account;
use crate::domain::password_rules::shortest_login;
use crate::domain::recovery::Lost;
use crate::http::retry::with_retry_after;
use crate::operations::recover::{self as operation, finish};
use crate::operations::{Refusal, admit};
use crate::store::recoveries::{self, Recovery};
use crate::store::{StoreError, accounts, recovery_codes};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route(paths::RECOVER, on_get(get_password).post(post_password))
        .route(paths::RECOVER_DEVICE, on_get(get_device).post(post_device))
        .route("/recover/{id}", on_get(step))
        .route("/recover/{id}/code", on_post(mailed_code))
        .route("/recover/{id}/resend", on_post(resend))
        .route("/recover/{id}/password", on_post(new_password))
        .route("/recover/{id}/cancel", on_post(cancel))
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
    #[serde(default)]
    password: Zeroizing<String>,
}

async fn get_password(State(app): State<App>, browser: Browser) -> Response {
    first_page(&app, browser, Lost::Password)
}

async fn get_device(State(app): State<App>, browser: Browser) -> Response {
    first_page(&app, browser, Lost::Device)
}

async fn post_password(
    State(app): State<App>,
    browser: Browser,
    headers: HeaderMap,
    Form(form): Form<BeginForm>,
) -> Result<Response, PageError> {
    begin(&app, &browser, &headers, Lost::Password, &form).await
}

async fn post_device(
    State(app): State<App>,
    browser: Browser,
    headers: HeaderMap,
    Form(form): Form<BeginForm>,
) -> Result<Response, PageError> {
    begin(&app, &browser, &headers, Lost::Device, &form).await
}

/// Shows the first form, and gives the browser the secret that the steps are bound to.
fn first_page(app: &App, mut browser: Browser, lost: Lost) -> Response {
    let fresh = browser.pre_token.is_none();
    let token = browser.pre_token.get_or_insert_with(new_token).clone();
    let shown = page(StatusCode::OK, &first_view(app, &browser, lost, "", None));
    if !fresh {
        return shown;
    }
    let cookie = Cookie::Pre.set(&browser.origin, &token);
    (AppendHeaders([(SET_COOKIE, cookie)]), shown).into_response()
}

fn first_view(
    app: &App,
    browser: &Browser,
    lost: Lost,
    number: &str,
    refusal: Option<Refusal>,
) -> RecoverPage {
    RecoverPage {
        frame: browser.frame(app),
        device: lost == Lost::Device,
        account_number: number.chars().take(40).collect(),
        phone: app.config.service.phone.clone(),
        error: refusal.map(ErrorNote::from),
    }
}

/// Everything on the first page. Every refusal looks the same (CHAL-11).
async fn begin(
    app: &App,
    browser: &Browser,
    headers: &HeaderMap,
    lost: Lost,
    form: &BeginForm,
) -> Result<Response, PageError> {
    browser.guard(app, headers, &form.csrf, browser.pre_token.as_deref())?;
    let typed = operation::Form {
        number: &form.account_number,
        code: &form.code,
        password: &form.password,
        browser_hash: &browser.pre_hash(),
    };
    match operation::begin(app, &browser.caller, lost, typed).await {
        Ok(id) => Ok(Redirect::to(&paths::recovery(id.as_str())).into_response()),
        Err(refusal) if (1700..1720).contains(&refusal.code.number()) || on_the_form(refusal.code) => {
            let view = first_view(app, browser, lost, &form.account_number, Some(refusal));
            Ok(form_page(app, Some(refusal), &view))
        }
        Err(refusal) => Err(browser.refuse(app, refusal.code)),
    }
}

const fn on_the_form(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::TooManyRequests
            | ErrorCode::LoginBusy
            | ErrorCode::NoProvenAddress
            | ErrorCode::BrowserBlocked
            | ErrorCode::Unavailable
    )
}

/// Shows the step that is next.
async fn step(
    State(app): State<App>,
    browser: Browser,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let (recovery, account) = find(&app, &browser, &id, None).await?;
    show(&app, &browser, &recovery, &account, None).await
}

async fn mailed_code(
    State(app): State<App>,
    browser: Browser,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(form): Form<CodeForm>,
) -> Result<Response, PageError> {
    browser.guard(&app, &headers, &form.csrf, browser.pre_token.as_deref())?;
    let (recovery, account) = find(&app, &browser, &id, Some(recoveries::CODE)).await?;
    let at = finish::At {
        site: browser.site,
        browser: browser.tokens(),
    };
    let done = async {
        admit::code(&app, &browser.caller).await?;
        operation::enter_code(&app, &browser.caller, &recovery, &form.code, at).await
    };
    match done.await {
        Ok(operation::Next::Password) => Ok(back(&recovery)),
        Ok(operation::Next::LoggedIn(logged_in)) => {
            let shown = done_page(&app, &browser, &recovery).await?;
            let origin = &browser.origin;
            let cookies = [
                (SET_COOKIE, Cookie::Session.set(origin, &logged_in.session_token)),
                (SET_COOKIE, Cookie::Browser.set(origin, &logged_in.browser_token)),
                (SET_COOKIE, Cookie::Pre.set(origin, "")),
            ];
            Ok((AppendHeaders(cookies), shown).into_response())
        }
        Err(refusal) => again(&app, &browser, &recovery, &account, refusal).await,
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
    let (recovery, account) = find(&app, &browser, &id, Some(recoveries::CODE)).await?;
    let done = async {
        admit::code(&app, &browser.caller).await?;
        operation::resend(&app, &browser.caller, &recovery).await
    };
    match done.await {
        Ok(()) => code_page(&app, &browser, &recovery, None, true).await,
        Err(refusal) => again(&app, &browser, &recovery, &account, refusal).await,
    }
}

/// The new password.
#[derive(Deserialize)]
pub struct PasswordForm {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    new: Zeroizing<String>,
}

async fn new_password(
    State(app): State<App>,
    browser: Browser,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(form): Form<PasswordForm>,
) -> Result<Response, PageError> {
    browser.guard(&app, &headers, &form.csrf, browser.pre_token.as_deref())?;
    let (recovery, account) = find(&app, &browser, &id, Some(recoveries::PASSWORD)).await?;
    let done = async {
        admit::money(&app, &browser.caller, &account.id).await?;
        finish::password(&app, &browser.caller, &account, &recovery, &form.new).await
    };
    match done.await {
        Ok(()) => Ok(back(&recovery)),
        Err(refusal) => again(&app, &browser, &recovery, &account, refusal).await,
    }
}

async fn cancel(
    State(app): State<App>,
    browser: Browser,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Button>,
) -> Result<Response, PageError> {
    browser.guard(&app, &headers, &form.csrf, browser.pre_token.as_deref())?;
    let (recovery, _) = find(&app, &browser, &id, None).await?;
    if recovery.step != recoveries::DONE {
        let done = operation::cancel(&app, &browser.caller, &recovery).await;
        done.map_err(|refusal| browser.refuse(&app, refusal.code))?;
    }
    Ok(Redirect::to(paths::LOGIN).into_response())
}

/// After a refusal: the page of the step with the sentence; a refusal that ends everything as a page.
async fn again(
    app: &App,
    browser: &Browser,
    recovery: &Recovery,
    account: &Account,
    refusal: Refusal,
) -> Result<Response, PageError> {
    let number = refusal.code.number();
    let here = (1400..1500).contains(&number)
        || (1690..1700).contains(&number)
        || [
            ErrorCode::TooManyRequests,
            ErrorCode::LoginBusy,
            ErrorCode::PasswordSame,
        ]
        .contains(&refusal.code);
    if !here {
        return Err(browser.refuse(app, refusal.code));
    }
    let shown = show(app, browser, recovery, account, Some(refusal)).await?;
    Ok(with_retry_after(shown, refusal, app.now()))
}

async fn show(
    app: &App,
    browser: &Browser,
    recovery: &Recovery,
    account: &Account,
    refusal: Option<Refusal>,
) -> Result<Response, PageError> {
    match recovery.step.as_str() {
        recoveries::CODE => code_page(app, browser, recovery, refusal.map(ErrorNote::from), false).await,
        recoveries::PASSWORD => {
            let view = RecoverPasswordPage {
                frame: browser.frame(app),
                url: paths::recovery(recovery.id.as_str()),
                account_number: account.number.as_str().to_owned(),
                shortest: shortest_login(app.config.login.second_factor),
                error: refusal.map(ErrorNote::from),
            };
            Ok(form_page(app, refusal, &view))
        }
        _ => done_page(app, browser, recovery).await,
    }
}

async fn code_page(
    app: &App,
    browser: &Browser,
    recovery: &Recovery,
    error: Option<ErrorNote>,
    sent_again: bool,
) -> Result<Response, PageError> {
    let asked = code::Asked {
        frame: browser.frame(app),
        url: paths::recovery(recovery.id.as_str()),
        purpose: recovery.id.as_str(),
        account: &recovery.account,
        created_at: recovery.created_at,
        money: None,
        what: CodeFor::Recovery,
        to: None,
    };
    let shown = code::show_for(app, asked, error, sent_again).await;
    shown.map_err(|refusal| browser.refuse(app, refusal.code))
}

async fn done_page(app: &App, browser: &Browser, recovery: &Recovery) -> Result<Response, PageError> {
    let found = async {
        let mut c = app.store.read().await?;
        recovery_codes::left(&mut c, &recovery.account).await
    };
    let left = found
        .await
        .map_err(|error| browser.refuse(app, Refusal::from(error).code))?;
    let view = RecoverDonePage {
        frame: browser.frame(app),
        device: recovery.lost == Lost::Device,
        from_app: recovery.from_device(),
        left: left.map_or(0, |left| left.count),
    };
    Ok(page(StatusCode::OK, &view))
}

/// The recovery of this browser, while it goes on and, with `at`, stands at that step. Any other is not found.
async fn find(
    app: &App,
    browser: &Browser,
    id: &str,
    at: Option<&str>,
) -> Result<(Recovery, Account), PageError> {
    let missing = || browser.refuse(app, ErrorCode::NotFound);
    let id: RecoveryId = id.parse().map_err(|_| missing())?;
    let found = async {
        let mut c = app.store.read().await?;
        let Some(recovery) = recoveries::find(&mut c, &id, &browser.pre_hash()).await? else {
            return Ok(None);
        };
        let account = accounts::by_id(&mut c, &recovery.account).await?;
        Ok::<_, StoreError>(account.map(|account| (recovery, account)))
    };
    let found = found
        .await
        .map_err(|error| browser.refuse(app, Refusal::from(error).code))?;
    found
        .filter(|(recovery, account)| {
            let over = recovery.step == recoveries::ENDED || app.now() >= recovery.expires_at;
            !over && !account.disabled && at.is_none_or(|step| recovery.step == step)
        })
        .ok_or_else(missing)
}

fn back(recovery: &Recovery) -> Response {
    Redirect::to(&paths::recovery(recovery.id.as_str())).into_response()
}

//! `/login`: password, then the member's own device; logout; the language.

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use serde::Deserialize;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::AttemptId;
use zeroize::Zeroizing;

use super::browser::{StaffBrowser, StaffCookie};
use super::gate::{At, session_of};
use super::paths;
use super::views::LoginPage;
use crate::app::App;
use crate::crypto::mac::new_token;
use crate::operations::Refusal;
use crate::operations::staff::log_in;
use crate::pages::challenge_view::{self, Shown};
use crate::pages::error::PageError;
use crate::pages::layout::{ErrorNote, form_page};
use crate::pages::views::WaitAction;
use crate::pages::{language, live_status};
use crate::store::staff::sessions::{self, StaffAttempt};

/// The form.
#[derive(Deserialize)]
pub struct LoginForm {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    login_id: String,
    #[serde(default)]
    password: Zeroizing<String>,
}

/// A button.
#[derive(Deserialize)]
pub struct Button {
    /// The CSRF token.
    #[serde(default)]
    pub csrf: String,
}

/// What just happened.
#[derive(Deserialize)]
pub struct Just {
    #[serde(default)]
    done: String,
}

/// Shows the form; whoever is logged in goes home.
pub async fn get(
    State(app): State<App>,
    mut browser: StaffBrowser,
    Query(just): Query<Just>,
) -> Result<Response, PageError> {
    let live = session_of(&app, &browser).await;
    if live.map_err(|refusal| browser.refuse(&app, refusal))?.is_some() {
        return Ok(Redirect::to(paths::HOME).into_response());
    }
    let (token, cookie) = pre_token(&app, &mut browser);
    let view = LoginPage {
        frame: browser.frame(&app, Some(&token)),
        login_id: String::new(),
        error: None,
        ready: just.done == "ready",
    };
    Ok((cookie, form_page(&app, None, &view)).into_response())
}

/// A cookie for a browser that has none.
pub(super) type NewCookie = Option<AppendHeaders<[(http::HeaderName, http::HeaderValue); 1]>>;

/// The secret of a browser before login, and the cookie that gives it one.
pub(super) fn pre_token(app: &App, browser: &mut StaffBrowser) -> (String, NewCookie) {
    let fresh = browser.pre_token.is_none();
    let token = browser.pre_token.get_or_insert_with(new_token).clone();
    let cookie = fresh.then(|| AppendHeaders([(SET_COOKIE, StaffCookie::Pre.set(app, &token))]));
    (token, cookie)
}

/// Checks the password and asks the device.
pub async fn post(
    State(app): State<App>,
    browser: StaffBrowser,
    headers: HeaderMap,
    Form(form): Form<LoginForm>,
) -> Result<Response, PageError> {
    browser.guard(&app, &headers, &form.csrf, browser.pre_token.as_deref())?;
    let begun = async {
        let member = log_in::check(&app, &browser.caller, &form.login_id, &form.password).await?;
        log_in::start(&app, &browser.caller, &member, &browser.pre_hash()).await
    };
    match begun.await {
        Ok(id) => Ok(Redirect::to(&paths::attempt(id.as_str())).into_response()),
        Err(refusal) => {
            let view = LoginPage {
                frame: browser.frame(&app, browser.pre_token.as_deref()),
                login_id: form.login_id.chars().take(40).collect(),
                error: Some(ErrorNote::from(refusal)),
                ready: false,
            };
            Ok(form_page(&app, Some(refusal), &view))
        }
    }
}

/// Where the attempt stands.
pub async fn attempt(
    State(app): State<App>,
    browser: StaffBrowser,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let attempt = find(&app, &browser, &id).await?;
    if attempt.state == "done" {
        return Ok(Redirect::to(paths::HOME).into_response());
    }
    let shown = Shown {
        url: paths::attempt(attempt.id.as_str()),
        action: WaitAction::StaffLogin,
        frame: browser.frame(&app, browser.pre_token.as_deref()),
        again: paths::LOGIN.to_owned(),
        money: None,
    };
    challenge_view::show(&app, &attempt.challenge, shown)
        .await
        .map_err(|refusal| browser.refuse(&app, refusal))
}

/// The live status as a stream.
pub async fn events(
    State(app): State<App>,
    browser: StaffBrowser,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let attempt = find(&app, &browser, &id).await?;
    let follow = app.clone();
    Ok(live_status::stream(
        &app,
        attempt.challenge.to_string(),
        move || {
            let (app, id) = (follow.clone(), attempt.challenge.clone());
            async move { challenge_view::status(&app, &id).await.ok() }
        },
    ))
}

/// The live status once.
pub async fn status(
    State(app): State<App>,
    browser: StaffBrowser,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let attempt = find(&app, &browser, &id).await?;
    let status = challenge_view::status(&app, &attempt.challenge).await;
    Ok(status.map_err(|error| browser.refuse(&app, error))?.json())
}

/// Uses the approval: the session begins.
pub async fn proceed(
    State(app): State<App>,
    browser: StaffBrowser,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Button>,
) -> Result<Response, PageError> {
    browser.guard(&app, &headers, &form.csrf, browser.pre_token.as_deref())?;
    let attempt = find(&app, &browser, &id).await?;
    match log_in::finish(&app, &browser.caller, &attempt).await {
        Ok(token) => {
            let cookies = [
                (SET_COOKIE, StaffCookie::Session.set(&app, &token)),
                (SET_COOKIE, StaffCookie::Pre.set(&app, "")),
            ];
            Ok((AppendHeaders(cookies), Redirect::to(paths::HOME)).into_response())
        }
        Err(refusal) if refusal.code == ErrorCode::ChallengeClosed => {
            Ok(Redirect::to(&paths::attempt(attempt.id.as_str())).into_response())
        }
        Err(refusal) => Err(browser.refuse(&app, refusal)),
    }
}

/// The member gives up.
pub async fn cancel(
    State(app): State<App>,
    browser: StaffBrowser,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Button>,
) -> Result<Response, PageError> {
    browser.guard(&app, &headers, &form.csrf, browser.pre_token.as_deref())?;
    let attempt = find(&app, &browser, &id).await?;
    let done = log_in::cancel(&app, &attempt).await;
    done.map_err(|refusal| browser.refuse(&app, refusal))?;
    Ok(Redirect::to(&paths::attempt(attempt.id.as_str())).into_response())
}

async fn find(app: &App, browser: &StaffBrowser, id: &str) -> Result<StaffAttempt, PageError> {
    let missing = || browser.refuse(app, ErrorCode::NotFound);
    let id: AttemptId = id.parse().map_err(|_| missing())?;
    let found = async {
        let mut c = app.store.read().await?;
        Ok::<_, Refusal>(sessions::attempt(&mut c, &id, &browser.pre_hash()).await?)
    };
    let found = found.await.map_err(|refusal| browser.refuse(app, refusal))?;
    found.ok_or_else(missing)
}

/// Ends the session.
pub async fn log_out(State(app): State<App>, at: At) -> Result<Response, PageError> {
    let done = log_in::log_out(&app, at.caller(), &at.session).await;
    done.map_err(|refusal| at.refuse(&app, refusal))?;
    let headers = AppendHeaders([
        (SET_COOKIE, StaffCookie::Session.set(&app, "")),
        (
            http::HeaderName::from_static("clear-site-data"),
            http::HeaderValue::from_static("\"cache\", \"storage\""),
        ),
    ]);
    Ok((StatusCode::SEE_OTHER, headers, Redirect::to(paths::LOGIN)).into_response())
}

/// What the language link says.
#[derive(Deserialize)]
pub struct Switch {
    #[serde(default)]
    to: String,
    #[serde(default)]
    back: String,
}

/// Sets the language and goes back.
pub async fn language(State(app): State<App>, _: StaffBrowser, Query(switch): Query<Switch>) -> Response {
    let back = Redirect::to(language::safe_back(&switch.back));
    let secure = app.config.staff.origin.starts_with("https:");
    match language::parse(&switch.to) {
        Some(to) => (
            AppendHeaders([(SET_COOKIE, language::set_cookie(to, secure))]),
            back,
        )
            .into_response(),
        None => back.into_response(),
    }
}

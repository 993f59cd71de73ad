//! `/login/{attempt}`: the waiting page, the code page or how it ended; its live status; continue and cancel.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use serde::Deserialize;
use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::AttemptId;

use super::browser::{Browser, Cookie};
use super::challenge_view::{self, Shown};
use super::error::PageError;
use super::layout::page;
use super::live_status::{self, Status};
use super::views::{Ended, EndedPage, WaitAction};
use super::{code, paths};
use crate::app::App;
use crate::operations::finish_login::LoggedIn;
use crate::operations::{Refusal, end_attempt, finish_login};
use crate::store::accounts::{self, Lane};
use crate::store::attempts::{Attempt, AttemptFactor};
use crate::store::hot_reads::Standing;
use crate::store::{StoreError, challenges};

/// The form of the buttons.
#[derive(Deserialize)]
pub struct Button {
    /// The CSRF token.
    #[serde(default)]
    pub csrf: String,
}

/// Shows where the attempt stands. Another browser's attempt is not found (CHAL-08).
pub async fn get(
    State(app): State<App>,
    browser: Browser,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let attempt = find(&app, &browser, &id).await?;
    let failed = |error: StoreError| browser.refuse(&app, Refusal::from(error).code);
    if attempt.state == "done" {
        return Ok(Redirect::to(paths::ACCOUNT).into_response());
    }
    if let Some(ended) = how_ended(&app, &attempt).await.map_err(failed)? {
        return Ok(ended_page(&app, &browser, ended));
    }
    if attempt.factor == AttemptFactor::Code {
        return code::show(&app, &browser, &attempt, None, false).await;
    }
    let shown = Shown {
        url: paths::login_attempt(attempt.id.as_str()),
        action: WaitAction::Login,
        frame: browser.frame(&app),
        again: paths::LOGIN.to_owned(),
        money: None,
    };
    let challenge = attempt
        .challenge
        .as_ref()
        .ok_or_else(|| browser.refuse(&app, ErrorCode::NotFound))?;
    challenge_view::show(&app, challenge, shown)
        .await
        .map_err(|refusal| browser.refuse(&app, refusal.code))
}

/// The live status as a stream.
pub async fn events(
    State(app): State<App>,
    browser: Browser,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let attempt = find(&app, &browser, &id).await?;
    let topic = attempt
        .challenge
        .as_ref()
        .map_or_else(|| attempt.id.to_string(), ToString::to_string);
    let follow = app.clone();
    Ok(live_status::stream(&app, topic, move || {
        let (app, attempt) = (follow.clone(), attempt.clone());
        async move { read_status(&app, &attempt).await.ok() }
    }))
}

/// The live status once.
pub async fn status(
    State(app): State<App>,
    browser: Browser,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let (attempt, standing) = find_standing(&app, &browser, &id).await?;
    Ok(status_of(&app, &attempt, standing.as_ref()).json())
}

/// Uses the approval: the session begins.
pub async fn proceed(
    State(app): State<App>,
    browser: Browser,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Button>,
) -> Result<Response, PageError> {
    browser.guard(&app, &headers, &form.csrf, browser.pre_token.as_deref())?;
    let attempt = find(&app, &browser, &id).await?;
    let tokens = browser.tokens();
    match finish_login::by_approval(&app, &browser.caller, &attempt, tokens).await {
        Ok(logged_in) => Ok(log_in(&browser, &logged_in)),
        // Not approved (yet), or a second click: the page says where it stands.
        Err(refusal) if refusal.code == ErrorCode::ChallengeClosed => {
            Ok(Redirect::to(&paths::login_attempt(attempt.id.as_str())).into_response())
        }
        Err(refusal) => Err(browser.refuse(&app, refusal.code)),
    }
}

/// The customer gives up.
pub async fn cancel(
    State(app): State<App>,
    browser: Browser,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Button>,
) -> Result<Response, PageError> {
    browser.guard(&app, &headers, &form.csrf, browser.pre_token.as_deref())?;
    let attempt = find(&app, &browser, &id).await?;
    let done = end_attempt::run(&app, &browser.caller, &attempt).await;
    done.map_err(|refusal| browser.refuse(&app, refusal.code))?;
    Ok(Redirect::to(&paths::login_attempt(attempt.id.as_str())).into_response())
}

/// Finds the attempt of this browser.
pub(super) async fn find(app: &App, browser: &Browser, id: &str) -> Result<Attempt, PageError> {
    Ok(find_standing(app, browser, id).await?.0)
}

async fn find_standing(
    app: &App,
    browser: &Browser,
    id: &str,
) -> Result<(Attempt, Option<Standing>), PageError> {
    let missing = || browser.refuse(app, ErrorCode::NotFound);
    let id: AttemptId = id.parse().map_err(|_| missing())?;
    let failed = |error: StoreError| browser.refuse(app, Refusal::from(error).code);
    let found = app.store.hot.attempt_standing(&id, &browser.pre_hash()).await;
    found.map_err(failed)?.ok_or_else(missing)
}

/// Sets the cookies of a completed login. The secret from before the login ends here (SESS-03).
pub(super) fn log_in(browser: &Browser, logged_in: &LoggedIn) -> Response {
    let origin = &browser.origin;
    let cookies = [
        (SET_COOKIE, Cookie::Session.set(origin, &logged_in.session_token)),
        (SET_COOKIE, Cookie::Browser.set(origin, &logged_in.browser_token)),
        (SET_COOKIE, Cookie::Pre.set(origin, "")),
    ];
    (AppendHeaders(cookies), Redirect::to(paths::ACCOUNT)).into_response()
}

/// A page that says how an attempt ended.
pub(super) fn ended_page(app: &App, browser: &Browser, ended: Ended) -> Response {
    let view = EndedPage {
        frame: browser.frame(app),
        ended,
        again: paths::LOGIN.to_owned(),
    };
    page(StatusCode::OK, &view)
}

async fn how_ended(app: &App, attempt: &Attempt) -> Result<Option<Ended>, StoreError> {
    let now: Timestamp = app.now();
    let Some(why) = attempt.state.strip_prefix("ended:") else {
        return Ok((now >= attempt.expires_at).then_some(Ended::Expired));
    };
    let code = why.parse().ok().and_then(ErrorCode::from_number);
    let mut c = app.store.read().await?;
    Ok(Some(match code {
        Some(ErrorCode::AccountLocked) => {
            let until = accounts::counter(&mut c, &attempt.account, Lane::Factor)
                .await?
                .locked_until;
            Ended::Locked((until > now).then_some(until))
        }
        Some(ErrorCode::ApproverDisabled) => Ended::ApproverDisabled,
        Some(ErrorCode::BrowserBlocked) => denied_or_blocked(&mut c, attempt).await?,
        Some(ErrorCode::TooManyOpenLogins) => Ended::TooManyOpen,
        Some(ErrorCode::FallbackClosed) => {
            let account = accounts::by_id(&mut c, &attempt.account).await?;
            Ended::FallbackClosed(account.map(|a| a.fallback_opens_at))
        }
        Some(ErrorCode::NoProvenAddress) => Ended::NoAddress,
        Some(ErrorCode::DeviceSuspended) => Ended::Suspended,
        None => Ended::Cancelled,
        Some(_) => Ended::Held,
    }))
}

/// An attempt that was itself refused says so; the others of an unknown browser were stopped with it.
async fn denied_or_blocked(c: &mut crate::store::Conn, attempt: &Attempt) -> Result<Ended, StoreError> {
    let Some(id) = &attempt.challenge else {
        return Ok(Ended::BrowserBlocked);
    };
    let challenge = challenges::by_id(c, id).await?;
    let reason = challenge.and_then(|found| found.deny_reason);
    Ok(challenge_view::denied(reason.as_deref()).map_or(Ended::BrowserBlocked, Ended::Denied))
}

async fn read_status(app: &App, attempt: &Attempt) -> Result<Status, StoreError> {
    let found = app
        .store
        .hot
        .attempt_standing(&attempt.id, &attempt.browser_hash)
        .await?;
    Ok(match &found {
        Some((current, standing)) => status_of(app, current, standing.as_ref()),
        None => status_of(app, attempt, None),
    })
}

fn status_of(app: &App, attempt: &Attempt, standing: Option<&Standing>) -> Status {
    let now = app.now();
    if let Some(standing) = standing {
        return challenge_view::status_at(standing, now);
    }
    let state = if attempt.state == "open" && now < attempt.expires_at {
        "pending"
    } else {
        "cancelled"
    };
    Status {
        state,
        expires_at: attempt.expires_at,
        now,
    }
}

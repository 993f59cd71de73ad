//! `/activate`: a new member with a one-time token sets name, staff ID and password, and registers the own device (STAFF-08).

use axum::Form;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::EnrolmentId;
use warifu_shared::link::EnrolLink;
use zeroize::Zeroizing;

use super::browser::StaffBrowser;
use super::login::{Button, pre_token};
use super::paths;
use super::views::{DevicePage, SetUpPage};
use crate::app::App;
use crate::operations::confirm_enrolment::{self, Verdict};
use crate::operations::staff::set_up::{self, Typed};
use crate::operations::{Refusal, issue_enrolment};
use crate::pages::enrol::{device_of, read_status};
use crate::pages::error::PageError;
use crate::pages::layout::{ErrorNote, form_page, page};
use crate::pages::live_status;
use crate::pages::views::{Ended, EndedPage, FingerprintPage};
use crate::store::enrolments::{self, StoredEnrolment};
use crate::store::staff::members::{self, Member};

/// The form.
#[derive(Deserialize)]
pub struct Form1 {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    token: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    login_id: String,
    #[serde(default)]
    password: Zeroizing<String>,
    #[serde(default)]
    again: Zeroizing<String>,
}

/// Shows the form.
pub async fn get(State(app): State<App>, mut browser: StaffBrowser) -> Response {
    let (token, cookie) = pre_token(&app, &mut browser);
    let view = SetUpPage {
        frame: browser.frame(&app, Some(&token)),
        token: String::new(),
        name: String::new(),
        login_id: String::new(),
        error: None,
    };
    (cookie, form_page(&app, None, &view)).into_response()
}

/// Takes the token, and goes on to the device.
pub async fn post(
    State(app): State<App>,
    browser: StaffBrowser,
    headers: HeaderMap,
    Form(form): Form<Form1>,
) -> Result<Response, PageError> {
    browser.guard(&app, &headers, &form.csrf, browser.pre_token.as_deref())?;
    let typed = Typed {
        token: form.token,
        name: form.name,
        login_id: form.login_id,
        password: form.password,
        again: form.again,
    };
    match set_up::run(&app, &browser.caller, &typed, &browser.pre_hash()).await {
        Ok(id) => Ok(Redirect::to(&paths::device(id.as_str())).into_response()),
        Err(refusal) => {
            let view = SetUpPage {
                frame: browser.frame(&app, browser.pre_token.as_deref()),
                token: typed.token.chars().take(64).collect(),
                name: typed.name.chars().take(40).collect(),
                login_id: typed.login_id.chars().take(40).collect(),
                error: Some(ErrorNote::from(refusal)),
            };
            Ok(form_page(&app, Some(refusal), &view))
        }
    }
}

/// The device's enrolment: the code, the fingerprint, or how it ended.
pub async fn device(
    State(app): State<App>,
    browser: StaffBrowser,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let (member, enrolment) = find(&app, &browser, &id).await?;
    let frame = browser.frame(&app, browser.pre_token.as_deref());
    let (now, url) = (app.now(), paths::device(enrolment.id.as_str()));
    let shown = match enrolment.state.as_str() {
        "confirmed" => {
            let done = set_up::finish(&app, &browser.caller, &member).await;
            done.map_err(|refusal| browser.refuse(&app, refusal))?;
            return Ok(Redirect::to("/login?done=ready").into_response());
        }
        "issued" if now < enrolment.expires_at => {
            let codes = issue_enrolment::codes(&app, &enrolment.id, &enrolment.session);
            let link = EnrolLink {
                origin: app.config.service.device_origin.clone(),
                server_key: app.secrets.challenge_key.public().thumbprint().to_string(),
                code: codes.long.to_string(),
            };
            let view = DevicePage {
                frame,
                url,
                app_link: link.write(),
                created_at: enrolment
                    .expires_at
                    .plus_secs(-app.config.enrolment.code_lifetime),
                expires_at: enrolment.expires_at,
                now,
            };
            return Ok(page(StatusCode::OK, &view));
        }
        "claimed" if now < enrolment.expires_at => device_of(&app, &enrolment).await,
        // Over: a further code, as long as this browser may set up.
        _ => {
            let ended = EndedPage {
                frame,
                ended: Ended::Cancelled,
                again: paths::SET_UP.to_owned(),
            };
            return Ok(page(StatusCode::OK, &ended));
        }
    };
    let device = shown.map_err(|refusal| browser.refuse(&app, refusal))?;
    let view = FingerprintPage {
        frame,
        url,
        fingerprint: enrolment.fingerprint.clone().unwrap_or_default(),
        device_name: device.name,
        model: device.model,
        expires_at: enrolment.expires_at,
        now,
        error: None,
    };
    Ok(page(StatusCode::OK, &view))
}

/// The fingerprints are the same.
pub async fn confirm(
    State(app): State<App>,
    browser: StaffBrowser,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Button>,
) -> Result<Response, PageError> {
    decide(&app, &browser, &id, (&headers, &form), Verdict::Same).await
}

/// They differ, or the member stops.
pub async fn cancel(
    State(app): State<App>,
    browser: StaffBrowser,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Button>,
) -> Result<Response, PageError> {
    decide(&app, &browser, &id, (&headers, &form), Verdict::Stop).await
}

async fn decide(
    app: &App,
    browser: &StaffBrowser,
    id: &str,
    (headers, form): (&HeaderMap, &Button),
    verdict: Verdict,
) -> Result<Response, PageError> {
    browser.guard(app, headers, &form.csrf, browser.pre_token.as_deref())?;
    let (member, enrolment) = find(app, browser, id).await?;
    match confirm_enrolment::run(app, &browser.caller, &enrolment, verdict).await {
        Ok(()) => {}
        Err(refusal) if refusal.code == ErrorCode::EnrolmentCodeExpired => {}
        Err(refusal) => return Err(browser.refuse(app, refusal)),
    }
    let mut next = enrolment.id;
    if verdict == Verdict::Stop {
        // The browser may still set up: a new code for another try.
        let issued = set_up::issue(app, &browser.caller, &member).await;
        next = issued.map_err(|refusal| browser.refuse(app, refusal))?;
    }
    Ok(Redirect::to(&paths::device(next.as_str())).into_response())
}

/// The live status as a stream.
pub async fn events(
    State(app): State<App>,
    browser: StaffBrowser,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let (_, enrolment) = find(&app, &browser, &id).await?;
    let follow = app.clone();
    Ok(live_status::stream(&app, enrolment.id.to_string(), move || {
        let (app, id) = (follow.clone(), enrolment.id.clone());
        async move { read_status(&app, &id).await.ok() }
    }))
}

/// The live status once.
pub async fn status(
    State(app): State<App>,
    browser: StaffBrowser,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let (_, enrolment) = find(&app, &browser, &id).await?;
    let status = read_status(&app, &enrolment.id).await;
    Ok(status.map_err(|error| browser.refuse(&app, error))?.json())
}

/// The enrolment of the member that this browser sets up; any other is not found.
async fn find(app: &App, browser: &StaffBrowser, id: &str) -> Result<(Member, StoredEnrolment), PageError> {
    let missing = || browser.refuse(app, ErrorCode::NotFound);
    let id: EnrolmentId = id.parse().map_err(|_| missing())?;
    let found = async {
        let mut c = app.store.read().await?;
        let member = members::by_setup(&mut c, &browser.pre_hash(), app.now()).await?;
        Ok::<_, Refusal>((member, enrolments::by_id(&mut c, &id).await?))
    };
    match found.await.map_err(|refusal| browser.refuse(app, refusal))? {
        (Some(member), Some(found)) if found.account == member.account => Ok((member, found)),
        _ => Err(missing()),
    }
}

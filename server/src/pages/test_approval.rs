//! `/test`: a test approval, the real path without an effect (ENROL-06).

use axum::Form;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::ChallengeId;
use warifu_shared::jws::challenge::Action;

use super::attempt::Button;
use super::challenge_view::{self, Shown};
use super::customer::{Background, Customer};
use super::error::PageError;
use super::live_status;
use super::paths;
use super::views::WaitAction;
use crate::app::App;
use crate::operations::start_test;
use crate::store::{StoreError, challenges};

/// Asks for a test approval.
pub async fn post(
    State(app): State<App>,
    customer: Customer,
    headers: HeaderMap,
    Form(form): Form<Button>,
) -> Result<Response, PageError> {
    customer.guard(&app, &headers, &form.csrf)?;
    let (caller, session) = (&customer.browser.caller, &customer.session);
    let made = start_test::run(&app, caller, session, &customer.session_hash).await;
    let id = made.map_err(|refusal| customer.refuse(&app, refusal))?;
    Ok(Redirect::to(&paths::test_approval(id.as_str())).into_response())
}

/// Shows where it stands.
pub async fn get(
    State(app): State<App>,
    customer: Customer,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let id = find(&app, &customer, &id).await?;
    let shown = Shown {
        url: paths::test_approval(id.as_str()),
        action: WaitAction::Test,
        frame: customer.frame(&app),
        again: paths::DEVICES.to_owned(),
        money: None,
    };
    challenge_view::show(&app, &id, shown)
        .await
        .map_err(|refusal| customer.refuse(&app, refusal))
}

/// The live status as a stream.
pub async fn events(
    State(app): State<App>,
    Background(customer): Background,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let id = find(&app, &customer, &id).await?;
    let follow = app.clone();
    Ok(live_status::stream(&app, id.to_string(), move || {
        let (app, id) = (follow.clone(), id.clone());
        async move { challenge_view::status(&app, &id).await.ok() }
    }))
}

/// The live status once.
pub async fn status(
    State(app): State<App>,
    Background(customer): Background,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let id = find(&app, &customer, &id).await?;
    Ok(challenge_view::status(&app, &id)
        .await
        .map_err(|error| customer.refuse(&app, error))?
        .json())
}

/// The test is done: the approval is used up.
pub async fn proceed(
    State(app): State<App>,
    customer: Customer,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Button>,
) -> Result<Response, PageError> {
    customer.guard(&app, &headers, &form.csrf)?;
    let id = find(&app, &customer, &id).await?;
    let (now, hash, own) = (app.now(), customer.session_hash.clone(), id.clone());
    let used = app
        .store
        .write(move |c| Box::pin(async move { challenges::consume(c, &own, &hash, now).await }))
        .await;
    let used = used.map_err(|error| customer.refuse(&app, error))?;
    let to = if used {
        format!("{}?done=tested", paths::DEVICES)
    } else {
        paths::test_approval(id.as_str())
    };
    Ok(Redirect::to(&to).into_response())
}

/// The customer gives up.
pub async fn cancel(
    State(app): State<App>,
    customer: Customer,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Button>,
) -> Result<Response, PageError> {
    customer.guard(&app, &headers, &form.csrf)?;
    let id = find(&app, &customer, &id).await?;
    let (now, own) = (app.now(), id.clone());
    let done = app
        .store
        .write(move |c| Box::pin(async move { challenges::cancel(c, &own, "page", now).await }))
        .await;
    done.map_err(|error| customer.refuse(&app, error))?;
    app.live.changed(id.as_str());
    Ok(Redirect::to(paths::DEVICES).into_response())
}

/// A test that this session asked for; anything else is not found (CHAL-08).
async fn find(app: &App, customer: &Customer, id: &str) -> Result<ChallengeId, PageError> {
    let missing = || customer.refuse(app, ErrorCode::NotFound);
    let id: ChallengeId = id.parse().map_err(|_| missing())?;
    let failed = |error: StoreError| customer.refuse(app, error);
    let found = app.store.hot.challenge(&id).await.map_err(failed)?;
    let own = found.is_some_and(|challenge| {
        challenge.action == Action::Test && challenge.browser_hash == customer.session_hash
    });
    if own { Ok(id) } else { Err(missing()) }
}

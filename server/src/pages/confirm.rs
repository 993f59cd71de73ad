//! `/security/confirm`: a fresh proof in a running session, then back to where it was needed (SESS-03, SESS-07).

use axum::extract::{Path, Query, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use axum::routing::{get as on_get, post as on_post};
use axum::{Form, Router};
use serde::Deserialize;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::ChallengeId;
use warifu_shared::jws::challenge::Action;

use super::attempt::Button;
use super::back::Back;
use super::browser::Cookie;
use super::challenge_view::{self, Shown};
use super::code::{self, CodeForm};
use super::customer::{Background, Customer};
use super::error::PageError;
use super::layout::{ErrorNote, form_page, page};
use super::views::{ConfirmNote, ConfirmPage, WaitAction};
use super::{live_status, paths};
use crate::app::App;
use crate::domain::challenge::{ChallengeState, StoredChallenge};
use crate::http::retry::with_retry_after;
use crate::operations::confirm_again::{self, Asker, Way};
use crate::operations::{Refusal, admit, send_code};
use crate::store::{StoreError, challenges};

/// Its routes.
pub(super) fn routes() -> Router<App> {
    let at = |rest: &str| format!("{}{rest}", paths::CONFIRM);
    Router::new()
        .route(paths::CONFIRM, on_get(get).post(post))
        .route(&at("/{back}/code"), on_get(code_page))
        .route(&at("/{back}/code/code"), on_post(try_code))
        .route(&at("/{back}/code/resend"), on_post(resend))
        .route(&at("/{back}/code/cancel"), on_post(leave))
        .route(&at("/{back}/{challenge}"), on_get(waiting))
        .route(&at("/{back}/{challenge}/events"), on_get(events))
        .route(&at("/{back}/{challenge}/status"), on_get(status))
        .route(&at("/{back}/{challenge}/continue"), on_post(proceed))
        .route(&at("/{back}/{challenge}/cancel"), on_post(cancel))
}

/// Where to return to.
#[derive(Deserialize)]
pub struct Wanted {
    #[serde(default)]
    back: String,
}

/// What is asked, and why.
async fn get(
    State(app): State<App>,
    customer: Customer,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let way = find_way(&app, &customer).await?;
    let back = Back::exactly(&wanted.back);
    Ok(page(
        StatusCode::OK,
        &view(&app, &customer, back, way, None, None),
    ))
}

/// The form.
#[derive(Deserialize)]
pub struct Start {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    back: String,
}

/// Asks for the proof.
async fn post(
    State(app): State<App>,
    customer: Customer,
    headers: HeaderMap,
    Form(form): Form<Start>,
) -> Result<Response, PageError> {
    customer.guard(&app, &headers, &form.csrf)?;
    let back = Back::exactly(&form.back);
    let asker = asker(&customer);
    let way = find_way(&app, &customer).await?;
    let begun = match way {
        Way::App => confirm_again::ask(&app, &asker).await.map(|id| id.to_string()),
        Way::Code => match send(&app, &asker).await {
            // A code is on its way already, or there are too many: the page looks the same (CODE-05).
            Err(refusal) if !sent_lately(refusal) => Err(refusal),
            _ => Ok(CODE.to_owned()),
        },
        Way::Closed(why) => Err(why.into()),
    };
    match begun {
        Ok(what) => Ok(Redirect::to(&paths::confirming(&back.key(), &what)).into_response()),
        Err(refusal) => {
            let error = Some(refusal.into());
            let view = view(&app, &customer, back, way, None, error);
            Ok(form_page(&app, Some(refusal), &view))
        }
    }
}

/// The waiting page of an approval.
async fn waiting(
    State(app): State<App>,
    customer: Customer,
    Path((back, id)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let (back, found) = find(&app, &customer, &back, &id).await?;
    let note = match found.state_at(app.now()) {
        ChallengeState::Pending | ChallengeState::Approved => {
            let shown = Shown {
                url: paths::confirming(&back.key(), found.id.as_str()),
                action: WaitAction::Confirm,
                frame: customer.frame(&app),
                again: back.confirm_url(),
                money: None,
            };
            let shown = challenge_view::show(&app, &found.id, shown).await;
            return shown.map_err(|refusal| customer.refuse(&app, refusal));
        }
        ChallengeState::Denied => ConfirmNote::NotApproved,
        _ => ConfirmNote::Over,
    };
    let way = find_way(&app, &customer).await?;
    Ok(page(
        StatusCode::OK,
        &view(&app, &customer, back, way, Some(note), None),
    ))
}

/// The live status as a stream.
async fn events(
    State(app): State<App>,
    Background(customer): Background,
    Path((back, id)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let (_, found) = find(&app, &customer, &back, &id).await?;
    let (follow, id) = (app.clone(), found.id);
    Ok(live_status::stream(&app, id.to_string(), move || {
        let (app, id) = (follow.clone(), id.clone());
        async move { challenge_view::status(&app, &id).await.ok() }
    }))
}

/// The live status once.
async fn status(
    State(app): State<App>,
    Background(customer): Background,
    Path((back, id)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let (_, found) = find(&app, &customer, &back, &id).await?;
    let status = challenge_view::status(&app, &found.id).await;
    Ok(status.map_err(|error| customer.refuse(&app, error))?.json())
}

/// Uses the approval: the session goes on under a new token.
async fn proceed(
    State(app): State<App>,
    customer: Customer,
    Path((back, id)): Path<(String, String)>,
    headers: HeaderMap,
    Form(form): Form<Button>,
) -> Result<Response, PageError> {
    customer.guard(&app, &headers, &form.csrf)?;
    let (back, found) = find(&app, &customer, &back, &id).await?;
    match confirm_again::by_approval(&app, &asker(&customer), &found.id).await {
        Ok(token) => Ok(confirmed(&customer, &token, back)),
        // Not approved (yet), or a second click: the page says where it stands.
        Err(refusal) if refusal.code == ErrorCode::ChallengeClosed => {
            Ok(Redirect::to(&paths::confirming(&back.key(), found.id.as_str())).into_response())
        }
        Err(refusal) => Err(customer.refuse(&app, refusal)),
    }
}

/// The customer gives up.
async fn cancel(
    State(app): State<App>,
    customer: Customer,
    Path((back, id)): Path<(String, String)>,
    headers: HeaderMap,
    Form(form): Form<Button>,
) -> Result<Response, PageError> {
    customer.guard(&app, &headers, &form.csrf)?;
    let (back, found) = find(&app, &customer, &back, &id).await?;
    let (now, own) = (app.now(), found.id.clone());
    let done = app
        .store
        .write(move |c| Box::pin(async move { challenges::cancel(c, &own, "page", now).await }))
        .await;
    done.map_err(|error| customer.refuse(&app, error))?;
    app.live.changed(found.id.as_str());
    Ok(Redirect::to(back.path()).into_response())
}

/// The page of the mailed code.
async fn code_page(
    State(app): State<App>,
    customer: Customer,
    Path(back): Path<String>,
) -> Result<Response, PageError> {
    let back = back_of(&app, &customer, &back)?;
    by_code(&app, &customer).await?;
    show_code(&app, &customer, back, None, false).await
}

/// Tries a code.
async fn try_code(
    State(app): State<App>,
    customer: Customer,
    Path(back): Path<String>,
    headers: HeaderMap,
    Form(form): Form<CodeForm>,
) -> Result<Response, PageError> {
    let [csrf, typed] = form.parts();
    customer.guard(&app, &headers, &csrf)?;
    let back = back_of(&app, &customer, &back)?;
    let tried = match admit::code(&app, &customer.browser.caller).await {
        Ok(()) => confirm_again::by_code(&app, &asker(&customer), &typed).await,
        Err(refusal) => Err(refusal),
    };
    match tried {
        Ok(token) => Ok(confirmed(&customer, &token, back)),
        Err(refusal) => after_refusal(&app, &customer, back, refusal).await,
    }
}

/// Sends another code.
async fn resend(
    State(app): State<App>,
    customer: Customer,
    Path(back): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Button>,
) -> Result<Response, PageError> {
    customer.guard(&app, &headers, &form.csrf)?;
    let back = back_of(&app, &customer, &back)?;
    by_code(&app, &customer).await?;
    match send(&app, &asker(&customer)).await {
        Ok(()) => show_code(&app, &customer, back, None, true).await,
        Err(refusal) if refusal.code == ErrorCode::TooManyRequests => {
            show_code(&app, &customer, back, None, true).await
        }
        Err(refusal) => after_refusal(&app, &customer, back, refusal).await,
    }
}

/// Gives up the code.
async fn leave(
    State(app): State<App>,
    customer: Customer,
    Path(back): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Button>,
) -> Result<Response, PageError> {
    customer.guard(&app, &headers, &form.csrf)?;
    Ok(Redirect::to(back_of(&app, &customer, &back)?.path()).into_response())
}

async fn after_refusal(
    app: &App,
    customer: &Customer,
    back: Back,
    refusal: Refusal,
) -> Result<Response, PageError> {
    let on_the_page = (1400..1500).contains(&refusal.code.number())
        || matches!(
            refusal.code,
            ErrorCode::AccountLocked | ErrorCode::TooManyRequests
        );
    if !on_the_page {
        return Err(customer.refuse(app, refusal));
    }
    let shown = show_code(app, customer, back, Some(refusal.into()), false).await?;
    Ok(with_retry_after(shown, refusal, app.now()))
}

async fn show_code(
    app: &App,
    customer: &Customer,
    back: Back,
    error: Option<ErrorNote>,
    sent_again: bool,
) -> Result<Response, PageError> {
    let purpose = confirm_again::purpose(&asker(customer));
    let asked = code::Asked {
        frame: customer.frame(app),
        url: paths::confirming(&back.key(), CODE),
        purpose: &purpose.id,
        account: &purpose.account,
        created_at: customer.session.approved_at,
        money: None,
        confirm: true,
    };
    code::show_for(app, asked, error, sent_again)
        .await
        .map_err(|refusal| customer.refuse(app, refusal))
}

async fn send(app: &App, asker: &Asker) -> Result<(), Refusal> {
    admit::code(app, &asker.caller).await?;
    send_code::run(app, &asker.caller, &confirm_again::purpose(asker)).await
}

const fn sent_lately(refusal: Refusal) -> bool {
    matches!(
        refusal.code,
        ErrorCode::CodeResendTooSoon | ErrorCode::TooManyRequests
    )
}

/// The new token in the cookie, and back.
fn confirmed(customer: &Customer, token: &str, back: Back) -> Response {
    let cookie = [(SET_COOKIE, Cookie::Session.set(&customer.browser.origin, token))];
    (AppendHeaders(cookie), Redirect::to(back.path())).into_response()
}

fn view(
    app: &App,
    customer: &Customer,
    back: Back,
    way: Way,
    note: Option<ConfirmNote>,
    error: Option<ErrorNote>,
) -> ConfirmPage {
    ConfirmPage {
        frame: customer.frame(app),
        back,
        way,
        note,
        error,
    }
}

fn asker(customer: &Customer) -> Asker {
    Asker {
        caller: customer.browser.caller.clone(),
        account: customer.account.clone(),
        session: customer.session.clone(),
        bound: customer.session_hash.clone(),
        token_hash: customer.token_hash.clone(),
    }
}

async fn find_way(app: &App, customer: &Customer) -> Result<Way, PageError> {
    let way = confirm_again::way(app, &asker(customer)).await;
    way.map_err(|refusal| customer.refuse(app, refusal))
}

/// Only where a code is the account's highest factor (CODE-10).
async fn by_code(app: &App, customer: &Customer) -> Result<(), PageError> {
    match find_way(app, customer).await? {
        Way::Code => Ok(()),
        Way::App => Err(customer.refuse(app, ErrorCode::NotFound)),
        Way::Closed(why) => Err(customer.refuse(app, why)),
    }
}

fn back_of(app: &App, customer: &Customer, key: &str) -> Result<Back, PageError> {
    Back::of_key(key).ok_or_else(|| customer.refuse(app, ErrorCode::NotFound))
}

/// A confirmation that this session asked for; anything else is not found (CHAL-08).
async fn find(
    app: &App,
    customer: &Customer,
    back: &str,
    id: &str,
) -> Result<(Back, StoredChallenge), PageError> {
    let back = back_of(app, customer, back)?;
    let missing = || customer.refuse(app, ErrorCode::NotFound);
    let id: ChallengeId = id.parse().map_err(|_| missing())?;
    let failed = |error: StoreError| customer.refuse(app, error);
    let found = app.store.hot.challenge(&id).await.map_err(failed)?;
    let own = found.filter(|it| it.action == Action::Confirm && it.browser_hash == customer.session_hash);
    Ok((back, own.ok_or_else(missing)?))
}

/// The word in the path for the mailed code.
const CODE: &str = "code";

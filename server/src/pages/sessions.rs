//! `/security/sessions`: the open sessions and their end; the time left, and its extension (SESS-01, 02, 06, 09).

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get as on_get, post as on_post};
use axum::{Form, Json, Router};
use serde::Deserialize;
use serde_json::json;
use warifu_shared::display::place_name;
use warifu_shared::error::ErrorCode;
use zeroize::Zeroizing;

use super::back::Back;
use super::customer::{Background, Customer};
use super::error::PageError;
use super::layout::form_page;
use super::paths;
use super::views::{SessionRow, SessionsPage};
use crate::app::App;
use crate::operations::end_sessions::{self, Which};
use crate::operations::{Refusal, confirm_again};
use crate::store::session_list;

/// Its routes.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(paths::SESSIONS, on_get(get).post(post))
        .route(paths::SESSION_STATUS, on_get(status))
        .route(paths::SESSION_EXTEND, on_post(extend))
}

/// What just happened, named in the address (it says nothing secret and changes nothing).
#[derive(Deserialize)]
pub struct Just {
    #[serde(default)]
    done: String,
}

/// The list.
async fn get(
    State(app): State<App>,
    customer: Customer,
    Query(just): Query<Just>,
) -> Result<Response, PageError> {
    show(&app, &customer, None, just.done == "ended").await
}

/// The form.
#[derive(Deserialize)]
pub struct EndForm {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    password: Zeroizing<String>,
    #[serde(default)]
    which: String,
}

/// Ends one or all others.
async fn post(
    State(app): State<App>,
    customer: Customer,
    headers: HeaderMap,
    Form(form): Form<EndForm>,
) -> Result<Response, PageError> {
    customer.guard(&app, &headers, &form.csrf)?;
    let which = match form.which.as_str() {
        "others" => Which::Others,
        id => match id.parse() {
            Ok(id) => Which::One(id),
            Err(_) => return Err(customer.refuse(&app, ErrorCode::NotFound)),
        },
    };
    match end_sessions::run(&app, &customer.asker(), which, &form.password).await {
        Ok(_) => Ok(Redirect::to(&format!("{}?done=ended", paths::SESSIONS)).into_response()),
        Err(refusal) if refusal.code == ErrorCode::NotFound => Err(customer.refuse(&app, refusal)),
        Err(refusal) => show(&app, &customer, Some(refusal), false).await,
    }
}

/// When the session ends, for the countdown. No person's doing, so it never extends (SESS-02).
async fn status(State(app): State<App>, Background(customer): Background) -> Response {
    let ends = customer.ends(&app);
    Json(json!({"expires_at": ends.at, "now": ends.now, "renewable": ends.renewable})).into_response()
}

/// The form of the button that extends.
#[derive(Deserialize)]
pub struct ExtendForm {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    back: String,
}

/// A person's wish to stay: the access itself extends by the rule of S7.
async fn extend(
    State(app): State<App>,
    customer: Customer,
    headers: HeaderMap,
    Form(form): Form<ExtendForm>,
) -> Result<Response, PageError> {
    customer.guard(&app, &headers, &form.csrf)?;
    Ok(Redirect::to(Back::exactly(&form.back).path()).into_response())
}

async fn show(
    app: &App,
    customer: &Customer,
    refusal: Option<Refusal>,
    done: bool,
) -> Result<Response, PageError> {
    let rows = rows(app, customer)
        .await
        .map_err(|error| customer.refuse(app, error))?;
    let view = SessionsPage {
        frame: customer.frame(app),
        rows,
        needs_password: !confirm_again::proven_lately(app, &customer.session),
        error: refusal.map(Into::into),
        done,
    };
    Ok(form_page(app, refusal, &view))
}

async fn rows(app: &App, customer: &Customer) -> Result<Vec<SessionRow>, Refusal> {
    let language = customer.browser.page.language;
    let mut c = app.store.read().await?;
    let open = session_list::open_of(&mut c, &customer.account.id, app.now()).await?;
    Ok(open
        .into_iter()
        .map(|it| SessionRow {
            here: it.id == customer.session.id,
            id: it.id.to_string(),
            browser: it.browser,
            place: place_name(&it.place, language),
            begun_at: it.created_at,
            last_used_at: it.last_access_at,
            how: it.assurance,
        })
        .collect())
}

//! Every route of the hosted pages, in one list.

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use warifu_shared::error::ErrorCode;

use super::browser::Browser;
use super::headers::{HeaderPolicy, page_headers};
use super::{
    account, activate, addresses, assets, attempt, code, confirm, demo, devices, enrol, history,
    language_switch, login, notices, password, paths, payout, recover, recovery_codes, refused, security,
    sessions, test_approval, withdrawal_password, withdrawals,
};
use crate::app::App;

/// The pages.
pub fn router(app: App) -> Router {
    let https = app
        .config
        .origins
        .iter()
        .all(|origin| origin.url.starts_with("https:"));
    let mut routes = Router::new()
        .route("/", get(|| async { Redirect::to(paths::LOGIN) }))
        .route(paths::LANGUAGE, get(language_switch::get))
        // before login
        .route(paths::LOGIN, get(login::get).post(login::post))
        .route("/login/{attempt}", get(attempt::get))
        .route("/login/{attempt}/events", get(attempt::events))
        .route("/login/{attempt}/status", get(attempt::status))
        .route("/login/{attempt}/continue", post(attempt::proceed))
        .route("/login/{attempt}/cancel", post(attempt::cancel))
        .route("/login/{attempt}/code", post(code::post))
        .route("/login/{attempt}/resend", post(code::resend))
        .merge(activate::routes())
        .merge(recover::routes())
        // after login
        .route(paths::LOGOUT, post(account::log_out))
        .route(paths::ACCOUNT, get(account::get))
        .merge(devices::routes())
        .route(paths::ENROL, post(enrol::post))
        .route("/enrol/{enrolment}", get(enrol::get))
        .route("/enrol/{enrolment}/events", get(enrol::events))
        .route("/enrol/{enrolment}/status", get(enrol::status))
        .route("/enrol/{enrolment}/confirm", post(enrol::confirm))
        .route("/enrol/{enrolment}/cancel", post(enrol::cancel))
        .route(paths::TEST, post(test_approval::post))
        .route("/test/{challenge}", get(test_approval::get))
        .route("/test/{challenge}/events", get(test_approval::events))
        .route("/test/{challenge}/status", get(test_approval::status))
        .route("/test/{challenge}/continue", post(test_approval::proceed))
        .route("/test/{challenge}/cancel", post(test_approval::cancel))
        .route(paths::SECURITY, get(security::get))
        .route(paths::STOP_LETTER, post(security::stop_letter))
        .route(paths::HISTORY, get(history::get))
        .merge(withdrawals::routes())
        .merge(payout::routes())
        .merge(addresses::routes())
        .merge(password::routes())
        .merge(recovery_codes::routes())
        .merge(confirm::routes())
        .merge(sessions::routes())
        .merge(notices::routes())
        .route(
            paths::WITHDRAWAL_PASSWORD,
            get(withdrawal_password::get).post(withdrawal_password::post),
        );
    if app.config.demo {
        routes = routes.route(paths::DEMO, get(demo::get));
    }
    routes
        .fallback(not_found)
        .method_not_allowed_fallback(not_allowed)
        .layer(DefaultBodyLimit::max(64 * 1024))
        .layer(from_fn_with_state(app.clone(), refused::as_page))
        .route("/assets/{version}/{name}", get(assets::serve))
        .layer(from_fn_with_state(HeaderPolicy { https }, page_headers))
        .with_state(app)
}

async fn not_found(State(app): State<App>, browser: Browser) -> Response {
    browser.refuse(&app, ErrorCode::NotFound).into_response()
}

async fn not_allowed(State(app): State<App>, browser: Browser) -> Response {
    browser.refuse(&app, ErrorCode::MethodNotAllowed).into_response()
}

//! The face towards devices: JSON over HTTP, signed by the device's request key (APPR-05..09). See `docs/protocol.md`.

mod challenges;
mod device;
mod enrolments;
mod log;
mod notices;
mod problem;
mod service;
mod signed;
mod vetoes;
mod withdrawals;

use axum::Router;
use axum::routing::{get, post, put};
use warifu_shared::api::paths;

use crate::app::App;

pub use problem::ApiError;

/// Every route of the device API.
pub fn router(app: App) -> Router {
    Router::new()
        .route(paths::SERVICE, get(service::get))
        .route(paths::ENROL_BEGIN, post(enrolments::begin))
        .route(paths::ENROL_FINISH, post(enrolments::finish))
        .route(paths::DEVICE, get(device::status).delete(device::leave))
        .route(paths::DEVICE_NAME, put(device::rename))
        .route(paths::PASSWORD_RESET, post(device::reset_password))
        .route(
            paths::SUBSCRIPTION,
            put(device::subscribe).delete(device::unsubscribe),
        )
        .route(paths::CHALLENGES, get(challenges::list))
        .route("/v1/device/challenges/{id}", get(challenges::get))
        .route("/v1/device/challenges/{id}/decision", post(challenges::decide))
        .route("/v1/device/challenges/{id}/ending", get(challenges::ending))
        .route("/v1/device/challenges/{id}/receipt", get(challenges::receipt))
        .route(paths::WITHDRAWALS, get(withdrawals::list))
        .route("/v1/device/withdrawals/{id}/recall", post(withdrawals::recall))
        .route(paths::NOTICES, get(notices::list))
        .route(paths::VETOES, post(vetoes::object))
        .route(paths::KEYS, get(log::keys))
        .route(paths::LOG_CHECKPOINT, get(log::checkpoint))
        .route(paths::LOG_CONSISTENCY, get(log::consistency))
        .route(paths::LOG_INCLUSION, get(log::inclusion))
        .method_not_allowed_fallback(problem::method_not_allowed)
        .layer(axum::middleware::from_fn(problem::no_store))
        .with_state(app)
}

/// Largest body: two tokens of 8 KiB and names fit well (WEB-11 allows 64 KiB).
const MAX_BODY: usize = 32 * 1024;

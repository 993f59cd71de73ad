//! `GET /.well-known/warifu`: what anyone may know about this service.

use axum::Json;
use axum::extract::State;
use warifu_shared::api::ServiceInfo;

use crate::app::App;

/// Answers the service's origin, name, challenge key, relay and time.
pub async fn get(State(app): State<App>) -> Json<ServiceInfo> {
    Json(app.service_info())
}

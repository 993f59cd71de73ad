//! `/security/addresses`: the mail addresses of the account, changed, proven and stopped (S1, ENROL-07).

mod list;
mod one;
mod stop;

use axum::Router;
use axum::routing::{get, post};
use serde::Deserialize;

pub(super) use stop::StopForm;

use super::paths;
use crate::app::App;

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route(paths::ADDRESSES, get(list::get).post(list::change))
        .route("/security/addresses/second", post(list::add))
        .route("/security/addresses/second/remove", post(list::remove))
        .route("/security/addresses/stop", post(list::stop))
        .route("/security/addresses/change/{id}", get(one::get))
        .route("/security/addresses/change/{id}/events", get(one::events))
        .route("/security/addresses/change/{id}/status", get(one::status))
        .route("/security/addresses/change/{id}/continue", post(one::proceed))
        .route("/security/addresses/change/{id}/code", post(one::code))
        .route("/security/addresses/change/{id}/resend", post(one::resend))
        .route("/security/addresses/change/{id}/cancel", post(one::cancel))
        .route(paths::STOP_ADDRESS, get(stop::get).post(stop::post))
}

/// A form with one address.
#[derive(Deserialize)]
pub struct AddressForm {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    address: String,
}

impl AddressForm {
    /// Token and address, for the fuzz target.
    pub(super) fn parts(self) -> [String; 2] {
        [self.csrf, self.address]
    }
}

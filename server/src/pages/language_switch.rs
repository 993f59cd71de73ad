//! `GET /language?to=en&back=/path`: sets the preference and goes back. Changes nothing else.

use axum::extract::Query;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::browser::Browser;
use super::language;
use crate::app::App;

/// What the link says.
#[derive(Deserialize)]
pub struct Switch {
    to: String,
    #[serde(default)]
    back: String,
}

/// Sets the language.
pub async fn get(State(_): State<App>, browser: Browser, Query(switch): Query<Switch>) -> Response {
    let back = Redirect::to(language::safe_back(&switch.back));
    match language::parse(&switch.to) {
        Some(to) => {
            let cookie = language::set_cookie(to, browser.origin.starts_with("https:"));
            (AppendHeaders([(SET_COOKIE, cookie)]), back).into_response()
        }
        None => back.into_response(),
    }
}

//! `/stop-address`: who still reads the old address stops a change with the code of its mail, without a session (S1).

use axum::Form;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{AppendHeaders, IntoResponse, Response};
use serde::Deserialize;
use warifu_shared::error::ErrorCode;
use zeroize::Zeroizing;

use crate::app::App;
use crate::crypto::mac::new_token;
use crate::operations::{Refusal, stop_address};
use crate::pages::browser::{Browser, Cookie};
use crate::pages::error::PageError;
use crate::pages::layout::{ErrorNote, form_page, page};
use crate::pages::views::StopAddressPage;

/// The form.
#[derive(Deserialize)]
pub struct StopForm {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    code: Zeroizing<String>,
}

impl StopForm {
    /// Token and code, for the fuzz target.
    pub(in crate::pages) fn parts(self) -> [String; 2] {
        [self.csrf, self.code.to_string()]
    }
}

/// Shows the form.
pub async fn get(State(app): State<App>, mut browser: Browser) -> Response {
    let fresh = browser.pre_token.is_none();
    let token = browser.pre_token.get_or_insert_with(new_token).clone();
    let shown = page(StatusCode::OK, &view(&app, &browser, None, false));
    if !fresh {
        return shown;
    }
    let cookie = Cookie::Pre.set(&browser.origin, &token);
    (AppendHeaders([(SET_COOKIE, cookie)]), shown).into_response()
}

/// Stops the change.
pub async fn post(
    State(app): State<App>,
    browser: Browser,
    headers: HeaderMap,
    Form(form): Form<StopForm>,
) -> Result<Response, PageError> {
    browser.guard(&app, &headers, &form.csrf, browser.pre_token.as_deref())?;
    let refusal = match stop_address::by_code(&app, &browser.caller, &form.code).await {
        Ok(()) => return Ok(page(StatusCode::OK, &view(&app, &browser, None, true))),
        Err(refusal) => refusal,
    };
    if !matches!(
        refusal.code,
        ErrorCode::StopCodeRefused | ErrorCode::TooManyRequests
    ) {
        return Err(browser.refuse(&app, refusal.code));
    }
    let view = view(&app, &browser, Some(refusal), false);
    Ok(form_page(&app, Some(refusal), &view))
}

fn view(app: &App, browser: &Browser, refusal: Option<Refusal>, done: bool) -> StopAddressPage {
    StopAddressPage {
        frame: browser.frame(app),
        phone: app.config.service.phone.clone(),
        error: refusal.map(ErrorNote::from),
        done,
    }
}

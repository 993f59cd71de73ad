//! `GET` and `POST /login`: account number and password (PASS-06, CHAL-11).

use axum::Form;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use serde::Deserialize;
use warifu_shared::error::ErrorCode;
use zeroize::Zeroizing;

use super::browser::{Browser, Cookie};
use super::error::PageError;
use super::layout::{ErrorNote, form_page, page};
use super::paths;
use super::views::LoginPage;
use crate::app::App;
use crate::crypto::mac::new_token;
use crate::operations::{Refusal, check_password, start_login};

/// The form.
#[derive(Deserialize)]
pub struct LoginForm {
    #[serde(default)]
    pub(super) csrf: String,
    #[serde(default)]
    pub(super) account_number: String,
    #[serde(default)]
    pub(super) password: Zeroizing<String>,
}

impl LoginForm {
    /// Token, account number and password, for the fuzz target.
    pub(super) fn parts(self) -> [String; 3] {
        [self.csrf, self.account_number, self.password.to_string()]
    }
}

/// Shows the form, and gives the browser the secret that its attempts are bound to.
pub async fn get(State(app): State<App>, mut browser: Browser) -> Response {
    let fresh = browser.pre_token.is_none();
    let token = browser.pre_token.get_or_insert_with(new_token).clone();
    let frame = browser.frame(&app);
    let shown = page(
        StatusCode::OK,
        &LoginPage {
            frame,
            account_number: String::new(),
            error: None,
        },
    );
    if fresh {
        let cookie = Cookie::Pre.set(&browser.origin, &token);
        (AppendHeaders([(SET_COOKIE, cookie)]), shown).into_response()
    } else {
        shown
    }
}

/// Checks the password and leads to the second factor. Every refusal looks the same.
pub async fn post(
    State(app): State<App>,
    browser: Browser,
    headers: HeaderMap,
    Form(form): Form<LoginForm>,
) -> Result<Response, PageError> {
    browser.guard(&app, &headers, &form.csrf, browser.pre_token.as_deref())?;
    let checked = check_password::run(
        &app,
        &browser.caller,
        &form.account_number,
        &form.password,
        browser.browser_token.as_deref(),
    )
    .await;
    let (account, known) = match checked {
        Ok(found) => found,
        Err(refusal) => return refused(&app, &browser, &form, refusal),
    };
    let hash = browser.pre_hash();
    let attempt = start_login::run(&app, &browser.caller, &account, browser.site, &hash, known)
        .await
        .map_err(|refusal| browser.refuse(&app, refusal.code))?;
    Ok(Redirect::to(&paths::login_attempt(attempt.as_str())).into_response())
}

/// The form again with a sentence. It depends on what was refused only, never on the account (CHAL-11).
fn refused(app: &App, browser: &Browser, form: &LoginForm, refusal: Refusal) -> Result<Response, PageError> {
    let on_the_form = [
        ErrorCode::LoginRefused,
        ErrorCode::LoginBusy,
        ErrorCode::Unavailable,
    ];
    if !on_the_form.contains(&refusal.code) {
        return Err(browser.refuse(app, refusal.code));
    }
    let error = ErrorNote {
        retry_at: refusal.retry_at,
        ..ErrorNote::of(refusal.code)
    };
    let view = LoginPage {
        frame: browser.frame(app),
        account_number: form.account_number.chars().take(40).collect(),
        error: Some(error),
    };
    Ok(form_page(app, Some(refusal), &view))
}

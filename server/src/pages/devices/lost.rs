//! A lost phone: what to do, in plain words, and one form that suspends all devices by one factor, at any hour and without
//! a session (ENROL-13).

use axum::Form;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{AppendHeaders, IntoResponse, Response};
use warifu_shared::error::ErrorCode;

use crate::app::App;
use crate::crypto::mac::new_token;
use crate::operations::{check_password, suspend_device};
use crate::pages::browser::{Browser, Cookie};
use crate::pages::error::PageError;
use crate::pages::layout::{ErrorNote, form_page, page};
use crate::pages::login::LoginForm;
use crate::pages::views::LostPage;

/// The steps and the form.
pub async fn get(State(app): State<App>, mut browser: Browser) -> Response {
    let fresh = browser.pre_token.is_none();
    let token = browser.pre_token.get_or_insert_with(new_token).clone();
    let shown = page(StatusCode::OK, &view(&app, &browser));
    if fresh {
        let cookie = Cookie::Pre.set(&browser.origin, &token);
        (AppendHeaders([(SET_COOKIE, cookie)]), shown).into_response()
    } else {
        shown
    }
}

/// Suspends every device. Admission, counters and the refusal are those of the login: an unknown account, a wrong password
/// and a locked account look alike, and an account without a device looks like one whose devices stand still now (CHAL-11).
pub async fn post(
    State(app): State<App>,
    browser: Browser,
    headers: HeaderMap,
    Form(form): Form<LoginForm>,
) -> Result<Response, PageError> {
    browser.guard(&app, &headers, &form.csrf, browser.pre_token.as_deref())?;
    let known_as = browser.browser_token.as_deref();
    let (number, password) = (&form.account_number, &form.password);
    let checked = check_password::run(&app, &browser.caller, number, password, known_as).await;
    let done = match checked {
        Ok((account, _)) => suspend_device::all(&app, &browser.caller, &account.id).await,
        Err(refusal) => Err(refusal),
    };
    let on_the_form = [
        ErrorCode::LoginRefused,
        ErrorCode::LoginBusy,
        ErrorCode::Unavailable,
    ];
    match done {
        Ok(()) => {
            let view = LostPage {
                done: true,
                ..view(&app, &browser)
            };
            Ok(page(StatusCode::OK, &view))
        }
        Err(refusal) if on_the_form.contains(&refusal.code) => {
            let view = LostPage {
                account_number: form.account_number.chars().take(40).collect(),
                error: Some(ErrorNote::from(refusal)),
                ..view(&app, &browser)
            };
            Ok(form_page(&app, Some(refusal), &view))
        }
        Err(refusal) => Err(browser.refuse(&app, refusal.code)),
    }
}

fn view(app: &App, browser: &Browser) -> LostPage {
    LostPage {
        frame: browser.frame(app),
        phone: app.config.service.phone.clone(),
        account_number: String::new(),
        done: false,
        error: None,
    }
}

//! `GET /account` and `POST /logout`.

use axum::Form;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{AppendHeaders, IntoResponse, Response};
use warifu_shared::api::DeviceState;

use super::attempt::Button;
use super::browser::Cookie;
use super::customer::Customer;
use super::error::PageError;
use super::layout::{Frame, page};
use super::views::{AccountPage, Assurance, LastLogin, LoggedOutPage, LoggedOutWhy};
use super::withdrawals;
use crate::app::App;
use crate::domain::session::Assurance as Proven;
use crate::mail::MailAddress;
use crate::operations::{Refusal, keep_form, log_out as operation};
use crate::store::{accounts, devices, sessions};

/// The customer's home.
pub async fn get(State(app): State<App>, customer: Customer) -> Result<Response, PageError> {
    let view = view(&app, &customer)
        .await
        .map_err(|refusal| customer.refuse(&app, refusal))?;
    Ok(page(StatusCode::OK, &view))
}

async fn view(app: &App, customer: &Customer) -> Result<AccountPage, Refusal> {
    let (account, session) = (&customer.account, &customer.session);
    let mut c = app.store.read().await?;
    let devices = devices::of_account(&mut c, &account.id).await?;
    let address = accounts::addresses(&mut c, &account.id)
        .await?
        .into_iter()
        .find(|a| a.authentication && a.proven);
    let last = sessions::before(&mut c, session).await?;
    drop(c);
    let kept = keep_form::kept(app, &account.id).await?;
    let available = withdrawals::available(app, account).await?;
    let frame = customer.frame(app);
    let language = frame.request.language;
    Ok(AccountPage {
        customer: account.customer_name.clone(),
        account_number: account.number.as_str().to_owned(),
        assurance: if session.assurance == Proven::App {
            Assurance::Approval
        } else {
            Assurance::MailedCode
        },
        logged_in_at: session.created_at,
        session_ends_at: session.expires_at,
        last_login: last.map(|(at, place, browser)| LastLogin {
            at,
            place: warifu_shared::display::place_name(&place, language),
            browser,
        }),
        devices: devices.iter().filter(|d| d.state == DeviceState::Active).count(),
        masked_address: address
            .and_then(|a| a.address.parse::<MailAddress>().ok())
            .map(|a| a.masked()),
        cool_off_until: (account.cool_off_until > app.now()).then_some(account.cool_off_until),
        available: available.map(|yen| frame.yen(&yen)),
        kept,
        flash: None,
        frame,
    })
}

/// Ends the session, on the server and in the browser (SESS-05). The known-browser cookie stays.
pub async fn log_out(
    State(app): State<App>,
    customer: Customer,
    headers: HeaderMap,
    Form(form): Form<Button>,
) -> Result<Response, PageError> {
    customer.guard(&app, &headers, &form.csrf)?;
    let done = operation::run(
        &app,
        &customer.browser.caller,
        &customer.session,
        &customer.token_hash,
    )
    .await;
    done.map_err(|refusal| customer.refuse(&app, refusal))?;
    let frame = Frame {
        logged_in: false,
        mail_refused: false,
        ends: None,
        csrf: String::new(),
        ..customer.frame(&app)
    };
    let view = LoggedOutPage {
        frame,
        why: LoggedOutWhy::Asked,
    };
    let cookie = [(SET_COOKIE, Cookie::Session.set(&customer.browser.origin, ""))];
    let clear = [(
        HeaderName::from_static("clear-site-data"),
        "\"cache\", \"storage\"",
    )];
    Ok((
        AppendHeaders(cookie),
        AppendHeaders(clear),
        page(StatusCode::OK, &view),
    )
        .into_response())
}

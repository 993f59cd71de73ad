//! What the fuzz targets reach of the pages' private readers.

use axum::body::Body;
use axum::extract::{Form, FromRequest, Request};
use axum::http::{HeaderMap, header};
use futures_util::FutureExt;
use warifu_shared::jws::withdrawal::Payee;

use super::addresses::{AddressForm, StopForm};
use super::browser::{is_from, read_cookie};
use super::code::CodeForm;
use super::login::LoginForm;
use super::payout::ChangeForm;
use super::withdrawals::WithdrawForm;

/// The value of one of our cookies.
#[must_use]
pub fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    read_cookie(headers, name)
}

/// Whether a POST says that it comes from a page of `origin`.
#[must_use]
pub fn is_from_origin(origin: &str, headers: &HeaderMap) -> bool {
    is_from(origin, headers)
}

/// The body of the login form, read as the page reads it: token, account number, password.
#[must_use]
pub fn login_form(body: &[u8]) -> Option<[String; 3]> {
    let form: LoginForm = form(body)?;
    Some(form.parts())
}

/// The body of the form of a mailed code: token, code.
#[must_use]
pub fn code_form(body: &[u8]) -> Option<[String; 2]> {
    let form: CodeForm = form(body)?;
    Some(form.parts())
}

/// The body of a form with one mail address: token, address.
#[must_use]
pub fn address_form(body: &[u8]) -> Option<[String; 2]> {
    let form: AddressForm = form(body)?;
    Some(form.parts())
}

/// The body of the form of a stop code: token, code.
#[must_use]
pub fn stop_form(body: &[u8]) -> Option<[String; 2]> {
    let form: StopForm = form(body)?;
    Some(form.parts())
}

/// The body of the form of a withdrawal: token, key, amount, password.
#[must_use]
pub fn withdraw_form(body: &[u8]) -> Option<[String; 4]> {
    let form: WithdrawForm = form(body)?;
    Some(form.parts())
}

/// The body of the form of a payout account, as it would be signed; `None` when it cannot be.
#[must_use]
pub fn payout_form(body: &[u8]) -> Option<Payee> {
    let form: ChangeForm = form(body)?;
    form.payee()
}

fn form<T: serde::de::DeserializeOwned>(body: &[u8]) -> Option<T> {
    let request = Request::post("/")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(body.to_vec()))
        .ok()?;
    // The whole body is there, so nothing is waited for.
    let read = Form::from_request(request, &()).now_or_never()?;
    read.ok().map(|Form(form)| form)
}

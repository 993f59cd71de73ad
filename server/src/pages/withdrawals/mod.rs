//! `/withdrawals`: what the customer withdrew and can withdraw; the form; one of them.

mod form;
mod keep;
mod list;
mod one;
mod receipt;

use axum::Router;
use axum::routing::{get, post};

use super::paths;
use crate::app::App;
use crate::domain::account::Account;
use crate::domain::withdrawal::How;
use crate::domain::yen::Yen;
use crate::operations::Refusal;
use crate::operations::withdrawal::facts;

pub use form::WithdrawForm;

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route(paths::WITHDRAWALS, get(list::get))
        .route(paths::WITHDRAW, get(form::get).post(form::post))
        .route(paths::WITHDRAW_KEEP, post(keep::post))
        .route("/withdrawals/{id}", get(one::get))
        .route("/withdrawals/{id}/events", get(one::events))
        .route("/withdrawals/{id}/status", get(one::status))
        .route("/withdrawals/{id}/continue", post(one::proceed))
        .route("/withdrawals/{id}/cancel", post(one::cancel))
        .route("/withdrawals/{id}/code", post(one::code))
        .route("/withdrawals/{id}/resend", post(one::resend))
        .route("/withdrawals/{id}/second", post(one::second))
        .route("/withdrawals/{id}/recall", post(one::recall))
        .route("/withdrawals/{id}/receipt", get(receipt::get))
}

/// What an account can withdraw now; `None` while the core system gives no answer.
pub(super) async fn available(app: &App, account: &Account) -> Result<Option<Yen>, Refusal> {
    let mut c = app.store.read().await?;
    let (_, promised) = facts::of(&mut c, account, How::App, None, app.now()).await?;
    drop(c);
    Ok(facts::available(app, account, promised).await.ok())
}

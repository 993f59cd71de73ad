//! `GET /demo`: the sample customers and where to look. Routed in the demo only.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use warifu_shared::api::DeviceState;

use super::browser::Browser;
use super::layout::page;
use super::views::{DemoAccount, DemoPage};
use crate::app::App;
use crate::demo;
use crate::domain::account::AccountNumber;
use crate::store::{StoreError, accounts, devices};

/// Shows the sample customers with their passwords.
pub async fn get(State(app): State<App>, browser: Browser) -> Response {
    let mut list = Vec::new();
    for sample in demo::CUSTOMERS {
        list.push(DemoAccount {
            number: sample.number.to_owned(),
            customer: sample.name.to_owned(),
            password: sample.password.to_owned(),
            withdrawal_password: sample.withdrawal_password.to_owned(),
            devices: devices_of(&app, sample.number).await.unwrap_or(0),
        });
    }
    let letter = &demo::LETTER;
    let waits = waits(&app, letter.number).await.unwrap_or(false);
    let code = letter.code().grouped().to_string();
    let view = DemoPage {
        letter: waits.then(|| [letter.number.to_owned(), letter.name.to_owned(), code]),
        frame: browser.frame(&app),
        origin: browser.origin.clone(),
        accounts: list,
        mailbox_url: "/demo/mailbox".to_owned(),
        device_command: demo::DEVICE_COMMAND.to_owned(),
    };
    page(StatusCode::OK, &view)
}

/// Whether an account waits for its customer.
async fn waits(app: &App, number: &str) -> Result<bool, StoreError> {
    let Some(number) = AccountNumber::from_typed(number) else {
        return Ok(false);
    };
    let mut c = app.store.read().await?;
    let found = accounts::by_number(&mut c, &number).await?;
    Ok(found.is_some_and(|account| account.opened))
}

async fn devices_of(app: &App, number: &str) -> Result<usize, StoreError> {
    let Some(number) = AccountNumber::from_typed(number) else {
        return Ok(0);
    };
    let mut c = app.store.read().await?;
    let Some(account) = accounts::by_number(&mut c, &number).await? else {
        return Ok(0);
    };
    Ok(devices::of_account(&mut c, &account.id)
        .await?
        .iter()
        .filter(|d| d.state == DeviceState::Active)
        .count())
}

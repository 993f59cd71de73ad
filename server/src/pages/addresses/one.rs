//! One change: its number for the app, then the code that was mailed to the new address.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::{AddressChangeId, ChallengeId};
use warifu_shared::jws::withdrawal::{MailAddress, Transaction};

use crate::app::App;
use crate::http::retry::with_retry_after;
use crate::operations::{Refusal, admit, change_address};
use crate::pages::attempt::Button;
use crate::pages::challenge_view::{self, Shown};
use crate::pages::code::{self as code_page, CodeForm};
use crate::pages::customer::{Background, Customer};
use crate::pages::error::PageError;
use crate::pages::layout::ErrorNote;
use crate::pages::views::{CodeFor, MoneyFacts, WaitAction};
use crate::pages::{live_status, paths};
use crate::store::StoreError;
use crate::store::address_changes::{self, AddressChange, DONE, PROVING};

/// Shows where it stands.
pub async fn get(
    State(app): State<App>,
    customer: Customer,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let change = find(&app, &customer, &id).await?;
    show(&app, &customer, &change, None, false).await
}

async fn show(
    app: &App,
    customer: &Customer,
    change: &AddressChange,
    refusal: Option<Refusal>,
    sent_again: bool,
) -> Result<Response, PageError> {
    let refused = |refusal: Refusal| customer.refuse(app, refusal);
    if change.state == DONE {
        let word = if change.authentication { "changed" } else { "added" };
        return Ok(Redirect::to(&format!("{}?done={word}", paths::ADDRESSES)).into_response());
    }
    let (url, frame) = (paths::address_change(change.id.as_str()), customer.frame(app));
    if change.state == PROVING && change.open_at(app.now()) {
        let asked = code_page::Asked {
            frame,
            url,
            purpose: change.id.as_str(),
            account: &change.account,
            created_at: change.created_at,
            what: CodeFor::Address,
            money: None,
            to: Some(change.address.clone()),
        };
        let shown = code_page::show_for(app, asked, refusal.map(ErrorNote::from), sent_again)
            .await
            .map_err(refused)?;
        return Ok(match refusal {
            Some(refusal) => with_retry_after(shown, refusal, app.now()),
            None => shown,
        });
    }
    let Some(challenge) = change.challenge.as_ref().filter(|_| change.state != PROVING) else {
        return Err(refused(ErrorCode::AddressChangeEnded.into()));
    };
    let signed = Transaction::MailAddress(MailAddress {
        old: change.old_address.clone(),
        new: change.address.clone(),
    });
    let shown = Shown {
        url,
        action: WaitAction::MailAddress,
        money: Some(MoneyFacts::of(&signed, frame.request.language)),
        frame,
        again: paths::ADDRESSES.to_owned(),
    };
    challenge_view::show(app, challenge, shown).await.map_err(refused)
}

/// The live status as a stream.
pub async fn events(
    State(app): State<App>,
    Background(customer): Background,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let challenge = challenge_of(&app, &customer, &id).await?;
    let follow = app.clone();
    Ok(live_status::stream(&app, challenge.to_string(), move || {
        let (app, id) = (follow.clone(), challenge.clone());
        async move { status_of(&app, &id).await.ok() }
    }))
}

/// The live status once.
pub async fn status(
    State(app): State<App>,
    Background(customer): Background,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let challenge = challenge_of(&app, &customer, &id).await?;
    Ok(status_of(&app, &challenge)
        .await
        .map_err(|error| customer.refuse(&app, error))?
        .json())
}

/// The approval is used up in the transaction that recorded it; to the page that is the same as approved.
async fn status_of(app: &App, id: &ChallengeId) -> Result<live_status::Status, StoreError> {
    let status = challenge_view::status(app, id).await?;
    let state = if status.state == "consumed" {
        "approved"
    } else {
        status.state
    };
    Ok(live_status::Status { state, ..status })
}

async fn challenge_of(app: &App, customer: &Customer, id: &str) -> Result<ChallengeId, PageError> {
    let change = find(app, customer, id).await?;
    let missing = || customer.refuse(app, ErrorCode::NotFound);
    change.challenge.ok_or_else(missing)
}

/// On to the code.
pub async fn proceed(
    State(app): State<App>,
    customer: Customer,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Button>,
) -> Result<Response, PageError> {
    customer.guard(&app, &headers, &form.csrf)?;
    let change = find(&app, &customer, &id).await?;
    Ok(Redirect::to(&paths::address_change(change.id.as_str())).into_response())
}

/// Tries the code.
pub async fn code(
    State(app): State<App>,
    customer: Customer,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(form): Form<CodeForm>,
) -> Result<Response, PageError> {
    customer.guard(&app, &headers, &form.csrf)?;
    let change = find(&app, &customer, &id).await?;
    let done = async {
        admit::code(&app, &customer.browser.caller).await?;
        change_address::prove(&app, &customer.asker(), &change.id, &form.code).await
    };
    let done = done.await;
    after(&app, &customer, &change, done, false).await
}

/// Another code.
pub async fn resend(
    State(app): State<App>,
    customer: Customer,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Button>,
) -> Result<Response, PageError> {
    customer.guard(&app, &headers, &form.csrf)?;
    let change = find(&app, &customer, &id).await?;
    let done = async {
        admit::code(&app, &customer.browser.caller).await?;
        change_address::resend(&app, &customer.browser.caller, &change).await
    };
    let done = done.await;
    after(&app, &customer, &change, done, true).await
}

async fn after(
    app: &App,
    customer: &Customer,
    before: &AddressChange,
    done: Result<(), Refusal>,
    sent_again: bool,
) -> Result<Response, PageError> {
    match done {
        Ok(()) if !sent_again => Ok(Redirect::to(&paths::address_change(before.id.as_str())).into_response()),
        Ok(()) => show(app, customer, before, None, true).await,
        Err(refusal) => {
            let now = find(app, customer, before.id.as_str()).await?;
            // A page of its own for what ended; the sentence above the field for the rest.
            if now.state == PROVING && now.open_at(app.now()) {
                show(app, customer, &now, Some(refusal), false).await
            } else {
                Err(customer.refuse(app, refusal))
            }
        }
    }
}

/// The customer gives up.
pub async fn cancel(
    State(app): State<App>,
    customer: Customer,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Button>,
) -> Result<Response, PageError> {
    customer.guard(&app, &headers, &form.csrf)?;
    let change = read(&app, &customer, &id).await?;
    let done = change_address::cancel(&app, &customer.browser.caller, change).await;
    done.map_err(|refusal| customer.refuse(&app, refusal))?;
    Ok(Redirect::to(paths::ADDRESSES).into_response())
}

/// A change that this session asked for; anything else is not found (CHAL-08).
async fn find(app: &App, customer: &Customer, id: &str) -> Result<AddressChange, PageError> {
    let found = read(app, customer, id).await?;
    if found.session_hash == customer.session_hash {
        Ok(found)
    } else {
        Err(customer.refuse(app, ErrorCode::NotFound))
    }
}

/// A change of this account, whichever session asked for it.
async fn read(app: &App, customer: &Customer, id: &str) -> Result<AddressChange, PageError> {
    let missing = || customer.refuse(app, ErrorCode::NotFound);
    let failed = |error: StoreError| customer.refuse(app, error);
    let id: AddressChangeId = id.parse().map_err(|_| missing())?;
    let mut c = app.store.read().await.map_err(failed)?;
    let found = address_changes::by_id(&mut c, &id).await.map_err(failed)?;
    found
        .filter(|it| it.account == customer.account.id)
        .ok_or_else(missing)
}

//! `/withdrawals/{id}`: the number or the code while it waits, then how it goes on (CHAL-08: the number in its own session).

use axum::extract::{Path, State as In};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Form, Json};
use serde::Serialize;
use warifu_shared::api::DeviceState;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::{AccountId, ChallengeId, WithdrawalId};
use warifu_shared::jws::withdrawal::Transaction;

use super::{available, receipt};
use crate::app::App;
use crate::domain::challenge::ChallengeState;
use crate::domain::withdrawal::{How, State};
use crate::http::retry::with_retry_after;
use crate::operations::withdrawal::{By, by_code, end, second as second_approval};
use crate::operations::{Refusal, admit, send_code};
use crate::pages::attempt::Button;
use crate::pages::challenge_view::{self, Shown};
use crate::pages::code::{self as code_page, CodeForm};
use crate::pages::customer::{Background, Customer};
use crate::pages::error::PageError;
use crate::pages::layout::{ErrorNote, page};
use crate::pages::live_status::{self, Status};
use crate::pages::paths;
use crate::pages::views::{CodeFor, MoneyFacts, WaitAction, WithdrawalPage};
use crate::store::withdrawals::{self, Withdrawal};
use crate::store::{StoreError, challenges, devices};

/// Shows where it stands.
pub async fn get(
    In(app): In<App>,
    customer: Customer,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let found = find(&app, &customer, &id).await?;
    let refused = |refusal: Refusal| customer.refuse(&app, refusal);
    let own = found.session_hash == customer.session_hash;
    match waits_for(&app, &found).await.map_err(|e| refused(e.into()))? {
        Waits::Code if own => show_code(&app, &customer, &found, None, false).await,
        Waits::Number(challenge, action) => {
            let asked = app.store.hot.challenge(&challenge).await;
            let asked = asked.map_err(|e| refused(e.into()))?;
            if asked.is_some_and(|it| it.browser_hash == customer.session_hash) {
                let shown = Shown {
                    url: paths::withdrawal(found.id.as_str()),
                    action,
                    frame: customer.frame(&app),
                    again: paths::WITHDRAWALS.to_owned(),
                    money: money(&customer, &app, &found),
                };
                return challenge_view::show(&app, &challenge, shown)
                    .await
                    .map_err(refused);
            }
            show(&app, &customer, &found).await
        }
        _ => show(&app, &customer, &found).await,
    }
}

/// What a withdrawal waits for on a page.
enum Waits {
    /// A number to be carried over.
    Number(ChallengeId, WaitAction),
    /// A mailed code.
    Code,
    /// Nothing.
    Nothing,
}

async fn waits_for(app: &App, found: &Withdrawal) -> Result<Waits, StoreError> {
    let now = app.now();
    let (id, action) = match (found.state_at(now), found.how) {
        (State::Pending, How::Code) => return Ok(Waits::Code),
        (State::Pending, How::App) => (&found.challenge, WaitAction::Withdrawal),
        (State::Second, _) => (&found.second, WaitAction::Second),
        _ => return Ok(Waits::Nothing),
    };
    let Some(id) = id else { return Ok(Waits::Nothing) };
    let mut c = app.store.read().await?;
    let challenge = challenges::by_id(&mut c, id).await?;
    let waits = challenge.is_some_and(|it| it.state_at(now) == ChallengeState::Pending);
    Ok(if waits {
        Waits::Number(id.clone(), action)
    } else {
        Waits::Nothing
    })
}

fn money(customer: &Customer, app: &App, found: &Withdrawal) -> Option<MoneyFacts> {
    let language = customer.frame(app).request.language;
    let txn = Transaction::read(&found.txn).ok()?;
    Some(MoneyFacts::of(&txn, language))
}

async fn show(app: &App, customer: &Customer, found: &Withdrawal) -> Result<Response, PageError> {
    let view = view(app, customer, found).await;
    let view = view.map_err(|refusal| customer.refuse(app, refusal))?;
    Ok(page(StatusCode::OK, &view))
}

async fn view(app: &App, customer: &Customer, found: &Withdrawal) -> Result<WithdrawalPage, Refusal> {
    let (now, frame) = (app.now(), customer.frame(app));
    let state = found.state_at(now);
    let mut c = app.store.read().await?;
    let devices = devices::of_account(&mut c, &found.account).await?;
    drop(c);
    let active = devices.iter().filter(|d| d.state == DeviceState::Active).count();
    let money = money(customer, app, found).ok_or(ErrorCode::Internal)?;
    Ok(WithdrawalPage {
        url: paths::withdrawal(found.id.as_str()),
        state,
        reason: found.reason,
        money,
        requested_at: found.created_at,
        approved_at: found.approved_at,
        release_at: found.release_at,
        ended_at: found.ended_at,
        by_code: found.how == How::Code,
        available: available(app, &customer.account)
            .await?
            .map(|yen| frame.yen(&yen)),
        second_by_device: active > 1,
        receipt: receipt::exists(found).then(|| format!("{}/receipt", paths::withdrawal(found.id.as_str()))),
        frame,
    })
}

/// The live status as a stream.
pub async fn events(
    In(app): In<App>,
    Background(customer): Background,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let found = find(&app, &customer, &id).await?;
    let challenge = found.second.as_ref().or(found.challenge.as_ref());
    let topic = challenge.map_or_else(|| found.id.to_string(), ToString::to_string);
    let follow = app.clone();
    Ok(live_status::stream(&app, topic, move || {
        let (app, id) = (follow.clone(), found.id.clone());
        async move {
            let staged = read_status(&app, &id, None).await.ok().flatten();
            staged.map(|staged| staged.status)
        }
    }))
}

/// The live status once, with the state of the withdrawal itself as `stage`.
pub async fn status(
    In(app): In<App>,
    Background(customer): Background,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let status = match id.parse() {
        Ok(id) => read_status(&app, &id, Some(&customer.account.id)).await,
        Err(_) => Ok(None),
    };
    let status = status.map_err(|error| customer.refuse(&app, error))?;
    let status = status.ok_or_else(|| customer.refuse(&app, ErrorCode::NotFound))?;
    Ok(Json(status).into_response())
}

#[derive(Serialize)]
struct Staged {
    #[serde(flatten)]
    status: Status,
    stage: &'static str,
}

/// How it stands; nothing for anybody but `owner`, where one is given.
async fn read_status(
    app: &App,
    id: &WithdrawalId,
    owner: Option<&AccountId>,
) -> Result<Option<Staged>, StoreError> {
    let now = app.now();
    let found = app.store.money.standing(id).await?;
    let Some(found) = found.filter(|it| owner.is_none_or(|owner| it.account == *owner)) else {
        return Ok(None);
    };
    let waits = match found.state_at(now) {
        State::Pending if found.how == How::Code => true,
        State::Pending | State::Second => found
            .waits
            .is_some_and(|(state, ends)| state.at(ends, now) == ChallengeState::Pending),
        _ => false,
    };
    let state = match found.state_at(now) {
        _ if waits => "pending",
        State::Held | State::Queued | State::Placed | State::Paid => "approved",
        // One approval of two: the page shows what is next.
        state => state.as_str(),
    };
    Ok(Some(Staged {
        status: Status {
            state,
            expires_at: found.expires_at,
            now,
        },
        stage: found.state_at(now).as_str(),
    }))
}

/// The halves have met: on to what follows.
pub async fn proceed(
    In(app): In<App>,
    customer: Customer,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Button>,
) -> Result<Response, PageError> {
    customer.guard(&app, &headers, &form.csrf)?;
    let found = find(&app, &customer, &id).await?;
    Ok(back(&found))
}

/// The customer gives up: the whole withdrawal, or the second request of one.
pub async fn cancel(
    In(app): In<App>,
    customer: Customer,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Button>,
) -> Result<Response, PageError> {
    customer.guard(&app, &headers, &form.csrf)?;
    let found = find(&app, &customer, &id).await?;
    if found.state == State::Second {
        let done = second_approval::cancel(&app, &customer.browser.caller, &found).await;
        done.map_err(|refusal| customer.refuse(&app, refusal))?;
        return Ok(back(&found));
    }
    end::cancel(&app, &customer.browser.caller, &found.id)
        .await
        .map_err(|refusal| customer.refuse(&app, refusal))?;
    Ok(Redirect::to(&format!("{}?done=cancelled", paths::WITHDRAWALS)).into_response())
}

/// Tries a mailed code.
pub async fn code(
    In(app): In<App>,
    customer: Customer,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(form): Form<CodeForm>,
) -> Result<Response, PageError> {
    let [csrf, typed] = form.parts();
    customer.guard(&app, &headers, &csrf)?;
    let found = waiting(&app, &customer, &id).await?;
    let caller = &customer.browser.caller;
    let tried = match admit::code(&app, caller).await {
        Ok(()) => by_code::run(&app, caller, &found, &typed).await,
        refused => refused,
    };
    match tried {
        Ok(()) => Ok(back(&found)),
        Err(refusal) => after_refusal(&app, &customer, &found, refusal).await,
    }
}

/// Sends another code.
pub async fn resend(
    In(app): In<App>,
    customer: Customer,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Button>,
) -> Result<Response, PageError> {
    customer.guard(&app, &headers, &form.csrf)?;
    let found = waiting(&app, &customer, &id).await?;
    let caller = &customer.browser.caller;
    let sent = match admit::code(&app, caller).await {
        Ok(()) => send_code::run(&app, caller, &(&found).into()).await,
        refused => refused,
    };
    match sent {
        Ok(()) => show_code(&app, &customer, &found, None, true).await,
        // Over the hourly or daily limit: the page looks the same, there is no mail (CODE-05).
        Err(refusal) if refusal.code == ErrorCode::TooManyRequests => {
            show_code(&app, &customer, &found, None, true).await
        }
        Err(refusal) => after_refusal(&app, &customer, &found, refusal).await,
    }
}

async fn after_refusal(
    app: &App,
    customer: &Customer,
    found: &Withdrawal,
    refusal: Refusal,
) -> Result<Response, PageError> {
    let on_the_page = (1400..1500).contains(&refusal.code.number())
        || matches!(
            refusal.code,
            ErrorCode::AccountLocked | ErrorCode::TooManyRequests
        );
    match refusal.code {
        ErrorCode::NotFound => Ok(back(found)),
        _ if on_the_page => {
            let shown = show_code(app, customer, found, Some(refusal.into()), false).await?;
            Ok(with_retry_after(shown, refusal, app.now()))
        }
        _ => Err(customer.refuse(app, refusal)),
    }
}

async fn show_code(
    app: &App,
    customer: &Customer,
    found: &Withdrawal,
    error: Option<ErrorNote>,
    sent_again: bool,
) -> Result<Response, PageError> {
    let asked = code_page::Asked {
        frame: customer.frame(app),
        url: paths::withdrawal(found.id.as_str()),
        purpose: found.id.as_str(),
        account: &found.account,
        created_at: found.created_at,
        money: money(customer, app, found),
        what: CodeFor::Withdrawal,
        to: None,
    };
    code_page::show_for(app, asked, error, sent_again)
        .await
        .map_err(|refusal| customer.refuse(app, refusal))
}

/// Asks for the second approval.
pub async fn second(
    In(app): In<App>,
    customer: Customer,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Button>,
) -> Result<Response, PageError> {
    customer.guard(&app, &headers, &form.csrf)?;
    let found = find(&app, &customer, &id).await?;
    let caller = &customer.browser.caller;
    second_approval::run(&app, caller, &found, &customer.session_hash)
        .await
        .map_err(|refusal| customer.refuse(&app, refusal))?;
    Ok(back(&found))
}

/// Takes it back.
pub async fn recall(
    In(app): In<App>,
    customer: Customer,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Button>,
) -> Result<Response, PageError> {
    customer.guard(&app, &headers, &form.csrf)?;
    let found = find(&app, &customer, &id).await?;
    let by = By::customer(&customer.browser.caller);
    end::recall(&app, by, &found.id)
        .await
        .map_err(|refusal| customer.refuse(&app, refusal))?;
    Ok(back(&found))
}

/// A withdrawal of this customer; anyone else's is not found (WEB-08).
pub(super) async fn find(app: &App, customer: &Customer, id: &str) -> Result<Withdrawal, PageError> {
    let missing = || customer.refuse(app, ErrorCode::NotFound);
    let id: WithdrawalId = id.parse().map_err(|_| missing())?;
    let failed = |error: StoreError| customer.refuse(app, error);
    let mut c = app.store.read().await.map_err(failed)?;
    let found = withdrawals::by_id(&mut c, &id).await.map_err(failed)?;
    found
        .filter(|found| found.account == customer.account.id)
        .ok_or_else(missing)
}

/// One that waits for a code in this very session.
async fn waiting(app: &App, customer: &Customer, id: &str) -> Result<Withdrawal, PageError> {
    let found = find(app, customer, id).await?;
    let waits = found.how == How::Code
        && found.session_hash == customer.session_hash
        && found.state_at(app.now()) == State::Pending;
    if waits {
        Ok(found)
    } else {
        Err(customer.refuse(app, ErrorCode::NotFound))
    }
}

fn back(found: &Withdrawal) -> Response {
    Redirect::to(&paths::withdrawal(found.id.as_str())).into_response()
}

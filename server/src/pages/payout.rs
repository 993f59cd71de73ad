//! `/payout-account`: where withdrawals go, and another account asked for and approved (TXN-05, TXN-06).

use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get as on_get, post as on_post};
use axum::{Form, Router};
use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;
use warifu_shared::api::DeviceState;
use warifu_shared::display::payee_rows;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::{ChallengeId, PayoutAccountId};
use warifu_shared::jws::withdrawal::{AccountKind, Payee, PayoutAccount, Transaction};
use zeroize::Zeroizing;

use super::attempt::Button;
use super::challenge_view::{self, Shown};
use super::customer::{Background, Customer};
use super::error::PageError;
use super::layout::{ErrorNote, form_page};
use super::live_status;
use super::paths;
use super::views::{MoneyFacts, PayoutForm, PayoutPage, WaitAction};
use crate::app::App;
use crate::domain::kana::HolderName;
use crate::operations::withdrawal::request::Asker;
use crate::operations::{Refusal, admit, change_payout};
use crate::store::payout::{self, StoredPayout};
use crate::store::{StoreError, devices};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route(paths::PAYOUT, on_get(get).post(post))
        .route("/payout-account/{id}", on_get(one))
        .route("/payout-account/{id}/events", on_get(events))
        .route("/payout-account/{id}/status", on_get(status))
        .route("/payout-account/{id}/continue", on_post(proceed))
        .route("/payout-account/{id}/cancel", on_post(cancel))
}

/// The form.
#[derive(Deserialize)]
pub struct ChangeForm {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    bank: String,
    #[serde(default)]
    bank_name: String,
    #[serde(default)]
    branch: String,
    #[serde(default)]
    branch_name: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    acct: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: Zeroizing<String>,
}

impl ChangeForm {
    /// The account as it will be signed: digits by NFKC, names in NFKC and without spaces around, the holder in full-width
    /// kana (TXN-06). What does not fit is refused, never cut.
    pub(super) fn payee(&self) -> Option<Payee> {
        let plain = |text: &str| text.nfkc().collect::<String>().trim().to_owned();
        let payee = Payee {
            bank: plain(&self.bank),
            bank_name: plain(&self.bank_name),
            branch: plain(&self.branch),
            branch_name: plain(&self.branch_name),
            kind: match self.kind.as_str() {
                "ordinary" => AccountKind::Ordinary,
                "current" => AccountKind::Current,
                "savings" => AccountKind::Savings,
                _ => return None,
            },
            acct: plain(&self.acct),
            name: HolderName::from_typed(&self.name)?.as_str().to_owned(),
        };
        payee.check().is_ok().then_some(payee)
    }

    fn typed(&self) -> PayoutForm {
        let short = |text: &str| text.chars().take(96).collect();
        PayoutForm {
            bank: short(&self.bank),
            bank_name: short(&self.bank_name),
            branch: short(&self.branch),
            branch_name: short(&self.branch_name),
            kind: short(&self.kind),
            acct: short(&self.acct),
            name: short(&self.name),
        }
    }
}

/// What just happened.
#[derive(Deserialize)]
pub struct Just {
    #[serde(default)]
    done: String,
}

/// Shows the account and the form.
pub async fn get(
    State(app): State<App>,
    customer: Customer,
    Query(just): Query<Just>,
) -> Result<Response, PageError> {
    let changed = just.done == "changed";
    show(&app, &customer, PayoutForm::default(), None, changed).await
}

/// Asks for another account and leads to its approval.
pub async fn post(
    State(app): State<App>,
    customer: Customer,
    headers: HeaderMap,
    Form(form): Form<ChangeForm>,
) -> Result<Response, PageError> {
    customer.guard(&app, &headers, &form.csrf)?;
    match ask(&app, &customer, &form).await {
        Ok(id) => Ok(Redirect::to(&paths::payout_change(id.as_str())).into_response()),
        Err(refusal) => show(&app, &customer, form.typed(), Some(refusal), false).await,
    }
}

async fn ask(app: &App, customer: &Customer, form: &ChangeForm) -> Result<PayoutAccountId, Refusal> {
    admit::money(app, &customer.browser.caller, &customer.account.id).await?;
    let payee = form.payee().ok_or(ErrorCode::PayoutAccountInvalid)?;
    let asker = Asker {
        caller: &customer.browser.caller,
        account: &customer.account,
        session_hash: &customer.session_hash,
    };
    change_payout::request(app, &asker, payee, &form.password).await
}

async fn show(
    app: &App,
    customer: &Customer,
    form: PayoutForm,
    refusal: Option<Refusal>,
    changed: bool,
) -> Result<Response, PageError> {
    let view = view(app, customer, form, refusal, changed).await;
    let view = view.map_err(|refusal| customer.refuse(app, refusal))?;
    Ok(form_page(app, refusal, &view))
}

async fn view(
    app: &App,
    customer: &Customer,
    form: PayoutForm,
    refusal: Option<Refusal>,
    changed: bool,
) -> Result<PayoutPage, Refusal> {
    let (frame, account) = (customer.frame(app), &customer.account);
    let mut c = app.store.read().await?;
    let present = payout::active(&mut c, &account.id).await?;
    let devices = devices::of_account(&mut c, &account.id).await?;
    Ok(PayoutPage {
        since: present.as_ref().and_then(|it| it.active_at),
        present: present.map(|it| payee_rows(&it.payee, frame.request.language)),
        needs_app: !devices.iter().any(|d| d.state == DeviceState::Active),
        cool_off_until: (account.cool_off_until > app.now()).then_some(account.cool_off_until),
        cool_off_hours: app.config.enrolment.cool_off_hours,
        form,
        error: refusal.map(ErrorNote::from),
        changed,
        frame,
    })
}

/// Shows where a change stands.
pub async fn one(
    State(app): State<App>,
    customer: Customer,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let (found, challenge) = find(&app, &customer, &id).await?;
    if found.state == payout::ACTIVE {
        return Ok(Redirect::to(&format!("{}?done=changed", paths::PAYOUT)).into_response());
    }
    let change = Transaction::PayoutAccount(PayoutAccount { payee: found.payee });
    let frame = customer.frame(&app);
    let shown = Shown {
        url: paths::payout_change(found.id.as_str()),
        action: WaitAction::PayoutAccount,
        money: Some(MoneyFacts::of(&change, frame.request.language)),
        frame,
        again: paths::PAYOUT.to_owned(),
    };
    challenge_view::show(&app, &challenge, shown)
        .await
        .map_err(|refusal| customer.refuse(&app, refusal))
}

/// The live status as a stream.
pub async fn events(
    State(app): State<App>,
    Background(customer): Background,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let (_, challenge) = find(&app, &customer, &id).await?;
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
    let (_, challenge) = find(&app, &customer, &id).await?;
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

/// On to the account page.
pub async fn proceed(
    State(app): State<App>,
    customer: Customer,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Button>,
) -> Result<Response, PageError> {
    customer.guard(&app, &headers, &form.csrf)?;
    let (found, _) = find(&app, &customer, &id).await?;
    Ok(Redirect::to(&paths::payout_change(found.id.as_str())).into_response())
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
    let (found, challenge) = find(&app, &customer, &id).await?;
    let done = change_payout::cancel(&app, &customer.browser.caller, found, &challenge).await;
    done.map_err(|refusal| customer.refuse(&app, refusal))?;
    Ok(Redirect::to(paths::PAYOUT).into_response())
}

/// A change that this session asked for; anything else is not found (CHAL-08).
async fn find(app: &App, customer: &Customer, id: &str) -> Result<(StoredPayout, ChallengeId), PageError> {
    let missing = || customer.refuse(app, ErrorCode::NotFound);
    let id: PayoutAccountId = id.parse().map_err(|_| missing())?;
    let failed = |error: StoreError| customer.refuse(app, error);
    let mut c = app.store.read().await.map_err(failed)?;
    let found = payout::by_id(&mut c, &id).await.map_err(failed)?;
    let found = found
        .filter(|it| it.session_hash == customer.session_hash)
        .ok_or_else(missing)?;
    let challenge = found.challenge.clone().ok_or_else(missing)?;
    Ok((found, challenge))
}

//! `/withdrawals/new`: how much, to where, with the withdrawal password (TXN-01, TXN-06).

use axum::Form;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use warifu_shared::display::payee_rows;
use zeroize::Zeroizing;

use super::{available, keep};
use crate::app::App;
use crate::crypto::mac::new_token;
use crate::domain::withdrawal::day_start;
use crate::domain::yen::Yen;
use crate::operations::withdrawal::request::{self, Asker};
use crate::operations::{Refusal, admit, keep_form};
use crate::pages::browser::Browser;
use crate::pages::customer::Customer;
use crate::pages::error::PageError;
use crate::pages::layout::{ErrorNote, Frame, form_page};
use crate::pages::paths;
use crate::pages::views::WithdrawPage;
use crate::store::{devices, payout, withdrawals};

/// The form.
#[derive(Deserialize)]
pub struct WithdrawForm {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    key: String,
    #[serde(default)]
    amount: String,
    #[serde(default)]
    password: Zeroizing<String>,
    /// Not empty when the form began with what the automatic logout had interrupted.
    #[serde(default)]
    kept: String,
}

impl WithdrawForm {
    /// Token, key, amount and password, for the fuzz target.
    pub(in crate::pages) fn parts(self) -> [String; 4] {
        [self.csrf, self.key, self.amount, self.password.to_string()]
    }
}

/// Shows the form.
pub async fn get(State(app): State<App>, customer: Customer) -> Result<Response, PageError> {
    let kept = keep_form::kept(&app, &customer.account.id).await;
    let kept = kept.map_err(|error| customer.refuse(&app, error))?;
    let typed = Typed {
        key: new_token(),
        kept: kept.is_some(),
        amount: kept.unwrap_or_default(),
    };
    show(&app, &customer, typed, None).await
}

/// What the form begins with.
struct Typed {
    key: String,
    amount: String,
    /// Whether it comes from a form that the automatic logout interrupted.
    kept: bool,
}

/// Asks for the withdrawal and leads to its second factor. What was typed in a page that stayed open over the automatic
/// logout is kept for the next login (SESS-09).
pub async fn post(
    State(app): State<App>,
    browser: Browser,
    customer: Result<Customer, PageError>,
    headers: HeaderMap,
    Form(form): Form<WithdrawForm>,
) -> Result<Response, PageError> {
    let customer = match customer {
        Err(PageError::LogIn) => {
            keep::from_stale(&app, &browser, &headers, &form.csrf, &form.amount).await?;
            return Err(PageError::LogIn);
        }
        other => other?,
    };
    customer.guard(&app, &headers, &form.csrf)?;
    match ask(&app, &customer, &form).await {
        Ok(url) => {
            if !form.kept.is_empty() {
                let forgotten = keep_form::forget(&app, &customer.account.id).await;
                forgotten.map_err(|refusal| customer.refuse(&app, refusal))?;
            }
            Ok(Redirect::to(&url).into_response())
        }
        Err(refusal) if refusal.code.number() < 1400 && refusal.code.number() > 1007 => {
            Err(customer.refuse(&app, refusal))
        }
        Err(refusal) => {
            let typed = Typed {
                amount: form.amount.chars().take(32).collect(),
                kept: !form.kept.is_empty(),
                key: form.key,
            };
            show(&app, &customer, typed, Some(refusal)).await
        }
    }
}

async fn ask(app: &App, customer: &Customer, form: &WithdrawForm) -> Result<String, Refusal> {
    admit::money(app, &customer.browser.caller, &customer.account.id).await?;
    let asker = Asker {
        caller: &customer.browser.caller,
        account: &customer.account,
        session_hash: &customer.session_hash,
    };
    let sent = request::Form {
        amount: form.amount.clone(),
        password: form.password.clone(),
        key: form.key.clone(),
    };
    let id = request::run(app, &asker, sent).await?;
    Ok(paths::withdrawal(id.as_str()))
}

async fn show(
    app: &App,
    customer: &Customer,
    typed: Typed,
    refusal: Option<Refusal>,
) -> Result<Response, PageError> {
    let view = view(app, customer, typed, refusal).await;
    let view = view.map_err(|refusal| customer.refuse(app, refusal))?;
    let Some(view) = view else {
        // Nothing to pay to, or no password yet: the overview says what to do first.
        return Ok(Redirect::to(paths::WITHDRAWALS).into_response());
    };
    Ok(form_page(app, refusal, &view))
}

async fn view(
    app: &App,
    customer: &Customer,
    typed: Typed,
    refusal: Option<Refusal>,
) -> Result<Option<WithdrawPage>, Refusal> {
    let (frame, account) = (customer.frame(app), &customer.account);
    let mut c = app.store.read().await?;
    let payee = payout::active(&mut c, &account.id).await?;
    let has_password = payout::password_hash(&mut c, &account.id).await?.is_some();
    let (today, _) = withdrawals::sums(&mut c, &account.id, day_start(app.now()), None).await?;
    let devices = devices::of_account(&mut c, &account.id).await?;
    drop(c);
    let Some(payee) = payee.filter(|_| has_password) else {
        return Ok(None);
    };
    let by_code = devices
        .iter()
        .all(|d| d.state == warifu_shared::api::DeviceState::Pending);
    Ok(Some(WithdrawPage {
        key: typed.key,
        amount: typed.amount,
        kept: typed.kept,
        available: available(app, account).await?.map(|yen| frame.yen(&yen)),
        payout: payee_rows(&payee.payee, frame.request.language),
        rules: rules(app, customer, &frame, today, by_code),
        error: refusal.map(ErrorNote::from),
        frame,
    }))
}

/// What the customer should know before they type: fee, limits of today, and when it is held.
fn rules(app: &App, customer: &Customer, frame: &Frame, today: Yen, by_code: bool) -> Vec<String> {
    let (policy, now) = (&app.config.withdrawal, app.now());
    let mut most = policy.per_day;
    if by_code {
        most = most.min(policy.mailed_code.per_day);
    }
    if now < customer.account.cool_off_until {
        most = most.min(policy.cool_off_per_day);
    }
    let left = most
        .checked_sub(today)
        .unwrap_or(Yen::ZERO)
        .min(policy.per_transaction);
    let mut rules = vec![
        frame.t1("withdraw.fee", "amount", frame.yen(&policy.fee)),
        frame.t1("withdraw.today", "amount", frame.yen(&left)),
    ];
    if by_code {
        rules.push(frame.t("withdraw.by_code"));
    }
    if policy.hold_from > Yen::ZERO && policy.hold_from <= left {
        let sentence = frame.t1("withdraw.hold", "amount", frame.yen(&policy.hold_from));
        rules.push(sentence.replace("{hours}", &policy.hold_hours.to_string()));
    }
    rules
}

//! `GET /withdrawals`: balance, payout account, and the list by pages of twenty.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use warifu_shared::display::payee_rows;
use warifu_shared::ids::WithdrawalId;
use warifu_shared::jws::withdrawal::Transaction;

use super::available;
use crate::app::App;
use crate::operations::Refusal;
use crate::pages::customer::Customer;
use crate::pages::error::PageError;
use crate::pages::layout::{Frame, page};
use crate::pages::paths;
use crate::pages::views::{HistoryRow, NotNow, WithdrawalsPage};
use crate::store::payout;
use crate::store::withdrawals::{self, Withdrawal};

/// Which part of the list, and what just happened.
#[derive(Deserialize)]
pub struct Part {
    #[serde(default)]
    before: Option<String>,
    #[serde(default)]
    done: String,
}

/// The list.
pub async fn get(
    State(app): State<App>,
    customer: Customer,
    Query(part): Query<Part>,
) -> Result<Response, PageError> {
    let view = view(&app, &customer, &part)
        .await
        .map_err(|refusal| customer.refuse(&app, refusal))?;
    Ok(page(StatusCode::OK, &view))
}

async fn view(app: &App, customer: &Customer, part: &Part) -> Result<WithdrawalsPage, Refusal> {
    let (now, account, frame) = (app.now(), &customer.account, customer.frame(app));
    let before: Option<WithdrawalId> = part.before.as_deref().and_then(|id| id.parse().ok());
    let mut c = app.store.read().await?;
    let payout = payout::active(&mut c, &account.id).await?;
    let has_password = payout::password_hash(&mut c, &account.id).await?.is_some();
    let mut found = withdrawals::of_account(&mut c, &account.id, before.as_ref(), PAGE + 1).await?;
    drop(c);
    let more = found.len() > PAGE_ROWS;
    found.truncate(PAGE_ROWS);
    let older = found.last().filter(|_| more).map(|w| w.id.clone());
    let not_now = match (&payout, has_password) {
        _ if !app.config.withdrawal.open => Some(NotNow::Closed),
        (None, _) => Some(NotNow::NoPayout),
        (_, false) => Some(NotNow::NoPassword),
        _ => None,
    };
    let available = available(app, account).await?.map(|yen| frame.yen(&yen));
    Ok(WithdrawalsPage {
        payout: payout.map(|it| payee_rows(&it.payee, frame.request.language)),
        rows: found.iter().map(|w| row(&frame, w, w.state_at(now))).collect(),
        older: older.map(|id| format!("{}?before={id}", paths::WITHDRAWALS)),
        available,
        not_now,
        cool_off_until: (account.cool_off_until > now).then_some(account.cool_off_until),
        held_until: (account.withdrawals_held_until > now).then_some(account.withdrawals_held_until),
        cancelled: part.done == "cancelled",
        frame,
    })
}

fn row(frame: &Frame, w: &Withdrawal, state: crate::domain::withdrawal::State) -> HistoryRow {
    let payee = match Transaction::read(&w.txn) {
        Ok(Transaction::Withdrawal(it)) => {
            let end = it.payee.acct.get(4..).unwrap_or_default();
            format!("{} {} •••• {end}", it.payee.bank_name, it.payee.branch_name)
        }
        _ => String::new(),
    };
    HistoryRow {
        url: paths::withdrawal(w.id.as_str()),
        at: w.created_at,
        amount: frame.yen(&w.amount),
        payee,
        state,
    }
}

const PAGE_ROWS: usize = 20;
const PAGE: i64 = 20;

//! `/customers`: finding one, and everything about them on one screen, masked (STAFF-04, STAFF-07).

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use warifu_shared::api::DeviceState;
use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::AccountId;

use super::acts::acting;
use super::cases;
use super::gate::{At, Fields};
use super::views::{CaseLine, CustomerPage, DeviceLine, Factors, FindPage, FoundLine, Shown};
use super::{events, paths, pending};
use crate::app::App;
use crate::domain::account::{Account, AccountNumber};
use crate::domain::staff::Act;
use crate::operations::staff::customer as operation;
use crate::operations::{Refusal, admit, stop_letter};
use crate::pages::error::PageError;
use crate::pages::layout::{ErrorNote, form_page, page};
use crate::store::accounts::{self, Lane};
use crate::store::devices::{self, Device};
use crate::store::staff as store;
use crate::store::staff::customers::{self, By};
use crate::store::{Conn, address_changes, case_list, push_health, recovery_codes, withdrawals};

/// The form.
pub async fn form(State(app): State<App>, at: At) -> Response {
    page(StatusCode::OK, &find_page(&app, &at, Vec::new(), false, None))
}

/// Searches. The words are in the body, so that no address of a page holds an account number.
pub async fn find(State(app): State<App>, at: At, fields: Fields) -> Result<Response, PageError> {
    let found = match search(&app, &at, &fields).await {
        Ok(found) => found,
        Err(refusal) => {
            let view = find_page(&app, &at, Vec::new(), false, Some(refusal.into()));
            return Ok(form_page(&app, Some(refusal), &view));
        }
    };
    if let [one] = found.as_slice() {
        return Ok(Redirect::to(&one.url).into_response());
    }
    Ok(page(StatusCode::OK, &find_page(&app, &at, found, true, None)))
}

fn find_page(
    app: &App,
    at: &At,
    found: Vec<FoundLine>,
    searched: bool,
    error: Option<ErrorNote>,
) -> FindPage {
    FindPage {
        frame: at.frame(app),
        who: at.who(),
        by_details: at.member().roles.may(Act::FindByDetails),
        found,
        searched,
        error,
    }
}

async fn search(app: &App, at: &At, fields: &Fields) -> Result<Vec<FoundLine>, Refusal> {
    admit::staff_search(app, at.caller(), at.member().id.as_str()).await?;
    let words = fields.get("words").trim().to_owned();
    let number = AccountNumber::from_typed(&words);
    let by = match fields.get("by") {
        "name" | "mail" if !at.member().roles.may(Act::FindByDetails) => {
            return Err(ErrorCode::StaffNotAllowed.into());
        }
        "name" => By::Name(&words),
        "mail" => By::Address(&words),
        _ => match &number {
            Some(number) => By::Number(number.as_str()),
            None => return Ok(Vec::new()),
        },
    };
    let mut c = app.store.read().await?;
    let found = customers::find(&mut c, by, MOST_FOUND).await?;
    Ok(found.iter().map(FoundLine::of).collect())
}

/// The screen of a customer.
pub async fn get(State(app): State<App>, at: At, Path(account): Path<String>) -> Result<Response, PageError> {
    let shown = read(&app, &at, &account, false).await;
    show(&app, &at, shown).await
}

/// The same with number and addresses in full, after that was written down with a reason.
pub async fn reveal(
    State(app): State<App>,
    at: At,
    Path(account): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    let acting = match acting(&app, &at, &account, &fields, false).await? {
        Ok(acting) => acting,
        Err(again) => return Ok(again),
    };
    let done = operation::reveal(&app, acting, "-").await;
    done.map_err(|refusal| at.refuse(&app, refusal))?;
    let shown = read(&app, &at, &account, true).await;
    show(&app, &at, shown).await
}

async fn show(app: &App, at: &At, shown: Result<Shown, Refusal>) -> Result<Response, PageError> {
    let shown = shown.map_err(|refusal| at.refuse(app, refusal))?;
    let cases = cases_of(app, at, &shown.account.id).await;
    let view = CustomerPage {
        frame: at.frame(app),
        who: at.who(),
        roles: at.member().roles.clone(),
        now: app.now(),
        cases: cases.map_err(|refusal| at.refuse(app, refusal))?,
        shown,
    };
    Ok(page(StatusCode::OK, &view))
}

async fn cases_of(app: &App, at: &At, account: &AccountId) -> Result<Vec<CaseLine>, Refusal> {
    if !at.member().roles.may(Act::SeeCases) {
        return Ok(Vec::new());
    }
    let mut c = app.store.read().await?;
    let found = case_list::of_account(&mut c, account, MOST_CASES).await?;
    cases::list::lines(&mut c, found).await
}

/// The account of an address, when it is a customer's.
///
/// # Errors
/// `NotFound`.
pub(super) async fn customer_of(app: &App, account: &str) -> Result<AccountId, Refusal> {
    let id: AccountId = account.parse().map_err(|_| ErrorCode::NotFound)?;
    let mut c = app.store.read().await?;
    if customers::is_customer(&mut c, &id).await? {
        Ok(id)
    } else {
        Err(ErrorCode::NotFound.into())
    }
}

async fn read(app: &App, at: &At, account: &str, reveal: bool) -> Result<Shown, Refusal> {
    let id = customer_of(app, account).await?;
    let now = app.now();
    let mut c = app.store.read().await?;
    let owner = accounts::by_id(&mut c, &id).await?.ok_or(ErrorCode::NotFound)?;
    let locked = locks(&mut c, &id, now).await?;
    let owned = devices::of_account(&mut c, &id).await?;
    let mut lines = Vec::new();
    for device in &owned {
        let subscribed = customers::is_subscribed(&mut c, device.id.as_str()).await?;
        let health = push_health::of(&mut c, &device.id).await?;
        lines.push(DeviceLine::of(device, subscribed, health, now));
    }
    let addresses = accounts::addresses(&mut c, &id).await?;
    let change = address_changes::stoppable_of(&mut c, &id).await?;
    let stoppable = change.and_then(|it| it.stop_until).filter(|until| now < *until);
    let letter = stop_letter::pending(&mut c, &id, now).await?;
    let sessions = customers::sessions(&mut c, &id, now).await?;
    let open = customers::open_challenges(&mut c, &id, now).await?;
    let list = withdrawals::of_account(&mut c, &id, None, MOST_SHOWN).await?;
    let frame = at.frame(app);
    let under_way = pending::lines(&mut c, app, at, &frame, (&owner, &owned)).await?;
    let factors = factors(&mut c, &owner, &owned).await?;
    let told = events::newest(&mut c, app, &id, LOOKED_THROUGH).await?;
    let mut told = events::lines(&mut c, app, &frame, &told).await?;
    let tries = events::tries(&told, now);
    told.truncate(LINES);
    Ok(Shown::new(owner, reveal)
        .with_state(locked, open)
        .with_devices(lines)
        .with_addresses(&addresses)
        .with_stoppable(stoppable)
        .with_letter(letter)
        .with_sessions(sessions)
        .with_withdrawals(&list, now)
        .with_pending(under_way, factors)
        .with_events(told, tries))
}

/// Which counters of mistakes are locked.
async fn locks(c: &mut Conn, id: &AccountId, now: Timestamp) -> Result<Vec<(Lane, Timestamp)>, Refusal> {
    let mut locked = Vec::new();
    for lane in [
        Lane::PasswordUnknown,
        Lane::PasswordKnown,
        Lane::Factor,
        Lane::Withdrawal,
        Lane::Recovery,
        Lane::RecoveryMail,
    ] {
        let counter = accounts::counter(c, id, lane).await?;
        if counter.locked_at(now) {
            locked.push((lane, counter.locked_until));
        }
    }
    Ok(locked)
}

async fn factors(c: &mut Conn, owner: &Account, devices: &[Device]) -> Result<Factors, Refusal> {
    let count = |state| devices.iter().filter(|it| it.state == state).count();
    let codes = recovery_codes::left(c, &owner.id).await?;
    let password = store::pending::withdrawal_password(c, &owner.id).await?;
    Ok(Factors {
        password: !owner.opened,
        devices: count(DeviceState::Active),
        suspended: count(DeviceState::Suspended),
        codes: codes.map_or(0, |left| left.count),
        withdrawal_password: password.is_some(),
    })
}

/// Where the screen of a customer is.
pub(super) fn back_to(account: &AccountId) -> Response {
    Redirect::to(&paths::customer(account.as_str())).into_response()
}

/// Cases on the screen of a customer.
const MOST_CASES: i64 = 5;
/// Lines of a search at most.
const MOST_FOUND: i64 = 20;
/// Lines of each list on the screen of a customer.
const MOST_SHOWN: i64 = 15;
const LINES: usize = 15;
/// Entries that are looked through for what was tried within a day.
const LOOKED_THROUGH: i64 = 60;

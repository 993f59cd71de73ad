//! The list: what there is, the forms, and what just happened.

use axum::Form;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use warifu_shared::api::DeviceState;
use warifu_shared::ids::AddressChangeId;

use super::AddressForm;
use crate::app::App;
use crate::config::Unproven;
use crate::domain::session::Assurance;
use crate::mail::MailAddress;
use crate::operations::{Refusal, admit, change_address, confirm_again, second_address, stop_address};
use crate::pages::attempt::Button;
use crate::pages::customer::Customer;
use crate::pages::error::PageError;
use crate::pages::layout::{ErrorNote, form_page};
use crate::pages::paths;
use crate::pages::views::{AddressState, AddressesPage, Listed, Started, Stoppable};
use crate::store::{accounts, address_changes, addresses, devices};

/// What just happened.
#[derive(Deserialize)]
pub struct Just {
    #[serde(default)]
    done: String,
}

/// The page.
pub async fn get(
    State(app): State<App>,
    customer: Customer,
    Query(just): Query<Just>,
) -> Result<Response, PageError> {
    let done = done_key(&just.done);
    show(&app, &customer, Typed::default(), None, done).await
}

/// Asks for another authentication address and leads to its approval.
pub async fn change(
    State(app): State<App>,
    customer: Customer,
    headers: HeaderMap,
    Form(form): Form<AddressForm>,
) -> Result<Response, PageError> {
    customer.guard(&app, &headers, &form.csrf)?;
    let asked = async {
        admit::money(&app, &customer.browser.caller, &customer.account.id).await?;
        change_address::request(&app, &customer.asker(), &form.address).await
    };
    let typed = Typed::first(&form.address);
    after(&app, &customer, asked.await, typed).await
}

/// Mails a code to a second address.
pub async fn add(
    State(app): State<App>,
    customer: Customer,
    headers: HeaderMap,
    Form(form): Form<AddressForm>,
) -> Result<Response, PageError> {
    customer.guard(&app, &headers, &form.csrf)?;
    let asked = async {
        admit::money(&app, &customer.browser.caller, &customer.account.id).await?;
        second_address::add(&app, &customer.asker(), &form.address).await
    };
    let typed = Typed::second(&form.address);
    after(&app, &customer, asked.await, typed).await
}

/// Removes the second address.
pub async fn remove(
    State(app): State<App>,
    customer: Customer,
    headers: HeaderMap,
    Form(form): Form<Button>,
) -> Result<Response, PageError> {
    customer.guard(&app, &headers, &form.csrf)?;
    let done = second_address::remove(&app, &customer.asker()).await;
    flash(&app, &customer, done, "removed").await
}

/// The old side stops a change from here.
pub async fn stop(
    State(app): State<App>,
    customer: Customer,
    headers: HeaderMap,
    Form(form): Form<Button>,
) -> Result<Response, PageError> {
    customer.guard(&app, &headers, &form.csrf)?;
    let done = stop_address::in_session(&app, &customer.asker()).await;
    flash(&app, &customer, done, "stopped").await
}

async fn after(
    app: &App,
    customer: &Customer,
    asked: Result<AddressChangeId, Refusal>,
    typed: Typed,
) -> Result<Response, PageError> {
    match asked {
        Ok(id) => Ok(Redirect::to(&paths::address_change(id.as_str())).into_response()),
        Err(refusal) => show(app, customer, typed, Some(refusal), None).await,
    }
}

async fn flash(
    app: &App,
    customer: &Customer,
    done: Result<(), Refusal>,
    word: &str,
) -> Result<Response, PageError> {
    match done {
        Ok(()) => Ok(Redirect::to(&format!("{}?done={word}", paths::ADDRESSES)).into_response()),
        Err(refusal) => show(app, customer, Typed::default(), Some(refusal), None).await,
    }
}

/// What was typed, to be mended.
#[derive(Default)]
struct Typed {
    first: String,
    second: String,
}

impl Typed {
    fn first(text: &str) -> Self {
        Self {
            first: short(text),
            second: String::new(),
        }
    }

    fn second(text: &str) -> Self {
        Self {
            first: String::new(),
            second: short(text),
        }
    }
}

fn short(text: &str) -> String {
    text.chars().take(320).collect()
}

async fn show(
    app: &App,
    customer: &Customer,
    typed: Typed,
    refusal: Option<Refusal>,
    done: Option<&'static str>,
) -> Result<Response, PageError> {
    let view = view(app, customer, typed, refusal, done).await;
    let view = view.map_err(|refusal| customer.refuse(app, refusal))?;
    Ok(form_page(app, refusal, &view))
}

async fn view(
    app: &App,
    customer: &Customer,
    typed: Typed,
    refusal: Option<Refusal>,
    done: Option<&'static str>,
) -> Result<AddressesPage, Refusal> {
    let (now, account) = (app.now(), &customer.account);
    let fresh_for_second = second_address::allowed(app, &customer.asker()).await?;
    let mut c = app.store.read().await?;
    let devices = devices::of_account(&mut c, &account.id).await?;
    let known = accounts::addresses(&mut c, &account.id).await?;
    let refused = addresses::refused(&mut c, &account.id).await?;
    let open = address_changes::open_of(&mut c, &account.id).await?;
    let stoppable = address_changes::stoppable_of(&mut c, &account.id).await?;
    drop(c);
    let listed = |authentication: bool| {
        let found = known.iter().find(|it| it.authentication == authentication)?;
        Some(Listed {
            masked: masked(&found.address),
            state: match (found.proven, refused.contains(&found.address)) {
                (_, true) => AddressState::Refused,
                (true, false) => AddressState::Proven,
                (false, false) => AddressState::Unproven,
            },
        })
    };
    let proven = known.iter().any(|it| it.authentication && it.proven);
    Ok(AddressesPage {
        authentication: listed(true),
        second: listed(false),
        started: open.filter(|it| it.open_at(now)).map(|it| Started {
            masked: masked(&it.address),
            own: it.session_hash == customer.session_hash,
            url: paths::address_change(it.id.as_str()),
        }),
        stoppable: stoppable.and_then(|it| {
            let until = it.stop_until.filter(|until| now < *until)?;
            Some(Stoppable {
                old: masked(&it.old_address),
                hours: (until.secs_since(now) + 3_599) / 3_600,
                until,
            })
        }),
        needs_app: !devices.iter().any(|d| d.state == DeviceState::Active),
        weak_session: customer.session.assurance != Assurance::App,
        fresh: confirm_again::fresh(app, &customer.session),
        fresh_for_second,
        cool_off_until: (account.cool_off_until > now).then_some(account.cool_off_until),
        cool_off_hours: app.config.enrolment.cool_off_hours,
        limited: !proven && app.config.addresses.unproven == Unproven::EnrolOnly,
        phone: app.config.service.phone.clone(),
        typed: typed.first,
        typed_second: typed.second,
        error: refusal.map(ErrorNote::from),
        done,
        frame: customer.frame(app),
    })
}

pub(super) fn masked(address: &str) -> String {
    address
        .parse::<MailAddress>()
        .map_or_else(|_| String::new(), |it| it.masked())
}

/// The sentence of what `?done=` says.
fn done_key(word: &str) -> Option<&'static str> {
    match word {
        "changed" => Some("addresses.done_changed"),
        "added" => Some("addresses.done_added"),
        "removed" => Some("addresses.done_removed"),
        "stopped" => Some("addresses.done_stopped"),
        _ => None,
    }
}

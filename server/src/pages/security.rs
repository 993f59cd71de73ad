//! `/security`: how safe the account is, in one sentence, and what to do next.

use axum::Form;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use warifu_shared::api::{DeviceState, Protection};
use warifu_shared::clock::Timestamp;
use warifu_shared::display::place_name;

use super::attempt::Button;
use super::customer::Customer;
use super::error::PageError;
use super::layout::{Frame, page};
use super::paths;
use super::views::{Factor, LoginRow, Pending, SecurityPage, Standing, Step};
use crate::app::App;
use crate::domain::account::UNTIL_PASSWORD_CHANGE;
use crate::mail::MailAddress;
use crate::operations::{Refusal, stop_letter};
use crate::store::accounts::{self, Lane};
use crate::store::devices::{self, Device};
use crate::store::history::{self, PastLogin};
use crate::store::recovery_codes;

/// The page.
pub async fn get(State(app): State<App>, customer: Customer) -> Result<Response, PageError> {
    let view = view(&app, &customer)
        .await
        .map_err(|refusal| customer.refuse(&app, refusal))?;
    Ok(page(StatusCode::OK, &view))
}

/// Stops a recovery letter that the customer does not know of (decision 41).
pub async fn stop_letter(
    State(app): State<App>,
    customer: Customer,
    headers: HeaderMap,
    Form(form): Form<Button>,
) -> Result<Response, PageError> {
    customer.guard(&app, &headers, &form.csrf)?;
    let done = stop_letter::in_session(&app, &customer.browser.caller, &customer.account.id).await;
    done.map_err(|refusal| customer.refuse(&app, refusal))?;
    Ok(Redirect::to(paths::SECURITY).into_response())
}

async fn view(app: &App, customer: &Customer) -> Result<SecurityPage, Refusal> {
    let (now, account, frame) = (app.now(), &customer.account, customer.frame(app));
    let mut c = app.store.read().await?;
    let devices = devices::of_account(&mut c, &account.id).await?;
    let addresses = accounts::addresses(&mut c, &account.id).await?;
    let logins = history::logins(&mut c, &account.id, now, LOGINS).await?;
    let sessions = history::open_sessions(&mut c, &account.id, now).await?;
    let held = history::held_withdrawals(&mut c, &account.id).await?;
    let codes = recovery_codes::left(&mut c, &account.id).await?;
    let letter_until = stop_letter::pending(&mut c, &account.id, now).await?;
    let mut locks = Vec::with_capacity(LANES.len());
    for (lane, key) in LANES {
        let counter = accounts::counter(&mut c, &account.id, *lane).await?;
        if counter.locked_at(now) {
            locks.push((*key, counter.locked_until));
        }
    }
    drop(c);
    let active = devices.iter().filter(|d| d.state == DeviceState::Active).count();
    let address = addresses.into_iter().find(|a| a.authentication && a.proven);
    let codes = codes.map_or(0, |left| left.count);
    let steps = steps(customer, &devices, address.is_some(), codes, now);
    let mut alarms: Vec<Pending> = locks
        .iter()
        .map(|(key, until)| waiting(&frame, key, *until, paths::HISTORY))
        .collect();
    alarms.extend(blocks(customer, &frame, now));
    let quiet = alarms.is_empty() && letter_until.is_none();
    let standing = match (quiet, steps.is_empty()) {
        (false, _) => Standing::LookAtIt,
        (true, false) => Standing::CouldBeBetter,
        (true, true) => Standing::Good,
    };
    let mut pending = alarms;
    pending.extend(changes(customer, &frame, &devices, held, now));
    let address = address.and_then(|a| a.address.parse::<MailAddress>().ok());
    Ok(SecurityPage {
        standing,
        steps,
        pending,
        letter_until,
        factors: devices.iter().map(|it| factor(it, now)).collect(),
        address: address.map(|a| a.masked()),
        by_code: active == 0,
        codes,
        logins: logins.iter().map(|it| login(&frame, it)).collect(),
        sessions,
        pages: PAGES,
        frame,
    })
}

/// What to do next, the most urgent first.
fn steps(customer: &Customer, devices: &[Device], proven: bool, codes: i64, now: Timestamp) -> Vec<Step> {
    let state = |state| devices.iter().filter(|d| d.state == state).count();
    let active = state(DeviceState::Active);
    let waits = state(DeviceState::Pending) > 0;
    let ended =
        |d: &Device| matches!(d.state, DeviceState::Active | DeviceState::Suspended) && d.life.expired(now);
    let expired = devices.iter().any(ended);
    let suspended = state(DeviceState::Suspended) > 0;
    let blocked = customer.account.unknown_blocked_until > now;
    let step = |key, link, url| Step { key, link, url };
    let all = [
        (
            blocked,
            step("security.do_history", "security.to_history", paths::HISTORY),
        ),
        (
            waits,
            step("security.do_confirm", "security.to_devices", paths::DEVICES),
        ),
        (
            active == 0,
            step("security.do_register", "security.to_devices", paths::DEVICES),
        ),
        (
            expired,
            step("security.do_expired", "security.to_devices", paths::DEVICES),
        ),
        (
            !proven,
            step("security.do_address", "security.to_addresses", paths::ADDRESSES),
        ),
        (
            active == 1,
            step("security.do_second", "security.to_devices", paths::DEVICES),
        ),
        (
            active > 0 && codes <= FEW_CODES,
            step("security.do_codes", "security.to_codes", paths::RECOVERY_CODES),
        ),
        (
            suspended,
            step("security.do_suspended", "security.to_devices", paths::DEVICES),
        ),
    ];
    let due = all.into_iter().filter(|(due, _)| *due).map(|(_, step)| step);
    due.take(MOST_STEPS).collect()
}

/// What the customer's own "this is not me" stopped (CHAL-13).
fn blocks(customer: &Customer, frame: &Frame, now: Timestamp) -> Vec<Pending> {
    let account = &customer.account;
    let mut all = Vec::new();
    if account.withdrawals_held_until > now {
        let until = account.withdrawals_held_until;
        all.push(waiting(frame, "security.held", until, paths::WITHDRAWALS));
    }
    if account.unknown_blocked_until == UNTIL_PASSWORD_CHANGE {
        all.push(Pending {
            sentence: frame.t("security.blocked"),
            url: paths::PASSWORD,
        });
    } else if account.unknown_blocked_until > now {
        let until = account.unknown_blocked_until;
        all.push(waiting(frame, "security.blocked_until", until, paths::HISTORY));
    }
    all
}

/// Changes that wait or bring a time of smaller amounts (ENROL-09).
fn changes(
    customer: &Customer,
    frame: &Frame,
    devices: &[Device],
    held: i64,
    now: Timestamp,
) -> Vec<Pending> {
    let mut all = Vec::new();
    if customer.account.cool_off_until > now {
        let until = customer.account.cool_off_until;
        all.push(waiting(frame, "security.cool_off", until, paths::WITHDRAWALS));
    }
    if held > 0 {
        all.push(Pending {
            sentence: frame.t1("security.held_withdrawals", "count", held),
            url: paths::WITHDRAWALS,
        });
    }
    if devices.iter().any(|d| d.state == DeviceState::Pending) {
        all.push(Pending {
            sentence: frame.t("security.device_waits"),
            url: paths::DEVICES,
        });
    }
    for device in devices.iter().filter(|d| d.life.leaves_at.is_some()) {
        if matches!(device.state, DeviceState::Active | DeviceState::Suspended) {
            all.push(Pending {
                sentence: frame.t1("security.leaving", "name", &device.name),
                url: paths::DEVICES,
            });
        }
    }
    all
}

fn waiting(frame: &Frame, key: &str, until: Timestamp, url: &'static str) -> Pending {
    Pending {
        sentence: frame.t1(key, "time", frame.date_time(&until)),
        url,
    }
}

fn factor(device: &Device, now: Timestamp) -> Factor {
    let (state, badge) = match device.state {
        DeviceState::Active | DeviceState::Suspended if device.life.expired(now) => {
            ("devices.state_expired", "badge badge--attention")
        }
        DeviceState::Active => ("devices.state_active", "badge badge--done"),
        DeviceState::Pending => ("devices.state_pending", "badge badge--attention"),
        DeviceState::Suspended => ("devices.state_suspended", "badge badge--attention"),
        DeviceState::Revoked => ("devices.state_revoked", "badge"),
    };
    let protection = match device.protection {
        Protection::Keystore => "devices.protection_keystore",
        Protection::PinOnly => "devices.protection_pin_only",
    };
    Factor {
        name: device.name.clone(),
        protection,
        state,
        badge,
    }
}

fn login(frame: &Frame, it: &PastLogin) -> LoginRow {
    let place = place_name(&it.place, frame.request.language);
    let parts: Vec<&str> = [place.as_str(), &it.browser]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect();
    LoginRow {
        at: it.at,
        from: parts.join(" ・ "),
        how: if it.assurance == "app" {
            "account.by_approval"
        } else {
            "account.by_code"
        },
        open: it.open,
    }
}

const LANES: &[(Lane, &str)] = &[
    (Lane::PasswordKnown, "security.locked_password"),
    (Lane::PasswordUnknown, "security.locked_unknown"),
    (Lane::Factor, "security.locked_factor"),
    (Lane::Withdrawal, "security.locked_withdrawal"),
];
/// The other pages about security, in the order of their use.
const PAGES: &[(&str, &str)] = &[
    ("security.page_password", paths::PASSWORD),
    ("security.page_addresses", paths::ADDRESSES),
    ("security.page_devices", paths::DEVICES),
    ("security.page_move", paths::DEVICES_MOVE),
    ("security.page_codes", paths::RECOVERY_CODES),
    ("security.page_sessions", paths::SESSIONS),
    ("security.page_wpassword", paths::WITHDRAWAL_PASSWORD),
    ("security.page_notices", paths::NOTICES),
];
const LOGINS: i64 = 3;
/// With so few left it is time for a new sheet.
const FEW_CODES: i64 = 2;
const MOST_STEPS: usize = 3;

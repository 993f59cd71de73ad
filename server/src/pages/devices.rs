//! `/devices`: the customer's devices and the removal of one (ENROL-10, ENROL-12, SESS-07).

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use warifu_shared::api::DeviceState as Stored;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::DeviceId;

use super::attempt::Button;
use super::customer::Customer;
use super::error::PageError;
use super::layout::page;
use super::paths;
use super::views::{AddDevice, DeviceRow, DeviceState, DevicesPage, EnrolledBy, Flash, RemoveDevicePage};
use crate::app::App;
use crate::mail::Remover;
use crate::operations::{Refusal, confirm_again, issue_enrolment, revoke_device};
use crate::store::devices::{self, Device};

/// What just happened, named in the address (it says nothing secret and changes nothing).
#[derive(Deserialize)]
pub struct Just {
    #[serde(default)]
    done: String,
}

/// The list.
pub async fn get(
    State(app): State<App>,
    customer: Customer,
    Query(just): Query<Just>,
) -> Result<Response, PageError> {
    let mut found = list(&app, &customer)
        .await
        .map_err(|refusal| customer.refuse(&app, refusal))?;
    let registered = found.iter().filter(|d| d.state != Stored::Pending).count();
    let limit = usize::try_from(app.config.enrolment.max_devices).unwrap_or(usize::MAX);
    let fresh = issue_enrolment::fresh(&app, &customer.session);
    let add = match registered {
        n if n >= limit => AddDevice::Full,
        0 => AddDevice::Allowed,
        _ if fresh => AddDevice::Allowed,
        _ => AddDevice::NeedsApproval,
    };
    found.reverse();
    let flash = match just.done.as_str() {
        "removed" => Some(Flash::DeviceRemoved),
        "stopped" => Some(Flash::EnrolmentCancelled),
        "tested" => Some(Flash::TestApproved),
        _ => None,
    };
    let devices = found.iter().map(row).collect();
    let view = DevicesPage {
        frame: customer.frame(&app),
        devices,
        add,
        can_remove: fresh,
        confirm: confirm_again::may_help(&app, &customer.session),
        limit,
        flash,
    };
    Ok(page(StatusCode::OK, &view))
}

/// The question before a removal.
pub async fn ask_remove(
    State(app): State<App>,
    customer: Customer,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let (device, is_last) = own_device(&app, &customer, &id).await?;
    let view = RemoveDevicePage {
        frame: customer.frame(&app),
        device: row(&device),
        is_last,
    };
    Ok(page(StatusCode::OK, &view))
}

/// Removes a device; needs an approval of the last five minutes (SESS-07).
pub async fn remove(
    State(app): State<App>,
    customer: Customer,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Button>,
) -> Result<Response, PageError> {
    customer.guard(&app, &headers, &form.csrf)?;
    let (device, _) = own_device(&app, &customer, &id).await?;
    if !issue_enrolment::fresh(&app, &customer.session) {
        return Err(customer.refuse(&app, ErrorCode::AssuranceTooLow));
    }
    let asked = revoke_device::Asked {
        keep: Some(customer.session.id.clone()),
        nonce: None,
    };
    let done = revoke_device::run(&app, &customer.browser.caller, &device, Remover::Customer, asked).await;
    done.map_err(|refusal| customer.refuse(&app, refusal))?;
    Ok(Redirect::to(&format!("{}?done=removed", paths::DEVICES)).into_response())
}

async fn list(app: &App, customer: &Customer) -> Result<Vec<Device>, Refusal> {
    let mut c = app.store.read().await?;
    Ok(devices::of_account(&mut c, &customer.account.id).await?)
}

/// A device of this customer; anyone else's is not found (WEB-08).
async fn own_device(app: &App, customer: &Customer, id: &str) -> Result<(Device, bool), PageError> {
    let missing = || customer.refuse(app, ErrorCode::NotFound);
    let id: DeviceId = id.parse().map_err(|_| missing())?;
    let all = list(app, customer)
        .await
        .map_err(|refusal| customer.refuse(app, refusal))?;
    let others = all.iter().any(|d| d.id != id && d.state != Stored::Pending);
    let device = all.into_iter().find(|d| d.id == id).ok_or_else(missing)?;
    Ok((device, !others))
}

fn row(device: &Device) -> DeviceRow {
    DeviceRow {
        id: device.id.to_string(),
        name: device.name.clone(),
        model: device.model.clone(),
        protection: device.protection,
        registered_at: device.bound_at,
        enrolled_by: if device.method == "app" {
            EnrolledBy::Device
        } else {
            EnrolledBy::MailedCode
        },
        last_used_at: Some(device.last_seen_at),
        state: match device.state {
            Stored::Pending => DeviceState::Pending,
            Stored::Active => DeviceState::Active,
            Stored::Suspended => DeviceState::Suspended,
            Stored::Revoked => DeviceState::Revoked,
        },
    }
}

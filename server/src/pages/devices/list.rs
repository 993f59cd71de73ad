//! The list of devices, and the steps to a new phone.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use warifu_shared::api::DeviceState as Stored;

use super::own;
use crate::app::App;
use crate::operations::confirm_again;
use crate::pages::customer::Customer;
use crate::pages::error::PageError;
use crate::pages::layout::page;
use crate::pages::views::{AddDevice, DevicesPage, Flash, MovePage};

/// What just happened, named in the address (it says nothing secret and changes nothing).
#[derive(Deserialize)]
pub struct Just {
    #[serde(default)]
    pub(super) done: String,
}

impl Just {
    pub(super) fn flash(&self) -> Option<Flash> {
        match self.done.as_str() {
            "removed" => Some(Flash::DeviceRemoved),
            "stopped" => Some(Flash::EnrolmentCancelled),
            "tested" => Some(Flash::TestApproved),
            "renamed" => Some(Flash::DeviceRenamed),
            "suspended" => Some(Flash::DeviceSuspended),
            "lifted" => Some(Flash::DeviceLifted),
            "vetoed" => Some(Flash::DeviceVetoed),
            "kept" => Some(Flash::DeviceKept),
            "leaving" => Some(Flash::DeviceLeaving),
            _ => None,
        }
    }
}

/// The list.
pub async fn get(
    State(app): State<App>,
    customer: Customer,
    Query(just): Query<Just>,
) -> Result<Response, PageError> {
    let own = own(&app, &customer).await?;
    let limit = usize::try_from(app.config.enrolment.max_devices).unwrap_or(usize::MAX);
    let registered = own.all.iter().filter(|d| d.state != Stored::Pending).count();
    let fresh = confirm_again::fresh(&app, &customer.session);
    let devices = own.all.iter().rev().map(|device| own.row(&app, device));
    let view = DevicesPage {
        frame: customer.frame(&app),
        devices: devices.collect(),
        add: AddDevice::of(registered, limit, fresh),
        limit,
        confirm: confirm_again::may_help(&app, &customer.session),
        flash: just.flash(),
    };
    Ok(page(StatusCode::OK, &view))
}

/// The steps to a new phone, and how far they are done.
pub async fn moving(State(app): State<App>, customer: Customer) -> Result<Response, PageError> {
    let own = own(&app, &customer).await?;
    let limit = usize::try_from(app.config.enrolment.max_devices).unwrap_or(usize::MAX);
    let registered = own.all.iter().filter(|d| d.state != Stored::Pending).count();
    let fresh = confirm_again::fresh(&app, &customer.session);
    let active = own.all.iter().filter(|d| d.state == Stored::Active);
    let view = MovePage {
        frame: customer.frame(&app),
        devices: active.map(|device| own.row(&app, device)).collect(),
        add: AddDevice::of(registered, limit, fresh),
        limit,
        confirm: confirm_again::may_help(&app, &customer.session),
    };
    Ok(page(StatusCode::OK, &view))
}

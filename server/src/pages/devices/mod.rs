//! `/devices`: the customer's devices, what can be done with each, moving to a new phone, and a lost one (ENROL-10..15).

mod actions;
mod list;
mod lost;
mod one;

use axum::Router;
use axum::routing::{get, post};
use warifu_shared::api::DeviceState as Stored;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::DeviceId;

use super::customer::Customer;
use super::error::PageError;
use super::paths;
use super::views::{DeviceRow, DeviceState, EnrolledBy};
use crate::app::App;
use crate::operations::confirm_enrolment::COUNTER;
use crate::operations::{Refusal, remove_device};
use crate::store::device_life;
use crate::store::devices::{self, Device};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route(paths::DEVICES, get(list::get))
        .route(paths::DEVICES_MOVE, get(list::moving))
        .route(paths::LOST, get(lost::get).post(lost::post))
        .route("/devices/{device}", get(one::get))
        .route("/devices/{device}/rename", post(actions::rename))
        .route("/devices/{device}/suspend", post(actions::suspend))
        .route("/devices/{device}/lift", post(actions::lift))
        .route("/devices/{device}/veto", post(actions::veto))
        .route("/devices/{device}/keep", post(actions::keep))
        .route(
            "/devices/{device}/remove",
            get(one::ask_remove).post(actions::remove),
        )
}

/// The devices of this customer, and the one that approved this session.
struct Own {
    all: Vec<Device>,
    approver: Option<Device>,
}

impl Own {
    async fn read(app: &App, customer: &Customer) -> Result<Self, Refusal> {
        let mut c = app.store.read().await?;
        let approver = device_life::approver(&mut c, &customer.session.id).await?;
        let all = devices::of_account(&mut c, &customer.account.id).await?;
        Ok(Self { all, approver })
    }

    /// A device of this customer; anyone else's is not found (WEB-08).
    fn find(&self, id: &str) -> Result<&Device, ErrorCode> {
        let id: DeviceId = id.parse().map_err(|_| ErrorCode::NotFound)?;
        self.all
            .iter()
            .find(|device| device.id == id)
            .ok_or(ErrorCode::NotFound)
    }

    /// As the pages show it.
    fn row(&self, app: &App, device: &Device) -> DeviceRow {
        let (now, rules) = (app.now(), &app.config.enrolment);
        let approver = self.approver.as_ref();
        let older = approver.is_some_and(|it| it.life.can_veto(&device.life, rules, now));
        DeviceRow {
            id: device.id.to_string(),
            name: device.name.clone(),
            model: device.model.clone(),
            protection: device.protection,
            registered_at: device.life.bound_at,
            enrolled_by: match device.method.as_str() {
                "app" => EnrolledBy::Device,
                "staff" | COUNTER => EnrolledBy::Staff,
                _ => EnrolledBy::MailedCode,
            },
            last_used_at: Some(device.last_seen_at),
            state: match device.state {
                Stored::Pending => DeviceState::Pending,
                Stored::Revoked => DeviceState::Revoked,
                _ if device.life.expired(now) => DeviceState::Expired,
                Stored::Suspended => DeviceState::Suspended,
                Stored::Active => DeviceState::Active,
            },
            here: approver.is_some_and(|it| it.id == device.id),
            leaves_at: device.life.leaves_at.filter(|_| device.state != Stored::Pending),
            expires_at: device.life.expires_at,
            new_until: device
                .life
                .on_probation(rules, now)
                .filter(|_| device.state == Stored::Active && older),
            is_last: device.state != Stored::Pending && remove_device::is_last(&self.all, &device.id),
        }
    }
}

/// Reads the devices for a handler.
async fn own(app: &App, customer: &Customer) -> Result<Own, PageError> {
    Own::read(app, customer)
        .await
        .map_err(|refusal| customer.refuse(app, refusal))
}

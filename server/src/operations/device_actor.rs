//! Who does something to a device, for its entry in the log and its mail; and the device behind a session.

use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::{DeviceId, RequestId};

use super::{Caller, confirm_again, notify};
use crate::app::App;
use crate::audit::{self, Details, Event};
use crate::domain::session::Session;
use crate::mail::Scene;
use crate::store::devices::Device;
use crate::store::{Conn, StoreError, device_life};

/// Who acts.
#[derive(Debug, Clone)]
pub struct Actor {
    name: String,
    request: RequestId,
    caller: Option<Caller>,
    /// Where staff sit is nothing of the customer's (decision 33).
    unplaced: bool,
}

impl Actor {
    /// The customer, on a page.
    #[must_use]
    pub fn customer(caller: &Caller) -> Self {
        Self::named("customer", caller)
    }

    /// A device of the customer.
    #[must_use]
    pub fn device(id: &DeviceId, caller: &Caller) -> Self {
        Self::named(&format!("device:{id}"), caller)
    }

    /// A staff member, by the name that the log has for them. The customer is not told where they sit.
    #[must_use]
    pub fn staff(name: &str, caller: &Caller) -> Self {
        Self {
            unplaced: true,
            ..Self::named(name, caller)
        }
    }

    /// Somebody else with a name of their own in the log.
    #[must_use]
    pub fn named(name: &str, caller: &Caller) -> Self {
        Self {
            name: name.to_owned(),
            request: caller.request.clone(),
            caller: Some(caller.clone()),
            unplaced: false,
        }
    }

    /// The server itself.
    #[must_use]
    pub fn server() -> Self {
        Self {
            name: "server".to_owned(),
            request: RequestId::random(),
            caller: None,
            unplaced: true,
        }
    }

    /// The name in the log.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The request, when there is one.
    #[must_use]
    pub const fn caller(&self) -> Option<&Caller> {
        self.caller.as_ref()
    }

    /// When and where, for a mail; without a place for staff and the server.
    #[must_use]
    pub fn scene(&self, now: Timestamp) -> Scene {
        match &self.caller {
            Some(caller) if !self.unplaced => notify::scene(&caller.source, now),
            _ => Scene {
                at: now,
                place: String::new(),
                browser: String::new(),
            },
        }
    }

    /// Whether staff act.
    #[must_use]
    pub fn is_staff(&self) -> bool {
        self.name.starts_with("staff:")
    }

    /// Writes the leaf of what was done to `device`; `shown` is a signed token that asked for it.
    ///
    /// # Errors
    /// On a database failure.
    pub async fn write(
        &self,
        c: &mut Conn,
        (action, outcome): (&str, &str),
        device: &Device,
        shown: Option<&str>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let event = Event {
            action,
            actor: &self.name,
            subject: device.account.as_str(),
            outcome,
            object: device.id.as_str(),
            request: &self.request,
            details: self
                .caller
                .as_ref()
                .map_or_else(Details::default, Caller::details),
        };
        match shown {
            Some(token) => audit::write_shown(c, &event, &audit::evidence_of(token), now).await,
            None => audit::write(c, &event, now).await,
        }
    }
}

/// The device that approved a session within the last five minutes (SESS-07): the one that answers for a change of others.
///
/// # Errors
/// `AssuranceTooLow` in the answer when there was no such approval.
pub async fn fresh_approver(
    c: &mut Conn,
    app: &App,
    session: &Session,
) -> Result<Result<Device, ErrorCode>, StoreError> {
    if !confirm_again::fresh(app, session) {
        return Ok(Err(ErrorCode::AssuranceTooLow));
    }
    let found = device_life::approver(c, &session.id).await?;
    Ok(found.ok_or(ErrorCode::AssuranceTooLow))
}

//! The mail addresses of an account.

use askama::Template;
use warifu_shared::clock::Timestamp;

use crate::pages::layout::{ErrorNote, Frame};

/// Where an address stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressState {
    /// Its owner typed the code that went there.
    Proven,
    /// Nobody did.
    Unproven,
    /// Mail servers refuse it for good.
    Refused,
}

/// An address of the account.
#[derive(Clone, Debug)]
pub struct Listed {
    /// As pages show it.
    pub masked: String,
    /// Where it stands.
    pub state: AddressState,
}

impl Listed {
    /// The words of its state.
    #[must_use]
    pub const fn state_key(&self) -> &'static str {
        match self.state {
            AddressState::Proven => "addresses.proven",
            AddressState::Unproven => "addresses.unproven",
            AddressState::Refused => "addresses.refused",
        }
    }

    /// The classes of its badge.
    #[must_use]
    pub const fn badge(&self) -> &'static str {
        match self.state {
            AddressState::Proven => "badge badge--done",
            AddressState::Unproven | AddressState::Refused => "badge badge--attention",
        }
    }
}

/// A change that waits for a step.
#[derive(Clone, Debug)]
pub struct Started {
    /// The new address.
    pub masked: String,
    /// Whether this session asked for it and can go on.
    pub own: bool,
    /// Its page. Form `U/cancel` (`csrf`).
    pub url: String,
}

/// A change of the authentication address that can still be stopped.
#[derive(Clone, Debug)]
pub struct Stoppable {
    /// The address before.
    pub old: String,
    /// Until when.
    pub until: Timestamp,
    /// The same in hours from now, begun ones counted.
    pub hours: i64,
}

/// `GET /security/addresses`, and its forms refused. Forms: `U` and `U/second` (`csrf`, `address`), `U/second/remove`,
/// `U/stop` (`csrf`).
#[derive(Template)]
#[template(path = "addresses.html")]
pub struct AddressesPage {
    /// The frame of the page.
    pub frame: Frame,
    /// The authentication address.
    pub authentication: Option<Listed>,
    /// The second address.
    pub second: Option<Listed>,
    /// A change under way.
    pub started: Option<Started>,
    /// A change that can be stopped.
    pub stoppable: Option<Stoppable>,
    /// No active device: the change goes through the firm's staff (CODE-12).
    pub needs_app: bool,
    /// No device approved this login.
    pub weak_session: bool,
    /// A device approved within the last five minutes (SESS-07).
    pub fresh: bool,
    /// The same for the second address.
    pub fresh_for_second: bool,
    /// Until when the authentication address cannot be changed.
    pub cool_off_until: Option<Timestamp>,
    /// Hours of limits after a change.
    pub cool_off_hours: i64,
    /// No proven address, and the operator limits such accounts.
    pub limited: bool,
    /// Whom to call.
    pub phone: String,
    /// What was typed as the new authentication address.
    pub typed: String,
    /// What was typed as the second address.
    pub typed_second: String,
    /// Why the last try was refused.
    pub error: Option<ErrorNote>,
    /// The sentence of what was just done.
    pub done: Option<&'static str>,
}

/// `GET /stop-address`, and `POST`. The form posts `csrf` and `code`.
#[derive(Template)]
#[template(path = "stop_address.html")]
pub struct StopAddressPage {
    /// The frame of the page.
    pub frame: Frame,
    /// Whom to call.
    pub phone: String,
    /// Why the last try was refused.
    pub error: Option<ErrorNote>,
    /// It was stopped.
    pub done: bool,
}

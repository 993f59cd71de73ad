//! The hosted pages: login, waiting, mailed code, account, devices, enrolment, withdrawals (WEB-01..11).

mod account;
mod activate;
mod addresses;
pub mod assets;
mod attempt;
pub mod back;
pub mod browser;
pub(crate) mod challenge_view;
mod code;
mod confirm;
mod customer;
mod demo;
mod devices;
pub(crate) mod enrol;
pub mod error;
#[doc(hidden)]
pub mod fuzzing;
pub mod headers;
pub mod history;
pub mod language;
mod language_switch;
pub mod layout;
pub(crate) mod live_status;
mod login;
mod notices;
mod password;
pub mod paths;
mod payout;
pub mod qr;
mod recover;
mod recovery_codes;
pub(crate) mod refused;
mod router;
mod security;
mod sessions;
mod test_approval;
pub mod text;
pub mod views;
mod withdrawal_password;
mod withdrawals;

pub use router::router;

//! The hosted pages: login, waiting, mailed code, account, devices, enrolment, withdrawals (WEB-01..11).

mod account;
pub mod assets;
mod attempt;
pub mod back;
pub mod browser;
mod challenge_view;
mod code;
mod confirm;
mod customer;
mod demo;
mod devices;
mod enrol;
pub mod error;
#[doc(hidden)]
pub mod fuzzing;
pub mod headers;
pub mod language;
mod language_switch;
pub mod layout;
mod live_status;
mod login;
mod password;
pub mod paths;
mod payout;
pub mod qr;
mod recovery_codes;
mod refused;
mod router;
mod test_approval;
pub mod text;
pub mod views;
mod withdrawal_password;
mod withdrawals;

pub use router::router;

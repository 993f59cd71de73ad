//! What each page shows. Handlers fill these; the templates under `server/templates` have the same names.

mod account;
mod code;
mod demo;
mod devices;
mod ended;
mod enrol;
mod login;
mod outside;
mod wait;

pub use account::{AccountPage, Assurance, LastLogin};
pub use code::CodePage;
pub use demo::{DemoAccount, DemoPage};
pub use devices::{AddDevice, DeviceRow, DeviceState, DevicesPage, EnrolledBy, Flash, RemoveDevicePage};
pub use ended::{Denied, Ended, EndedPage};
pub use enrol::{EnrolDonePage, EnrolPage, FingerprintPage, TestState};
pub use login::LoginPage;
pub use outside::{ErrorPage, LoggedOutPage, LoggedOutWhy};
pub use wait::{WaitAction, WaitPage, WaitState};

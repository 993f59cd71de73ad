//! The hosted pages: login, waiting, mailed code, account, devices, enrolment (WEB-01..11).

pub mod assets;
pub mod headers;
pub mod language;
pub mod layout;
pub mod paths;
pub mod qr;
pub mod text;
pub mod views;

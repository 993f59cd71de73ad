//! The test harness: databases, real processes, browsers and the real app, and clients named for who is calling.
//!
//! `tests/README.md` says how to use it. Everything here fails with a sentence instead of returning an error: a
//! test has nothing better to do with one.

pub mod app;
pub mod authority;
pub mod autopush_client;
pub mod axe;
pub mod browser;
pub mod core_bank;
pub mod core_book;
pub mod customer;
pub mod databases;
pub mod desktop;
pub mod device;
pub mod evidence;
pub mod forged_request;
pub mod form;
pub mod live_server;
pub mod load;
pub mod notifications;
pub mod outbox;
pub mod page;
pub mod plain_http;
pub mod postgres;
pub mod process;
pub mod raw_device;
pub mod reaper;
pub mod running_clock;
pub mod server;
pub mod smtp_server;
pub mod tls_proxy;
pub mod wire;

mod log;
mod notification_service;

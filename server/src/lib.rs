//! The Warifu backend.

pub mod app;
pub mod audit;
pub mod config;
pub mod core;
pub mod crypto;
pub mod demo;
pub mod device_api;
pub mod domain;
pub mod http;
pub mod jobs;
pub mod live;
pub mod mail;
pub mod memory;
pub mod net;
pub mod operations;
pub mod pages;
pub mod push;
pub mod relay;
pub mod staff;
pub mod startup;
pub mod store;
pub mod watch;

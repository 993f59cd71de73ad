//! Tests of the harness itself, each of which could fail.

mod app;
mod browser;
mod databases;
mod desktop;
mod process;

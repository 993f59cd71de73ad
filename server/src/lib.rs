//! The Warifu backend.

pub mod crypto;
pub mod pages;
pub mod store;

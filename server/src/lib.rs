//! The Warifu backend.

pub mod crypto;
pub mod store;

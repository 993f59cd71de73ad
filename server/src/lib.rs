//! The Warifu backend.

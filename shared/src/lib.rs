//! The Warifu protocol: everything that the server, the device core and the verifiers must agree on.
//!
//! No HTTP server and no SQL live here. Formats keep their writing and reading halves side by side.

pub mod api;
pub mod b64;
pub mod clock;
pub mod display;
pub mod error;
pub mod fingerprint;
pub mod http_signature;
pub mod ids;
pub mod jws;
pub mod keys;
pub mod link;
pub mod log;
pub mod number;
pub mod published;
pub mod push_payload;
pub mod random;
pub mod receipt;

//! What all faces share about HTTP: who the client is, and a cache of nonces of safe requests.

pub mod client;
pub mod edge;
pub mod nonces;
pub mod retry;

pub use client::Client;

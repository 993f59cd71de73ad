//! The push relay from outside: real sockets, real HTTP, SQLite and PostgreSQL.
//!
//! Not covered here: a real Firefox with `dom.push.serverURL`, and RELAY-11's origin as Firefox really sends it.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod delivery;
mod endpoint;
mod handshake;
mod hostile;
mod node;
mod quotas;
mod socket;
mod vapid;

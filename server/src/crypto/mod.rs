//! The server's own cryptography at rest: sealing, keyed hashes, the key inventory. Protocol signatures are in `shared`.

pub mod breached;
pub mod mac;
pub mod password;
pub mod seal;
pub mod secrets;

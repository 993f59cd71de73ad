//! The customer's own security: sessions, notices, addresses, passwords, devices, through a real server.

mod activation;
mod addresses;
mod confirm;
mod devices;
mod login_notices;
mod notices;
mod passwords;
mod recovery;
mod safety;
mod sessions;

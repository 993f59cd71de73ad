//! Staff: members, their logins and sessions, what they did and what they propose. Beside the customers' tables, never in them.

pub mod acts;
pub mod customers;
pub mod members;
pub mod pending;
pub mod proposals;
pub mod sessions;

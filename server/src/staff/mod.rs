//! The staff console: a face of its own, on its own listener, under its own origin, with its own cookies (STAFF-01..09).

mod acts;
mod browser;
mod cases;
mod counter;
mod customers;
mod devices;
mod events;
pub mod fuzzing;
mod gate;
mod held;
mod home;
mod imports;
mod letters;
mod log;
mod login;
mod paths;
mod pending;
mod people;
mod proposals;
mod router;
mod set_up;
pub mod views;
mod watch;

pub use router::{Room, rooms, router};

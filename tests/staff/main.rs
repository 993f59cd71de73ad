//! The staff console through a real server: who may do what, and what the log says of it (STAFF-01..09).

mod address_attacks;
mod addresses;
mod cases;
mod customers;
mod entering;
mod exports;
mod four_eyes;
mod log;
mod looks;
mod managing;
mod rooms;
mod scene;
mod signals;
mod watching;

//! The staff console through a real server: who may do what, and what the log says of it (STAFF-01..09).

mod address_attacks;
mod addresses;
mod customers;
mod devices;
mod entering;
mod exports;
mod four_eyes;
mod held;
mod held_races;
mod log;
mod looks;
mod managing;
mod rooms;
mod scene;
mod screen;
mod watching;

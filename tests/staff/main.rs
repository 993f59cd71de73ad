//! The staff console through a real server: who may do what, and what the log says of it (STAFF-01..09).

mod activating;
mod address_attacks;
mod addresses;
mod cases;
mod counter_looks;
mod customers;
mod devices;
mod enrol_attacks;
mod enrolling;
mod entering;
mod exports;
mod four_eyes;
mod held;
mod held_races;
mod import_attacks;
mod import_scene;
mod importing;
mod log;
mod looks;
mod managing;
mod recovering;
mod rooms;
mod scene;
mod screen;
mod signals;
mod watching;

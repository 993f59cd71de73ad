//! The customer's own security: sessions, notices, addresses, passwords, devices, through a real server.

mod activation;
mod address_attacks;
mod addresses;
mod confirm;
mod device_home;
mod device_vetoes;
mod devices;
mod kept_forms;
mod login_notices;
mod notices;
mod password_reset;
mod passwords;
mod recovery;
mod reset_attacks;
mod safety;
mod sessions;
mod unproven;
mod wrong_passwords;

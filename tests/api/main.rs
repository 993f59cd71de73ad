//! The main job over real HTTP: enrol, approve, deny, mailed codes, sessions; on both databases.

mod codes;
mod commitment;
mod denial;
mod device_access;
mod device_api;
mod device_decisions;
mod enrolment;
mod floods;
mod floods_elsewhere;
mod guessing;
mod guessing_codes;
mod login;
mod mails;
mod pushes;
mod session;
mod withdrawals;

//! The main job over real HTTP: enrol, approve, deny, mailed codes, sessions; on both databases.

mod codes;
mod commitment;
mod denial;
mod enrolment;
mod login;
mod session;

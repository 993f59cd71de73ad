//! Where the pages of the console live.

/// The login form.
pub const LOGIN: &str = "/login";
/// The first page of a new member.
pub const SET_UP: &str = "/activate";
/// Home.
pub const HOME: &str = "/";
/// Finding a customer.
pub const CUSTOMERS: &str = "/customers";
/// What goes on, in charts.
pub const WATCH: &str = "/watch";
/// Cases and alerts.
pub const CASES: &str = "/cases";
/// What waits for a second person.
pub const PROPOSALS: &str = "/proposals";
/// Withdrawals that wait.
pub const HELD: &str = "/held";
/// Who works here.
pub const STAFF: &str = "/staff";

/// The audit log.
pub const LOG: &str = "/log";
/// Its checkpoints.
pub const CHECKPOINTS: &str = "/log/checkpoints";
/// Exporting a part of it.
pub const EXPORT: &str = "/log/export";

/// Imports of customers.
pub const IMPORTS: &str = "/imports";
/// Bringing a file.
pub const NEW_IMPORT: &str = "/imports/new";

/// One import.
#[must_use]
pub fn import(id: &str) -> String {
    format!("{IMPORTS}/{id}")
}

/// One entry of the audit log.
#[must_use]
pub fn entry(id: &str) -> String {
    format!("{LOG}/entries/{id}")
}

/// One attempt to log in.
#[must_use]
pub fn attempt(id: &str) -> String {
    format!("{LOGIN}/{id}")
}

/// The device of a new member.
#[must_use]
pub fn device(enrolment: &str) -> String {
    format!("{SET_UP}/device/{enrolment}")
}

/// One proposal for a customer.
#[must_use]
pub fn proposal(id: &str) -> String {
    format!("{PROPOSALS}/{id}")
}

/// The device that is registered at the counter.
#[must_use]
pub fn counter(proposal: &str) -> String {
    format!("{PROPOSALS}/{proposal}/device")
}

/// One customer.
#[must_use]
pub fn customer(id: &str) -> String {
    format!("{CUSTOMERS}/{id}")
}

/// One case.
#[must_use]
pub fn case(id: &str) -> String {
    format!("{CASES}/{id}")
}

//! Where the pages live: every path once, so that templates, handlers, mails and tests never spell one.

/// The login form (`GET`) and its answer (`POST`).
pub const LOGIN: &str = "/login";
/// Ends the session (`POST`).
pub const LOGOUT: &str = "/logout";
/// The customer's home.
pub const ACCOUNT: &str = "/account";
/// The customer's devices.
pub const DEVICES: &str = "/devices";
/// The steps to a new phone.
pub const DEVICES_MOVE: &str = "/devices/move";
/// A lost phone, without a session: what to do, and the form that suspends all devices.
pub const LOST: &str = "/lost-device";
/// Starts an enrolment (`POST`).
pub const ENROL: &str = "/enrol";
/// Starts a test approval (`POST`).
pub const TEST: &str = "/test";
/// The customer's withdrawals.
pub const WITHDRAWALS: &str = "/withdrawals";
/// The form for a withdrawal (`GET`) and its answer (`POST`).
pub const WITHDRAW: &str = "/withdrawals/new";
/// Keeps what is typed in that form when the session ends by itself, or forgets it (`POST`).
pub const WITHDRAW_KEEP: &str = "/withdrawals/new/keep";
/// The payout account: shown, and another one asked for.
pub const PAYOUT: &str = "/payout-account";
/// The withdrawal password: set and changed.
pub const WITHDRAWAL_PASSWORD: &str = "/withdrawal-password";
/// How safe the account is, and what to do next.
pub const SECURITY: &str = "/security";
/// Stops a recovery letter.
pub const STOP_LETTER: &str = "/security/stop-letter";
/// What happened on the account, in plain words.
pub const HISTORY: &str = "/security/history";
/// The open sessions, and their end.
pub const SESSIONS: &str = "/security/sessions";
/// When this session ends (`GET`, JSON; never extends it).
pub const SESSION_STATUS: &str = "/security/sessions/status";
/// A person wants to stay (`POST`).
pub const SESSION_EXTEND: &str = "/security/sessions/extend";
/// Which mails about logins the customer wants.
pub const NOTICES: &str = "/security/notices";
/// Confirming again, before a change that needs it (`?back=/path`).
pub const CONFIRM: &str = "/security/confirm";
/// The mail addresses, proven and changed.
pub const ADDRESSES: &str = "/security/addresses";
/// A change of the mail address, stopped with the code of the mail to the old one.
pub const STOP_ADDRESS: &str = "/stop-address";
/// The login password, changed.
pub const PASSWORD: &str = "/security/password";
/// The sheet of recovery codes.
pub const RECOVERY_CODES: &str = "/security/recovery-codes";
/// A customer whose account the firm has opened begins here.
pub const ACTIVATE: &str = "/activate";
/// A customer who lost the password or the device begins here.
pub const RECOVER: &str = "/recover";
/// The same for a lost device, with the password known.
pub const RECOVER_DEVICE: &str = "/recover/device";
/// Sets the language preference (`GET`, `?to=ja|en&back=/path`).
pub const LANGUAGE: &str = "/language";
/// The landing page of the demo.
pub const DEMO: &str = "/demo";
/// Style sheet, scripts and images, below the hash of their content.
pub const ASSETS: &str = "/assets";

/// One login attempt: the waiting page, the code page or how it ended.
#[must_use]
pub fn login_attempt(id: &str) -> String {
    format!("{LOGIN}/{id}")
}

/// One recovery.
#[must_use]
pub fn recovery(id: &str) -> String {
    format!("{RECOVER}/{id}")
}

/// One test approval.
#[must_use]
pub fn test_approval(id: &str) -> String {
    format!("{TEST}/{id}")
}

/// One activation.
#[must_use]
pub fn activation(id: &str) -> String {
    format!("{ACTIVATE}/{id}")
}

/// Confirming again by an approval or, with `code`, by a mailed code; `back` is the key of where it leads.
#[must_use]
pub fn confirming(back: &str, what: &str) -> String {
    format!("{CONFIRM}/{back}/{what}")
}

/// One withdrawal.
#[must_use]
pub fn withdrawal(id: &str) -> String {
    format!("{WITHDRAWALS}/{id}")
}

/// One change of the payout account.
#[must_use]
pub fn payout_change(id: &str) -> String {
    format!("{PAYOUT}/{id}")
}

/// One change of a mail address.
#[must_use]
pub fn address_change(id: &str) -> String {
    format!("{ADDRESSES}/change/{id}")
}

/// One enrolment.
#[must_use]
pub fn enrolment(id: &str) -> String {
    format!("{ENROL}/{id}")
}

/// One device.
#[must_use]
pub fn device(id: &str) -> String {
    format!("{DEVICES}/{id}")
}

/// The question before a device is removed (`GET`) and the removal (`POST`).
#[must_use]
pub fn remove_device(id: &str) -> String {
    format!("{DEVICES}/{id}/remove")
}

//! Settings of how customers begin and how they are reached: activation, mail addresses.

use serde::Deserialize;

/// Activation of accounts that the firm opened.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActivationRules {
    /// Days an activation code works.
    pub code_days: i64,
    /// Wrong tries that kill it.
    pub tries: i64,
    /// Seconds from the code to the last step.
    pub lifetime: i64,
}

/// Mail addresses.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddressRules {
    /// Seconds an unfinished change lives after its approval.
    pub lifetime: i64,
    /// What is possible without a proven authentication address.
    pub unproven: Unproven,
}

/// What an account without a proven authentication address can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unproven {
    /// Look, keep its devices in order, prove an address.
    EnrolOnly,
    /// Everything.
    Everything,
}

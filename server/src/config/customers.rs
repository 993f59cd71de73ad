//! Settings of how customers begin: activation.

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

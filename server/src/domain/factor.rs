//! Which factor when: the one table of `docs/security.md`, used by every path that makes a session.

use crate::config::SecondFactor;

/// What is known when the password is right.
#[derive(Debug, Clone, Copy)]
pub struct Situation {
    /// The policy.
    pub policy: SecondFactor,
    /// Devices that count as registered (active or suspended).
    pub registered: bool,
    /// Devices that can approve now.
    pub active: bool,
    /// Whether the browser is known for this account.
    pub known_browser: bool,
    /// What the risk engine thinks; without an engine every login is ordinary and every policy asks.
    pub risk: Risk,
}

/// The risk decision (the engine itself is planned).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Risk {
    /// Nothing unusual (R < t1).
    Ordinary,
    /// Unusual (R >= t1), or the engine failed (RISK-04).
    Unusual,
    /// Very unusual with a strong reason (R >= t2).
    VeryUnusual,
}

/// What the login needs next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Factor {
    /// An approval with the number.
    Approval,
    /// A one-time code by mail; the session has low assurance.
    MailedCode,
    /// Nothing more; the session has low assurance.
    PasswordAlone,
    /// There are devices, but none can approve: staff or another factor must help. Never a mailed code (CODE-10).
    NoUsableDevice,
    /// The attempt is held.
    Held,
}

/// The table. Risk only adds steps (RISK-01); a mailed code never helps an account that has a device (CODE-10).
#[must_use]
pub const fn decide(situation: Situation) -> Factor {
    let Situation {
        policy,
        registered,
        active,
        known_browser,
        risk,
    } = situation;
    match (policy, risk) {
        (_, Risk::VeryUnusual) => Factor::Held,
        (SecondFactor::Risk, Risk::Ordinary) if known_browser => Factor::PasswordAlone,
        _ if active => Factor::Approval,
        _ if registered => Factor::NoUsableDevice,
        _ => Factor::MailedCode,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_10_risk_01_the_whole_table() {
        for policy in [SecondFactor::Always, SecondFactor::Risk] {
            for risk in [Risk::Ordinary, Risk::Unusual, Risk::VeryUnusual] {
                for known_browser in [false, true] {
                    for (registered, active) in [(false, false), (true, false), (true, true)] {
                        let factor = decide(Situation {
                            policy,
                            registered,
                            active,
                            known_browser,
                            risk,
                        });
                        if registered {
                            assert_ne!(factor, Factor::MailedCode, "CODE-10");
                        }
                        if !known_browser || risk != Risk::Ordinary || policy == SecondFactor::Always {
                            assert_ne!(
                                factor,
                                Factor::PasswordAlone,
                                "an unknown browser always steps up"
                            );
                        }
                        assert_eq!(factor == Factor::Held, risk == Risk::VeryUnusual);
                    }
                }
            }
        }
    }
}

//! Cases: how serious, in which state, and what staff decide about them (S4, decision 39). The risk engine will feed the same.

/// How serious something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Often harmless.
    Low,
    /// Worth a look today.
    Medium,
    /// Worth a look now.
    High,
}

impl Level {
    /// Every level, most serious first.
    pub const ALL: [Self; 3] = [Self::High, Self::Medium, Self::Low];

    /// As stored: more is more serious.
    #[must_use]
    pub const fn number(self) -> i64 {
        match self {
            Self::Low => 1,
            Self::Medium => 2,
            Self::High => 3,
        }
    }

    /// Reads the number; what is beyond counts as high.
    #[must_use]
    pub const fn read(number: i64) -> Self {
        match number {
            ..=1 => Self::Low,
            2 => Self::Medium,
            _ => Self::High,
        }
    }

    /// The name in the locales.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// The state of a case. Names as risk consoles have them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Open: nobody has decided.
    AtRisk,
    /// It was fraud.
    Compromised,
    /// It was the customer.
    Safe,
    /// Nothing to find out, or not worth it.
    Dismissed,
}

impl State {
    /// Every state, the open one first.
    pub const ALL: [Self; 4] = [Self::AtRisk, Self::Compromised, Self::Safe, Self::Dismissed];

    /// The name in the database and in addresses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AtRisk => "at_risk",
            Self::Compromised => "confirmed_compromised",
            Self::Safe => "confirmed_safe",
            Self::Dismissed => "dismissed",
        }
    }

    /// Reads the name.
    #[must_use]
    pub fn read(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Why a case got into it: a signal, or somebody's verdict. More reasons come with the risk engine.
    #[must_use]
    pub const fn why(self) -> &'static str {
        match self {
            Self::AtRisk => "signal",
            Self::Compromised => "staff_confirmed_compromised",
            Self::Safe => "staff_confirmed_safe",
            Self::Dismissed => "staff_dismissed",
        }
    }

    /// What the log calls the verdict; none while it is open.
    #[must_use]
    pub const fn verdict(self) -> Option<&'static str> {
        match self {
            Self::AtRisk => None,
            Self::Compromised => Some("staff.case_compromised"),
            Self::Safe => Some("staff.case_safe"),
            Self::Dismissed => Some("staff.case_dismissed"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_and_levels_read_back() {
        for state in State::ALL {
            assert_eq!(State::read(state.name()), Some(state));
            assert_eq!(state.verdict().is_none(), state == State::AtRisk);
        }
        assert_eq!(State::read("open"), None);
        for level in Level::ALL {
            assert_eq!(Level::read(level.number()), level);
        }
        assert!(Level::High > Level::Medium && Level::Medium > Level::Low);
    }
}

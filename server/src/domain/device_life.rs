//! What a device's age means: who may veto whom, who may act on whom, when its keys end (ENROL-09, ENROL-14, ENROL-15).

use warifu_shared::clock::Timestamp;

use crate::config::EnrolmentRules;

/// The dates of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Life {
    /// When it was registered.
    pub bound_at: Timestamp,
    /// When its keys end (ENROL-15).
    pub expires_at: Timestamp,
    /// When it is removed, if that was announced (ENROL-14).
    pub leaves_at: Option<Timestamp>,
}

impl Life {
    /// The life of a device that is registered now; its keys live `key_days`.
    #[must_use]
    pub const fn begin(key_days: i64, now: Timestamp) -> Self {
        Self {
            bound_at: now,
            expires_at: now.plus_secs(key_days * 86_400),
            leaves_at: None,
        }
    }

    /// Until when older devices can stop this one, and it can do nothing to them; `None`: no longer (ENROL-09).
    #[must_use]
    pub fn on_probation(&self, rules: &EnrolmentRules, now: Timestamp) -> Option<Timestamp> {
        let until = self.bound_at.plus_secs(rules.cool_off_hours * 3600);
        (now < until).then_some(until)
    }

    /// Whether the keys have ended (ENROL-15).
    #[must_use]
    pub fn expired(&self, now: Timestamp) -> bool {
        now >= self.expires_at
    }

    /// Whether `self` can veto `newer`: it is older, and `newer` is on probation.
    #[must_use]
    pub fn can_veto(&self, newer: &Self, rules: &EnrolmentRules, now: Timestamp) -> bool {
        self.bound_at < newer.bound_at && newer.on_probation(rules, now).is_some()
    }

    /// Until when `self` can do nothing to `other`, because it is new and `other` is older; `None`: it can.
    #[must_use]
    pub fn too_new_for(&self, other: &Self, rules: &EnrolmentRules, now: Timestamp) -> Option<Timestamp> {
        self.on_probation(rules, now)
            .filter(|_| other.bound_at < self.bound_at)
    }
}

/// Why a device is removed: decides what becomes of withdrawals that it approved and that have not left yet (ENROL-12).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It was replaced or is no longer used: they go on.
    Replaced,
    /// It was lost: they are held for another day, so that the customer can look at them.
    Lost,
    /// It was stolen, or somebody else registered it: they are taken back.
    Stolen,
}

impl Why {
    /// Every reason, as a form offers them.
    pub const ALL: [Self; 3] = [Self::Replaced, Self::Lost, Self::Stolen];

    /// The name in forms and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Replaced => "replaced",
            Self::Lost => "lost",
            Self::Stolen => "stolen",
        }
    }

    /// Reads the name.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|why| why.as_str() == text)
    }
}

/// How long withdrawals of a lost or suspended device are held at least.
pub const HOLD_SECS: i64 = 24 * 3600;
/// How long a removal of the last device is announced before it happens (ENROL-14).
pub const NOTICE_SECS: i64 = 24 * 3600;
/// How many days before the end of its keys a customer is reminded (ENROL-15).
pub const REMINDER_DAYS: [i64; 2] = [30, 7];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enrol_09_only_an_older_device_can_veto_and_only_while_the_new_one_is_new() {
        let rules = EnrolmentRules {
            code_lifetime: 600,
            max_devices: 5,
            cool_off_hours: 24,
            key_days: 730,
        };
        let start = Timestamp::from_secs(1_000_000);
        let (old, new) = (Life::begin(730, start), Life::begin(730, start.plus_secs(90_000)));
        let at = |secs: i64| start.plus_secs(90_000 + secs);
        assert!(old.can_veto(&new, &rules, at(86_399)));
        assert!(!old.can_veto(&new, &rules, at(86_400)), "its day is over");
        assert!(!new.can_veto(&old, &rules, at(0)) && !new.can_veto(&new, &rules, at(0)));
        assert_eq!(new.too_new_for(&old, &rules, at(0)), Some(at(86_400)));
        assert_eq!(new.too_new_for(&old, &rules, at(86_400)), None);
        assert_eq!(new.too_new_for(&new, &rules, at(0)), None, "itself");
        assert_eq!(old.too_new_for(&new, &rules, at(0)), None);
        assert!(!new.expired(at(730 * 86_400 - 1)) && new.expired(at(730 * 86_400)));
    }
}

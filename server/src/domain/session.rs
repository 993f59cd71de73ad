//! Sessions: assurance, and the automatic logout rule of S7 (SESS-01).

use warifu_shared::clock::Timestamp;
use warifu_shared::ids::{AccountId, SessionId};

use crate::config::SessionRules;

/// How sure the login was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assurance {
    /// Password and an approval on a device.
    App,
    /// Password and a mailed code: low assurance (CODE-12).
    Code,
    /// The password alone (policy `risk`): low assurance.
    Password,
}

impl Assurance {
    /// The name in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Code => "code",
            Self::Password => "password",
        }
    }

    /// Reads the name.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        [Self::App, Self::Code, Self::Password]
            .into_iter()
            .find(|a| a.as_str() == text)
    }
}

/// A live session.
#[derive(Debug, Clone)]
pub struct Session {
    /// Its id, for lists and the audit log; the token is another value.
    pub id: SessionId,
    /// Whose it is.
    pub account: AccountId,
    /// How sure the login was.
    pub assurance: Assurance,
    /// When the customer logged in.
    pub created_at: Timestamp,
    /// When the customer last proved to be present: at the login, or when confirming again (SESS-07).
    pub approved_at: Timestamp,
    /// When it ends unless an access extends it.
    pub expires_at: Timestamp,
    /// When it ends in any case.
    pub absolute_expires_at: Timestamp,
}

/// When a login at `now` ends by itself, and at the latest.
#[must_use]
pub fn new_limits(rules: &SessionRules, now: Timestamp) -> (Timestamp, Timestamp) {
    let absolute = now.plus_secs(rules.absolute);
    (now.plus_secs(rules.timeout).min(absolute), absolute)
}

/// The new end after a person's access at `now`, when that access falls in the last `renewal_window` seconds; the
/// extension counts from the access. `None` when nothing changes (S7).
#[must_use]
pub fn extended(rules: &SessionRules, session: &Session, now: Timestamp) -> Option<Timestamp> {
    let opens = session.expires_at.plus_secs(-rules.renewal_window);
    let in_window = opens <= now && now < session.expires_at;
    let end = now.plus_secs(rules.timeout).min(session.absolute_expires_at);
    (in_window && end > session.expires_at).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sess_01_only_an_access_in_the_last_five_minutes_extends() {
        let rules = SessionRules {
            timeout: 10_800,
            renewal_window: 300,
            absolute: 86_400,
        };
        let start = Timestamp::from_secs(1_000_000);
        let (expires_at, absolute_expires_at) = new_limits(&rules, start);
        let session = Session {
            id: SessionId::random(),
            account: AccountId::random(),
            assurance: Assurance::App,
            created_at: start,
            approved_at: start,
            expires_at,
            absolute_expires_at,
        };
        let at = |secs| extended(&rules, &session, start.plus_secs(secs)).map(|end| end.secs_since(start));
        assert_eq!(at(0), None);
        assert_eq!(at(10_499), None, "5 minutes and 1 second before");
        assert_eq!(at(10_500), Some(21_300), "exactly 5 minutes before");
        assert_eq!(at(10_799), Some(21_599));
        assert_eq!(at(10_800), None, "the logout has happened");
    }
}

//! What the mails about logins tell of one (RISK-06).

use serde::{Deserialize, Serialize};

use super::kinds::Scene;

/// One login in a list of several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginLine {
    /// What happened.
    pub what: LoginWhat,
    /// Where.
    pub scene: Scene,
}

/// How a login went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoginWhat {
    /// Completed by an approval in the app.
    App,
    /// Completed by a mailed code.
    Code,
    /// The password was right, the second step never came.
    Unfinished,
    /// The password was wrong.
    Wrong,
    /// The password was wrong once too often, and such logins are locked for a while.
    Locked,
}

impl LoginWhat {
    /// The name in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Code => "code",
            Self::Unfinished => "unfinished",
            Self::Wrong => "wrong",
            Self::Locked => "locked",
        }
    }

    /// Reads the name.
    #[must_use]
    pub fn read(name: &str) -> Option<Self> {
        [Self::App, Self::Code, Self::Unfinished, Self::Wrong, Self::Locked]
            .into_iter()
            .find(|what| what.as_str() == name)
    }
}

/// A refusal that means danger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Alarm {
    /// "This is not me".
    NotMe,
    /// "Someone on the phone told me to".
    Phone,
}

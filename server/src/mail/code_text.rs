//! The digits of a mailed code, wiped from memory when dropped.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

/// The digits of a mailed code. `Debug` hides them; they are wiped from memory when dropped (CODE-16).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CodeText(String);

/// Text that is not 6 to 10 digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a mailed code has 6 to 10 digits")]
pub struct BadCode;

impl CodeText {
    /// The code as digits.
    ///
    /// # Errors
    /// [`BadCode`] unless there are 6 to 10 ASCII digits (CODE-01).
    pub fn new(digits: &str) -> Result<Self, BadCode> {
        let good = (6..=10).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        if good {
            Ok(Self(digits.to_owned()))
        } else {
            Err(BadCode)
        }
    }

    /// The code of the sample mails.
    pub(super) fn sample() -> Self {
        Self("12345678".to_owned())
    }

    /// The digits, for the mail's text only.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for CodeText {
    type Error = BadCode;

    fn try_from(mut text: String) -> Result<Self, BadCode> {
        let code = Self::new(&text);
        text.zeroize();
        code
    }
}

impl From<CodeText> for String {
    fn from(code: CodeText) -> Self {
        code.0.clone()
    }
}

impl fmt::Debug for CodeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodeText(hidden)")
    }
}

impl Drop for CodeText {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

//! Every mail as it would be sent, with sample data: what a firm reads before its customers do.

use warifu_shared::display::Language;
use warifu_shared::ids::MailId;

use super::message::{BuildError, build};
use super::{Letterhead, samples, text};

/// One mail in one language.
#[derive(Debug, Clone)]
pub struct Preview {
    /// Its name, e.g. `login_done`.
    pub name: &'static str,
    /// Its language.
    pub language: Language,
    /// The subject.
    pub subject: String,
    /// The text, decoded.
    pub text: String,
    /// The whole message as it is handed to the mail server.
    pub message: Vec<u8>,
}

/// Each kind of mail, and each branch of its template, under this letterhead.
///
/// # Errors
/// [`BuildError`] when a template or an address fails.
pub fn previews(head: &Letterhead, language: Language) -> Result<Vec<Preview>, BuildError> {
    let to = "taro@example.jp".parse()?;
    samples::all()
        .map(|(name, mail)| {
            let at = samples::scene().at;
            let message = build(head, &MailId::random(), at, &to, language, &mail)?;
            Ok(Preview {
                name,
                language,
                subject: text::subject(&mail, head, language),
                text: text::text(&mail, head, language)?,
                message: message.bytes,
            })
        })
        .collect()
}

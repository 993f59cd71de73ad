//! Builds the MIME message with the mail library, so that no value can become a header (CODE-08, CODE-09).

use std::time::{Duration, SystemTime};

use lettre::address::Envelope;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use warifu_shared::clock::Timestamp;
use warifu_shared::display::Language;
use warifu_shared::ids::MailId;

use super::address::MailAddress;
use super::kinds::Mail;
use super::letterhead::Letterhead;
use super::text;
use super::transport::ReadyMail;

/// A mail that cannot be built. Never carries the mail's contents.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A template failed.
    #[error("mail template: {0}")]
    Template(#[from] askama::Error),
    /// An address that the library refuses.
    #[error("mail: {0}")]
    Address(#[from] super::address::BadAddress),
    /// The library refused the message.
    #[error("mail message: {0}")]
    Message(#[from] lettre::error::Error),
}

/// The message for `to`. Its `Message-ID` follows from `id`, so a repeated delivery can be recognised as one mail.
///
/// # Errors
/// [`BuildError`]; nothing a customer typed can cause it.
pub fn build(
    head: &Letterhead,
    id: &MailId,
    now: Timestamp,
    to: &MailAddress,
    language: Language,
    mail: &Mail,
) -> Result<ReadyMail, BuildError> {
    let recipient = to.to_lettre()?;
    let bounce = head.bounce.as_ref().map(MailAddress::to_lettre).transpose()?;
    let from = Mailbox::new(Some(head.firm(language).to_owned()), head.from.to_lettre()?);
    let message = Message::builder()
        .from(from)
        .to(Mailbox::new(None, recipient.clone()))
        .subject(text::subject(mail, head, language))
        .date(SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(now.secs()).unwrap_or(0)))
        .message_id(Some(format!("<{id}@{}>", head.from.domain())))
        .raw_header(header("Auto-Submitted", "auto-generated"))
        .raw_header(header("Content-Language", language.pick("ja", "en")))
        .header(ContentType::TEXT_PLAIN)
        .envelope(Envelope::new(bounce, vec![recipient])?)
        .body(text::text(mail, head, language)?)?;
    Ok(ReadyMail {
        id: id.clone(),
        at: now,
        envelope: message.envelope().clone(),
        bytes: message.formatted(),
    })
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

//! What the fuzz target reaches of the mail builder.

use warifu_shared::clock::Timestamp;
use warifu_shared::display::Language;
use warifu_shared::ids::MailId;

use super::message::{BuildError, build};
use super::{Letterhead, Mail, MailAddress};

/// The bytes of a mail as they would be sent.
///
/// # Errors
/// [`BuildError`].
pub fn bytes(
    head: &Letterhead,
    id: &MailId,
    now: Timestamp,
    to: &MailAddress,
    language: Language,
    mail: &Mail,
) -> Result<Vec<u8>, BuildError> {
    build(head, id, now, to, language, mail).map(|ready| ready.bytes)
}

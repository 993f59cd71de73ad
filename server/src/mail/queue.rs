//! The writing and reading side of the queue: what the code that causes a mail calls, inside its own transaction.

use serde::{Deserialize, Serialize};
use warifu_shared::clock::Timestamp;
use warifu_shared::display::Language;
use warifu_shared::ids::{AccountId, CodeId, MailId};
use zeroize::Zeroizing;

use super::address::MailAddress;
use super::kinds::Mail;
use crate::crypto::seal::Sealer;
use crate::store::mails::{self, MailRow, NewRow};
use crate::store::{Conn, StoreError};

/// A mail to be sent.
#[derive(Debug, Clone)]
pub struct NewMail {
    /// The customer.
    pub account: AccountId,
    /// Where it goes.
    pub to: MailAddress,
    /// What it says.
    pub mail: Mail,
    /// In which language.
    pub language: Language,
    /// After this it is not sent any more. A code mail passes its code's end (CODE-17), a notice [`NewMail::NOTICE_SECS`].
    pub expires_at: Timestamp,
    /// The code it carries, so that page and queue can be matched.
    pub code: Option<CodeId>,
}

impl NewMail {
    /// How long a notice is worth sending when the mail server is down: three days.
    pub const NOTICE_SECS: i64 = 3 * 24 * 3600;
}

/// How far a code's mail has come, for the page that waits for the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// On its way.
    Queued,
    /// On its way, but the mail server does not answer: the page says that the mail is late.
    Late,
    /// Handed over to the mail server.
    Sent,
    /// It will not come: refused, too late or overtaken by a newer code. Also when there is no such mail.
    Failed,
}

/// What lies sealed in the queue.
#[derive(Serialize, Deserialize)]
pub(super) struct Contents {
    pub(super) to: MailAddress,
    pub(super) mail: Mail,
}

/// Queues `new`, inside the transaction of its cause: both happen or neither. Wake the worker after the commit.
///
/// # Errors
/// [`StoreError`] when the database refuses.
pub async fn enqueue(
    conn: &mut Conn,
    keys: &Sealer,
    now: Timestamp,
    new: NewMail,
) -> Result<MailId, StoreError> {
    let code = new.code.clone();
    let ready = seal(keys, now, new)?;
    let row = NewRow {
        id: &ready.id,
        account: &ready.account,
        template: ready.template,
        language: ready.language,
        sealed: &ready.sealed,
        expires_at: ready.expires_at,
        code: code.as_ref(),
        created_at: ready.created_at,
    };
    mails::insert(conn, &row).await?;
    Ok(ready.id)
}

/// Seals a mail for the queue, to be stored with its cause. The code it may carry is not part of the row.
///
/// # Errors
/// `Inconsistent` never in practice: mails are always JSON.
pub fn seal(keys: &Sealer, now: Timestamp, new: NewMail) -> Result<MailRow, StoreError> {
    let id = MailId::random();
    let contents = Contents {
        to: new.to,
        mail: new.mail,
    };
    let json =
        serde_json::to_vec(&contents).map_err(|e| StoreError::inconsistent("mails", id.as_str(), e))?;
    Ok(MailRow {
        sealed: keys.seal(&context(&id), &Zeroizing::new(json)),
        id,
        account: new.account,
        template: contents.mail.template(),
        language: new.language,
        expires_at: new.expires_at,
        created_at: now,
    })
}

/// How far the mail of `code` has come.
///
/// # Errors
/// [`StoreError`] when the database refuses.
pub async fn delivery(conn: &mut Conn, code: &CodeId, now: Timestamp) -> Result<Delivery, StoreError> {
    let Some(progress) = mails::progress(conn, code).await? else {
        return Ok(Delivery::Failed);
    };
    let slow = now.secs_since(progress.created_at) >= LATE_SECS;
    Ok(match progress.state.as_str() {
        "sent" => Delivery::Sent,
        "queued" if slow || progress.tries > 0 => Delivery::Late,
        "sending" if slow || progress.tries > 1 => Delivery::Late,
        "queued" | "sending" => Delivery::Queued,
        _ => Delivery::Failed,
    })
}

/// Ends the waiting mail of a code that was used, replaced or killed, in the same transaction (CODE-02, CODE-17).
///
/// # Errors
/// [`StoreError`] when the database refuses.
pub async fn void_code(conn: &mut Conn, code: &CodeId) -> Result<(), StoreError> {
    mails::void_code(conn, code).await.map(drop)
}

/// What a sealed mail is bound to.
pub(super) fn context(id: &MailId) -> String {
    format!("mail:{id}")
}

/// A mail that is not out after this many seconds is late.
const LATE_SECS: i64 = 10;
